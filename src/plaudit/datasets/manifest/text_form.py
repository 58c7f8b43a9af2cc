"""A manifest as text, CSV or JSON Lines: rows to a table of typed columns, and back.

Columns of `plaudit.datasets.manifest.column` get their types. Any other column of a CSV is text,
unless all of its cells are numbers (or true and false) as they would be written here: 001, 1e5 and
a number of 20 digits are names.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from plaudit.core.csv_text import csv_line
from plaudit.core.printable import from_arrow, to_arrow
from plaudit.datasets.manifest.column import ARROW, COLUMNS, Kind, ManifestError
from plaudit.datasets.reading.table import BrokenRow, read_rows

_WHOLE = re.compile(r"0|-?[1-9]\d{0,14}")
_YES_NO = {"true": True, "1": True, "false": False, "0": False}
_MEANT = {"text": "text", "number": "a number", "yes-no": "true or false"}


def read_text_form(path: Path) -> tuple[pa.Table, list[int]]:
    """Read a CSV, TSV or JSON Lines manifest, and the line of each row.

    Raises
    ------
    ManifestError
        A row cannot be read, or a value is not of its column's kind; the line is named.
    """
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    names: dict[str, None] = {}
    is_csv = path.suffix.lower() in {".csv", ".tsv"}

    def see(head: Sequence[str]) -> Sequence[str]:
        twice = next((name for name in head if head.count(name) > 1), None)
        if twice is not None:
            raise ManifestError(f"{path} has two columns '{twice}'; keep one.")
        names.update(dict.fromkeys(head))
        return head

    for line, row in read_rows(path, "a manifest", columns=see):
        if isinstance(row, BrokenRow):
            raise ManifestError(f"{path}, line {line}: {row.reason}")
        names.update(dict.fromkeys(row))
        rows.append(row)
        lines.append(line)
    columns = {}
    for name in names:
        cells = [row.get(name) for row in rows]
        kind: Kind | None = COLUMNS[name].kind if name in COLUMNS else None
        if is_csv and kind is None:
            cells, kind = _known(cells)
        where = [f"{path}, line {line}: {name}" for line in lines]
        columns[name] = _column(cells, kind, where, str(path), name)
    return pa.table(columns), lines


def _column(
    cells: list[Any], kind: Kind | None, where: list[str], path: str, name: str
) -> pa.Array:
    if kind is not None:
        read: Callable[[Any], Any] = _READERS[kind]
        for place, cell in enumerate(cells):
            try:
                cells[place] = None if cell is None else read(cell)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ManifestError(
                    f"{where[place]} must be {_MEANT[kind]}, got {str(cell)[:60]!r}."
                ) from error
    else:
        cells = [_held(cell) if isinstance(cell, str) else cell for cell in cells]
    try:
        if kind == "number" and all(isinstance(cell, int | None) for cell in cells):
            return pa.array(cells, None if name not in COLUMNS else ARROW[kind])
        return pa.array(cells, None if kind is None else ARROW[kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ManifestError(f"{path}: column '{name}' cannot be read ({reason}).") from error


def _text(cell: object) -> str:
    if not isinstance(cell, str):
        raise TypeError
    text = _held(cell)
    text.encode()  # any other half of a surrogate pair is no text
    return text


def _held(text: str) -> str:
    """Return a text as a column holds it; one that was written from a column stays."""
    return to_arrow(from_arrow(text))


def _number(cell: object) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise TypeError
    return cell if isinstance(cell, int) else float(cell)


def _yes_no(cell: object) -> bool:
    return cell if isinstance(cell, bool) else _YES_NO[cell.lower()]  # type: ignore[attr-defined]


_READERS: dict[Kind, Callable[[Any], Any]] = {"text": _text, "number": _number, "yes-no": _yes_no}


def _known(cells: list[Any]) -> tuple[list[Any], Kind]:
    """Return the cells of a column without a type of its own, and its kind."""
    there = [cell for cell in cells if cell is not None]
    if there and all(cell in {"true", "false"} for cell in there):
        return cells, "yes-no"
    if there and all(_WHOLE.fullmatch(cell) for cell in there):
        return [None if cell is None else int(cell) for cell in cells], "number"
    if there and all(_is_number(cell) for cell in there):
        return cells, "number"
    return cells, "text"


def _is_number(cell: str) -> bool:
    if _WHOLE.fullmatch(cell):
        return True
    try:
        value = float(cell)
    except ValueError:
        return False
    return math.isfinite(value) and repr(value) == cell


def text_lines(table: pa.Table, suffix: str) -> Iterator[str]:
    """Yield the lines of a manifest as CSV or JSON Lines, each with its end."""
    is_csv = suffix.lower() == ".csv"
    if is_csv:
        yield csv_line(table.column_names) + "\n"
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            if is_csv:
                yield csv_line(row.values()) + "\n"
            else:
                defined = {k: None if _is_nan(v) else v for k, v in row.items()}
                yield json.dumps(defined, ensure_ascii=False, default=str) + "\n"


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
