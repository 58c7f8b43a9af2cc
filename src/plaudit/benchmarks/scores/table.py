"""Scores of songs as they were read from a file, whatever its form and whoever wrote it.

A row has only the scores that were given: what it lacks is missing, and nan in an array. Rows that
could not be used, and cells that are no finite number, are kept with the reason, so that every
command can say what it left out.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AXIS, Axis
from plaudit.core.errors import InputError
from plaudit.core.name import NameMap
from plaudit.core.note import Note
from plaudit.core.settings import nearest
from plaudit.datasets.reading.origin import Origin
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores

Floats = NDArray[np.float64]
_SHOWN = 12  # names in a message


@dataclass(frozen=True)
class ScoreRow:
    """Scores of one song, or the margin of one pair."""

    line: int  #: Where it stands in the file, from 1.
    #: Names of the song (or pair), the surest first: ids, then its path.
    names: tuple[str, ...]
    scores: dict[str, Score]  #: By column; only finite numbers.
    #: Audio file as it was written, and the digest of its bytes.
    path: str | None = None
    sha256: str | None = None
    #: Length in seconds and loudness in LUFS.
    duration_s: float | None = None
    loudness_lufs: float | None = None
    warnings: tuple[Note, ...] = ()  #: Warnings of the judge.
    judge: JudgeId | None = None  #: Judge of the scores; None if no judge of Plaudit made them.
    #: Prompt and lyrics that the song answers, where one song may answer several.
    request: tuple[str, str] | None = None
    #: Whether it is a pair, whose only score is ``margin``: above 0 where the first is better.
    is_pair: bool = False
    #: Cells that are no finite number, by column, as they were written.
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def path_names(self) -> tuple[str, ...]:
        """File name of the audio, with and without its ending."""
        return () if self.path is None else (Path(self.path).name, Path(self.path).stem)


@dataclass(frozen=True)
class SkippedRow:
    """A row that gives no score, and why; other fields are those of `ScoreRow`.

    ``reason`` is in words that rows share (of a song that the judge could not score, the type of
    its error), ``message`` a sentence. ``is_failure`` says that the judge could not score the song,
    which is no fault of the file.
    """

    line: int
    names: tuple[str, ...]
    reason: str
    message: str
    path: str | None = None
    sha256: str | None = None
    request: tuple[str, str] | None = None
    is_failure: bool = False
    is_pair: bool = False


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """All rows of a file of scores, in their order."""

    where: str  #: The file as it was given, for messages.
    source: Origin  #: Its name and digest.
    rows: tuple[ScoreRow, ...]  #: Rows with scores.
    skipped: tuple[SkippedRow, ...]  #: Rows without.
    #: Scores that there are: the axes in their order, then others as they came.
    columns: tuple[str, ...]
    judge: JudgeId | None  #: Judge of all rows; None as above.

    def scored_axes(self, known: Mapping[str, Axis] = AXIS) -> tuple[str, ...]:
        """Return those of the known axes that there are scores of.

        Raises
        ------
        InputError
            There are none; or scores that no judge of Plaudit gave lie outside the range of their
            axis, so that they mean something else.
        """
        axes = tuple(name for name in known if name in self.columns)
        if not axes:
            raise InputError(
                f"Expected columns named like the axes ({', '.join(known)}) in {self.where}, got"
                f" {', '.join(self.columns[:_SHOWN]) or 'no score of a song'}."
            )
        if self.judge is None:
            for name in axes:
                self._check_range(known[name])
        return axes

    def _check_range(self, axis: Axis) -> None:
        name, low, high = axis.name, axis.low, axis.high
        outside = [
            row for row in self.rows
            if name in row.scores and not low <= row.scores[name].value <= high
        ]  # fmt: skip
        if outside:
            more = f" (and {len(outside) - 1} more)" if len(outside) > 1 else ""
            raise InputError(
                f"{self.where}, line {outside[0].line}: expected {name} from {low:g} to {high:g},"
                f" got {outside[0].scores[name].value:g}{more}; bring it to the scale of the axis."
            )

    @cached_property
    def _index(self) -> tuple[NameMap[ScoreRow], tuple[str, ...]]:
        """Rows by every name that one of them has alone, and first names of rows that differ."""
        surest: dict[str, ScoreRow] = {}
        others: dict[str, ScoreRow] = {}
        shared: set[str] = set()
        disputed: dict[str, None] = {}
        for row in self.rows:
            if _content(surest.setdefault(row.names[0], row)) != _content(row):
                disputed[row.names[0]] = None
            for name in (*row.names, *row.path_names):
                if _content(others.setdefault(name, row)) != _content(row):
                    shared.add(name)
        alone = {name: row for name, row in others.items() if name not in shared}
        known = {name: row for name, row in surest.items() if name not in disputed}
        return NameMap(alone | known), tuple(disputed)

    @property
    def by_name(self) -> NameMap[ScoreRow]:
        """Rows by id, path, file name and its stem; a name that rows share is no row's."""
        return self._index[0]

    @property
    def disputed(self) -> tuple[str, ...]:
        """Ids of songs that have rows with different scores."""
        return self._index[1]

    def check_judge(self, judge: JudgeId) -> None:
        """Refuse scores of another judge of Plaudit; who gave others is not known."""
        if self.judge is not None and self.judge.hash != judge.hash:
            raise InputError(
                f"The rows are of judge '{self.judge.name}' {self.judge.version}, not of"
                f" '{judge.name}' {judge.version}; name the judge with --judge."
            )

    def song(self, row: ScoreRow, known: Mapping[str, Axis] = AXIS) -> SongScores:
        """Return a row as a judge gives it, with those of the known axes that it has.

        A song without a path goes by its id. Scores that no judge of Plaudit gave are those of the
        file: its name and digest stand for the judge.
        """
        return SongScores(
            path=row.path or row.names[0],
            sha256=row.sha256 or "",
            judge=self.judge
            or JudgeId(name=self.source.name, version="-", hash=self.source.sha256),
            precision="exact",
            duration_s=math.nan if row.duration_s is None else row.duration_s,
            scores={axis: row.scores[axis] for axis in known if axis in row.scores},
            warnings=row.warnings,
        )

    def find(self, name: str, known: Mapping[str, Axis] = AXIS) -> SongScores:
        """Return the row of a song by its id, path, file name or its stem; others as `song`.

        Raises
        ------
        InputError
            No row, or more than one, has this name; or there are no scores of an axis.
        """
        self.scored_axes(known)
        row = self.by_name.get(name)
        if row is None:
            hint = nearest(name, [row.names[0] for row in self.rows[:_SHOWN]])
            raise InputError(f"{self.where} has no row of its own for '{name}'; {hint}")
        return self.song(row, known)

    def songs(self, known: Mapping[str, Axis] = AXIS) -> list[SongScores]:
        """Return all rows as `song` does."""
        return [self.song(row, known) for row in self.rows]

    def failures(self) -> list[SongFailure]:
        """Return the skipped rows as a judge gives those of songs that it could not score."""
        return [
            SongFailure(
                path=row.path or next(iter(row.names), None),
                error=Note(type=row.reason, message=self._sentence(row)),
            )
            for row in self.skipped
        ]

    def _sentence(self, row: SkippedRow) -> str:
        return row.message if row.is_failure else f"{self.where}, line {row.line}: {row.message}"

    def notes(self) -> list[str]:
        """Return what a reader should know of rows and cells that the file spells wrongly."""
        notes = []
        wrong = Counter(row.reason for row in self.skipped if not row.is_failure)
        if wrong:
            reasons = ", ".join(f"{reason} ({n:,})" for reason, n in sorted(wrong.items()))
            notes.append(f"Rows of {self.source.name} were skipped: {reasons}.")
        unread = [(row.line, *cell) for row in self.rows for cell in row.unread.items()]
        if unread:
            line, column, cell = unread[0]
            notes.append(
                f"Cells of {self.source.name} that are no finite number count as missing:"
                f" {len(unread):,}; the first is {column} in line {line}, {cell}."
            )
        return notes


def _content(row: ScoreRow) -> tuple[object, ...]:
    return row.scores, row.duration_s, row.loudness_lufs, row.path


def values_of(rows: Sequence[ScoreRow], columns: Sequence[str]) -> Floats:
    """Return scores (n_rows, n_columns), each in the range of its axis; nan where missing."""
    values = [
        [row.scores[name].value if name in row.scores else math.nan for name in columns]
        for row in rows
    ]
    return np.array(values, np.float64).reshape(len(rows), len(columns))
