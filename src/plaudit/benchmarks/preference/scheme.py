"""All answers under one scheme, measured on the same questions and the same resamples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.fold import Split
from plaudit.benchmarks.preference.measure import (
    BINS,
    MEASURES,
    Asked,
    bin_of,
    draw_counts,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.record import (
    Bin,
    Measure,
    Measured,
    Scheme,
    SchemeResult,
    SetRole,
    StudySettings,
)

Floats = NDArray[np.float64]
Key = tuple[str, str | None]


@dataclass(frozen=True, eq=False)
class Answer:
    """What was answered to each question.

    Parameters
    ----------
    features, role, model : str
        Which feature set, what it is for, and which model; None where nothing is fitted.
    said : ndarray of float64, (n_asked,)
        Above .5 where the first song is expected to win.
    probability : bool, default True
        Whether it is a probability.
    """

    features: str
    role: SetRole
    model: str | None
    said: Floats
    probability: bool = True

    @property
    def key(self) -> Key:
        """Feature set and model."""
        return self.features, self.model


@dataclass(frozen=True, eq=False)
class Drawn:
    """The measures of each answer, on all questions (5,) and on each resample (draws, 5)."""

    scheme: Scheme
    asked: Asked
    whole: dict[Key, Floats]
    parts: dict[Key, Floats]


def scheme_result(
    scheme: Scheme,
    splits: Sequence[Split],
    battles: int,
    asked: Asked,
    answers: Sequence[Answer],
    settings: StudySettings,
    rng: np.random.Generator,
) -> tuple[SchemeResult, Drawn]:
    """Measure the answers under one scheme.

    Parameters
    ----------
    scheme : str
        Which.
    splits : sequence of Split
        How it was followed.
    battles : int
        Different battles that were asked.
    asked : Asked
        What happened, question by question.
    answers : sequence of Answer
        In the order of the record.
    settings : StudySettings
        How many resamples, how wide the intervals.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    (SchemeResult, Drawn)
        The record, and what comparisons are made of.
    """
    counts = draw_counts(asked.n_clusters, settings.draws, rng)
    drawn = Drawn(scheme, asked, {}, {})
    measured = []
    for one in answers:
        whole = measure(one.said, asked, probability=one.probability)
        parts = measure_resamples(one.said, asked, counts, probability=one.probability)
        drawn.whole[one.key], drawn.parts[one.key] = whole, parts
        few = asked.n_clusters < 2
        values = {
            name: with_interval(whole[k], parts[:, k], settings.confidence, few=few)
            for k, name in enumerate(MEASURES)
        }
        measured.append(Measured(features=one.features, role=one.role, model=one.model, **values))
    both = next(one for one in answers if one.key == ("both", settings.models[0]))
    result = SchemeResult(
        scheme=scheme,
        fits=len(splits),
        battles=battles,
        asked=len(asked.first_won),
        decided=int(np.count_nonzero(~np.isnan(asked.first_won))),
        clusters=asked.n_clusters,
        systems=tuple(dict.fromkeys(s.system for s in splits if s.system is not None)),
        measured=tuple(measured),
        bins=_bins(both.said, asked.first_won),
    )
    return result, drawn


def with_interval(value: float, parts: Floats, confidence: float, *, few: bool = False) -> Measure:
    """Return a measure with the interval of percentiles.

    Parameters
    ----------
    value : float
        On all; nan where undefined.
    parts : ndarray of float64, (draws,)
        On each resample; the interval leaves out where it is undefined.
    confidence : float
        Share of the resamples inside.
    few : bool, default False
        Whether there are too few clusters for an interval.

    Returns
    -------
    Measure
        Without interval where it is undefined for more than half of the resamples.
    """
    if math.isnan(value):
        return Measure(value=None)
    known = parts[~np.isnan(parts)]
    if few or 2 * len(known) < len(parts):
        return Measure(value=float(value))
    tail = 100 * (1 - confidence) / 2
    low, high = (float(end) for end in np.percentile(known, [tail, 100 - tail]))
    return Measure(value=float(value), low=low, high=high)


def _bins(said: Floats, won: Floats) -> tuple[Bin, ...]:
    decided = ~np.isnan(won)
    p, won = said[decided], won[decided]
    place = bin_of(p)
    return tuple(
        Bin(said=float(p[own].mean()), true=float(won[own].mean()), n=int(own.sum()))
        for k in range(BINS)
        for own in (place == k,)
        if own.any()
    )
