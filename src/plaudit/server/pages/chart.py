"""The chart of songs, as the report draws it: columns and rows, their order, what is found."""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

from plaudit.core.axes import PERCENTILE, Axis
from plaudit.core.settings import Record
from plaudit.judging.record import SongScores
from plaudit.reports.look.wording import known_axis, score_text, song_names
from plaudit.reports.songs.chart_row import ChartRow, Column, chart_row
from plaudit.reports.songs.column import (
    ColumnGroup,
    ColumnHead,
    column_of,
    drawn,
    finite,
    groups_of,
    head_of,
    mean_of,
)
from plaudit.reports.songs.order import order_axes, order_by, order_name, overall, standings
from plaudit.server.pages.frame import Judging

SHOWN = 50  # songs of a chart, before more are asked for


class Wish(Record):
    """What a reader wants to see of songs: words of a name, an order, a judge."""

    q: Annotated[str, Query(max_length=200)] = ""
    by: Annotated[str, Query(max_length=40)] = ""  #: Axis or column; as they came without.
    up: bool = False  #: Lowest first.
    notes: Annotated[str, Query(pattern="^(|with|without)$")] = ""  #: With or without warnings.
    judge: Annotated[str, Query(max_length=500)] = ""
    n: Annotated[int, Query(ge=1, le=1000)] = SHOWN

    def changed(self, **changes: object) -> dict[str, object]:
        """Return what an address says of another wish; what is as by default is left out."""
        other = self.model_copy(update=changes).model_dump()
        default = Wish().model_dump()
        texts = {k: v for k, v in other.items() if v != default[k]}
        return {k: int(v) if isinstance(v, bool) else v for k, v in texts.items()}


@dataclass(frozen=True)
class Chart:
    """Songs of one judge as the template draws them; ``n_fitting`` of ``n_all`` fit the wish."""

    judge: Judging
    wish: Wish
    columns: list[ColumnHead]
    groups: list[ColumnGroup]
    families: list[str]
    songs: list[ChartRow]
    has_overall: bool
    overall_axis: Axis | None
    overall_mean: str
    has_interval: bool
    order: str
    percentile: str
    n_fitting: int
    n_all: int


def chart(judge: Judging, rows: Sequence[SongScores], wish: Wish) -> Chart:
    """Return the chart of rows of one judge, in the order that is wished."""
    axes = judge.card.score_names
    fitting = [row for row in rows if _fits(row, wish)]
    columns = columns_of(judge, fitting)
    if wish.by:
        key = _key(wish.by, axes)
        known = [row for row in fitting if key(row) is not None]
        lost = [row for row in fitting if key(row) is None]
        # A name is looked for from A on; a number from the highest down.
        down = wish.up if wish.by == "name" else not wish.up
        fitting = [*sorted(known, key=key, reverse=down), *lost]
    # A place is one among all that fit; a chart of many shows the first, each with its own range.
    stand = standings(fitting, judge.coverage, order_by(axes))
    shown = fitting[: wish.n]
    families = [column.axis.family for column in columns]
    cells = [
        chart_row(row, number, name, columns, standing=standing, mp3=None, has_wave=False)
        for number, (row, name, standing) in enumerate(
            zip(shown, song_names(shown), stand, strict=False), start=1
        )
    ]
    return Chart(
        judge=judge,
        wish=wish,
        columns=[head_of(column, fitting) for column in columns],
        groups=groups_of(families),
        families=list(dict.fromkeys(families)),
        songs=cells,
        has_overall=len(order_axes(axes)) > 1,
        overall_axis=next((c.axis for c in columns if c.axis.name in order_axes(axes)), None),
        overall_mean=score_text(
            order_axes(axes)[0], mean_of(finite(overall(row, axes) for row in fitting))
        ),
        has_interval=any(cell.low_place for row in cells for cell in row.cells),
        order=order_name(axes),
        percentile=PERCENTILE,
        n_fitting=len(fitting),
        n_all=len(rows),
    )


def columns_of(judge: Judging, rows: Sequence[SongScores]) -> list[Column]:
    """Return a column for each score of a judge."""
    axes = judge.card.score_names
    return [column_of(drawn(known_axis(axis), judge.card, rows), rows) for axis in axes]


def _fits(row: SongScores, wish: Wish) -> bool:
    if wish.notes and bool(row.warnings) != (wish.notes == "with"):
        return False
    return all(word in _plain(row.path or "") for word in _plain(wish.q).split())


def _plain(text: str) -> str:
    """Return text without accents and capitals."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in apart if not unicodedata.combining(c))


def _key(by: str, axes: Sequence[str]) -> Callable[[SongScores], Any]:
    """Return what rows are sorted by; None where a row has no such number."""
    if by == "name":
        return lambda row: [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", _plain(row.path or ""))
        ]
    if by == "length":
        return lambda row: _number(row.duration_s)
    if by == "overall":
        return lambda row: _number(overall(row, axes))
    return lambda row: _number(row.scores[by].value) if by in row.scores else None


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
