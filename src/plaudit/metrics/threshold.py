"""F1 at a threshold: the TTA of the ASAE challenge.

Conventions: ``predicted`` and ``observed`` are (n,), finite, in one order and on one scale; a song
is positive at or above the threshold. The result is in [0, 1], higher is better. It depends on
absolute scores: a judge that ranks perfectly but scores one point too low can have 0.

References
----------
Automatic Song Aesthetics Evaluation, ICASSP 2026 grand challenge.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.checked import pair


def tta_f1(predicted: ArrayLike, observed: ArrayLike, threshold: float) -> float:
    """Return the F1 of predicted against observed scores at or above a threshold.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.
    threshold : float
        On the scale of both, finite; a score equal to it is positive.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN), in [0, 1]; nan where no predicted and no observed score is
        positive (also for no songs), 0 where only one side has positives.

    Raises
    ------
    InputError
        The threshold is not finite, or the lists are not two of finite numbers of equal length.

    Examples
    --------
    >>> tta_f1([4.2, 3.0, 4.0], [4.5, 4.0, 2.0], 4.0)
    0.5
    """
    if not math.isfinite(threshold):
        raise InputError(f"Expected a finite threshold, got {threshold}.")
    x, y = pair(predicted, observed)
    predicted_positive, positive = x >= threshold, y >= threshold
    n_positive = int(predicted_positive.sum()) + int(positive.sum())  # 2 TP + FP + FN
    return 2 * int(np.sum(predicted_positive & positive)) / n_positive if n_positive else math.nan
