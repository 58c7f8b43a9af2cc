"""Correlation of predicted and observed values: Pearson, Spearman, Kendall.

Conventions: ``predicted`` and ``observed`` are (n,), finite, in one order; the result is in
[-1, 1], higher is better. It is nan for fewer than two songs, and where all predicted or all
observed values are equal: a constant judge has no correlation, not one of 0.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.metrics.checked import Floats, pair


def pearson(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return Pearson's correlation, 1 where the pairs lie on a rising straight line.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Examples
    --------
    >>> pearson([1, 2, 3], [10, 20, 40])
    0.9819805060619657
    """
    x, y = pair(predicted, observed)
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    x, y = _spread(x), _spread(y)
    size = math.sqrt(float(x @ x) * float(y @ y))
    return float(np.clip(float(x @ y) / size, -1.0, 1.0)) if size > 0 else math.nan


def spearman(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return Spearman's correlation: Pearson's of the ranks, equal values at their mean rank.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Examples
    --------
    >>> spearman([1, 2, 3], [10, 20, 40])
    1.0
    """
    x, y = pair(predicted, observed)
    return pearson(ranks(x), ranks(y))


def kendall(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return Kendall's tau-b: concordant minus discordant pairs of songs, scaled for ties.

    A pair that is tied in ``predicted`` or in ``observed`` is neither. The scale lets the measure
    reach 1 where both have the same ties (Kendall, 1945).

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Notes
    -----
    (concordant - discordant) / sqrt((pairs - ties in predicted) (pairs - ties in observed)), in
    O(n log^2 n): discordant pairs are the inversions that remain after sorting by ``predicted``.

    Examples
    --------
    >>> kendall([1, 2, 3, 4], [1, 3, 2, 4])
    0.6666666666666667
    """
    x, y = pair(predicted, observed)
    n = len(x)
    if n < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    _, x_place = np.unique(x, return_inverse=True)
    _, y_place = np.unique(y, return_inverse=True)
    _, both = np.unique(x_place.astype(np.int64) * n + y_place, return_inverse=True)
    pairs = n * (n - 1) // 2
    x_tied, y_tied, both_tied = (_tied_pairs(place) for place in (x_place, y_place, both))
    order = np.lexsort((y_place, x_place))  # by x, and by y among equals: ties are no inversions
    discordant = _inversions(y_place[order].astype(np.int64))
    concordant = pairs - x_tied - y_tied + both_tied - discordant
    # Two roots, not one: the product of the counts leaves float64's whole numbers at 100k songs.
    size = math.sqrt(pairs - x_tied) * math.sqrt(pairs - y_tied)
    return min(max((concordant - discordant) / size, -1.0), 1.0)


def ranks(values: Floats) -> Floats:
    """Return the rank of each value, in [1, n], equal values at their mean rank.

    Parameters
    ----------
    values : ndarray of float64, (n,)
        Finite numbers.

    Examples
    --------
    >>> ranks(np.array([0.0, 5.0, 5.0, 9.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return np.asarray((last - (times - 1) / 2)[place], np.float64)


def _spread(values: Floats) -> Floats:
    """Centre values and scale the largest to 1, so that no square over- or underflows."""
    values = values / np.abs(values).max()
    values = values - values.mean()
    largest = np.abs(values).max()
    return values / largest if largest > 0 else values


def _tied_pairs(place: NDArray[np.intp]) -> int:
    times = np.bincount(place).astype(np.int64)
    return int((times * (times - 1) // 2).sum())


def _inversions(values: NDArray[np.int64]) -> int:
    """Count pairs in which the earlier value is the larger; values are whole numbers from 0.

    As in merge sort, with all blocks of one width in one sorted list: the block leads the key.
    """
    n, width, count = len(values), 1, 0
    at, span = np.arange(n), int(values.max()) + 1
    while width < n:
        block = at // (2 * width)
        right = at // width % 2 == 1
        keys = block * span + values
        left_keys = np.sort(keys[~right])
        upto = np.searchsorted(left_keys, block[right] * span + span, "left")
        below = np.searchsorted(left_keys, keys[right], "right")
        count += int((upto - below).sum())
        width *= 2
    return count
