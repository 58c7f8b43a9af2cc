"""The manifest: the one table of songs that embedding, training and evaluation read.

One row is one song. Parquet is meant for work, CSV and JSON Lines for tables made by hand. Two
columns must be there, ``song_id`` and ``path``; those in `plaudit.datasets.manifest.column` have a
fixed type and meaning, and may be absent or null where nothing is known; any other column is
carried along.

A table without ``song_id`` or ``path`` is read as one's own table
(`plaudit.datasets.corpora.own_table`): it has what ``plaudit data prepare csv`` would find in it,
but for the split and the targets that only the whole of a corpus gives.

Where the table comes from (its corpus, its settings, and by axis how far raters agree) is a JSON
object: under the key ``plaudit`` in the metadata of a Parquet file, in ``NAME.about.json`` beside
a CSV or JSON Lines file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import OUR_KEY, atomic, write_atomic
from plaudit.core.name import existing
from plaudit.core.parse import parse_json, read_text
from plaudit.core.printable import from_arrow
from plaudit.core.remote import fetched, located
from plaudit.core.settings import nearest
from plaudit.datasets.corpora.own_table import FORMS
from plaudit.datasets.corpora.own_table import NAME as OWN_TABLE
from plaudit.datasets.manifest.column import COLUMNS, REQUIRED, ManifestError, check_table
from plaudit.datasets.manifest.gather import columns_of, gather, table_of
from plaudit.datasets.manifest.text_form import read_text_form, text_lines
from plaudit.datasets.reading.line import head_of

__all__ = [
    "COLUMNS",
    "FORMATS",
    "FORMS",
    "Manifest",
    "ManifestError",
    "read_manifest",
    "write_manifest",
]
FORMATS = (".parquet", ".csv", ".jsonl")


@dataclass(frozen=True)
class Manifest:
    """A table of songs, checked."""

    table: pa.Table  #: One row a song; known columns have the types of `COLUMNS`.
    folder: Path  #: Folder that relative audio paths start from.
    #: Provenance, and ``reliability`` by axis where several people rated.
    about: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of songs."""
        return int(self.table.num_rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of the table, or one of `COLUMNS` (all unknown if the table lacks it).

        (n_songs,): text and yes-no as objects with None where unknown; numbers as floats with nan
        where unknown.
        """
        if name not in self.table.column_names:
            if name not in COLUMNS:
                raise InputError(
                    f"The manifest has no column '{name}';"
                    f" {nearest(name, [*self.table.column_names, *COLUMNS])}"
                )
            empty = np.nan if COLUMNS[name].kind == "number" else None
            return np.full(len(self), empty, dtype=float if empty is not None else object)
        values = self.table.column(name)
        if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
            return np.asarray(values.cast(pa.float64()).to_numpy(), dtype=np.float64)
        column = np.empty(len(self), dtype=object)
        column[:] = [from_arrow(v) if isinstance(v, str) else v for v in values.to_pylist()]
        return column

    def targets(self, axes: Sequence[str]) -> NDArray[np.float32]:
        """Return the targets of some axes on their scales, (n_songs, n_axes); nan if unknown."""
        for axis in axes:
            if axis not in AXIS:
                raise InputError(f"There is no axis '{axis}'; {nearest(axis, AXIS)}")
        targets = np.empty((len(self), len(axes)), dtype=np.float32)
        for place, axis in enumerate(axes):
            targets[:, place] = self.column(axis)
        return targets

    def audio_paths(self) -> list[Path | None]:
        """Return the audio file of each song, with the manifest's folder before it; None: none.

        One that is a URL, or relative to a table at one, is a `plaudit.core.remote.RemoteFile`.
        """
        paths = self.column("path")
        there = existing(located(self.folder, path) for path in paths if path is not None)
        return [None if path is None else next(there) for path in paths]

    def take(self, rows: NDArray[Any]) -> "Manifest":
        """Return some songs, by row numbers or by a mask of booleans, with all columns."""
        chosen = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Manifest(self.table.take(pa.array(chosen)), self.folder, self.about)


def read_manifest(path: Path, columns: Sequence[str] | None = None) -> Manifest:
    """Read and check a manifest or one's own table: .parquet, .csv, .tsv, .jsonl; in its order.

    With ``columns`` only these and the two required ones are read; of a Parquet file the others are
    not even loaded.

    Raises
    ------
    ManifestError
        A row is wrong: it is named, by its line in a text, counted from 1 in a Parquet file.
    MissingFileError
        There is no such file.
    """
    with fetched(path) as here:
        return _read(here, columns)


def _read(path: Path, columns: Sequence[str] | None) -> Manifest:
    if not path.is_file():
        raise MissingFileError(f"Expected a manifest (songs.parquet), but {path} is not there.")
    lines = None
    form = path.suffix.lower()
    if form not in FORMS:
        raise ManifestError(f"Expected a manifest in {', '.join(FORMS)}, got {path}.")
    head = head_of(path)
    if not head.issuperset(REQUIRED) and (head or not path.stat().st_size):
        return Manifest(check_table(_own_table(path), str(path)), path.parent)
    if form == ".parquet":
        try:
            table = _read_parquet(path, columns)
        except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise ManifestError(f"{path} is not a readable parquet table: {reason}.") from error
    else:
        table, lines = read_text_form(path)
        if columns is not None:
            table = table.select(_chosen(table.column_names, columns, path))
    about = _about_of(path, table)
    return Manifest(check_table(table, str(path), lines), path.parent, about)


def write_manifest(path: Path, table: pa.Table, about: Mapping[str, Any]) -> None:
    """Check a table and write it as a manifest, whole or not at all."""
    form = path.suffix.lower()
    if form not in FORMATS:
        raise ManifestError(f"Expected a manifest in {', '.join(FORMATS)}, got {path}.")
    table = check_table(table, str(path))
    text = json.dumps(about, ensure_ascii=False, allow_nan=False)
    if form == ".parquet":
        from pyarrow import parquet

        fields = [
            f.with_metadata({"description": COLUMNS[f.name].meaning}) if f.name in COLUMNS else f
            for f in table.schema
        ]
        named = table.cast(pa.schema(fields)).replace_schema_metadata({OUR_KEY: text.encode()})
        with atomic(path) as file:
            parquet.write_table(named, file, compression="zstd")
        return
    write_atomic(about_path(path), text + "\n")
    with atomic(path) as file:
        for line in text_lines(table, form):
            file.write(line.encode())


def about_path(path: Path) -> Path:
    """Return where the provenance of a CSV or JSON Lines manifest lies."""
    return path.with_suffix(".about.json")


def is_our_manifest(path: Path) -> bool:
    """Return whether `write_manifest` wrote a file, or its provenance beside it."""
    beside = path if path.suffix == ".json" else about_path(path)
    try:
        if path.suffix == ".parquet":
            from pyarrow import parquet

            return OUR_KEY in (parquet.read_schema(path).metadata or {})
        about = parse_json(read_text(beside))
    except (OSError, ValueError):  # of Arrow too
        return False
    ours = isinstance(about, dict) and "plaudit" in about
    return ours and (path == beside or about.get("table", path.name) == path.name)


def _about_of(path: Path, table: pa.Table) -> dict[str, Any]:
    where: Path | str = about_path(path)
    if path.suffix.lower() == ".parquet":
        where = f"the metadata of {path}"
        text = (table.schema.metadata or {}).get(OUR_KEY, b"{}").decode()
    else:
        beside = about_path(path)
        text = read_text(beside) if beside.is_file() else "{}"
    try:
        about = parse_json(text)
    except ValueError as error:
        raise ManifestError(f"Expected JSON in {where}, got something else ({error}).") from error
    if not isinstance(about, dict):
        raise ManifestError(f"Expected a JSON object in {where}, got {type(about).__name__}.")
    return about


def _own_table(path: Path) -> pa.Table:
    from plaudit.datasets.corpora.catalogue import read_corpus  # the models of all readers

    songs = gather(read_corpus(OWN_TABLE, path))
    columns = columns_of(songs)
    for place, file in enumerate(columns["path"]):
        if file is not None:
            inside = file.is_relative_to(path.parent)
            columns["path"][place] = str(file.relative_to(path.parent) if inside else file)
    return table_of(songs, columns, songs.scores)


def _wanted(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*REQUIRED, *columns]))


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pa.Table:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        chosen = None if columns is None else _chosen(names, columns, path)
        return file.read(columns=chosen)


def _chosen(names: Sequence[str], columns: Sequence[str], path: Path) -> list[str]:
    for name in columns:
        if name not in names and name not in COLUMNS:
            raise ManifestError(f"{path} has no column '{name}'; {nearest(name, names)}")
    return [name for name in _wanted(columns) if name in names]
