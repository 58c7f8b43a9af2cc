"""How far judges agree on the same songs.

For each pair of judges: Spearman's correlation of their main scores (`main_score`) and of every
axis that both have, over the songs that both judged, with the interval of
`plaudit.metrics.bootstrap` (none below its number of songs, with the reason); and the songs on
which they differ most. The difference of a song is that of its standardised ranks: its rank by
each judge (equal scores share their mean rank), less the mean, over the standard deviation of the
ranks. Above 0 the first judge puts it higher. Scales of the judges do not matter to any of these.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from plaudit.core.errors import InputError
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.judging.comparison import main_axes
from plaudit.judging.record import JudgeId, SongScores
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import ranks, spearman
from plaudit.metrics.measurement import CountedMeasurement

MAIN = "main score"
MOST_NAMED = 5
Floats = NDArray[np.float64]


class AxisAgreement(CountedMeasurement):
    """Spearman's correlation of two judges on an axis, or on their main scores (`MAIN`)."""

    axis: str


class Opinion(Record):
    """The main score of a song by a judge, and its place among ``n``, 1 for the best."""

    value: float
    rank: float
    n: int


class Disagreement(Record):
    """A song on which two judges differ, by standardised ranks, first minus second."""

    path: str | None
    sha256: str
    duration_s: float | None
    difference: float
    first: Opinion
    second: Opinion


class PairAgreement(Record):
    """Two judges: how far they agree, and the songs on which they differ most."""

    first: JudgeId
    second: JudgeId
    main: AxisAgreement
    axes: tuple[AxisAgreement, ...]
    disagreements: tuple[Disagreement, ...]


class Agreement(Record):
    """All pairs of some judges on some songs; ``main_axes`` are those of each judge, in order."""

    schema_version: Literal[1] = 1
    judges: tuple[JudgeId, ...]
    main_axes: tuple[tuple[str, ...], ...]
    n_songs: int
    pairs: tuple[PairAgreement, ...]
    seed: int
    draws: int
    confidence: float
    option_sources: OptionSources = Field(default_factory=dict)


def main_score(row: SongScores) -> float:
    """Return the mean of the main axes of a row; `InputError` if its judge has none."""
    axes = main_axes(tuple(row.scores))
    if not axes:
        raise InputError(
            f"Judge '{row.judge.name}' has no score of which a direction is better; leave it out."
        )
    return math.fsum(row[axis].value for axis in axes) / len(axes)


def agreement_of(
    rows: Sequence[SongScores], *, seed: int = 0, draws: int = 1000, confidence: float = 0.95
) -> Agreement:
    """Return how far the judges of some rows agree.

    A song is known by the digest of its bytes, else by its path; a second row of one judge on the
    same song does not count. ``seed``, ``draws`` and ``confidence`` are those of the intervals.

    Raises
    ------
    InputError
        There are fewer than two judges, or one without a main score.
    """
    by_judge: dict[JudgeId, dict[str, SongScores]] = {}
    for row in rows:
        by_judge.setdefault(row.judge, {}).setdefault(row.sha256 or str(row.path), row)
    if len(by_judge) < 2:
        named = ", ".join(judge.name for judge in by_judge) or "none"
        raise InputError(
            f"Expected rows of two judges or more, got those of {named}; name each with --judge."
        )

    def correlation(axis: str, a: Floats, b: Floats) -> AxisAgreement:
        rng = np.random.default_rng(seed)
        found = bootstrap(spearman, a, b, rng=rng, draws=draws, confidence=confidence)
        return AxisAgreement.of(
            found.value, found.low, found.high, n=found.n, axis=axis, reason=_reason(found.value)
            or found.reason,
        )  # fmt: skip

    def pair(first: JudgeId, second: JudgeId) -> PairAgreement:
        both = [
            (row, by_judge[second][song])
            for song, row in by_judge[first].items()
            if song in by_judge[second]
        ]
        a, b = (np.array([main_score(own[k]) for own in both], np.float64) for k in (0, 1))
        shared = [
            axis
            for axis in (both[0][0].scores if both else ())
            if all(axis in row.scores for own in both for row in own)
        ]
        return PairAgreement(
            first=first,
            second=second,
            main=correlation(MAIN, a, b),
            axes=tuple(
                correlation(axis, *(_values(axis, [own[k] for own in both]) for k in (0, 1)))
                for axis in shared
            ),
            disagreements=_disagreements([row for row, _ in both], a, b),
        )

    heard = {song for own in by_judge.values() for song in own}
    firsts = [next(iter(own.values())) for own in by_judge.values()]
    return Agreement(
        judges=tuple(by_judge),
        main_axes=tuple(main_axes(tuple(row.scores)) for row in firsts),
        n_songs=len(heard),
        pairs=tuple(pair(first, second) for first, second in combinations(by_judge, 2)),
        seed=seed,
        draws=draws,
        confidence=confidence,
    )


def _reason(value: float) -> str | None:
    if math.isnan(value):
        return "it needs two songs or more, and differing scores of both judges"
    return None


def _values(axis: str, rows: Sequence[SongScores]) -> Floats:
    return np.array([row[axis].value for row in rows], np.float64)


def _disagreements(rows: Sequence[SongScores], a: Floats, b: Floats) -> tuple[Disagreement, ...]:
    n = len(rows)
    if n < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return ()
    places = [ranks(-a), ranks(-b)]  # 1 for the best
    first, second = ((place.mean() - place) / place.std() for place in places)
    apart = first - second
    # Equal differences stand in the order of their names, whatever the order of the rows.
    order = sorted(
        range(n),
        key=lambda k: (-abs(round(float(apart[k]), 9)), rows[k].path or "", rows[k].sha256),
    )
    return tuple(
        Disagreement(
            path=rows[k].path,
            sha256=rows[k].sha256,
            duration_s=None if math.isnan(rows[k].duration_s) else rows[k].duration_s,
            difference=float(apart[k]),
            first=Opinion(value=float(a[k]), rank=float(places[0][k]), n=n),
            second=Opinion(value=float(b[k]), rank=float(places[1][k]), n=n),
        )
        for k in order[:MOST_NAMED]
        if apart[k]
    )
