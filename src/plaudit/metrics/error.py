"""Distance of predictions from observed values: mean squared and mean absolute error.

Conventions: ``predicted`` and ``observed`` are (n,), finite, in one order; the result is 0 or
above, lower is better, in the unit of the axis (squared for `mse`); nan for no songs.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.checked import pair


def mse(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean squared error.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.

    Returns
    -------
    float
        0 or above; nan for no songs.

    Examples
    --------
    >>> mse([1, 2], [1, 4])
    2.0
    """
    x, y = pair(predicted, observed)
    return float(np.square(x - y).mean()) if len(x) else math.nan


def mae(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean absolute error.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.

    Returns
    -------
    float
        0 or above; nan for no songs.

    Examples
    --------
    >>> mae([1, 2], [1, 4])
    1.0
    """
    x, y = pair(predicted, observed)
    return float(np.abs(x - y).mean()) if len(x) else math.nan
