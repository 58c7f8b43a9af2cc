"""The manifest: the one table of songs that embedding, training and evaluation read.

One row is one song. Parquet is meant for work, CSV and JSON Lines for tables made by hand. Two
columns must be there, ``song_id`` and ``path``; those in `COLUMNS` have a fixed type and meaning,
and may be absent or null where nothing is known; any other column is carried along untouched.

Where the table comes from (its corpus, its settings, and by axis how far raters agree) is a JSON
object: under the key ``plaudit`` in the metadata of a Parquet file, in ``NAME.about.json`` beside
a CSV or JSON Lines file.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plaudit.core.axes import AXES, AXIS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import atomic, write_atomic
from plaudit.core.settings import nearest

Kind = Literal["text", "number", "yes-no"]
FORMATS = (".parquet", ".csv", ".jsonl")
SPLITS = ("train", "validation", "test")
REQUIRED = ("song_id", "path")
KEY = b"plaudit"


class ManifestError(InputError):
    """A manifest cannot be used: a column, a type, or a row, which is named."""


class Column(NamedTuple):
    """A column of the manifest: its type and what it says."""

    kind: Kind
    meaning: str


COLUMNS: dict[str, Column] = {
    "song_id": Column("text", "Id of the song, of which there is one in the table."),
    "path": Column("text", "Audio file, relative to the manifest's folder; null: no audio."),
    "sha256": Column("text", "SHA-256 of the audio file, in lower-case hexadecimal digits."),
    "duration_s": Column("number", "Length in seconds."),
    "corpus": Column("text", "Corpus that it comes from."),
    "system": Column("text", "Generator of music that made it."),
    "platform": Column("text", "Where it was published."),
    "artist": Column("text", "Who published it: a person, a band, an account."),
    "prompt_id": Column("text", "Prompt that it answers."),
    "style": Column("text", "Style or genre."),
    "instrumental": Column("yes-no", "Nobody sings."),
    "split": Column("text", "train, validation or test; null: for none of them."),
    **{a.name: Column("number", f"{a.meaning} {a.low:g}-{a.high:g}.") for a in AXES},
}
_ARROW = {"text": pa.string(), "number": pa.float64(), "yes-no": pa.bool_()}


@dataclass(frozen=True)
class Manifest:
    """A table of songs, checked.

    Parameters
    ----------
    table : pyarrow.Table
        One row a song; known columns have the types of `COLUMNS`.
    folder : Path
        Folder that relative audio paths start from.
    about : dict
        Provenance, and ``reliability`` by axis where several people rated.
    """

    table: pa.Table
    folder: Path
    about: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of songs."""
        return int(self.table.num_rows)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column as an array.

        Parameters
        ----------
        name : str
            A column of the table, or one of `COLUMNS` (all unknown if the table lacks it).

        Returns
        -------
        ndarray
            (n_songs,): text and yes-no as objects with None where unknown; numbers as floats with
            nan where unknown.

        Raises
        ------
        InputError
            There is no such column.
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
        found = np.empty(len(self), dtype=object)
        found[:] = values.to_pylist()
        return found

    def targets(self, axes: Sequence[str]) -> NDArray[np.float32]:
        """Return what songs are worth on some axes.

        Parameters
        ----------
        axes : sequence of str
            Names of `plaudit.core.axes`.

        Returns
        -------
        ndarray of float32
            (n_songs, n_axes), on the axes' own scales; nan where unknown.
        """
        for axis in axes:
            if axis not in AXIS:
                raise InputError(f"There is no axis '{axis}'; {nearest(axis, AXIS)}")
        found = np.empty((len(self), len(axes)), dtype=np.float32)
        for place, axis in enumerate(axes):
            found[:, place] = self.column(axis)
        return found

    def audio_paths(self) -> list[Path | None]:
        """Return the audio file of each song, with the manifest's folder before it; None: none."""
        paths = self.table.column("path").to_pylist()
        return [None if path is None else self.folder / path for path in paths]

    def take(self, rows: NDArray[Any]) -> "Manifest":
        """Return some songs, by row numbers or by a mask of booleans, with all columns."""
        chosen = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Manifest(self.table.take(pa.array(chosen)), self.folder, self.about)


def read_manifest(path: Path, columns: Sequence[str] | None = None) -> Manifest:
    """Read and check a manifest.

    Parameters
    ----------
    path : Path
        A .parquet, .csv or .jsonl file.
    columns : sequence of str, optional
        Read these only, and the two required ones; all when not given. Of a Parquet file the others
        are not even loaded.

    Returns
    -------
    Manifest
        Its songs in the order of the file.

    Raises
    ------
    ManifestError
        A required column is absent, or a row is wrong: it is named, counted from 1.
    MissingFileError
        There is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"Expected a manifest (songs.parquet), but {path} is not there.")
    if path.suffix not in FORMATS:
        raise ManifestError(f"Expected a manifest in {', '.join(FORMATS)}, got {path}.")
    reader = {".parquet": _read_parquet, ".csv": _read_csv, ".jsonl": _read_jsonl}[path.suffix]
    try:
        table = reader(path, columns)
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
        raise ManifestError(
            f"{path} is not a readable {path.suffix[1:]} table: {_plain(error)}."
        ) from error
    about = _about_of(path, table)
    return Manifest(check_table(table, str(path)), path.parent, about)


def write_manifest(path: Path, table: pa.Table, about: Mapping[str, Any]) -> None:
    """Check a table and write it as a manifest, whole or not at all.

    Parameters
    ----------
    path : Path
        A .parquet, .csv or .jsonl file; the latter two get ``NAME.about.json`` beside them.
    table : pyarrow.Table
        One row a song.
    about : mapping
        Provenance as JSON can hold it.

    Raises
    ------
    ManifestError
        The table is not a manifest.
    """
    if path.suffix not in FORMATS:
        raise ManifestError(f"Expected a manifest in {', '.join(FORMATS)}, got {path}.")
    table = check_table(table, str(path))
    text = json.dumps(about, ensure_ascii=False, allow_nan=False)
    if path.suffix == ".parquet":
        from pyarrow import parquet

        fields = [
            f.with_metadata({"description": COLUMNS[f.name].meaning}) if f.name in COLUMNS else f
            for f in table.schema
        ]
        named = table.cast(pa.schema(fields)).replace_schema_metadata({KEY: text.encode()})
        with atomic(path) as file:
            parquet.write_table(named, file, compression="zstd")
        return
    write_atomic(about_path(path), text + "\n")
    with atomic(path) as file:
        if path.suffix == ".csv":
            from pyarrow import csv

            csv.write_csv(table, file)
        else:
            for batch in table.to_batches(max_chunksize=10_000):
                for row in batch.to_pylist():
                    file.write(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n")


def about_path(path: Path) -> Path:
    """Return where the provenance of a CSV or JSON Lines manifest lies."""
    return path.with_suffix(".about.json")


def check_table(table: pa.Table, where: str) -> pa.Table:
    """Check that a table is a manifest, and give its known columns their types.

    Parameters
    ----------
    table : pyarrow.Table
        One row a song.
    where : str
        Its name in the error message.

    Returns
    -------
    pyarrow.Table
        The same rows.

    Raises
    ------
    ManifestError
        A column or a row is wrong; rows are counted from 1, as the lines of a CSV after its head.
    """
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ManifestError(f"{where} has two columns '{twice[0]}'; keep one.")
    for name in REQUIRED:
        if name not in names:
            raise ManifestError(
                f"{where} has no column '{name}', which a manifest must have;"
                f" {nearest(name, names)}"
            )
    if not table.num_rows:
        raise ManifestError(f"{where} has no rows; a manifest needs at least one song.")
    for place, name in enumerate(names):
        if name in COLUMNS:
            kind = COLUMNS[name].kind
            typed = _typed(table.column(name), kind, f"{where}: column '{name}'")
            table = table.set_column(place, name, typed)
    _check_rows(table, where)
    return table


def _typed(values: pa.ChunkedArray, kind: Kind, where: str) -> pa.ChunkedArray:
    """Cast a column whose type holds the same values; refuse one that would have to be guessed."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    found = values.type
    number = pa.types.is_integer(found) or pa.types.is_floating(found)
    fits = {
        "text": pa.types.is_string(found) or pa.types.is_large_string(found),
        "number": number,
        "yes-no": pa.types.is_boolean(found),
    }[kind]
    if not fits and not pa.types.is_null(found):
        raise ManifestError(f"{where} must hold {kind} values, and row 1 on are {found}.")
    return values.cast(_ARROW[kind])


def _check_rows(table: pa.Table, where: str) -> None:
    """Raise on the first row that breaks a rule."""

    def refuse(bad: Any, name: str, rule: str) -> None:
        rows = np.flatnonzero(np.asarray(pc.fill_null(bad, False), dtype=bool))
        if rows.size:
            row = int(rows[0])
            value = table.column(name)[row].as_py()
            more = f" ({rows.size} such rows)" if rows.size > 1 else ""
            raise ManifestError(f"{where}: row {row + 1}: {name} {rule}, got {value!r}{more}.")

    ids = table.column("song_id")
    refuse(pc.is_null(ids), "song_id", "must not be empty")
    refuse(pc.equal(ids, ""), "song_id", "must not be empty")
    # By number of the distinct id: no loop over rows, and the texts are held once.
    number = pc.index_in(ids, pc.unique(ids)).to_numpy()
    again = np.ones(len(number), dtype=bool)
    again[np.unique(number, return_index=True)[1]] = False
    refuse(pa.array(again), "song_id", "must be unique, and this one came before")
    refuse(pc.equal(table.column("path"), ""), "path", "must be a file, or null for no audio")
    if "sha256" in table.column_names:
        digest = pc.match_substring_regex(table.column("sha256"), "^[0-9a-f]{64}$")
        refuse(pc.invert(digest), "sha256", "must be 64 lower-case hexadecimal digits")
    if "split" in table.column_names:
        known = pc.is_in(pc.coalesce(table.column("split"), "train"), pa.array(SPLITS))
        refuse(pc.invert(known), "split", f"must be {', '.join(SPLITS)} or null")
    if "duration_s" in table.column_names:
        length = table.column("duration_s")
        wrong = pc.or_(pc.less_equal(length, 0.0), pc.is_inf(length))
        refuse(wrong, "duration_s", "must be above 0 seconds")
    for axis in AXES:
        if axis.name in table.column_names:
            values = table.column(axis.name)  # nan is outside of nothing: it means unknown
            outside = pc.or_(pc.less(values, axis.low), pc.greater(values, axis.high))
            refuse(outside, axis.name, f"must be in {axis.low:g}-{axis.high:g} or null")


def _about_of(path: Path, table: pa.Table) -> dict[str, Any]:
    where: Path | str = about_path(path)
    if path.suffix == ".parquet":
        where = f"the metadata of {path}"
        text = (table.schema.metadata or {}).get(KEY, b"{}").decode()
    else:
        text = about_path(path).read_text(encoding="utf-8") if about_path(path).is_file() else "{}"
    try:
        about = json.loads(text)
    except ValueError as error:
        raise ManifestError(f"Expected JSON in {where}, got something else ({error}).") from error
    if not isinstance(about, dict):
        raise ManifestError(f"Expected a JSON object in {where}, got {type(about).__name__}.")
    return about


def _plain(error: Exception) -> str:
    """Return Arrow's complaint with columns by name and rows counted as in `check_table`."""
    text = " ".join(str(error).split()).rstrip(".")
    # Arrow counts lines from 1 with the head in CSV, and rows from 0 in JSON.
    text = re.sub(r"Row #(\d+)", lambda found: f"row {int(found[1]) - 1}", text)
    return re.sub(r"in row (\d+)$", lambda found: f"in row {int(found[1]) + 1}", text)


def _wanted(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*REQUIRED, *columns]))


def _read_parquet(path: Path, columns: Sequence[str] | None) -> pa.Table:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        chosen = None if columns is None else _chosen(names, columns, path)
        return file.read(columns=chosen)


def _read_csv(path: Path, columns: Sequence[str] | None) -> pa.Table:
    from pyarrow import csv

    types = {name: _ARROW[column.kind] for name, column in COLUMNS.items()}
    # Only an empty field is unknown: an artist may well be called NA.
    options = csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True)
    # With one thread Arrow knows, and says, in which row a value is wrong.
    table = csv.read_csv(path, csv.ReadOptions(use_threads=False), convert_options=options)
    return table if columns is None else table.select(_chosen(table.column_names, columns, path))


def _read_jsonl(path: Path, columns: Sequence[str] | None) -> pa.Table:
    from pyarrow import json as arrow_json

    schema = pa.schema([pa.field(name, _ARROW[c.kind]) for name, c in COLUMNS.items()])
    options = arrow_json.ParseOptions(explicit_schema=schema)
    # One block: Arrow counts the rows of its complaints from the start of a block.
    whole = arrow_json.ReadOptions(use_threads=False, block_size=path.stat().st_size + 1)
    table = arrow_json.read_json(path, whole, options)
    # Columns of the schema that no row has come as all null: leave them out again.
    with path.open(encoding="utf-8") as file:
        first = json.loads(next((line for line in file if line.strip()), "{}"))
    kept = [
        name
        for name in table.column_names
        if name in first or table.column(name).null_count < table.num_rows
    ]
    table = table.select(kept)
    return table if columns is None else table.select(_chosen(kept, columns, path))


def _chosen(names: Sequence[str], columns: Sequence[str], path: Path) -> list[str]:
    for name in columns:
        if name not in names and name not in COLUMNS:
            raise ManifestError(f"{path} has no column '{name}'; {nearest(name, names)}")
    return [name for name in _wanted(columns) if name in names]
