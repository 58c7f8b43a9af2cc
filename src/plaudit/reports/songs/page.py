"""The HTML report: one self-contained file that works offline, from songs, card and previews.

`song_page` is the way in. The file holds its own style, script, data and audio, and a Content
Security Policy that allows nothing else: no request leaves it, and a script that a file name
smuggles in would not run even if escaping failed. All text from outside goes through
`plaudit.reports.look.wording.safe_text` and through the autoescaping of the template.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from plaudit.audio.preview import Preview
from plaudit.core.axes import Axis
from plaudit.core.errors import InputError
from plaudit.judging.record import SongFailure, SongScores
from plaudit.model.card import Card
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text, known_axis, safe_text, score_text, song_names
from plaudit.reports.songs.card import (
    METRIC_HEADER,
    axis_sentences,
    card_facts,
    card_sections,
    metric_row,
)
from plaudit.reports.songs.entry import SongView, song_view
from plaudit.reports.songs.geometry import packed_wave, place, reach, rug
from plaudit.reports.songs.order import order_axes, order_name, overall, ranked

TITLE = "How an audience would receive these songs"
AUDIO_BUDGET = 40_000_000
_LEAST_REACH = {"popularity": 5.0, "aesthetics": 0.2}


@dataclass(frozen=True)
class AxisView:
    """One column of the chart: its range, and the mean and spread of all songs on it."""

    axis: Axis
    mean: str
    mean_place: str
    rug: str


def song_page(
    rows: Sequence[SongScores | SongFailure],
    card: Card,
    previews: Mapping[str, Preview],
    title: str = TITLE,
    *,
    made_at: datetime | None = None,
    audio_budget: int = AUDIO_BUDGET,
) -> str:
    """Return the report on some songs as one HTML file.

    Parameters
    ----------
    rows : sequence of SongScores or SongFailure
        All rows of one run of one judge, in any order.
    card : Card
        Card of that judge; its axes are the columns.
    previews : mapping of str to Preview
        Waveform and audio by ``row.path``; songs without one are shown without both. Each is
        asked for once, in the order of the page, so a mapping may make them as they are needed.
    title : str
        Heading and window title.
    made_at : datetime, optional
        When the songs were judged, with its time zone; now by default.
    audio_budget : int
        Bytes of MP3 the page may hold (it grows by four thirds of that). Songs get their player
        in the order of the page as long as theirs fits; the page says how many do not.

    Returns
    -------
    str
        HTML, to be written as UTF-8.

    Raises
    ------
    InputError
        The rows come from more than one judge, or name an axis that does not exist.
    """
    songs = [row for row in rows if isinstance(row, SongScores)]
    failures = [row for row in rows if isinstance(row, SongFailure)]
    _require_one_judge(songs)
    axes = tuple(known_axis(name) for name in card.recipe.heads.axes)
    names = {id(row): name for row, name in zip(rows, song_names(rows), strict=True)}
    songs = ranked(songs, [axis.name for axis in axes])
    views, waves = _song_views(songs, axes, names, previews, audio_budget)
    return html_page(
        "songs",
        scripted=True,
        title=safe_text(title),
        made_at=made_at or datetime.now(UTC),
        summary=_summary(songs, failures),
        judge=songs[0].judge if songs else None,
        precision=songs[0].precision if songs else None,
        order=order_name([axis.name for axis in axes]),
        has_overall=len(order_axes([axis.name for axis in axes])) > 1,
        overall_mean=_overall_mean(songs, axes),
        has_interval=any(cell.low_place for view in views for cell in view.cells),
        families=list(dict.fromkeys(axis.family for axis in axes)),
        columns=[_axis_view(axis, songs) for axis in axes],
        songs=views,
        audio_note=_audio_note(views, audio_budget),
        failures=[(names[id(row)], row) for row in failures],
        safe=safe_text,
        card=card,
        sections=card_sections(card),
        facts=card_facts(card),
        metric_header=METRIC_HEADER,
        metrics=[metric_row(metric) for metric in card.metrics],
        axis_sentences=axis_sentences(card),
        data={
            "axes": [
                {"name": a.name, "digits": 1 if a.family == "popularity" else 2} for a in axes
            ],
            "songs": _data(songs, axes, views, waves),
        },
    )


def _require_one_judge(songs: Sequence[SongScores]) -> None:
    judges = {(row.judge.name, row.judge.version, row.judge.hash) for row in songs}
    if len(judges) > 1:
        named = " and ".join(sorted(f"{name} {version}" for name, version, _ in judges))
        raise InputError(
            f"Expected rows of one judge on one page, got {named}; make a page for each."
        )


def _summary(songs: Sequence[SongScores], failures: Sequence[SongFailure]) -> str:
    warned = sum(1 for row in songs if row.warnings)
    parts = [
        f"{count_text(len(songs), 'song')} judged",
        f"{count_text(len(failures), 'file')} failed" if failures else "none failed",
        f"{warned:,} with warnings" if warned else "no warnings",
    ]
    return ", ".join(parts)


def _song_views(
    songs: Sequence[SongScores],
    axes: Sequence[Axis],
    names: Mapping[int, str],
    previews: Mapping[str, Preview],
    audio_budget: int,
) -> tuple[list[SongView], list[tuple[str, float]]]:
    """Return the songs as the template needs them, and their packed waveforms."""
    half_heights = {axis.name: _half_height(axis, songs) for axis in axes}
    means = {axis.name: _mean(_values(axis, songs)) for axis in axes}
    best = {axis.name: _best(axis, songs) for axis in axes}
    views: list[SongView] = []
    waves: list[tuple[str, float]] = []
    left = audio_budget
    for number, row in enumerate(songs, start=1):
        preview = previews.get(row.path) if row.path is not None else None
        mp3 = preview.mp3 if preview else None
        if mp3 is not None and len(mp3) > left:
            mp3 = None
        left -= len(mp3 or b"")
        wave = packed_wave(preview.envelope_low, preview.envelope_high) if preview else ""
        waves.append((wave, preview.duration_s if preview else 0.0))
        views.append(
            song_view(
                row,
                number,
                names[id(row)],
                axes,
                overall=overall(row, [axis.name for axis in axes]),
                half_heights=half_heights,
                means=means,
                best=best,
                mp3=mp3,
                has_wave=bool(wave),
            )
        )
    return views, waves


def _values(axis: Axis, songs: Sequence[SongScores]) -> list[float]:
    values = [row.scores[axis.name].value for row in songs if axis.name in row.scores]
    return [value for value in values if math.isfinite(value)]


def _mean(values: Sequence[float]) -> float:
    """Return the mean; nan for fewer than two songs, where it would be the song itself."""
    return math.fsum(values) / len(values) if len(values) > 1 else math.nan


def _best(axis: Axis, songs: Sequence[SongScores]) -> float:
    """Return the highest score of an axis; nan for fewer than two songs, where none stands out."""
    values = _values(axis, songs)
    return max(values) if len(values) > 1 else math.nan


def _half_height(axis: Axis, songs: Sequence[SongScores]) -> float:
    """Return the difference that fills half a timeline lane, the same for a whole family."""
    differences = [
        span.scores.get(name, math.nan) - score.value
        for row in songs
        for name, score in row.scores.items()
        if known_axis(name).family == axis.family
        for span in row.timeline or ()
    ]
    return reach(differences, _LEAST_REACH[axis.family])


def _axis_view(axis: Axis, songs: Sequence[SongScores]) -> AxisView:
    values = _values(axis, songs)
    mean = _mean(values)
    if math.isnan(mean):
        return AxisView(axis, "", "", "")
    return AxisView(axis, score_text(axis.name, mean), place(mean, axis), rug(values, axis))


def _overall_mean(songs: Sequence[SongScores], axes: Sequence[Axis]) -> str:
    names = [axis.name for axis in axes]
    values = [value for row in songs if math.isfinite(value := overall(row, names))]
    return score_text(order_axes(names)[0], _mean(values))


def _audio_note(views: Sequence[SongView], audio_budget: int) -> str:
    playing = sum(1 for view in views if view.audio)
    if playing == len(views):
        return ""
    if playing == 0:
        return "This page holds no audio; the songs can be seen but not played here."
    return (
        f"{playing:,} of {count_text(len(views), 'song')} can be played here. The others are shown "
        f"without a player: a page holds at most {audio_budget / 1e6:g} MB of audio, given to the "
        "first songs of this order, and very long songs bring none."
    )


def _data(
    songs: Sequence[SongScores],
    axes: Sequence[Axis],
    views: Sequence[SongView],
    waves: Sequence[tuple[str, float]],
) -> list[dict[str, object]]:
    """Return what the script sorts, filters and draws by; undefined numbers are null."""
    names = [axis.name for axis in axes]
    return [
        {
            "id": view.id,
            "name": view.name,
            "path": view.path,
            "duration": _or_none(row.duration_s),
            "overall": _or_none(overall(row, names)),
            "scores": {a: _or_none(s.value) for a, s in row.scores.items()},
            "wave": wave,
            "wave_s": wave_s,
            "spans": [
                [
                    span.start_s,
                    span.end_s,
                    [_or_none(span.scores.get(name, math.nan)) for name in names],
                ]
                for span in row.timeline or ()
            ],
        }
        for row, view, (wave, wave_s) in zip(songs, views, waves, strict=True)
    ]


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
