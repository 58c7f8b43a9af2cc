"""The report of a reader beside its rows: faulty rows, rows left out, columns not read.

The same reader serves two purposes. Preparing a manifest must stop at the first faulty row;
checking a corpus must go on and name all of them. The account decides which.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from plaudit.core.errors import InputError

_KEPT = 1000  # faults that are kept by name; the rest is counted


class RowError(InputError):
    """A row of a corpus is not what its reader expects; the sentence names its file and line."""


class RowFault(NamedTuple):
    """A faulty row: its file, its line from 1 (rows of a Parquet file too), and what is wrong."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return the fault as a sentence."""
        return f"{self.file}, line {self.line}: {self.message}"


class Account:
    """Collects faults and omissions of a reading; in a strict one the first fault is an error."""

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict
        self.faults: list[RowFault] = []
        self.n_faults = 0
        self.left_out: Counter[str] = Counter()
        self.unread: dict[str, set[str]] = {}
        #: Song id to its file and line, where a reader notes it.
        self.lines: dict[str, tuple[Path, int]] = {}

    def fault(self, path: Path, line: int, message: str) -> None:
        """Report a faulty row: its line from 1, what was expected and what came.

        Raises
        ------
        RowError
            The account is strict.
        """
        if self._strict:
            raise RowError(f"{path}, line {line}: {message}")
        self.n_faults += 1
        if len(self.faults) < _KEPT:
            self.faults.append(RowFault(path.name, line, message))

    def leave_out(self, reason: str) -> None:
        """Count a valid row that is left out, under a reason such as "not music"."""
        self.left_out[reason] += 1

    def see(self, path: Path, columns: set[str]) -> None:
        """Note columns of a file that the reader does not read."""
        if columns:
            self.unread.setdefault(path.name, set()).update(columns)
