"""The HTML report on songs that several judges heard: the page of `plaudit.reports.songs.page`.

The scores of all judges are its columns, below the name of each; songs stand in the order of the
first judge. A song opens to its sound and its scores; their timelines are for a page of one judge.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from plaudit.audio.preview import Preview
from plaudit.core.axes import PERCENTILE
from plaudit.judging.comparison import SURE, main_axes
from plaudit.judging.record import JudgeId, SongFailure, SongScores, shared_warnings
from plaudit.metrics.measurement import or_none
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.look.judge_card import METRIC_HEADER, UNASKED, card_facts
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text, known_axis, safe_text, song_names
from plaudit.reports.songs.chart_drawing import packed_wave
from plaudit.reports.songs.chart_row import ChartRow, Column, chart_row
from plaudit.reports.songs.column import (
    ColumnGroup,
    ColumnHead,
    column_of,
    drawn,
    head_of,
)
from plaudit.reports.songs.order import standings
from plaudit.reports.songs.page import AUDIO_BUDGET, audio_note, card_view, coverage_of, limit_text
from plaudit.reports.songs.panel_table import judge_names
from plaudit.reports.songs.table import headings_of

Cards = Mapping[JudgeId, Card | PublishedCard]
_TITLE = "What several judges expect of these songs"
_FULL_NAMES = 7  # columns with room for the full names of their axes


def panel_page(
    rows: Sequence[SongScores | SongFailure],
    cards: Cards,
    previews: Mapping[str, Preview],
    *,
    made_at: datetime | None = None,
    audio_budget: int = AUDIO_BUDGET,
    limit: int | None = None,
) -> str:
    """Return the report on some songs as one HTML file.

    ``rows`` stand song after song, those of a song in the order of ``cards``; ``limit`` is as in
    `plaudit.reports.songs.page.song_page`.
    """
    judges = list(cards)
    songs = [rows[at : at + len(judges)] for at in range(0, len(rows), len(judges))]
    names = dict(zip(map(id, songs), song_names([song[0] for song in songs]), strict=True))
    heard = [song for song in songs if any(isinstance(row, SongScores) for row in song)]
    heard.sort(key=lambda song: -_worth(song[0]))
    failures = [
        (f"{names[id(song)]} ({judge})", row)
        for song in songs
        for judge, row in zip(judge_names(judges), song, strict=True)
        if isinstance(row, SongFailure)
    ]
    whose = dict(zip(judges, judge_names(judges), strict=True))
    columns = {judge: _columns(judge, card, rows) for judge, card in cards.items()}
    short = sum(map(len, columns.values())) > _FULL_NAMES
    heads = [
        head
        for judge, own in columns.items()
        for head in _heads(whose[judge], own, _of(judge, rows), judge, short=short)
    ]
    coverage = coverage_of(next(iter(cards.values())))
    chart, data = _chart(heard, columns, heads, names, previews, audio_budget, coverage)
    first = next(iter(whose.values()))
    return html_page(
        "songs",
        scripted=True,
        title=_TITLE,
        made_at=made_at or datetime.now(UTC),
        summary=_summary(heard, len(songs), len(failures)) + limit_text(limit),
        judge=None,
        precision=None,
        order=f"the main score of {first}",
        unasked=UNASKED,
        percentile=PERCENTILE,
        has_places=coverage is not None,
        sure=SURE,
        has_overall=False,
        overall_axis=None,
        overall_mean="",
        has_interval=any(cell.low_place for row in chart for cell in row.cells),
        families=list(dict.fromkeys(head.axis.family for head in heads)),
        groups=[ColumnGroup(whose[judge], "whose", len(own)) for judge, own in columns.items()],
        columns=heads,
        songs=chart,
        audio_note=audio_note(chart, audio_budget),
        failures=failures,
        safe=safe_text,
        cards=[replace(card_view(card), facts=card_facts(card)) for card in cards.values()],
        facts=(),
        metric_header=METRIC_HEADER,
        data={"axes": [], "songs": data},
    )


def _summary(heard: Sequence[Sequence[SongScores | SongFailure]], n: int, n_failed: int) -> str:
    warned = sum(1 for song in heard if song_of(song).warnings)
    parts = [
        f"{len(heard):,} of {count_text(n)} judged",
        f"{count_text(n_failed, 'judgement')} failed" if n_failed else "none failed",
        f"{warned:,} with warnings" if warned else "no warnings",
    ]
    return ", ".join(parts)


def song_of(rows: Sequence[SongScores | SongFailure]) -> SongScores:
    """Return what holds for a song whoever judged it, without scores."""
    scored = [row for row in rows if isinstance(row, SongScores)]
    notes = shared_warnings(scored)
    return scored[0].model_copy(update={"scores": {}, "timeline": None, "warnings": notes})


def _worth(row: SongScores | SongFailure) -> float:
    axes = main_axes(tuple(row.scores)) if isinstance(row, SongScores) else ()
    if not isinstance(row, SongScores) or not axes:
        return -math.inf
    return math.fsum(row[axis].value for axis in axes) / len(axes)


def _of(judge: JudgeId, rows: Sequence[SongScores | SongFailure]) -> list[SongScores]:
    return [row for row in rows if isinstance(row, SongScores) and row.judge == judge]


def _columns(
    judge: JudgeId, card: Card | PublishedCard, rows: Sequence[SongScores | SongFailure]
) -> list[Column]:
    own = _of(judge, rows)
    axes = [drawn(known_axis(axis), card, own) for axis in card.score_names]
    return [column_of(axis, own) for axis in axes]


def _heads(
    name: str, columns: Sequence[Column], rows: Sequence[SongScores], judge: JudgeId, *, short: bool
) -> list[ColumnHead]:
    labels = headings_of([column.axis.name for column in columns], short=short)
    return [
        replace(
            head_of(column, rows),
            key=_key(judge, column.axis.name),
            label=label.strip(),
            judge=name,
            first=place == 0,
        )
        for place, (column, label) in enumerate(zip(columns, labels, strict=True))
    ]


def _key(judge: JudgeId, axis: str) -> str:
    return f"{judge.hash}:{axis}"


def _chart(
    songs: Sequence[Sequence[SongScores | SongFailure]],
    columns: Mapping[JudgeId, Sequence[Column]],
    heads: Sequence[ColumnHead],
    names: Mapping[int, str],
    previews: Mapping[str, Preview],
    audio_budget: int,
    coverage: float | None,
) -> tuple[list[ChartRow], list[dict[str, object]]]:
    """Return the songs as the template needs them, and what the script sorts and draws by."""
    chart: list[ChartRow] = []
    data: list[dict[str, object]] = []
    left = audio_budget
    stand = standings([rows[0] for rows in songs], coverage)
    for number, (rows, standing) in enumerate(zip(songs, stand, strict=True), start=1):
        song = song_of(rows)
        preview = previews.get(song.path) if song.path is not None else None
        mp3 = preview.mp3 if preview else None
        if mp3 is not None and len(mp3) > left:
            mp3 = None
        left -= len(mp3 or b"")
        wave = packed_wave(preview.envelope_low, preview.envelope_high) if preview else ""
        name = names[id(rows)]
        written = [
            chart_row(
                row if isinstance(row, SongScores) else song,  # a failure is a row without scores
                number, name, own, standing=None, mp3=None, has_wave=bool(wave),
            )
            for row, own in zip(rows, columns.values(), strict=True)
        ]  # fmt: skip
        shown = chart_row(song, number, name, (), standing=standing, mp3=mp3, has_wave=bool(wave))
        cells = tuple(cell for own in written for cell in own.cells)
        chart.append(replace(shown, cells=cells))
        scores = [
            row.scores.get(axis) if isinstance(row, SongScores) else None
            for row, own in zip(rows, columns.values(), strict=True)
            for axis in (column.axis.name for column in own)
        ]
        data.append(
            {
                "id": shown.id,
                "name": shown.name,
                "path": shown.path,
                "duration": or_none(song.duration_s),
                "overall": None,
                "scores": {
                    head.key: None if score is None else or_none(score.value)
                    for head, score in zip(heads, scores, strict=True)
                },
                "wave": wave,
                "wave_s": preview.duration_s if preview else 0.0,
                "spans": [],
            }
        )
    return chart, data
