"""The ledger of a scoring job: every row is on disk as soon as it is made.

Beside ``scores.json`` a job keeps ``scores.json.partial.jsonl``, one row per line, until the output
is written whole. A resumed job takes from both; a row counts only for the same bytes of audio, the
same judge and the same precision. Rows are found again by their place in the file, so that a job of
hundreds of thousands of songs needs little memory.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TypeVar

from pydantic import ValidationError

from plaudit.core.choice import Precision
from plaudit.core.errors import InputError, OutputError
from plaudit.core.file import longer_name, writing
from plaudit.core.lock import give_back, hold
from plaudit.core.parse import ParseError, parse_json
from plaudit.datasets.reading.table import BrokenRow, read_rows
from plaudit.judging.record import ROW, JudgeId, SongFailure, SongScores

_log = logging.getLogger(__name__)
P = TypeVar("P", bound=PurePath)
_SYNC_S = 0.5  # most seconds of rows that a loss of power can cost


class Ledger:
    """Rows of one job, in order, on disk, in a file beside the ``output`` that it will write.

    ``others`` are further judges of a job that has several; the rows of each are known apart.

    With ``resume`` the rows of an earlier job are taken over, if they are of the same judge and
    precision; where the job needs timelines, only rows with one of schema version 2. Without it, a
    file that an earlier job left is an `InputError`: nothing is thrown away by accident.
    """

    def __init__(
        self,
        output: Path,
        judge: JudgeId,
        precision: Precision,
        *,
        resume: bool,
        timeline: bool,
        others: Sequence[tuple[JudgeId, Precision]] = (),
    ) -> None:
        self.path, self._output = ledger_path(output), output
        self._judge = judge
        judges = [(judge, precision), *others]
        self._known: dict[str, int] = {}
        self._order: list[int] = []
        self._synced = 0.0
        with writing(output):
            output.parent.mkdir(parents=True, exist_ok=True)
        hold(output)
        if self.path.exists() and not resume:
            give_back(output)
            raise InputError(
                f"A stopped job left its rows in {self.path}; add --resume to continue it, or"
                " delete that file to start anew."
            )
        try:
            with writing(output):
                self._file = self.path.open("a+b")
        except OutputError:
            give_back(output)
            raise
        # Songs are looked up on reader threads while rows are added: one file, one position.
        self._lock = threading.Lock()
        if not resume:
            return
        try:
            self._take_over(
                output,
                lambda row: (
                    (row.judge, row.precision) in judges
                    and (not timeline or (row.timeline is not None and row.schema_version > 1))
                ),
            )
        except BaseException:
            self.close()
            raise

    @property
    def n_known(self) -> int:
        """How many rows were taken over."""
        return len(self._known)

    def is_known(self, row: SongScores | SongFailure) -> bool:
        """Return whether a row of this job was taken over from an earlier one."""
        return isinstance(row, SongScores) and _key(row) in self._known

    def known(self, sha256: str) -> SongScores | None:
        """Return the row of a file judged before, by the digest of its bytes.

        Where the song was given something to answer, the digest of that follows (`Given.digest`).
        """
        return self.known_of(self._judge)(sha256)

    def known_of(self, judge: JudgeId) -> Callable[[str], SongScores | None]:
        """Return `known` for one of several judges."""
        return lambda sha256: self._row(sha256 + judge.hash)

    def _row(self, key: str) -> SongScores | None:
        place = self._known.get(key)
        row = None if place is None else self._read(place)
        return row if isinstance(row, SongScores) else None

    def add(self, row: SongScores | SongFailure) -> None:
        """Write one row; it survives whatever happens to this process.

        A loss of power can cost the rows of the last half second.
        """
        self._order.append(self._append(row))

    def rows(self) -> Iterator[SongScores | SongFailure]:
        """Yield the rows of this job in the order they were added."""
        for place in self._order:
            yield self._read(place)

    def remove(self) -> None:
        """Remove the file, once the output holds its rows."""
        self.path.unlink()

    def close(self) -> None:
        """Close the file; without `remove` it stays for a job that resumes, if it has rows."""
        with suppress(OSError):  # every row was flushed: only one that the disk refused is lost
            self._file.close()
        if self.path.is_file() and not self.path.stat().st_size:
            self.remove()
        give_back(self._output)

    def _append(self, row: SongScores | SongFailure) -> int:
        line = row.model_dump_json().encode() + b"\n"
        with self._lock, writing(self.path):
            place = self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()  # from here on it survives the end of the process
            if time.monotonic() - self._synced > _SYNC_S:
                os.fsync(self._file.fileno())
                self._synced = time.monotonic()
        return place

    def _read(self, place: int) -> SongScores | SongFailure:
        with self._lock:
            self._file.seek(place)
            line = self._file.readline()
        return ROW.validate_python(parse_json(line))

    def _take_over(self, output: Path, fits: Callable[[SongScores], bool]) -> None:
        self._file.seek(0)
        place, whole = 0, 0
        for line in self._file:
            row = _row_of(line)
            if line.endswith(b"\n"):
                whole = place + len(line)
            if isinstance(row, SongScores) and fits(row):
                self._known[_key(row)] = place
            place += len(line)
        self._file.truncate(whole)  # a line cut short by the stop
        for row in _rows_in(output):
            if isinstance(row, SongScores) and fits(row) and _key(row) not in self._known:
                self._known[_key(row)] = self._append(row)
        _log.debug("took over %d rows of %s and %s", len(self._known), output, self.path)


def goes_on(path: Path, judges: Sequence[tuple[JudgeId, Precision]]) -> bool:
    """Return whether a job of these judges takes rows over from a ledger or a finished output.

    A file whose first judged row is of another judge or precision is one of another job; failures
    alone may be of any.
    """
    row = None
    for row in _rows_in(path):
        if isinstance(row, SongScores):
            return (row.judge, row.precision) in judges
    return row is not None


def ledger_path(output: P) -> P:
    """Return where the ledger of a job with this output lies."""
    return output.with_name(longer_name(output.name, ".partial.jsonl"))


def _key(row: SongScores) -> str:
    return row.sha256 + ("" if row.given is None else row.given.digest()) + row.judge.hash


def _row_of(line: bytes) -> SongScores | SongFailure | None:
    try:
        return ROW.validate_python(parse_json(line))
    except (ValidationError, ParseError):
        return None


def _rows_in(output: Path) -> Iterator[SongScores | SongFailure]:
    """Yield the rows of a JSON or JSON Lines file; others hold too little."""
    if not output.is_file() or output.suffix not in (".json", ".jsonl"):
        return
    try:
        for _, cells in read_rows(output, "rows of plaudit score"):
            row = None if isinstance(cells, BrokenRow) else _row_of(json.dumps(cells).encode())
            if row is not None:
                yield row
    except InputError:
        return  # a damaged output is no use, and is written anew
