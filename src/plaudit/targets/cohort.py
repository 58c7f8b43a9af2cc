"""Cohorts: songs whose plays are comparable, of one platform and about the same age.

A cohort is a platform and a window of age. Windows with too few songs are merged with older
neighbours; platforms are never merged, since their plays are not comparable.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from plaudit.core.settings import Record

Floats = NDArray[np.float64]


class CohortRule(Record):
    """The rule that assigns songs to cohorts.

    ``age_edges_days`` are the ends of the windows, in days since publication: the first window
    runs from 0 to the first edge, the last one has no end; an edge belongs to the older window.
    A song of unknown age is compared with the songs of unknown age of its platform. ``smallest``
    is the least number of songs of a cohort: smaller windows are merged, from the youngest on, with
    the next older one, and the last with the one before; a platform (or its songs of unknown age)
    that is smaller as a whole has no percentiles.
    """

    age_edges_days: tuple[float, ...] = (30, 90, 365, 730, 1095, 1826)
    smallest: int = Field(default=100, ge=2)

    @model_validator(mode="after")
    def _edges_rise(self) -> Self:
        edges = (0.0, *self.age_edges_days)
        if not np.isfinite(edges).all() or not (np.diff(edges) > 0).all():
            raise ValueError("age_edges_days has to rise from above 0")
        return self


@dataclass(frozen=True, eq=False)
class Cohort:
    """Songs of one platform and one span of ages, by their counts."""

    platform: str  #: Where they were published.
    #: Ages, from (inclusive) to (exclusive; inf for the last window); nan for unknown age.
    from_days: float
    to_days: float
    counts: Floats  #: (n,) plays or likes in rising order.

    def percentile(self, counts: Floats) -> Floats:
        """Return the share of the cohort below each count, plus half the share equal to it.

        It is in [0, 1], (m,); for the songs of the cohort itself, (mean rank - 1/2) / n.
        """
        below = np.searchsorted(self.counts, counts, "left")
        upto = np.searchsorted(self.counts, counts, "right")
        return np.asarray((below + upto) / (2 * len(self.counts)), np.float64)

    def holds(self, ages_days: Floats) -> NDArray[np.bool_]:
        """Return whether an age falls into the cohort's window, (m,)."""
        if np.isnan(self.from_days):
            return np.isnan(ages_days)
        return (ages_days >= self.from_days) & (ages_days < self.to_days)


def cohorts_of(platform: str, counts: Floats, ages_days: Floats, rule: CohortRule) -> list[Cohort]:
    """Return the cohorts of one platform, from young to old, then unknown age.

    ``counts`` (n,) are plays or likes, ``ages_days`` (n,) days since publication, nan if unknown.
    There is none where there are too few songs.
    """
    known = ~np.isnan(ages_days)
    cohorts = []
    for low, high in _windows(ages_days[known], rule):
        inside = known & (ages_days >= low) & (ages_days < high)
        cohorts.append(Cohort(platform, low, high, np.sort(counts[inside])))
    if np.count_nonzero(~known) >= rule.smallest:
        cohorts.append(Cohort(platform, np.nan, np.nan, np.sort(counts[~known])))
    return cohorts


def _windows(ages_days: Floats, rule: CohortRule) -> Iterator[tuple[float, float]]:
    """Yield merged windows that hold at least the smallest number of songs each."""
    edges = [0.0, *rule.age_edges_days, np.inf]
    kept = [0.0]
    for at in range(1, len(edges)):
        n = np.count_nonzero((ages_days >= kept[-1]) & (ages_days < edges[at]))
        if n >= rule.smallest:
            kept.append(edges[at])
    if len(kept) > 1:
        kept[-1] = np.inf  # too few older ones join the last window
        yield from pairwise(kept)
