"""Ratings updated battle by battle (Elo); they depend on the order of battles.

Conventions: a system starts at 1000 points, and 400 points are odds of ten to one. After each
battle the winner takes ``k * (result - expected)`` points from the loser, where the result is 1, a
tie 0.5 and the expectation ``1 / (1 + 10 ** (gap / 400))``.

Elo follows strength that changes. The strength of a generator does not, so the order of battles is
noise: with k = 4 the last few hundred battles count more than the first ones. Prefer
`plaudit.metrics.davidson`; where Elo is needed, average it over random orders.

References
----------
Elo, The rating of chessplayers, past and present (1978).
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats

K = 4.0  # points at stake; small, because strength does not change: that of the first chat arenas
START, SCALE = 1000.0, 400.0


def elo(
    first: ArrayLike, second: ArrayLike, result: ArrayLike, size: int, *, k: float = K
) -> Floats:
    """Return ratings after battles in the order given.

    Parameters
    ----------
    first, second : array_like of int, (n,)
        Systems, 0 to ``size - 1``.
    result : array_like, (n,)
        1 where the first won, 0 where the second did, 0.5 for a tie. Leave votes for neither out.
    size : int
        Number of systems.
    k : float, default 4
        Points at stake, above 0.

    Returns
    -------
    ndarray of float64, (size,)
        Points, mean 1000; 1000 for a system without a battle.

    Raises
    ------
    InputError
        A system or a result is out of range, lengths differ, or k is not above 0.

    Examples
    --------
    >>> elo([0], [1], [1.0], 2).tolist()
    [1002.0, 998.0]
    """
    a, b, won = _battles(first, second, result, size, k)
    rating = [START] * size
    for i, j, outcome in zip(a.tolist(), b.tolist(), won.tolist(), strict=True):
        expected = 1 / (1 + math.pow(10, (rating[j] - rating[i]) / SCALE))
        gain = k * (outcome - expected)
        rating[i] += gain
        rating[j] -= gain
    return np.array(rating)


def elo_orders(
    first: ArrayLike,
    second: ArrayLike,
    result: ArrayLike,
    size: int,
    orders: NDArray[np.intp],
    *,
    k: float = K,
) -> Floats:
    """Return ratings after battles in each of many orders, as `elo` would for each.

    Parameters
    ----------
    first, second, result, size : array_like of int, array_like of int, array_like, int
        As for `elo`.
    orders : ndarray of int, (m, steps)
        Numbers of battles in the order of the updates; a battle may come several times or not at
        all. -1 is no battle, so that orders may differ in length.
    k : float, default 4
        As for `elo`.

    Returns
    -------
    ndarray of float64, (m, size)
        Points.

    Raises
    ------
    InputError
        As for `elo`, or an order names a battle that is not there.
    """
    a, b, won = _battles(first, second, result, size, k)
    if orders.size and not -1 <= orders.min() <= orders.max() < len(a):
        raise InputError(f"Expected orders of battles from 0 to {len(a) - 1}, or -1 for none.")
    # Index -1 is a last battle that changes nothing.
    a, b, won = np.append(a, 0), np.append(b, min(1, size - 1)), np.append(won, math.nan)
    rating = np.full((len(orders), size), START)
    row = np.arange(len(orders))
    for battle in orders.T:
        i, j = a[battle], b[battle]
        expected = 1 / (1 + 10 ** ((rating[row, j] - rating[row, i]) / SCALE))
        gain = np.nan_to_num(k * (won[battle] - expected), nan=0.0)
        rating[row, i] += gain
        rating[row, j] -= gain
    return rating


def _battles(
    first: ArrayLike, second: ArrayLike, result: ArrayLike, size: int, k: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    a, b = np.asarray(first, np.int64), np.asarray(second, np.int64)
    won = np.asarray(result, np.float64)
    if not (a.ndim == 1 and a.shape == b.shape == won.shape):
        raise InputError(
            "Expected a first system, a second system and a result for each battle, got shapes"
            f" {a.shape}, {b.shape} and {won.shape}."
        )
    if not (k > 0 and math.isfinite(k)):
        raise InputError(f"Expected k above 0, got {k}.")
    for systems in (a, b):
        if len(systems) and not 0 <= systems.min() <= systems.max() < size:
            raise InputError(f"Expected each system as a number from 0 to {size - 1}.")
    if (a == b).any():
        raise InputError("Expected two systems in each battle, got one against itself.")
    if not ((won >= 0) & (won <= 1)).all():
        raise InputError("Expected results of 0, 0.5 or 1; leave votes for neither out.")
    return a, b, won
