r"""The pair from which a board learns most: the largest expected fall of its uncertainty.

Strengths :math:`s` are those of `plaudit.metrics.bradley_terry` with ties as halves. A battle of i
and j with :math:`p = 1 / (1 + e^{s_j - s_i})` adds the information
:math:`w_{ij} = u_{ij}\, p (1 - p)` on :math:`s_i - s_j`, where :math:`u_{ij}` is the share of the
pair's votes that say anything (NEITHER does not). With the covariance C of the board so far and
:math:`e = e_i - e_j`, one more battle lets its trace fall by

.. math:: \frac{w_{ij}\, |C e|^2}{1 + w_{ij}\, e^T C e}

(Sherman and Morrison), and the pair with the largest fall is asked: A-optimal design, one step at a
time. It asks of close systems more than of those that everybody tells apart. Chosen by outcomes
alone, a pair that was once lopsided by chance would starve: a share of battles, the floor, goes to
the pair that was asked least. Which pair is asked depends on votes of before, and never on the
vote to come, so the likelihood of strengths is that of any other design.

References
----------
Chaloner and Verdinelli, Bayesian experimental design: a review, Statistical Science 10 (1995).
"""

import numpy as np

from plaudit.arena.pairing import least_seen
from plaudit.arena.pairing.board import Counts, Floats
from plaudit.arena.pairing.uniform import one_of
from plaudit.metrics.bradley_terry import bradley_terry

_PENALTY = 1.0
"""Of the fit, and prior information on each strength: before any vote all pairs are alike."""


def choose(
    counts: Counts, allowed: Floats, rng: np.random.Generator, *, floor: float
) -> tuple[int, int]:
    """Return the most informative pair of systems of those allowed, (k, k).

    Parameters
    ----------
    counts : Counts
        Battles so far.
    allowed : ndarray of float64, (k, k)
        Above 0 for pairs that may be asked.
    rng : numpy.random.Generator
        Decides ties and when the floor has its turn.
    floor : float
        Share of battles, 0 to 1, that go to the pair asked least.

    Returns
    -------
    (int, int)
        Row and column of the pair, row below column.
    """
    if rng.random() < floor:
        return least_seen.choose(counts, allowed, rng)
    gain = np.where(np.triu(allowed, 1) > 0, expected_fall(counts), -np.inf)
    return one_of(gain >= gain.max() * (1 - 1e-9), rng)


def expected_fall(counts: Counts) -> Floats:
    """Return how much one more battle of each pair lowers the trace of C, (k, k), logits squared.

    Battles without an answer yet count as if it had come, so that voters who listen at the same
    time are not all asked for the same pair.
    """
    points = counts.wins + counts.ties / 2
    strength = bradley_terry(points, penalty=_PENALTY).strength
    chance = 1 / (1 + np.exp(strength[None, :] - strength[:, None]))
    decided = counts.wins + counts.wins.T + counts.ties
    # Two battles that say something are counted before the first, or one NEITHER would end a pair.
    useful = (decided + 2) / (decided + counts.neither + 2)
    weight = useful * chance * chance.T
    covariance = covariance_of(counts.asked * weight, _PENALTY)
    # |C (e_i - e_j)|^2 and (e_i - e_j)' C (e_i - e_j) of all pairs.
    square = covariance @ covariance
    fall, spread = (
        np.diag(table)[:, None] + np.diag(table)[None, :] - 2 * table
        for table in (square, covariance)
    )
    return np.asarray(weight * fall / (1 + weight * spread))


def covariance_of(information: Floats, penalty: float) -> Floats:
    """Return the covariance of strengths, (k, k), from the information on each pair, (k, k)."""
    laplacian = -information
    np.fill_diagonal(laplacian, 0)
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
    return np.asarray(np.linalg.inv(laplacian + penalty * np.eye(len(laplacian))))
