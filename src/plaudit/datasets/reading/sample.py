"""Tables of made-up rows, in which readers write their samples."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from plaudit.core.csv_text import csv_line
from plaudit.core.file import atomic, write_atomic


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as JSON Lines."""
    write_atomic(path, "".join(json.dumps(row) + "\n" for row in rows))


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV, below a line with the columns."""
    write_atomic(path, "".join(f"{csv_line(cells)}\n" for cells in (columns, *rows)))


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    with atomic(path) as file:
        parquet.write_table(pa.Table.from_pylist(rows), file)
