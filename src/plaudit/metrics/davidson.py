"""Strengths of systems from wins and ties: the model of Davidson.

Conventions: as in `plaudit.metrics.bradley_terry`, with one number more, ``nu``: for a gap d of
strengths the first wins, ties or loses in the ratio ``exp(d / 2) : nu : exp(-d / 2)``. Two equal
systems tie with probability nu / (2 + nu). A tie is evidence that two systems are close; its weight
is estimated from how frequent ties are, where counting ties as half wins fixes it. With nu = 0 the
model is that of Bradley and Terry.

References
----------
Davidson, On extending the Bradley-Terry model to accommodate ties in paired comparison experiments,
J. Amer. Statist. Assoc. 65 (1970).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.bradley_terry import Strengths, bradley_terry, climb, square
from plaudit.metrics.checked import Floats
from plaudit.metrics.tally import UnplacedError, require_placed


def davidson(
    wins: ArrayLike,
    ties: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    start: Strengths | None = None,
) -> Strengths:
    """Return the most likely strengths and the weight of ties.

    Parameters
    ----------
    wins, ties : array_like, (k, k)
        Wins of the row against the column, 0 or more; ties of the row with the column, symmetric.
    names : sequence of str, optional
        Names of the systems, for errors.
    start : Strengths, optional
        Start, such as the fit of nearly the same counts; only the number of steps depends on it.

    Returns
    -------
    Strengths
        Of the k systems. Without any tie ``tie`` is 0 and strengths are those of Bradley-Terry.

    Raises
    ------
    UnplacedError
        The counts do not determine the strength of some system, see Notes.
    ConvergenceError
        The maximum was not reached.
    InputError
        The counts are not two square tables of finite numbers from 0, or ties are not symmetric.

    Notes
    -----
    The log-likelihood is concave in strengths and log nu. Its maximum exists if and only if chains
    of wins or ties lead from each system to each other, and some chain of wins and ties that comes
    back to its start holds more wins than ties (two systems that beat each other, for one).
    Otherwise strengths and nu can grow together without end: where A beat B and tied with it, but
    never lost, the gap is not determined.

    Examples
    --------
    >>> fit = davidson([[0, 4], [1, 0]], [[0, 4], [4, 0]])
    >>> round(fit.tie, 6), round(float(fit.strength[0] - fit.strength[1]), 6)
    (2.0, 1.386294)
    """
    won, tied = square(wins), square(ties)
    if won.shape != tied.shape or not np.array_equal(tied, tied.T):
        raise InputError(
            "Expected ties as a symmetric table of the same shape as wins: what the row tied with"
            " the column is what the column tied with the row."
        )
    n_ties = float(tied.sum()) / 2
    if not n_ties:
        known = None if start is None else start.strength
        return bradley_terry(won, names=names, start=known)
    require_placed(won + tied, names)
    if not _bounded(won, tied):
        raise UnplacedError(
            "Not all systems can be placed: beside the ties, wins go one way only (whoever beat"
            " another never lost to it, nor along a chain with fewer ties than wins), so gaps could"
            " be of any size; bring more battles, or choose a method that counts a tie as half"
            " a win."
        )
    return _fit(won, tied, n_ties, start)


def tie_share(tie: float) -> float:
    """Return the chance in [0, 1) that two equal systems tie, nu / (2 + nu), nu being ``tie``."""
    return tie / (2 + tie)


def _fit(won: Floats, tied: Floats, n_ties: float, start: Strengths | None) -> Strengths:
    size = len(won)
    games = won + won.T + tied  # by pair, (k, k) symmetric: each pair stands in it twice
    n = float(games.sum()) / 2
    edge = (won - won.T).sum(axis=1) / 2
    level = n / size  # curvature along the direction in which nothing changes

    def logs(place: Floats) -> tuple[Floats, Floats, float]:
        """Return half gaps, the logarithm of the sum of the three weights, and log nu."""
        half = (place[:-1, None] - place[None, :-1]) / 2
        return half, np.logaddexp(np.logaddexp(half, -half), place[-1]), float(place[-1])

    def value(place: Floats) -> float:
        _, total, log_nu = logs(place)
        return float(edge @ place[:-1] + n_ties * log_nu - (games * total).sum() / 2)

    def slopes(place: Floats) -> tuple[Floats, Floats]:
        half, total, log_nu = logs(place)
        lead = np.exp(half - total) - np.exp(-half - total)  # chance to win minus to lose
        tie = np.exp(log_nu - total)
        slope = np.empty(size + 1)
        slope[:-1] = edge - (games * lead).sum(axis=1) / 2
        slope[-1] = n_ties - (games * tie).sum() / 2
        weight = games * (1 - tie - lead**2) / 4
        curve = np.empty((size + 1, size + 1))
        curve[:-1, :-1] = np.diag(weight.sum(axis=1)) - weight + level / size
        curve[:-1, -1] = curve[-1, :-1] = -(games * tie * lead).sum(axis=1) / 2
        curve[-1, -1] = (games * tie * (1 - tie)).sum() / 2
        return slope, curve

    # The value of nu if all systems were equal.
    guess = math.log(max(2 * n_ties, 1e-9) / max(n - n_ties, 1e-9))
    origin = np.append(np.zeros(size), guess)
    if start is not None and start.tie > 0:
        origin = np.append(start.strength - start.strength.mean(), math.log(start.tie))
    place, steps, gradient = climb(value, slopes, origin, n)
    strength = place[:-1] - place[:-1].mean()
    return Strengths(strength, math.exp(place[-1]), value(place), steps, gradient)


def _bounded(won: Floats, tied: Floats) -> bool:
    """Return whether some cycle has more wins than ties; see the notes of `davidson`.

    An edge costs -1 along a win and 1 along a tie, in both directions. A cycle of negative cost
    exists if paths still get shorter after as many rounds as there are systems (Bellman and Ford).
    """
    # Two systems that beat each other are the usual case, and a cycle without ties.
    if ((won > 0) & (won.T > 0)).any():
        return True
    step = np.where(won > 0, -1.0, np.where(tied > 0, 1.0, np.inf))
    reached = np.zeros(len(won))
    for _ in range(len(won) + 1):
        nearer = np.minimum(reached, (reached[:, None] + step).min(axis=0))
        if np.array_equal(nearer, reached):
            return False
        reached = nearer
    return True
