"""Files of votes in all their forms: plain tables, the proving ground's, Music Arena's.

A table (.csv, .tsv, .json, .jsonl, .parquet) has a row a battle, with the columns ``first``
and ``second`` (ids of songs, or systems), ``outcome`` (first, second, tie, neither; also A, B, TIE,
BOTH_BAD), and maybe ``first_system``, ``second_system``, ``prompt`` (or ``prompt_id``), ``voter``,
``date`` (or ``day``, a number) and ``instrumental``. The battles of a proving ground are such
tables. Rows with ``system_a, system_b, preference`` go through the reader of Music Arena and come
with the same columns, as do a folder of it and its raw log.

Every command that takes votes reads them here, and names the columns that it needs: a file that one
of them accepts is accepted by the others too, lacks a column that they name, or is about songs
where systems are expected, or the reverse (`plaudit.benchmarks.votes.kind`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plaudit.benchmarks.votes.cell import FaultyRows
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.parse import load_values
from plaudit.datasets.corpora.music_arena import FACTS, READER
from plaudit.datasets.corpora.proving_ground import BATTLES
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import head_of
from plaudit.datasets.reading.origin import digest_of
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import SongRow
from plaudit.datasets.reading.table import FORMS, BrokenRow, read_rows

_WHAT = "a file of battles"
_ARENA = {"system_a", "system_b", "preference"}
_TABLE = "table"
_OPTIONAL = ("first_system", "second_system", "prompt", "voter", "date", "instrumental")
Roles = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SongFact:
    """A song in a file of votes: its audio file, and its length in seconds."""

    path: Path | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class VoteSource:
    """A file or folder of votes that is ready to be read."""

    path: Path  #: As it was given.
    files: tuple[Path, ...]  #: Files that are read.
    kind: str  #: Way of reading: "table.csv", or "Music Arena".

    @property
    def is_arena(self) -> bool:
        """Whether it goes through the reader of Music Arena, which numbers battles, not lines."""
        return self.kind == FACTS.title

    def rows(
        self,
        roles: Roles,
        needed: Sequence[str],
        faults: FaultyRows,
        songs: dict[str, SongFact] | None = None,
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the line of each row from 1, then its cells, one a role.

        Raises
        ------
        InputError
            No column fills a needed role, or a row cannot be read and such rows are not left out.
        """
        if self.is_arena:
            yield from _of_arena(self.path, roles, faults, {} if songs is None else songs)
            return
        for path in self.files:
            yield from _of_table(path, roles, needed, faults)

    def digest(self) -> str:
        """Return the SHA-256 of what is read (`plaudit.datasets.reading.origin.digest_of`)."""
        return digest_of(self.path, self.files)


def open_votes(path: Path) -> VoteSource:
    """Return a file or folder of votes with its kind, ready to be read.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It is none of the kinds, or empty.
    """
    if not path.exists():
        raise MissingFileError(f"Expected {_WHAT}, but {path} is not there.")
    tables = [path / name for name in BATTLES if (path / name).is_file()]
    if tables:
        return VoteSource(path, tuple(tables), f"{_TABLE}{tables[0].suffix}")
    if path.is_file() and path.suffix.lower() not in FORMS:
        raise InputError(
            f"Expected battles in a file {', '.join(FORMS)}, or a folder of Music Arena or of the"
            f" proving ground, got {path.name}."
        )
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty; expected columns first, second, outcome and battles.")
    if path.is_dir() or _is_arena(path):
        return VoteSource(path, tuple(open_source(path, FACTS).files), FACTS.title)
    return VoteSource(path, (path,), f"{_TABLE}{path.suffix.lower()}")


def _is_arena(path: Path) -> bool:
    """Return whether a file is Music Arena's, by its columns or the keys of its raw log."""
    if path.suffix.lower() != ".json":
        return head_of(path) >= _ARENA
    whole = load_values(path)
    if isinstance(whole, dict) and "a_metadata" in whole:
        return True
    if not isinstance(whole, list):
        raise InputError(f"{path} is neither an array of battles nor one of Music Arena's log.")
    return False


def _of_arena(
    path: Path, roles: Roles, faults: FaultyRows, songs: dict[str, SongFact]
) -> Iterator[tuple[Any, ...]]:
    account = Account(strict=not faults.skip)
    systems: dict[str, str | None] = {}
    number = 0
    for row in READER.read(open_source(path, FACTS), account):
        if isinstance(row, SongRow):
            systems[row.song_id] = row.system
            songs[row.song_id] = SongFact(row.path, row.duration_s)
            continue
        number += 1
        cells = {
            "first": row.first,
            "second": row.second,
            "outcome": row.outcome,
            "first_system": systems.pop(row.first, None),
            "second_system": systems.pop(row.second, None),
            "prompt_id": row.prompt_id,
            "voter": row.voter,
            "date": row.date,
            "instrumental": row.instrumental,
        }
        columns = _columns(path, cells, roles, ())
        yield (number, *(cells.get(columns.get(role, "")) for role in roles))
    if account.n_faults:
        faults.counts["a row that is not one of Music Arena"] += account.n_faults


def _of_table(
    path: Path, roles: Roles, needed: Sequence[str], faults: FaultyRows
) -> Iterator[tuple[Any, ...]]:
    columns: dict[str, str] = {}
    names: list[str] = []

    def choose(head: Iterable[str]) -> Collection[str]:
        columns.update(_columns(path, head, roles, needed))
        names[:] = [columns.get(role, "") for role in roles]
        return columns.values()

    known: dict[str, None] = {}  # keys of JSON rows: one may leave out what is empty
    is_json = path.suffix.lower() in {".json", ".jsonl"}
    for line, cells in read_rows(path, _WHAT, columns=choose):
        if isinstance(cells, BrokenRow):
            faults.meet(line, "a broken row", cells.reason)
            continue
        if is_json and not cells.keys() <= known.keys():
            known |= dict.fromkeys(cells)
            before = columns.get("first")
            choose(known)
            if before not in (None, columns["first"]):
                raise InputError(
                    f"{path}, line {line}: expected '{before}' as in the rows before, got"
                    f" '{columns['first']}' as well; give all rows the same columns."
                )
        yield (line, *map(cells.get, names))


def _columns(
    path: Path, head: Iterable[str], roles: Roles, needed: Sequence[str]
) -> dict[str, str]:
    """Return the column of each role; a needed role without one is an `InputError`."""
    head = list(head)
    columns = {
        role: name
        for role, names in roles.items()
        if (name := next((name for name in names if name in head), None)) is not None
    }
    missing = [role for role in needed if role not in columns]
    if missing:
        came = ", ".join(map(repr, head[:8])) or "none"
        raise InputError(
            f"{path} has no column {' or '.join(missing)}; expected {', '.join(needed)} (and maybe"
            f" {', '.join(_OPTIONAL)}), got {came if len(came) <= 160 else f'{came[:157]}...'}."
        )
    sides = [columns.get(side, "").endswith("_system") for side in ("first", "second")]
    if sides[0] != sides[1]:
        raise InputError(f"{path} has only one of first_system and second_system; give both.")
    return columns
