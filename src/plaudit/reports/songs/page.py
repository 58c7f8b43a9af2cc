"""The HTML report: one self-contained file that works offline, from songs, card and previews.

All text from outside goes through `plaudit.reports.look.wording.safe_text` and through the
autoescaping of the template.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from plaudit.audio.preview import Preview
from plaudit.core.axes import PERCENTILE
from plaudit.core.errors import InputError
from plaudit.judging.comparison import SURE
from plaudit.judging.record import SongFailure, SongScores
from plaudit.metrics.measurement import or_none
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.look.judge_card import (
    METRIC_HEADER,
    UNASKED,
    Section,
    card_facts,
    card_sections,
    metric_row,
    origin_text,
)
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import (
    count_text,
    digits,
    known_axis,
    safe_text,
    score_text,
    song_names,
)
from plaudit.reports.songs.chart_drawing import judged_alone, packed_wave
from plaudit.reports.songs.chart_row import ChartRow, Column, chart_row
from plaudit.reports.songs.column import (
    column_of,
    drawn,
    finite,
    groups_of,
    head_of,
    mean_of,
)
from plaudit.reports.songs.order import order_axes, order_by, order_name, overall, ranked, standings

AUDIO_BUDGET = 40_000_000
_TITLE = "What this judge expects of these songs"


def song_page(
    rows: Sequence[SongScores | SongFailure],
    card: Card | PublishedCard,
    previews: Mapping[str, Preview],
    title: str = _TITLE,
    *,
    made_at: datetime | None = None,
    audio_budget: int = AUDIO_BUDGET,
    limit: int | None = None,
) -> str:
    """Return the report on some songs as one HTML file.

    ``limit`` is how many songs at most were taken of those that there were, where it was set.

    Raises
    ------
    InputError
        The rows come from more than one judge, or name an axis that does not exist.
    """
    songs = [row for row in rows if isinstance(row, SongScores)]
    failures = [row for row in rows if isinstance(row, SongFailure)]
    _require_one_judge(songs)
    axes = card.score_names
    names = {id(row): name for row, name in zip(rows, song_names(rows), strict=True)}
    columns = [column_of(drawn(known_axis(axis), card, songs), songs) for axis in axes]
    families = [column.axis.family for column in columns]
    songs = ranked(songs, axes)
    chart, waves = _chart(songs, columns, names, previews, audio_budget, coverage_of(card))
    return html_page(
        "songs",
        scripted=True,
        title=safe_text(title),
        made_at=made_at or datetime.now(UTC),
        summary=_summary(songs, failures) + limit_text(limit),
        judge=songs[0].judge if songs else None,
        precision=songs[0].precision if songs else None,
        order=order_name(axes),
        unasked=UNASKED,
        percentile=PERCENTILE,
        has_places=coverage_of(card) is not None,
        sure=SURE,
        has_overall=len(order_axes(axes)) > 1,
        overall_axis=next((c.axis for c in columns if c.axis.name in order_axes(axes)), None),
        overall_mean=score_text(
            order_axes(axes)[0], mean_of(finite(overall(row, axes) for row in songs))
        ),
        has_interval=any(cell.low_place for row in chart for cell in row.cells),
        families=list(dict.fromkeys(families)),
        groups=groups_of(families),
        columns=[head_of(column, songs) for column in columns],
        songs=chart,
        audio_note=audio_note(chart, audio_budget),
        failures=[(names[id(row)], row) for row in failures],
        safe=safe_text,
        cards=[card_view(card)],
        facts=card_facts(card),
        metric_header=METRIC_HEADER,
        data={
            "axes": [{"name": axis, "digits": digits(axis)} for axis in axes],
            "songs": _data(songs, axes, chart, waves),
        },
    )


@dataclass(frozen=True)
class CardView:
    """What a page shows of a judge's card; ``facts`` where several judges stand on one page."""

    card: Card | PublishedCard
    sections: Sequence[Section]
    metrics: Sequence[tuple[str, ...]]
    facts: Sequence[tuple[str, str]] = ()
    origin: str = ""  #: Whom it learned from, as its card says.


def card_view(card: Card | PublishedCard) -> CardView:
    """Return what a page shows of a card."""
    metrics = [metric_row(metric) for metric in card.metrics]
    return CardView(card, card_sections(card), metrics, origin=origin_text(card))


def coverage_of(card: Card | PublishedCard) -> float | None:
    """Return the stated coverage of a judge's intervals; None where it has none."""
    return card.interval.coverage if isinstance(card, Card) and card.interval else None


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
        f"{count_text(len(songs))} judged",
        f"{count_text(len(failures), 'file')} failed" if failures else "none failed",
        f"{warned:,} with warnings" if warned else "no warnings",
    ]
    return ", ".join(parts)


def limit_text(limit: int | None) -> str:
    """Return what a summary says of a limit; empty without one."""
    return (
        ""
        if limit is None
        else f"; of those that there were, at most {count_text(limit)} (--limit)"
    )


def _chart(
    songs: Sequence[SongScores],
    columns: Sequence[Column],
    names: Mapping[int, str],
    previews: Mapping[str, Preview],
    audio_budget: int,
    coverage: float | None,
) -> tuple[list[ChartRow], list[tuple[str, float]]]:
    """Return the songs as the template needs them, and their packed waveforms with lengths."""
    axes = [column.axis.name for column in columns]
    chart: list[ChartRow] = []
    waves: list[tuple[str, float]] = []
    left = audio_budget
    stand = standings(songs, coverage, order_by(axes)) if songs else []
    for number, (row, standing) in enumerate(zip(songs, stand, strict=True), start=1):
        preview = previews.get(row.path) if row.path is not None else None
        mp3 = preview.mp3 if preview else None
        if mp3 is not None and len(mp3) > left:
            mp3 = None
        left -= len(mp3 or b"")
        wave = packed_wave(preview.envelope_low, preview.envelope_high) if preview else ""
        waves.append((wave, preview.duration_s if preview else 0.0))
        chart.append(
            chart_row(
                row,
                number,
                names[id(row)],
                columns,
                standing=standing,
                mp3=mp3,
                has_wave=bool(wave),
            )
        )
    return chart, waves


def audio_note(chart: Sequence[ChartRow], audio_budget: int) -> str:
    """Return which songs can be played on the page, where it is not all of them."""
    playing = sum(1 for row in chart if row.audio)
    if playing == len(chart):
        return ""
    if playing == 0:
        return "This page holds no audio; the songs can be seen but not played here."
    return (
        f"{playing:,} of {count_text(len(chart))} can be played here. The others are shown "
        f"without a player: a page holds at most {audio_budget / 1e6:g} MB of audio, given to the "
        "first songs of this order, and very long songs bring none."
    )


def _data(
    songs: Sequence[SongScores],
    axes: Sequence[str],
    chart: Sequence[ChartRow],
    waves: Sequence[tuple[str, float]],
) -> list[dict[str, object]]:
    """Return what the script sorts, filters and draws by; undefined numbers are null."""
    return [
        {
            "id": row.id,
            "name": row.name,
            "path": row.path,
            "duration": or_none(song.duration_s),
            "overall": or_none(overall(song, axes)),
            "scores": {axis: or_none(score.value) for axis, score in song.scores.items()},
            "wave": wave,
            "wave_s": wave_s,
            "spans": [
                [
                    span.start_s,
                    span.end_s,
                    [or_none(span.scores.get(axis, math.nan)) for axis in axes],
                ]
                for span in judged_alone(song.timeline or ())
            ],
        }
        for song, row, (wave, wave_s) in zip(songs, chart, waves, strict=True)
    ]
