"""The difference of two predictors in a measure: paired test, correction and sample size.

Both are measured on the same resamples of prompts (or voters), so the difficulty of a battle
cancels out. With D the difference in AUC and S its standard error, the test is ``t = D / S``
against Student's t with one degree of freedom less than there are clusters, in effective number,
two-sided; the interval is ``D +- t S`` with the quantile of the same t. S is the standard deviation
over the resamples. Where systems are left out in turn, they are a sample too: the differences of
single systems give an S and a t of their own, and the larger p counts. Too few clusters or systems
allow neither test nor interval.

Models of all folds share battles, and where features say nothing they lean the same way by chance,
which no resample of the test battles shows. So a gain by more features has to pass a second test,
of the features and not of the gain (`plaudit.metrics.score_test`): the larger p counts. Where that
test does not reject, S of the interval is larger by a factor, ``overlap``; where more features
lose, and between predictors of which neither has all that the other has, S of the test is too.

The effect size is D itself, in AUC, and ``effect = t / sqrt(C)`` for C clusters: the difference in
standard deviations of one cluster, which does not grow with the data. Tests of one question are
corrected together by Holm's method (1979), which keeps the chance of any false rejection among them
at the level.

S shrinks with the square root of the number of battles. So a difference of D is found with a given
``power`` by ``N = n * ((z(1 - level/2) + z(power)) * S / D) ** 2`` battles of the same kind, where
n battles gave S. That a model also learns more from more battles is left out.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.interval import effective_units, estimate_of

Floats = NDArray[np.float64]
_LEAST_SYSTEMS = 4  # left out in turn, for a test of systems that are unknown


class PairedDifference(NamedTuple):
    """A difference with its interval, standard error, p-value and effect size; nan if undefined."""

    value: float
    low: float = math.nan
    high: float = math.nan
    se: float = math.nan
    p: float = math.nan
    effect: float = math.nan
    reason: str | None = None  #: Why there is no test.


def difference(
    a: float,
    b: float,
    draws_a: Floats,
    draws_b: Floats,
    sizes: Floats,
    confidence: float = 0.95,
    *,
    overlap: float = 1.0,
    by_system: Floats | None = None,
    p_added: float | None = None,
    level: float = 0.05,
) -> PairedDifference:
    """Return a minus b with a paired test; equal predictors differ by exactly 0, with p = 1.

    ``a`` and ``b`` are a measure of two predictors on all battles, ``draws_a`` and ``draws_b``
    (draws,) the same on the same resamples of prompts or voters, whose ``sizes`` (n_clusters,) are
    their numbers of battles. ``overlap`` is the factor on the standard error for shared training
    battles; ``by_system`` (n_systems,) are the differences on the battles of each system that was
    left out, where the test is about unknown systems. ``p_added`` is the p-value of the features
    that ``a`` has more than ``b``: where it is below ``level``, ``overlap`` does not count.
    """
    from scipy.special import stdtr, stdtrit

    value = a - b
    draws = draws_a - draws_b
    if len(sizes) > 1 and value == 0 and not np.any(draws[~np.isnan(draws)]):
        return PairedDifference(0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    estimate = estimate_of(value, draws, sizes, confidence)
    if math.isnan(estimate.low):
        return PairedDifference(value, reason=estimate.reason)
    if p_added is not None and math.isnan(p_added):
        why = "a test needs more prompts (or voters) than aesthetic scores, which have to differ"
        return PairedDifference(value, reason=why)
    if value <= 0:  # a loss is no sign of what the features tell
        p_added = None
    spread = float(np.nanstd(draws, ddof=1))
    errors = [(spread if p_added is not None else overlap * spread, effective_units(sizes))]
    if by_system is not None:
        known = by_system[~np.isnan(by_system)]
        if len(known) < _LEAST_SYSTEMS:
            why = f"a test of unknown systems needs {_LEAST_SYSTEMS}, and there are {len(known)}"
            return PairedDifference(value, reason=why)
        errors.append((float(known.std(ddof=1)) / math.sqrt(len(known)), float(len(known))))
    tests = [(float(2 * stdtr(n - 1, -abs(value) / se)), se, n) for se, n in errors if se > 0]
    p, se, n = max(tests)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * se
    effect = value / se / math.sqrt(n)
    if p_added is not None:
        p = max(p, p_added)
        half *= overlap if p_added >= level else 1.0
    return PairedDifference(value, value - half, value + half, se, p, effect)


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number by Holm's method.

    The p-values are those of one question, and stay in order; nan, where a test was not possible,
    does not count and stays nan.

    Examples
    --------
    >>> [round(value, 2) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    known = [k for k, value in enumerate(p) if not math.isnan(value)]
    corrected = [math.nan] * len(p)
    highest = 0.0
    for place, k in enumerate(sorted(known, key=lambda k: p[k])):
        highest = max(highest, min(1.0, (len(known) - place) * p[k]))
        corrected[k] = highest
    return corrected


def battles_needed(
    n: int, se: float, effect: float, *, level: float = 0.05, power: float = 0.8
) -> float:
    """Return how many decided battles it takes to find a true difference ``effect``.

    ``n`` decided battles gave the standard error ``se``. ``level`` is the chance of a false
    rejection, ``power`` that of a true one. The result is nan where the difference is 0 or ``se``
    undefined.
    """
    from scipy.special import ndtri

    if not se > 0 or effect == 0:
        return math.nan
    z = float(ndtri(1 - level / 2) + ndtri(power))
    return n * (z * se / effect) ** 2


def power_at(n: int, se: float, effect: float, battles: float, level: float = 0.05) -> float:
    """Return the power, in [0, 1], of the two-sided test with some number of decided battles.

    The other inputs are those of `battles_needed`; nan where ``se`` is undefined or 0.
    """
    from scipy.special import ndtr, ndtri

    if not se > 0:
        return math.nan
    z, shift = float(ndtri(1 - level / 2)), effect / se * math.sqrt(battles / n)
    return float(ndtr(shift - z) + ndtr(-shift - z))
