"""Song rows of a corpus as columns, ready to become a manifest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError
from plaudit.core.printable import to_arrow, without_halves
from plaudit.datasets.manifest.group import Objects
from plaudit.datasets.reading.row import BattleRow, Row

# Fields of a row that become a column of the same name, unless no song has one.
_PLAIN = (
    "song_id", "path", "sha256", "duration_s", "corpus", "system", "platform", "artist",
    "prompt_id", "style", "instrumental", "split", "prompt", "plays", "likes", "age_days",
    "created",
)  # fmt: skip


@dataclass(frozen=True)
class Songs:
    """The songs of a corpus by columns; all arrays and lists are of one length."""

    #: Field of `SongRow` to its values, (n_songs,), None where unknown.
    columns: dict[str, Objects]
    #: Label to the points that each song got, one list a song, empty where it got none.
    ratings: dict[str, list[tuple[float | None, ...]]]
    scores: dict[str, NDArray[np.float64]]  #: Label to values, (n_songs,), nan where unknown.
    battles: int  #: Rows about battles in the corpus.

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.columns["song_id"])

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers as floats, (n_songs,), nan where unknown."""
        return np.array([np.nan if v is None else v for v in self.columns[name]], dtype=float)

    def ages_days(self) -> NDArray[np.float64]:
        """Return how old each song was when it was counted, in days; nan where unknown.

        Where a corpus gives dates of publication but no age, songs count to the youngest of their
        platform: the day of the count is then not known, and all ages may be too small by the same
        number of days.
        """
        ages = self.number("age_days")
        made = [moment.timestamp() if moment else np.nan for moment in self.columns["created"]]
        days = np.array(made, dtype=float) / 86_400
        wanted = np.isnan(ages) & ~np.isnan(days)
        for platform in {name for name, want in zip(self.columns["platform"], wanted, strict=True)
                         if want}:  # fmt: skip
            theirs = wanted & (self.columns["platform"] == platform)
            ages[theirs] = np.floor(days[theirs].max() - days[theirs])
        return ages


def gather(rows: Iterable[Row]) -> Songs:
    """Collect the song rows of a corpus; an id that comes twice, or no song, is an `InputError`."""
    lists: dict[str, list[Any]] = {name: [] for name in _PLAIN}
    ratings: dict[str, dict[int, tuple[float | None, ...]]] = {}
    scores: dict[str, dict[int, float]] = {}
    seen: set[str] = set()
    n = battles = 0
    for row in rows:
        if isinstance(row, BattleRow):
            battles += 1
            continue
        if row.song_id in seen:
            raise InputError(
                f"The corpus has two songs '{row.song_id}'; run `plaudit data check` on it, and"
                " remove one."
            )
        seen.add(row.song_id)
        for name, values in lists.items():
            values.append(getattr(row, name))
        _place(ratings, row.ratings, n)
        _place(scores, row.scores, n)
        n += 1
    if not n:
        raise InputError("The corpus has no song, so there is nothing to make a manifest of.")
    return Songs(
        {name: _objects(values) for name, values in lists.items()},
        {name: [rows.get(at, ()) for at in range(n)] for name, rows in ratings.items()},
        {
            name: np.array([values.get(at, np.nan) for at in range(n)], dtype=float)
            for name, values in scores.items()
        },
        battles,
    )


def columns_of(songs: Songs) -> dict[str, Objects]:
    """Return the columns of a manifest that are taken from rows, but for ``path`` as they are."""
    columns = dict(songs.columns)
    columns["created"] = _text_of(columns["created"])
    # The manifest's own ``likes`` is a score: the counts go by other names.
    columns["count_plays"], columns["count_likes"] = columns.pop("plays"), columns.pop("likes")
    columns["prompt_text"] = columns.pop("prompt")
    lengths = columns["duration_s"]
    columns["duration_s"] = np.array([s or None for s in lengths], dtype=object)  # 0 s is unknown
    return columns


def table_of(
    songs: Songs, columns: Mapping[str, Objects], scores: Mapping[str, NDArray[np.float64]]
) -> pa.Table:
    """Return a manifest's table: columns, targets by axis, and the corpus's other labels."""
    kinds = {"duration_s": pa.float64(), "instrumental": pa.bool_(), "age_days": pa.int64()}
    kinds |= {"count_plays": pa.int64(), "count_likes": pa.int64()}
    table: dict[str, pa.Array] = {}
    for name, values in columns.items():
        held = [to_arrow(without_halves(v)) if isinstance(v, str) else v for v in values]
        column = pa.array(held, kinds.get(name, pa.string()))
        if name in {"song_id", "path", "split"} or column.null_count < len(column):
            table[name] = column
    for axis, targets in scores.items():
        table[axis] = pa.array(targets, from_pandas=True)
    for name, numbers in songs.scores.items():
        table.setdefault(name, pa.array(numbers, from_pandas=True))
    for name, points in songs.ratings.items():
        if name not in AXIS:  # their means are targets already
            means = [
                np.mean(known) if (known := [v for v in row if v is not None]) else None
                for row in points
            ]
            table.setdefault(f"mean_{name}", pa.array(means, pa.float64()))
    return pa.table(table)


def _text_of(moments: Objects) -> Objects:
    """Return moments as ISO text in UTC, None where unknown."""
    return _objects(
        [
            moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else None
            for moment in moments
        ]
    )


def _objects(values: list[Any]) -> Objects:
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    return objects


def _place(columns: dict[str, dict[int, Any]], values: Mapping[str, Any], at: int) -> None:
    for name, value in values.items():
        columns.setdefault(name, {})[at] = value
