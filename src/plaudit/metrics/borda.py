"""Strengths by counting alone: the mean share of points against each opponent.

Conventions: ``points`` is (k, k), wins of the row against the column with a tie as one half on both
sides. No model is fitted, so it is defined where Bradley-Terry is not: for systems that never lost.
The price: a system's score depends on which opponents it met.
"""

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.bradley_terry import square
from plaudit.metrics.pair import Floats


def borda(points: ArrayLike) -> Floats:
    """Return each system's share of points, every opponent that it met weighing the same.

    Where everybody met everybody it is Borda's count over (k - 1): how many others a system is
    placed before, on average.

    Parameters
    ----------
    points : array_like, (k, k)
        Wins of the row against the column, a tie one half on both sides, 0 or more.

    Returns
    -------
    ndarray of float64, (k,)
        In [0, 1], higher is better; 0.5 for all where all are equal; nan for a system that met
        nobody.

    Raises
    ------
    InputError
        The counts are not a square table of finite numbers from 0.

    Examples
    --------
    >>> borda([[0, 3, 1], [1, 0, 1], [0, 1, 0]]).tolist()
    [0.875, 0.375, 0.25]
    """
    won = square(points)
    games = won + won.T
    met = games > 0
    share = np.divide(won, games, out=np.zeros_like(won), where=met)
    opponents = met.sum(axis=1)
    nothing = np.full(len(won), np.nan)
    found = np.divide(share.sum(axis=1), opponents, out=nothing, where=opponents > 0)
    return np.asarray(found, np.float64)
