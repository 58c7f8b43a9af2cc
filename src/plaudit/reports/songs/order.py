"""The order in which songs are shown by default.

A judge with aesthetic axes orders by their mean: popularity and aesthetics have different ranges
and no agreed exchange rate, so they are not added up. A popularity-only judge orders by streams.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from plaudit.core.axes import AESTHETICS
from plaudit.judging.comparison import main_axes
from plaudit.judging.ranking import MEAN, rank_rows
from plaudit.judging.record import SongFailure, SongScores

_NUMBER = {2: "two", 3: "three", 4: "four", 5: "five"}


def order_axes(axes: Sequence[str]) -> tuple[str, ...]:
    """Return the axes whose mean orders the songs: aesthetics, else streams, else the first."""
    aesthetic = tuple(axis for axis in axes if axis in AESTHETICS)
    if aesthetic:
        return aesthetic
    return ("streams",) if "streams" in axes else tuple(axes[:1])


def order_name(axes: Sequence[str]) -> str:
    """Return what songs are ordered by: "the mean of the five aesthetic scores" or "streams"."""
    chosen = order_axes(axes)
    if len(chosen) == 1:
        return chosen[0]
    return f"the mean of the {_NUMBER.get(len(chosen), str(len(chosen)))} aesthetic scores"


def overall(row: SongScores, axes: Sequence[str]) -> float:
    """Return the number a song is ordered by, higher is better; nan when a score is missing."""
    chosen = order_axes(axes)
    if not all(axis in row.scores for axis in chosen):
        return math.nan
    return math.fsum(row.scores[axis].value for axis in chosen) / len(chosen)


def ranked(rows: Sequence[SongScores], axes: Sequence[str]) -> list[SongScores]:
    """Return songs in any order, best first; undefined ones last, equal ones by path."""

    def key(row: SongScores) -> tuple[bool, float, str, str]:
        value = overall(row, axes)
        undefined = not math.isfinite(value)
        return undefined, 0.0 if undefined else -value, row.path or "", row.sha256

    return sorted(rows, key=key)


@dataclass(frozen=True)
class Standing:
    """Where a song stands among those of a page, by what they are ordered by.

    ``low`` and ``high`` are the interval of that number, and ``place`` is "3", or "2–5" where the
    judge cannot tell which of these it is: those of `plaudit.judging.ranking`.
    """

    place: str
    value: float
    low: float | None
    high: float | None


def order_by(axes: Sequence[str]) -> str:
    """Return the way to rank that gives the order of `order_axes`: "mean", or one axis."""
    chosen = order_axes(axes)
    return MEAN if len(chosen) > 1 else chosen[0]


def standings(
    rows: Sequence[SongScores | SongFailure], coverage: float | None, by: str = MEAN
) -> list[Standing | None]:
    """Return the standing of each row among all, None for one without the scores that it needs.

    ``coverage`` is that of the judge's intervals, None where it has none: then nothing says which
    places are ties, and each is a single one. ``by`` is as in `plaudit.judging.ranking.rank_rows`.
    """
    scored = [row for row in rows if isinstance(row, SongScores)]
    axes = next((tuple(row.scores) for row in scored), ())
    needed = main_axes(axes) if by == MEAN else (by,)
    known = [
        row
        for row in scored
        if all(a in row.scores and math.isfinite(row.scores[a].value) for a in needed)
    ]
    of = {
        (song.path, song.sha256): song
        for song in (rank_rows(known, coverage=coverage, by=by) if known else ())
    }
    found = [
        of.get((row.path, row.sha256)) if isinstance(row, SongScores) else None for row in rows
    ]
    return [
        None
        if song is None
        else Standing(
            _place(song.rank, song.rank_low, song.rank_high), song.value, song.low, song.high
        )
        for song in found
    ]


def _place(rank: int, low: int | None, high: int | None) -> str:
    if low is None or high is None or low == high:
        return str(rank if low is None else low)
    return f"{low}–{high}"
