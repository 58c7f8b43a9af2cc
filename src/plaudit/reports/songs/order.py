"""The order in which songs are shown by default.

A judge with aesthetic axes orders by their mean: popularity and aesthetics have different ranges
and no agreed exchange rate, so they are not added up. A popularity-only judge orders by streams.
"""

import math
from collections.abc import Sequence

from plaudit.core.axes import AESTHETICS
from plaudit.judging.record import SongScores

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
