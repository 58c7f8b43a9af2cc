"""One song as the page's template needs it: every text written, every place computed.

The template decides only where things stand; nothing is calculated there.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

from plaudit.core.axes import Axis
from plaudit.core.note import Note
from plaudit.judging.record import SongScores, Span
from plaudit.reports.look.wording import (
    duration_text,
    range_text,
    safe_text,
    score_text,
    shown_path,
)
from plaudit.reports.songs.chart_drawing import Bars, bar_starts, bars, place, time_ticks

_MOST_NUMBERS = 10  # segment scores written over a lane before they would touch


@dataclass(frozen=True)
class Column:
    """One axis of the chart, and what the songs of the page are compared with."""

    axis: Axis  #: Range, family and meaning.
    #: Of the page's songs; nan for fewer than two, where nothing stands out.
    mean: float
    best: float
    half_height: float  #: Difference from a song's own score that fills half a timeline lane.


@dataclass(frozen=True)
class ScoreCell:
    """One score in the chart; the places of the interval are empty where there is none.

    ``lower`` and ``best`` compare with the other songs of the page: below their mean, the highest.
    """

    axis: Axis
    text: str
    range: str = ""
    place: str = ""
    low_place: str = ""
    high_place: str = ""
    lower: bool = False
    best: bool = False


@dataclass(frozen=True)
class LaneView:
    """One axis of the timeline with its bars and the numbers over them."""

    cell: ScoreCell
    bars: Bars
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ChartRow:
    """One row of the chart and what opens below it.

    ``last_s`` is the length of the last segment where it overlaps the one before, else 0.
    """

    id: str
    number: int
    name: str
    path: str
    duration: str
    duration_s: float
    overall: str
    cells: tuple[ScoreCell, ...]
    warnings: tuple[Note, ...]
    sha256: str
    audio: str
    has_wave: bool
    lanes: tuple[LaneView, ...]
    ticks: tuple[tuple[str, str], ...]
    n_segments: int
    last_s: float


def chart_row(
    row: SongScores,
    number: int,
    name: str,
    columns: Sequence[Column],
    *,
    overall: float,
    mp3: bytes | None,
    has_wave: bool,
) -> ChartRow:
    """Return everything the template writes about one song.

    ``number`` is its place in the order of the page, from 1, and ``name`` a short name, already
    safe. ``overall`` is what it is ordered by, nan when undefined; ``mp3`` is audio to embed.
    """
    cells = tuple(_cell(row, column) for column in columns)
    spans = row.timeline or ()
    lanes: tuple[LaneView, ...] = ()
    if len(spans) > 1:  # the score of a single segment is the song's own
        lanes = tuple(
            _lane(row, cell, spans, column.half_height)
            for cell, column in zip(cells, columns, strict=True)
        )
    return ChartRow(
        id=f"song-{number}",
        number=number,
        name=name,
        path=shown_path(row),
        duration=duration_text(row.duration_s),
        duration_s=row.duration_s,
        overall=score_text("coherence", overall),
        cells=cells,
        warnings=tuple(
            Note(type=safe_text(note.type).replace("_", " "), message=safe_text(note.message))
            for note in row.warnings
        ),
        sha256=safe_text(row.sha256),
        audio="" if mp3 is None else f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}",
        has_wave=has_wave,
        lanes=lanes,
        ticks=tuple(
            (duration_text(t), f"{100 * t / row.duration_s:.2f}%" if t else "0%")
            for t in time_ticks(row.duration_s)
        ),
        n_segments=len(spans),
        last_s=_overlapping_s(spans),
    )


def _overlapping_s(spans: Sequence[Span]) -> float:
    if len(spans) < 2 or spans[-1].start_s >= spans[-2].end_s:
        return 0.0
    return spans[-1].end_s - spans[-1].start_s


def _cell(row: SongScores, column: Column) -> ScoreCell:
    axis = column.axis
    score = row.scores.get(axis.name)
    if score is None or not math.isfinite(score.value):
        return ScoreCell(axis, score_text(axis.name, None))
    interval = range_text(axis.name, score.low, score.high)
    return ScoreCell(
        axis,
        text=score_text(axis.name, score.value),
        range=interval,
        place=place(score.value, axis),
        low_place=place(score.low, axis) if interval and score.low is not None else "",
        high_place=place(score.high, axis) if interval and score.high is not None else "",
        lower=score.value < column.mean,
        best=score.value == column.best,
    )


def _lane(row: SongScores, cell: ScoreCell, spans: Sequence[Span], half_height: float) -> LaneView:
    name = cell.axis.name
    value = row.scores[name].value if name in row.scores else math.nan
    numbers: tuple[tuple[str, str], ...] = ()
    if len(spans) <= _MOST_NUMBERS and row.duration_s > 0:
        numbers = tuple(
            (f"{100 * start_s / row.duration_s:.2f}%", score_text(name, span.scores.get(name)))
            for span, start_s in zip(spans, bar_starts(spans), strict=True)
        )
    return LaneView(cell, bars(spans, name, value, half_height, row.duration_s), numbers)
