"""A table that somebody made: CSV, TSV, JSON, JSON Lines or Parquet, as plain rows.

For tables whose columns are the user's own; tables of a known shape have readers
(`plaudit.datasets.corpora.catalogue`) and the manifest (`plaudit.datasets.manifest.songs`).
"""

import json
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError, MissingFileError

_FORMS = (".json", ".jsonl", ".csv", ".tsv", ".parquet")


def read_table(path: Path, what: str) -> list[dict[str, Any]]:
    """Read all rows of a table; ``what`` names it in errors."""
    if not path.is_file():
        raise MissingFileError(f"Expected {what}, but {path} is not there.")
    if path.suffix not in _FORMS:
        raise InputError(f"Expected a table {', '.join(_FORMS)}, got {path.name}.")
    try:
        if path.suffix in {".csv", ".tsv"}:
            from pyarrow import csv

            # Empty is unknown; a written "nan" stays, to be refused as a number.
            empty = csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
            comma = csv.ParseOptions(delimiter="\t" if path.suffix == ".tsv" else ",")
            table = csv.read_csv(path, convert_options=empty, parse_options=comma)
            return list(table.to_pylist())
        if path.suffix == ".parquet":
            from pyarrow import parquet

            return list(parquet.read_table(path).to_pylist())
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            rows = json.loads(text)
    except ValueError as error:  # Arrow's errors are ValueErrors too
        message = " ".join(str(error).split())
        raise InputError(f"{path} is not {path.suffix[1:]}: {message}.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"Expected {what} as a list of rows, got something else in {path}.")
    return rows
