"""How well predictions go along with the truth: Pearson, Spearman, Kendall.

Conventions: ``said`` and ``true`` are (n,), finite, in one order; the result is in [-1, 1], higher
is better. It is nan where it is undefined: with fewer than two songs, or where one side is the same
for all songs. A constant judge therefore has no correlation, not one of 0.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.metrics.pair import Floats, pair


def pearson(said: ArrayLike, true: ArrayLike) -> float:
    """Return Pearson's correlation: how near the pairs are to a rising line.

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Examples
    --------
    >>> pearson([1, 2, 3], [10, 20, 40])
    0.9819805060619657
    """
    x, y = pair(said, true)
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    x, y = _spread(x), _spread(y)
    size = math.sqrt(float(x @ x) * float(y @ y))
    return float(np.clip(float(x @ y) / size, -1.0, 1.0)) if size > 0 else math.nan


def spearman(said: ArrayLike, true: ArrayLike) -> float:
    """Return Spearman's correlation: Pearson's of the ranks, equal values at their mean rank.

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Examples
    --------
    >>> spearman([1, 2, 3], [10, 20, 40])
    1.0
    """
    x, y = pair(said, true)
    return pearson(ranks(x), ranks(y))


def kendall(said: ArrayLike, true: ArrayLike) -> float:
    """Return Kendall's tau-b: pairs of songs in the right order minus pairs in the wrong one.

    A pair that is tied on one side counts for neither, and the measure is scaled so that 1 can be
    reached where both sides have the same ties (Kendall, 1945).

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        In [-1, 1]; nan where undefined.

    Notes
    -----
    (concordant - discordant) / sqrt((pairs - ties in said) (pairs - ties in true)), in
    O(n log^2 n): discordant pairs are the inversions that remain after sorting by ``said``.

    Examples
    --------
    >>> kendall([1, 2, 3, 4], [1, 3, 2, 4])
    0.6666666666666667
    """
    x, y = pair(said, true)
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
    """Return the rank of each value from 1, equal values at their mean rank.

    Parameters
    ----------
    values : ndarray of float64, (n,)
        Finite numbers.

    Returns
    -------
    ndarray of float64, (n,)
        In [1, n].

    Examples
    --------
    >>> ranks(np.array([0.0, 5.0, 5.0, 9.0])).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    return np.asarray((last - (times - 1) / 2)[place], np.float64)


def _spread(values: Floats) -> Floats:
    """Return values about their mean, the largest 1: no square of them over- or underflows."""
    values = values / np.abs(values).max()
    values = values - values.mean()
    largest = np.abs(values).max()
    return values / largest if largest > 0 else values


def _tied_pairs(place: NDArray[np.intp]) -> int:
    times = np.bincount(place).astype(np.int64)
    return int((times * (times - 1) // 2).sum())


def _inversions(values: NDArray[np.int64]) -> int:
    """Count pairs in which the earlier value is the larger; values are whole numbers from 0.

    Blocks of 1, 2, 4, ... are merged as in merge sort; within each level all blocks are looked up
    at once, a block's number being the leading part of the key.
    """
    n, width, found = len(values), 1, 0
    at, span = np.arange(n), int(values.max()) + 1
    while width < n:
        block = at // (2 * width)
        right = at // width % 2 == 1
        keys = block * span + values
        left_keys = np.sort(keys[~right])
        upto = np.searchsorted(left_keys, block[right] * span + span, "left")
        below = np.searchsorted(left_keys, keys[right], "right")
        found += int((upto - below).sum())
        width *= 2
    return found
