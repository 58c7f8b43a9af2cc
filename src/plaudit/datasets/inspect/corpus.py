"""Inspection of a corpus before training: contents, gaps and faults.

Nothing is dropped in silence: rows without audio, rows without labels, rows that the reader leaves
out and faulty rows are each counted, with their reasons.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from plaudit.core.file import is_file
from plaudit.core.settings import Record
from plaudit.datasets.corpora.catalogue import find_reader, rows_of
from plaudit.datasets.manifest.leak import Key, Leak, leaks_of
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.index import NAME, changed, read_index, write_index
from plaudit.datasets.reading.promise import Reader, Source, open_mapped
from plaudit.datasets.reading.row import BattleRow, SongRow

_NOT_NAMED = "the corpus names no file"
_NOT_THERE = "the file is not there"
_SHOWN = 20


class LabelCount(Record):
    """Rows with a label, and its lowest, highest and mean value."""

    rows: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None


class Inspection(Record):
    """Contents and faults of a corpus."""

    #: Name in the catalogue, and where it lies.
    corpus: str
    folder: str
    files: tuple[str, ...]  #: Label files that were read.
    #: Rows by kind.
    songs: int
    battles: int
    without_audio: dict[str, int]  #: Songs without audio, by reason.
    without_label: dict[str, int]  #: Rows without any label: songs, battles.
    labels: dict[str, LabelCount]  #: Label to how often it was given.
    left_out: dict[str, int]  #: Valid rows that the reader leaves out, by reason.
    n_faults: int  #: Faulty rows.
    faults: tuple[str, ...]  #: The first of them, with file and line.
    duplicates: tuple[str, ...]  #: The first ids that come twice.
    n_duplicates: int  #: How many come twice.
    battles_without_songs: int  #: Battles whose songs are not among the songs, without a reason.
    unread: dict[str, tuple[str, ...]]  #: File to columns that the reader does not read.
    splits: dict[str, int]  #: The corpus's own split: side to songs.
    leaks: tuple[Leak, ...]  #: Keys that stand on two sides of that split.
    index: str  #: "absent", "written", "unchanged" or "changed".
    changes: tuple[str, ...]  #: Files that are not as they were when the index was written.

    @property
    def sound(self) -> bool:
        """Whether it can be used as it is: no faulty row, no id twice, no changed file."""
        return not (
            self.n_faults or self.n_duplicates or self.battles_without_songs or self.changes
        )


class _Tally:
    """Counts, filled row by row."""

    def __init__(self) -> None:
        self.songs = self.battles = 0
        self.audio: list[Path] = []
        self.without_audio: Counter[str] = Counter()
        self.without_label: Counter[str] = Counter()
        self.values: dict[str, list[float]] = {}
        self.ids: set[str] = set()
        self.twice: list[str] = []
        self.named: list[tuple[str, str]] = []
        self.keys: dict[Key, list[str | None]] = {"song": [], "artist": [], "prompt": []}
        self.split: list[str | None] = []

    def song(self, row: SongRow) -> None:
        self.songs += 1
        self._id(row.song_id)
        if row.path is None or not is_file(row.path):
            absent = _NOT_NAMED if row.path is None else _NOT_THERE
            self.without_audio[row.withheld or absent] += 1
        else:
            self.audio.append(row.path)
        if not row.labelled:
            self.without_label["songs"] += 1
        for name, points in row.ratings.items():
            known = [point for point in points if point is not None]
            if known:
                self.values.setdefault(name, []).append(sum(known) / len(known))
        counts = {"plays": row.plays, "likes": row.likes}
        for name, value in (
            row.scores | {n: c for n, c in counts.items() if c is not None}
        ).items():
            self.values.setdefault(name, []).append(float(value))
        self.keys["song"].append(row.sha256)
        self.keys["artist"].append(row.artist)
        self.keys["prompt"].append(row.prompt_id)
        self.split.append(row.split)

    def battle(self, row: BattleRow) -> None:
        self.battles += 1
        self._id(f"battle {row.battle_id}")
        if row.labelled:
            self.values.setdefault(row.criterion, []).append(np.nan)
        else:
            self.without_label["battles"] += 1
        if row.without_songs is None:
            self.named.append((row.first, row.second))

    def _id(self, name: str) -> None:
        if name in self.ids:
            self.twice.append(name)
        self.ids.add(name)


def inspect(
    name: str,
    place: Path,
    *,
    columns: Mapping[str, str] | None = None,
    index: bool = False,
    audio: bool = False,
) -> Inspection:
    """Inspect a corpus; with ``index``, write its index, with ``audio`` also that of its audio.

    ``columns`` are those of `plaudit.datasets.reading.promise.Source`.
    """
    reader = find_reader(name)
    source = open_mapped(place, reader, columns or {})
    account, tally = Account(strict=False), _Tally()
    for row in rows_of(reader, source, account):
        if isinstance(row, SongRow):
            tally.song(row)
        else:
            tally.battle(row)
    state, changes = _index(reader, source, tally, write=index, audio=audio)
    split = np.array(tally.split, dtype=object)
    keys = {key: np.array(values, dtype=object) for key, values in tally.keys.items()}
    return Inspection(
        corpus=name,
        folder=str(source.folder),
        files=tuple(str(path.relative_to(source.folder)) for path in source.files),
        songs=tally.songs,
        battles=tally.battles,
        without_audio=dict(tally.without_audio),
        without_label=dict(tally.without_label),
        labels={label: _count(values) for label, values in sorted(tally.values.items())},
        left_out=dict(account.left_out),
        n_faults=account.n_faults,
        faults=tuple(str(fault) for fault in account.faults[:_SHOWN]),
        duplicates=tuple(tally.twice[:_SHOWN]),
        n_duplicates=len(tally.twice),
        battles_without_songs=sum(not {a, b} <= tally.ids for a, b in tally.named),
        unread={file: tuple(sorted(columns)) for file, columns in account.unread.items()},
        splits={side: n for side, n in Counter(tally.split).items() if side is not None},
        leaks=tuple(leaks_of(split, keys)) if any(tally.split) else (),
        index=state,
        changes=tuple(changes),
    )


def _index(
    reader: Reader, source: Source, tally: _Tally, *, write: bool, audio: bool
) -> tuple[str, list[str]]:
    folder = source.folder
    if write:
        inside = [path for path in tally.audio if path.is_relative_to(folder)] if audio else []
        rows = tally.songs + tally.battles
        write_index(folder, reader.facts.name, [*source.files, *inside], rows)
        return "written", []
    if not (folder / NAME).is_file():
        return "absent", []
    known = read_index(folder)
    if known.corpus != reader.facts.name:
        return "absent", []
    changes = changed(folder, known, source.files)
    return ("changed" if changes else "unchanged"), changes


def _count(values: list[float]) -> LabelCount:
    numbers = np.array(values)
    if np.isnan(numbers).all():  # votes have no size
        return LabelCount(rows=len(values))
    return LabelCount(
        rows=len(values),
        low=float(numbers.min()),
        high=float(numbers.max()),
        mean=float(numbers.mean()),
    )
