"""Strengths without a model: the mean share of points against each opponent.

Conventions: ``points`` is (k, k), wins of the row against the column with a tie as one half on both
sides. It is defined where Bradley-Terry is not, for systems that never lost, but a system's score
depends on which opponents it met.
"""

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.bradley_terry import square
from plaudit.metrics.checked import Floats


def borda(points: ArrayLike) -> Floats:
    """Return each system's share of points, averaged over the opponents that it met.

    Where all systems met all others it is Borda's count over (k - 1).

    Parameters
    ----------
    points : array_like, (k, k)
        Wins of the row against the column, a tie one half on both sides, 0 or more.

    Returns
    -------
    ndarray of float64, (k,)
        In [0, 1], higher is better; 0.5 for all where all are equal; nan for a system without
        opponents.

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
    means = np.divide(share.sum(axis=1), opponents, out=nothing, where=opponents > 0)
    return np.asarray(means, np.float64)
