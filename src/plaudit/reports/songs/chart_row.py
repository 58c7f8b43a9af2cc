"""One song as the page's template needs it: every text written, every place computed.

The template decides only where things stand; nothing is calculated there.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from plaudit.core.axes import Axis, Family
from plaudit.core.note import Note
from plaudit.judging.record import SongScores, Span
from plaudit.reports.look.wording import (
    DIGITS,
    duration_text,
    known_axis,
    range_text,
    safe_text,
    score_text,
    shown_path,
)
from plaudit.reports.songs.chart_drawing import (
    Bars,
    bar_starts,
    bars,
    gaps,
    judged_alone,
    place,
    reach,
    time_ticks,
)
from plaudit.reports.songs.order import Standing, order_axes

_MOST_NUMBERS = 10  # segment scores written over a lane before they would touch
_LEAST_REACH: dict[Family, float] = {"popularity": 5.0, "aesthetics": 0.2, "other": 0.02}


@dataclass(frozen=True)
class Column:
    """One axis of the chart, and what the songs of the page are compared with."""

    axis: Axis  #: Range, family and meaning.
    #: Of the page's songs; nan for fewer than two, where nothing stands out.
    mean: float
    best: float


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

    ``place`` is its place among the songs of the page, and ``overall`` what that is by, None where
    it is a score of its own column. ``scales`` are how far a bar that fills its lane stands from
    the score of the song, by family. ``gaps`` are where no score is drawn, of a segment too short
    to be judged alone. ``last_s`` is the length of the last segment where it overlaps the one
    before, else 0.
    """

    id: str
    place: str
    name: str
    path: str
    duration: str
    duration_s: float
    overall: ScoreCell | None
    cells: tuple[ScoreCell, ...]
    warnings: tuple[Note, ...]
    sha256: str
    audio: str
    has_wave: bool
    lanes: tuple[LaneView, ...]
    scales: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]
    ticks: tuple[tuple[str, str], ...]
    n_segments: int
    last_s: float


def chart_row(
    row: SongScores,
    number: int,
    name: str,
    columns: Sequence[Column],
    *,
    standing: Standing | None,
    mp3: bytes | None,
    has_wave: bool,
) -> ChartRow:
    """Return everything the template writes about one song.

    ``number`` counts the rows of the page from 1, and ``name`` is a short name, already safe.
    ``standing`` is where it stands among the songs of the page, None where it lacks a score;
    ``mp3`` is audio to embed.
    """
    cells = tuple(_cell(row, column) for column in columns)
    spans = judged_alone(row.timeline or ())
    lanes: tuple[LaneView, ...] = ()
    scales: dict[Family, float] = {}
    if len(spans) > 1:  # the score of a single segment is the song's own
        scales = _scales(row, cells, spans)
        lanes = tuple(_lane(row, cell, spans, scales[cell.axis.family]) for cell in cells)
    return ChartRow(
        id=f"song-{number}",
        place="" if standing is None else standing.place,
        name=name,
        path=shown_path(row),
        duration=duration_text(row.duration_s),
        duration_s=row.duration_s,
        overall=_overall(standing, [column.axis for column in columns]),
        cells=cells,
        warnings=tuple(
            Note(type=safe_text(note.type).replace("_", " "), message=safe_text(note.message))
            for note in row.warnings
        ),
        sha256=safe_text(row.sha256),
        audio="" if mp3 is None else f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}",
        has_wave=has_wave,
        lanes=lanes,
        scales=tuple(_scale_text(family, half) for family, half in scales.items()),
        gaps=tuple(gaps(spans, row.duration_s)) if lanes else (),
        ticks=tuple(
            (duration_text(t), f"{100 * t / row.duration_s:.2f}%" if t else "0%")
            for t in time_ticks(row.duration_s)
        ),
        n_segments=len(spans),
        last_s=_overlapping_s(spans),
    )


def _scales(
    row: SongScores, cells: Sequence[ScoreCell], spans: Sequence[Span]
) -> dict[Family, float]:
    """Return by family what fills half a lane: lanes of one family share it, to be compared."""
    differences: dict[Family, list[float]] = {cell.axis.family: [] for cell in cells}
    for axis, score in row.scores.items():
        known = differences.get(known_axis(axis).family, [])
        known += [span.scores[axis] - score.value for span in spans if axis in span.scores]
    return {family: reach(own, _LEAST_REACH[family]) for family, own in differences.items()}


def _scale_text(family: Family, half_height: float) -> str:
    return f"{half_height:.{DIGITS[family]}f} points ({family})"


def _overall(standing: Standing | None, axes: Sequence[Axis]) -> ScoreCell | None:
    """Return the mean score that orders the songs; None where they are ordered by one of theirs."""
    chosen = order_axes([axis.name for axis in axes])
    if len(chosen) < 2:
        return None
    axis = replace(next(axis for axis in axes if axis.name in chosen), name="overall")
    if standing is None:
        return ScoreCell(axis, score_text(chosen[0], None))
    return _drawn(axis, chosen[0], standing.value, standing.low, standing.high)


def _overlapping_s(spans: Sequence[Span]) -> float:
    if len(spans) < 2 or spans[-1].start_s >= spans[-2].end_s:
        return 0.0
    return spans[-1].end_s - spans[-1].start_s


def _cell(row: SongScores, column: Column) -> ScoreCell:
    axis = column.axis
    score = row.scores.get(axis.name)
    if score is None or not math.isfinite(score.value):
        return ScoreCell(axis, score_text(axis.name, None))
    return replace(
        _drawn(axis, axis.name, score.value, score.low, score.high),
        lower=score.value < column.mean,
        best=score.value == column.best,
    )


def _drawn(
    axis: Axis, digits_of: str, value: float, low: float | None, high: float | None
) -> ScoreCell:
    interval = range_text(digits_of, low, high)
    return ScoreCell(
        axis,
        text=score_text(digits_of, value),
        range=interval,
        place=place(value, axis),
        low_place=place(low, axis) if interval and low is not None else "",
        high_place=place(high, axis) if interval and high is not None else "",
    )


def _lane(row: SongScores, cell: ScoreCell, spans: Sequence[Span], half_height: float) -> LaneView:
    name = cell.axis.name
    value = row.scores[name].value if name in row.scores else math.nan
    numbers: tuple[tuple[str, str], ...] = ()
    if len(spans) <= _MOST_NUMBERS and row.duration_s > 0:
        numbers = tuple(
            (f"{100 * start_s / row.duration_s:.2f}%", score_text(name, span.scores[name]))
            for span, start_s in zip(spans, bar_starts(spans), strict=True)
            if name in span.scores
        )
    return LaneView(cell, bars(spans, name, value, half_height, row.duration_s), numbers)
