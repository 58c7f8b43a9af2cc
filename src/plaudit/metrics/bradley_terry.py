"""Strengths of systems from wins: the model of Bradley and Terry, by Newton's method.

Conventions: strengths are (k,) in units of the logit, mean 0, higher is stronger: i is preferred to
j with probability ``1 / (1 + exp(strength_j - strength_i))``. `arena_scale` turns them into the
points of leaderboards.

Without a penalty the maximum exists only where chains of wins lead from each system to each other,
which is checked first. With a penalty it always exists, but the strength of a system without such
chains depends on the penalty.

References
----------
Bradley and Terry, Rank analysis of incomplete block designs, Biometrika 39 (1952).
Ford, Solution of a ranking problem from binary comparisons, Amer. Math. Monthly 64 (1957).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.tally import ConvergenceError, require_placed

SCALE, CENTRE = 400.0, 1000.0  # points for odds of ten to one, and the points of a mean system
_TOLERANCE = 1e-14  # of the log-likelihood a battle
_STEPS = 100


@dataclass(frozen=True)
class Strengths:
    """Fitted strengths, and how the fit went."""

    strength: Floats  #: (k,) in logits, mean 0.
    #: Davidson's nu, 0 or above: two equal systems tie with probability nu / (2 + nu); 0 where ties
    #: are not part of the model.
    tie: float
    log_likelihood: float  #: Of the counts, in nats, without the penalty.
    steps: int  #: Newton steps taken.
    gradient: float  #: Largest absolute slope left at the end, in wins; 0 is a perfect maximum.


def bradley_terry(
    points: ArrayLike,
    *,
    penalty: float = 0.0,
    names: Sequence[str] | None = None,
    start: Floats | None = None,
) -> Strengths:
    """Return the most likely strengths.

    Parameters
    ----------
    points : array_like, (k, k)
        Wins of the row against the column, 0 or more; fractions are allowed, so that a tie may
        count one half on both sides.
    penalty : float, default 0
        Half of it times the sum of squared strengths is taken from the log-likelihood: the L2
        logistic regression with C = 1 / penalty and without an intercept.
    names : sequence of str, optional
        Names of the systems, for errors.
    start : ndarray of float64, (k,), optional
        Strengths to start from, such as those of nearly the same counts; 0 if left out. There is
        one maximum, so only the number of steps depends on it.

    Returns
    -------
    Strengths
        Of the k systems.

    Raises
    ------
    UnplacedError
        No penalty, and the strength of some system is not determined.
    ConvergenceError
        The maximum was not reached.
    InputError
        The counts are not a square table of finite numbers from 0.

    Notes
    -----
    Maximises ``sum_ij points_ij log p_ij - penalty / 2 |strength|^2``. The slope sums to 0 over
    systems, so strengths stay centred; without a penalty the curvature is made invertible along
    the one direction in which nothing changes.

    Examples
    --------
    >>> fit = bradley_terry([[0, 3], [1, 0]])
    >>> round(float(fit.strength[0] - fit.strength[1]), 6) == round(math.log(3), 6)
    True
    """
    wins = square(points)
    if not (penalty >= 0 and math.isfinite(penalty)):
        raise InputError(f"Expected a penalty of at least 0, got {penalty}.")
    if not penalty:
        require_placed(wins, names)
    size = len(wins)
    games = wins + wins.T
    level = 0.0 if penalty else float(games.sum()) / max(size, 1)  # curvature where nothing changes

    def value(strength: Floats) -> float:
        gap = strength[:, None] - strength[None, :]
        return float(-(wins * np.logaddexp(0, -gap)).sum() - penalty / 2 * strength @ strength)

    def slopes(strength: Floats) -> tuple[Floats, Floats]:
        gap = strength[:, None] - strength[None, :]
        # Not 1 / (1 + exp): that overflows for the huge gaps a step may try.
        chance = np.exp(-np.logaddexp(0, -gap))
        slope = (wins - games * chance).sum(axis=1) - penalty * strength
        weight = games * chance * chance.T
        curve = np.diag(weight.sum(axis=1) + penalty) - weight + level / size
        return slope, curve

    origin = np.zeros(size) if start is None else start - start.mean()
    strength, steps, gradient = climb(value, slopes, origin, float(games.sum()) / 2)
    plain = value(strength) + penalty / 2 * float(strength @ strength)
    return Strengths(strength - strength.mean(), 0.0, plain, steps, gradient)


def arena_scale(strength: Floats) -> Floats:
    """Return strengths as points of a leaderboard.

    Parameters
    ----------
    strength : ndarray of float64, (..., k)
        In logits.

    Returns
    -------
    ndarray of float64, (..., k)
        400 / ln 10 times the strength, mean 1000: 400 points are odds of ten to one.
    """
    centred = strength - strength.mean(axis=-1, keepdims=True)
    return np.asarray(SCALE / math.log(10) * centred + CENTRE, np.float64)


def climb(
    value: Callable[[Floats], float],
    slopes: Callable[[Floats], tuple[Floats, Floats]],
    start: Floats,
    n: float,
) -> tuple[Floats, int, float]:
    """Find the maximum of a concave function by Newton's method with halved steps.

    Parameters
    ----------
    value : callable
        The function, of (m,).
    slopes : callable
        Its gradient (m,) and minus its Hessian (m, m), positive definite.
    start : ndarray of float64, (m,)
        Start.
    n : float
        Number of battles; the tolerance is for each.

    Returns
    -------
    (ndarray of float64, int, float)
        The place of the maximum, steps taken and the largest absolute slope left.

    Raises
    ------
    ConvergenceError
        The maximum was not reached.
    """
    place, height = start, value(start)
    for step in range(_STEPS):
        slope, curve = slopes(place)
        try:
            move = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            break
        gain = float(slope @ move)  # twice what the step promises
        if gain <= _TOLERANCE * max(n, 1.0):
            return place + move, step + 1, float(np.abs(slopes(place + move)[0]).max())
        size = 1.0
        while True:
            tried = value(place + size * move)
            if tried >= height + 1e-4 * size * gain:
                break
            size /= 2
            if size < 1e-10:
                raise ConvergenceError(
                    f"The fit stopped after {step + 1} steps with a slope of"
                    f" {np.abs(slope).max():.3g} wins left, where no step goes up: the counts"
                    " hardly determine the strengths, so bring more battles."
                )
        place, height = place + size * move, tried
    raise ConvergenceError(
        f"The fit did not converge in {_STEPS} steps: the counts hardly determine the strengths, so"
        " bring more battles or choose a method with a penalty."
    )


def square(points: ArrayLike) -> Floats:
    """Return counts as a (k, k) table of float64, or raise `InputError`."""
    table = np.asarray(points, np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise InputError(f"Expected counts of shape (systems, systems), got {table.shape}.")
    if not np.isfinite(table).all() or (table < 0).any():
        raise InputError("Expected finite counts of at least 0.")
    if np.diag(table).any():
        raise InputError("Expected an empty diagonal: no system fights itself.")
    return table
