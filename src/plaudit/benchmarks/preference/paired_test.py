"""Is one answer better than another: paired difference, test, correction, and how much it takes.

Both answers are measured on the same resamples of prompts (or voters), so what is hard about a
battle cancels out. With D the difference in AUC and S its standard deviation over the resamples,
the test is ``t = D / S`` against Student's t with one degree of freedom less than there are
clusters, both sides. The effect size is D itself, in points of AUC, and ``effect = t / sqrt(C)``
for C clusters: the difference in standard deviations of one cluster, which does not grow with the
data. Tests of one question are corrected together by Holm's method (1979), which keeps the chance
of any false finding among them at the level.

S shrinks with the square root of the battles. So a difference of D is found with chance ``power``
by ``N = n * ((z(1 - level/2) + z(power)) * S / D) ** 2`` battles of the same kind, where n battles
gave S. More battles also teach more, which this leaves out.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Difference(NamedTuple):
    """A difference with its interval, standard error, p-value and effect size; nan if undefined."""

    value: float
    low: float
    high: float
    se: float
    p: float
    effect: float


def difference(
    a: float, b: float, draws_a: Floats, draws_b: Floats, n_clusters: int, confidence: float = 0.95
) -> Difference:
    """Return a minus b with a paired test.

    Parameters
    ----------
    a, b : float
        A measure of two answers on all battles.
    draws_a, draws_b : ndarray of float64, (draws,)
        The same on the same resamples.
    n_clusters : int
        What was resampled: prompts, or voters.
    confidence : float, default 0.95
        Share of the resamples inside the interval.

    Returns
    -------
    Difference
        Two answers that are the same differ by exactly 0, with p = 1.
    """
    from scipy.special import stdtr

    value = a - b
    moved = draws_a - draws_b
    known = moved[~np.isnan(moved)]
    if math.isnan(value) or n_clusters < 2 or 2 * len(known) < len(moved):
        return Difference(value, *[math.nan] * 5)
    tail = 100 * (1 - confidence) / 2
    low, high = (float(end) for end in np.percentile(known, [tail, 100 - tail]))
    se = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    if se == 0:
        same = value == 0
        return Difference(value, low, high, 0.0, 1.0 if same else 0.0, 0.0 if same else math.nan)
    t = value / se
    p = float(2 * stdtr(n_clusters - 1, -abs(t)))
    return Difference(value, low, high, se, p, t / math.sqrt(n_clusters))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's method.

    Parameters
    ----------
    p : sequence of float
        The p-values of one question; nan where a test was not possible, which does not count.

    Returns
    -------
    list of float
        In the same order, each at least what it was and at most 1; nan stays.

    Examples
    --------
    >>> [round(one, 2) for one in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    known = [k for k, one in enumerate(p) if not math.isnan(one)]
    found = [math.nan] * len(p)
    highest = 0.0
    for place, k in enumerate(sorted(known, key=lambda k: p[k])):
        highest = max(highest, min(1.0, (len(known) - place) * p[k]))
        found[k] = highest
    return found


def battles_needed(
    n: int, se: float, effect: float, *, level: float = 0.05, power: float = 0.8
) -> float:
    """Return how many decided battles it takes to find a difference.

    Parameters
    ----------
    n : int
        Decided battles that gave ``se``.
    se : float
        Standard error of the difference.
    effect : float
        The difference to be found.
    level, power : float
        Chance of a false finding, and of a true one, between 0 and 1.

    Returns
    -------
    float
        Battles; nan where the difference is 0 or ``se`` undefined.
    """
    from scipy.special import ndtri

    if not se > 0 or effect == 0:
        return math.nan
    z = float(ndtri(1 - level / 2) + ndtri(power))
    return n * (z * se / effect) ** 2


def power_at(n: int, se: float, effect: float, battles: float, level: float = 0.05) -> float:
    """Return the chance of finding a difference with some number of battles, both sides.

    Parameters
    ----------
    n : int
        Decided battles that gave ``se``.
    se : float
        Standard error of the difference there.
    effect : float
        The true difference.
    battles : float
        Decided battles at hand.
    level : float, default 0.05
        Chance of a false finding.

    Returns
    -------
    float
        In [0, 1]; nan where ``se`` is undefined or 0.
    """
    from scipy.special import ndtr, ndtri

    if not se > 0:
        return math.nan
    z, shift = float(ndtri(1 - level / 2)), effect / se * math.sqrt(battles / n)
    return float(ndtr(shift - z) + ndtr(-shift - z))
