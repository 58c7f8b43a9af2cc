"""A table that somebody made: CSV, TSV, JSON, JSON Lines or Parquet, as plain rows.

For tables whose columns are the user's own; tables of a known shape have readers
(`plaudit.datasets.corpora.catalogue`) and the manifest (`plaudit.datasets.manifest.songs`).
Cells of CSV and TSV stay text: only their user knows which columns are numbers.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from plaudit.core.csv_text import csv_rows
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.parse import ParseError, parse_json
from plaudit.core.printable import names_of_row

FORMS = (".json", ".jsonl", ".csv", ".tsv", ".parquet")
_BATCH = 50_000  # rows of a Parquet file at a time
Cells = dict[str, Any]
Errors = Literal["strict", "surrogateescape"]
Columns = Callable[[Sequence[str]], Collection[str]]


class BrokenRow(NamedTuple):
    """A row that cannot be read, and why; the other rows can."""

    reason: str


def read_rows(
    path: Path, what: str, *, columns: Columns | None = None, errors: Errors = "strict"
) -> Iterator[tuple[int, Cells | BrokenRow]]:
    """Read a table row by row.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        It is in none of the forms, or damaged as a whole.
    """
    if not path.is_file():
        raise MissingFileError(f"Expected {what}, but {path} is not there.")
    match path.suffix.lower():
        case ".csv" | ".tsv":
            yield from _csv(path, columns, errors)
        case ".parquet":
            yield from _parquet(path, columns)
        case ".jsonl":
            yield from _json_lines(path, errors)
        case ".json":
            yield from _json(path, what, errors)
        case _:
            raise InputError(f"Expected {what} as {', '.join(FORMS)}, got {path.name}.")


def read_table(path: Path, what: str) -> list[Cells]:
    """Read all rows of a table; a broken row is an error (see `read_rows`)."""
    rows = []
    for line, row in read_rows(path, what):
        if isinstance(row, BrokenRow):
            raise InputError(f"{path}, line {line}: {row.reason}")
        rows.append(row)
    return rows


def _csv(
    path: Path, columns: Columns | None, errors: Errors
) -> Iterator[tuple[int, Cells | BrokenRow]]:
    rows = csv_rows(path, errors)
    try:
        head = [name.strip() for name in next(rows, (1, []))[1]]
        width = len(head)
        wanted = set(head if columns is None else columns(head))
        places = [(name, place) for place, name in enumerate(head) if name in wanted]
        for number, fields in rows:
            if len(fields) == width:
                yield number, {name: fields[at] or None for name, at in places}
            else:
                message = f"expected {width} fields as in the head, got {len(fields)}."
                yield number, BrokenRow(message)
    except ParseError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def _json_lines(path: Path, errors: Errors) -> Iterator[tuple[int, Cells | BrokenRow]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = parse_json(line.decode("utf-8-sig", errors), finite=False)
            except ValueError as error:  # what is not UTF-8 is a ValueError too
                yield number, BrokenRow(f"expected a JSON object, but {error}.")
            else:
                yield number, _object(row)


def _json(path: Path, what: str, errors: Errors) -> Iterator[tuple[int, Cells | BrokenRow]]:
    try:
        rows = parse_json(path.read_bytes().decode("utf-8-sig", errors), finite=False)
    except ValueError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    if not isinstance(rows, list):
        raise InputError(f"Expected {what} as a list of rows in {path}, got {_kind(rows)}.")
    for number, row in enumerate(rows, start=1):
        yield number, _object(row)


def _object(row: object) -> Cells | BrokenRow:
    if isinstance(row, dict):
        return row
    return BrokenRow(f"expected a JSON object, got {_kind(row)}.")


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _parquet(path: Path, columns: Columns | None) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not a Parquet file: {reason}.") from error
    with file:
        names = file.schema_arrow.names
        wanted = names if columns is None else list(columns(names))
        number = 0
        for batch in file.iter_batches(_BATCH, columns=wanted):
            for row in batch.to_pylist():
                number += 1
                yield number, names_of_row(row)
