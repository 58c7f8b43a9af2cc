"""Files of battles: a plain table, Music Arena's rows or raw log, the proving ground's battles.

A table (.csv, .tsv, .jsonl, .json with an array, .parquet) has the columns ``first, second,
outcome`` and may have ``prompt`` (or ``prompt_id``), ``voter`` and ``instrumental``. Where there
are also ``first_system`` and ``second_system``, as in the proving ground's battles, these are the
systems and ``first`` and ``second`` are songs. Rows with ``system_a, system_b, preference`` are
Music Arena's and go through its reader, as does a folder, or a .json file of its raw log.
"""

import csv
import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from plaudit.benchmarks.votes.board_votes import BattleLine, BattleTable, Faults, Only, code_battles
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import sha256_of
from plaudit.core.settings import Record
from plaudit.datasets.corpora.music_arena import FACTS, READER
from plaudit.datasets.reading.account import Account
from plaudit.datasets.reading.line import head_of
from plaudit.datasets.reading.promise import open_source
from plaudit.datasets.reading.row import SongRow

TABLES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
_ROLES = {  # what a column is for, by the names it may have; the first that is there is taken
    "first": ("first_system", "first"),
    "second": ("second_system", "second"),
    "outcome": ("outcome",),
    "prompt": ("prompt_id", "prompt"),
    "voter": ("voter",),
    "instrumental": ("instrumental",),
}
_NEEDED = ("first", "second", "outcome")
_ARENA = {"system_a", "system_b", "preference"}
_PROVING = "battles.parquet"


class DataFile(Record):
    """Where battles came from.

    ``sha256`` is that of the file; for a folder, of the lines ``<sha256>  <name>`` of its files in
    order of name. ``kind`` is how it was read.
    """

    path: str
    sha256: str
    files: int
    kind: str


def read_battles(
    path: Path,
    *,
    skip: bool = False,
    only: Only = "all",
    merge_variants: bool = False,
    without: Collection[str] = (),
) -> tuple[BattleTable, DataFile]:
    """Read a file or folder of battles.

    Parameters
    ----------
    path : Path
        File or folder.
    skip : bool
        Leave rows out that cannot be used, and count them; otherwise the first is an error.
    only : {"all", "instrumental", "vocal"}
        Which battles count.
    merge_variants : bool
        Take "name:variant" for "name".
    without : collection of str
        Systems whose battles are left out.

    Returns
    -------
    (BattleTable, DataFile)
        The battles, and where they came from.

    Raises
    ------
    MissingFileError
        The path does not exist.
    InputError
        It holds no battles in any known form, or a row cannot be used; the sentence says which.
    """
    if not path.exists():
        raise MissingFileError(f"Expected a file of battles, but {path} is not there.")
    if path.is_dir() and (path / _PROVING).is_file():
        path = path / _PROVING
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty; expected columns first, second, outcome and battles.")
    faults = Faults(str(path), skip=skip)
    if path.is_dir() or _is_arena(path):
        faults.unit = "battle"
        rows, files = _arena(path, faults)
        kind = FACTS.title
    else:
        rows, files, kind = _table(path), [path], f"table{path.suffix}"
    table = code_battles(rows, faults, only=only, merge_variants=merge_variants, without=without)
    return table, DataFile(path=path.name, sha256=_digest(path, files), files=len(files), kind=kind)


def _digest(path: Path, files: Sequence[Path]) -> str:
    if path.is_file():
        return sha256_of(path)
    lines = [f"{sha256_of(file)}  {file.relative_to(path)}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _is_arena(path: Path) -> bool:
    """Tell a file of Music Arena by its columns, or a battle of its raw log by its keys."""
    if path.suffix not in TABLES:
        raise InputError(
            f"Expected battles in a file {', '.join(TABLES)}, or a folder of Music Arena or of the"
            f" proving ground, got {path.name}."
        )
    if path.suffix != ".json":
        try:
            return head_of(path) >= _ARENA
        except csv.Error:
            return False  # reading it as a table will say what is wrong
    whole = _json(path)
    return isinstance(whole, dict) and "a_metadata" in whole


def _arena(path: Path, faults: Faults) -> tuple[Iterator[BattleLine], list[Path]]:
    source = open_source(path, FACTS)
    account = Account(strict=not faults.skip)

    def rows() -> Iterator[BattleLine]:
        systems: dict[str, str | None] = {}
        number = 0
        for row in READER.read(source, account):
            if isinstance(row, SongRow):
                systems[row.song_id] = row.system
                continue
            number += 1
            yield BattleLine(
                number, systems.pop(row.first, None), systems.pop(row.second, None), row.outcome,
                row.prompt_id, row.voter, row.instrumental,
            )  # fmt: skip
        if account.n_faults:
            faults.counts["a row that is not one of Music Arena"] += account.n_faults

    return rows(), list(source.files)


def _table(path: Path) -> Iterator[BattleLine]:
    """Give the rows of a table, with only the columns that are needed."""
    if path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix in {".csv", ".tsv"}:
        yield from _csv(path)
    else:
        yield from _objects(path)


def _columns(path: Path, head: Sequence[str]) -> dict[str, str]:
    """Return the column of each role, or say what is missing."""
    found = {
        role: name
        for role, names in _ROLES.items()
        if (name := next((name for name in names if name in head), None)) is not None
    }
    missing = [role for role in _NEEDED if role not in found]
    if missing:
        came = ", ".join(repr(name) for name in list(head)[:8]) or "none"
        raise InputError(
            f"{path} has no column {' or '.join(missing)}; expected first, second, outcome (and"
            f" prompt, voter), got {came if len(came) <= 160 else f'{came[:157]}...'}."
        )
    if found["first"].endswith("_system") != found["second"].endswith("_system"):
        raise InputError(f"{path} has only one of first_system and second_system; give both.")
    return found


def _csv(path: Path) -> Iterator[BattleLine]:
    comma = "\t" if path.suffix == ".tsv" else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=comma)
        try:
            head = [name.strip() for name in next(reader, [])]
            columns = _columns(path, head)
            # A column that is not there is taken from a field that is always None.
            places = [head.index(columns[role]) if role in columns else -1 for role in _ROLES]
            pick, width = itemgetter(*places), len(head)
            for fields in reader:
                if not fields:
                    continue
                if len(fields) != width:
                    raise InputError(
                        f"{path}, line {reader.line_num}: expected {width} fields as in the head,"
                        f" got {len(fields)}."
                    )
                yield BattleLine(reader.line_num, *pick((*fields, None)))
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                f"{path} is not a table as text: {error}; expected UTF-8 with columns first,"
                " second, outcome."
            ) from error


def _objects(path: Path) -> Iterator[BattleLine]:
    columns: dict[str, str] = {}
    seen: list[str] = []  # a row may leave out what is empty: its keys are not those of all
    for number, row in _lines(path):
        if not isinstance(row, dict):
            raise InputError(
                f"{path}, line {number}: expected a JSON object for each battle, got"
                f" {type(row).__name__}."
            )
        if not row.keys() <= set(seen):
            seen = list(dict.fromkeys([*seen, *row]))
            before, columns = columns, _columns(path, seen)
            if before and before["first"] != columns["first"]:
                raise InputError(
                    f"{path}, line {number}: expected '{before['first']}' as in the rows before,"
                    f" got '{columns['first']}' as well; give all rows the same columns."
                )
        yield BattleLine(
            number, *(row.get(columns[role]) if role in columns else None for role in _ROLES)
        )


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    if path.suffix == ".json":
        whole = _json(path)
        if not isinstance(whole, list):
            raise InputError(f"{path} is neither an array of battles nor one of Music Arena's log.")
        yield from enumerate(whole, start=1)
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except ValueError as error:  # what is not UTF-8 is a ValueError too
                raise InputError(
                    f"{path}, line {number}: expected a JSON object, but {error}."
                ) from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.") from error


def _parquet(path: Path) -> Iterator[BattleLine]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not a Parquet file: {reason}.") from error
    with file:
        columns = _columns(path, file.schema_arrow.names)
        number = 0
        for batch in file.iter_batches(100_000, columns=list(columns.values())):
            lists = [
                batch.column(columns[role]).to_pylist()
                if role in columns
                else [None] * batch.num_rows
                for role in _ROLES
            ]
            for values in zip(*lists, strict=True):
                number += 1
                yield BattleLine(number, *values)
