"""One song as the page's template needs it: every text written, every place computed.

The template decides only where things stand; nothing is calculated there.
"""

import base64
import math
from collections.abc import Mapping, Sequence
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
from plaudit.reports.songs.geometry import Lane, bar_starts, lane, place, time_ticks

MOST_NUMBERS = 10  # segment scores written over a lane before they would touch


@dataclass(frozen=True)
class CellView:
    """One score in the chart; ``low_place`` is empty where there is no interval.

    ``lower`` and ``best`` compare with the other songs of the page: below their mean, the highest.
    """

    axis: Axis
    text: str
    range: str
    place: str
    low_place: str
    high_place: str
    lower: bool
    best: bool


@dataclass(frozen=True)
class LaneView:
    """One axis of the timeline with its bars and the numbers over them."""

    cell: CellView
    bars: Lane
    numbers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SongView:
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
    cells: tuple[CellView, ...]
    warnings: tuple[Note, ...]
    sha256: str
    audio: str
    has_wave: bool
    lanes: tuple[LaneView, ...]
    ticks: tuple[tuple[str, str], ...]
    n_segments: int
    last_s: float


def song_view(
    row: SongScores,
    number: int,
    name: str,
    axes: Sequence[Axis],
    *,
    overall: float,
    half_heights: Mapping[str, float],
    means: Mapping[str, float],
    best: Mapping[str, float],
    mp3: bytes | None,
    has_wave: bool,
) -> SongView:
    """Return everything the template writes about one song.

    Parameters
    ----------
    row : SongScores
        The judged song.
    number : int
        Its place in the order of the page, from 1.
    name : str
        Short name, already safe.
    axes : sequence of Axis
        Columns of the page; a score the song lacks is "n/a".
    overall : float
        What it is ordered by; nan when undefined.
    half_heights : mapping of str to float
        By axis, the difference from the song's score that fills half a timeline lane.
    means : mapping of str to float
        By axis, the mean of the page's songs; nan where there is nothing to compare with.
    best : mapping of str to float
        By axis, the highest score of the page; nan where none stands out.
    mp3 : bytes or None
        Audio to embed.
    has_wave : bool
        Whether the page holds its waveform.

    Returns
    -------
    SongView
        Texts and places.
    """
    cells = tuple(_cell(row, axis, means[axis.name], best[axis.name]) for axis in axes)
    spans = row.timeline or ()
    # One segment says nothing that the song's score has not said.
    drawn = spans if len(spans) > 1 else ()
    return SongView(
        id=f"song-{number}",
        number=number,
        name=name,
        path=shown_path(row),
        duration=duration_text(row.duration_s),
        duration_s=row.duration_s,
        overall=score_text("coherence", overall),
        cells=cells,
        warnings=tuple(
            Note(type=safe_text(w.type).replace("_", " "), message=safe_text(w.message))
            for w in row.warnings
        ),
        sha256=safe_text(row.sha256),
        audio="" if mp3 is None else f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}",
        has_wave=has_wave,
        lanes=tuple(_lane_view(row, cell, drawn, half_heights) for cell in cells) if drawn else (),
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


def _cell(row: SongScores, axis: Axis, mean: float, best: float) -> CellView:
    score = row.scores.get(axis.name)
    value = score.value if score is not None else math.nan
    if score is None or not math.isfinite(value):
        return CellView(axis, score_text(axis.name, None), "", "", "", "", lower=False, best=False)
    written = range_text(axis.name, score.low, score.high)
    has_range = bool(written) and score.low is not None and score.high is not None
    return CellView(
        axis,
        text=score_text(axis.name, value),
        range=written,
        place=place(value, axis),
        low_place=place(score.low, axis) if has_range and score.low is not None else "",
        high_place=place(score.high, axis) if has_range and score.high is not None else "",
        lower=value < mean,
        best=value == best,
    )


def _lane_view(
    row: SongScores, cell: CellView, spans: Sequence[Span], half_heights: Mapping[str, float]
) -> LaneView:
    name = cell.axis.name
    value = row.scores[name].value if name in row.scores else math.nan
    numbers: tuple[tuple[str, str], ...] = ()
    if len(spans) <= MOST_NUMBERS and row.duration_s > 0:
        numbers = tuple(
            (f"{100 * start_s / row.duration_s:.2f}%", score_text(name, span.scores.get(name)))
            for span, start_s in zip(spans, bar_starts(spans), strict=True)
        )
    bars = lane(spans, name, value, half_heights[name], row.duration_s)
    return LaneView(cell, bars, numbers)
