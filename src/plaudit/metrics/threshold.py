"""Agreement about what is good enough: the TTA of the ASAE challenge, an F1 at a threshold.

Conventions: ``said`` and ``true`` are (n,), finite, in one order and on one scale; a song is good
enough from the threshold on, the threshold itself included. The result is in [0, 1], higher is
better. It acts on absolute scores: a judge that ranks perfectly but says everything one point too
low can have 0.

References
----------
Automatic Song Aesthetics Evaluation, ICASSP 2026 grand challenge.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.pair import pair


def tta_f1(said: ArrayLike, true: ArrayLike, threshold: float) -> float:
    """Return the F1 of "said at least the threshold" against "is at least the threshold".

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.
    threshold : float
        On the scale of both, finite; what equals it is good enough.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN), in [0, 1]. nan where neither side has a song that is good enough
        (also for no songs): then there is nothing to find, and 0 would be a reproach. 0 where only
        one side has some.

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
    x, y = pair(said, true)
    found, wanted = x >= threshold, y >= threshold
    either = int(found.sum()) + int(wanted.sum())  # 2 TP + FP + FN
    return 2 * int(np.sum(found & wanted)) / either if either else math.nan
