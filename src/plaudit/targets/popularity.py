"""Plays and likes to targets of 0-100: a percentile among comparable songs, the top compressed.

For a song of count c in a cohort of n songs (`plaudit.targets.cohort`)::

    percentile = (songs below c + half of the songs equal to c) / n          in [0, 1]
    score      = 100 * percentile ** exponent                                exponent in (0, 1]

A percentile does not depend on the tail or the unit of the counts: any increasing function of them
gives the same scores. Songs of equal count share the middle of their ranks, so a platform where
most songs have no like gives all of those one score, above 0; the summary states the share of
zeros.

APEX (arXiv 2605.03395) describes such a score and a power function that compresses the upper tail;
it publishes neither the exponent nor the treatment of ties, zeros and age. Those here are ours:
``docs/targets.md`` says why, with figures of ``bench/studies/target_shape.py``. Exponent 1 is the
plain percentile. To avoid leaks, fit on the training songs and score the others against them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.metrics.measurement import or_none
from plaudit.targets.cohort import Cohort, CohortRule, Floats, cohorts_of

Platforms = str | Sequence[str | None] | NDArray[Any]
EXPONENT = 0.8


class PopularityRule(Record):
    """The rule for scores; ``exponent`` 1 is the plain percentile, less compresses the top."""

    cohort: CohortRule = CohortRule()
    exponent: float = Field(default=EXPONENT, gt=0, le=1)


class CohortSummary(Record):
    """One cohort as it was used: ages in days (None without end or unknown), shares in [0, 1].

    ``tied`` is the share of songs whose count another song of the cohort has too.
    """

    platform: str
    from_days: float | None
    to_days: float | None
    n: int
    zeros: float
    tied: float
    median: float
    highest: float


class PopularitySummary(Record):
    """The rule, the cohorts, and the number of songs without a score by reason."""

    rule: PopularityRule
    cohorts: tuple[CohortSummary, ...]
    n: int
    scored: int
    unscored: dict[str, int]


@dataclass(frozen=True, eq=False)
class PopularityTargets:
    """Scores with a summary of how they were made."""

    values: Floats  #: (n,) in [0, 100], higher is more; nan where a song has no score.
    #: (n,) place of each song's cohort in ``summary.cohorts``; -1 without.
    cohort: NDArray[np.int64]
    summary: PopularitySummary


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference songs that counts are compared with; made by `fit_popularity`."""

    rule: PopularityRule
    cohorts: tuple[Cohort, ...]  #: By platform, from young to old.

    def score(
        self,
        counts: ArrayLike,
        platforms: Platforms,
        ages_days: ArrayLike | None = None,
    ) -> PopularityTargets:
        """Score songs against the reference: its own, or others.

        Inputs are those of `fit_popularity`, and so are the errors, but for the size of cohorts: a
        song without a count, a platform or a cohort has no score, and is counted.
        """
        values, places, ages = _columns(counts, platforms, ages_days)
        percentile = np.full(len(values), math.nan)
        cohort = np.full(len(values), -1, np.int64)
        for number, group in enumerate(self.cohorts):
            own = (places == group.platform) & group.holds(ages) & ~np.isnan(values)
            percentile[own] = group.percentile(values[own])
            cohort[own] = number
        named = np.array([isinstance(place, str) for place in places], bool)
        known = {group.platform for group in self.cohorts}
        reasons: Counter[str] = Counter()
        for at in np.flatnonzero(cohort < 0):
            if np.isnan(values[at]):
                reasons["no count"] += 1
            elif not named[at]:
                reasons["no platform"] += 1
            elif places[at] not in known:
                reasons["too few songs of its platform"] += 1
            else:
                reasons["too few songs of known age" if not np.isnan(ages[at])
                        else "too few songs of unknown age"] += 1  # fmt: skip
        summary = PopularitySummary(
            rule=self.rule,
            cohorts=tuple(_summary(group) for group in self.cohorts),
            n=len(values),
            scored=int(np.count_nonzero(cohort >= 0)),
            unscored=dict(reasons),
        )
        return PopularityTargets(100 * percentile**self.rule.exponent, cohort, summary)


def fit_popularity(
    counts: ArrayLike,
    platforms: Platforms,
    ages_days: ArrayLike | None = None,
    *,
    rule: PopularityRule | None = None,
) -> Reference:
    """Make the reference that the counts of songs are compared with.

    Parameters
    ----------
    counts : array_like, (n,)
        Plays or likes of the training songs, 0 or above; nan where unknown.
    platforms : str or array_like of str, (n,)
        One for all, or each song's own; None where unknown.
    ages_days : array_like, (n,), optional
        Days since publication, at the time of counting; nan where unknown.
    rule : PopularityRule, optional
        Cohorts and exponent.

    Returns
    -------
    Reference
        Its ``score`` gives the targets of these songs and of others.

    Raises
    ------
    InputError
        A count or an age is negative or infinite, lengths differ, or no cohort is large enough.

    Examples
    --------
    >>> rule = PopularityRule(cohort=CohortRule(smallest=4), exponent=1)
    >>> reference = fit_popularity([0, 0, 7, 90], "radio", rule=rule)
    >>> reference.score([0, 7, 50], "radio").values.tolist()
    [25.0, 62.5, 75.0]
    """
    rule = rule or PopularityRule()
    values, places, ages = _columns(counts, platforms, ages_days)
    known = ~np.isnan(values)
    names = sorted({place for place in places[known] if isinstance(place, str)})
    cohorts: list[Cohort] = []
    for name in names:
        own = known & (places == name)
        cohorts += cohorts_of(name, values[own], ages[own], rule.cohort)
    if not cohorts:
        raise InputError(
            f"Expected a platform with at least {rule.cohort.smallest} songs whose count is known,"
            f" got {int(known.sum())} songs on {len(names)} platforms; bring more songs, or lower"
            " 'smallest' in the rule."
        )
    return Reference(rule, tuple(cohorts))


def popularity_targets(
    counts: ArrayLike,
    platforms: Platforms,
    ages_days: ArrayLike | None = None,
    *,
    rule: PopularityRule | None = None,
) -> PopularityTargets:
    """Score songs among themselves: `fit_popularity` and `Reference.score` in one."""
    return fit_popularity(counts, platforms, ages_days, rule=rule).score(
        counts, platforms, ages_days
    )


def _columns(
    counts: ArrayLike, platforms: Platforms, ages_days: ArrayLike | None
) -> tuple[Floats, NDArray[np.object_], Floats]:
    values = np.asarray(counts, np.float64)
    if isinstance(platforms, str):
        places = np.full(values.shape, platforms, object)
    else:
        places = np.asarray(platforms, object)
    ages = np.full(values.shape, math.nan) if ages_days is None else np.asarray(ages_days, float)
    if values.ndim != 1 or places.shape != values.shape or ages.shape != values.shape:
        raise InputError(
            "Expected one count, platform and age per song, got shapes"
            f" {values.shape}, {places.shape} and {ages.shape}."
        )
    for name, column in (("counts", values), ("ages", ages)):
        n_bad = int(np.count_nonzero((column < 0) | np.isinf(column)))
        if n_bad:
            raise InputError(
                f"Expected {name} of 0 or above, but {n_bad} of {len(column)} are below 0 or"
                " infinite; correct them, or give nan where they are unknown."
            )
    return values, places, ages


def _summary(cohort: Cohort) -> CohortSummary:
    counts = cohort.counts
    _, times = np.unique(counts, return_counts=True)
    return CohortSummary(
        platform=cohort.platform,
        from_days=or_none(cohort.from_days),
        to_days=or_none(cohort.to_days),
        n=len(counts),
        zeros=float(np.mean(counts == 0)),
        tied=float(times[times > 1].sum() / len(counts)),
        median=float(np.median(counts)),
        highest=float(counts[-1]),
    )
