"""The columns of the chart: each axis with its ends, and the songs of the page on it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from plaudit.core.axes import PERCENTILE, Axis
from plaudit.judging.record import SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.look.wording import score_text
from plaudit.reports.songs.chart_drawing import place, rug
from plaudit.reports.songs.chart_row import Column


@dataclass(frozen=True)
class ColumnHead:
    """One column of the chart: its axis, and the mean and spread of all songs on it.

    ``key`` is what songs are sorted by there and ``label`` its heading. Where several judges heard
    the songs, ``judge`` is the name of its own, and ``first`` says that it is the first of that.
    """

    axis: Axis
    key: str
    label: str
    judge: str = ""
    first: bool = False
    mean: str = ""
    mean_place: str = ""
    rug: str = ""


@dataclass(frozen=True)
class ColumnGroup:
    """Columns that stand together below a title; ``unit`` is what their numbers are."""

    title: str
    family: str
    n: int
    unit: str = ""


def groups_of(families: Sequence[str]) -> list[ColumnGroup]:
    """Return the families of the columns of one judge, each with what its numbers are."""
    return [
        ColumnGroup(name, name, families.count(name), PERCENTILE if name == "popularity" else "")
        for name in dict.fromkeys(families)
    ]


def finite(values: Iterable[float]) -> list[float]:
    """Return the numbers among values that may be nan."""
    return [value for value in values if math.isfinite(value)]


def mean_of(values: Sequence[float]) -> float:
    """Return the mean of two numbers or more; nan of fewer, where nothing is compared."""
    return math.fsum(values) / len(values) if len(values) > 1 else math.nan


def drawn(axis: Axis, card: Card | PublishedCard, songs: Sequence[SongScores]) -> Axis:
    """Return an axis with the ends that its strip has: the judge's own, else those of the songs."""
    if isinstance(card, Card):
        return axis
    own = next(record for record in card.axes if record.name == axis.name)
    low, high = own.low, own.high
    if low is None or high is None:
        values = _values(axis, songs) or [0.0]
        room = 0.1 * (max(values) - min(values)) or 1.0
        low, high = min(values) - room, max(values) + room
    return replace(axis, low=low, high=high)


def column_of(axis: Axis, songs: Sequence[SongScores]) -> Column:
    """Return what the cells of a column are compared with, from the rows of one judge."""
    values = _values(axis, songs)
    return Column(axis, mean_of(values), max(values) if len(values) > 1 else math.nan)


def head_of(column: Column, songs: Sequence[SongScores]) -> ColumnHead:
    """Return the head of a column."""
    axis, mean = column.axis, column.mean
    head = ColumnHead(axis, axis.name, axis.name)
    if math.isnan(mean):
        return head
    return replace(
        head,
        mean=score_text(axis.name, mean),
        mean_place=place(mean, axis),
        rug=rug(_values(axis, songs), axis),
    )


def _values(axis: Axis, songs: Sequence[SongScores]) -> list[float]:
    return finite(row.scores[axis.name].value for row in songs if axis.name in row.scores)
