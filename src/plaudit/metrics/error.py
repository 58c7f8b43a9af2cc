"""How far predictions are from the truth: mean squared and mean absolute error.

Conventions: ``said`` and ``true`` are (n,), finite, in one order; the result is 0 or above, lower
is better, in the unit of the axis (squared for `mse`); nan where there are no songs.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.pair import pair


def mse(said: ArrayLike, true: ArrayLike) -> float:
    """Return the mean squared error.

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        0 or above; nan for no songs.

    Examples
    --------
    >>> mse([1, 2], [1, 4])
    2.0
    """
    x, y = pair(said, true)
    return float(np.square(x - y).mean()) if len(x) else math.nan


def mae(said: ArrayLike, true: ArrayLike) -> float:
    """Return the mean absolute error.

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        0 or above; nan for no songs.

    Examples
    --------
    >>> mae([1, 2], [1, 4])
    1.0
    """
    x, y = pair(said, true)
    return float(np.abs(x - y).mean()) if len(x) else math.nan
