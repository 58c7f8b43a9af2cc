"""Shards: the Parquet files of a store, each whole or not there.

A store has two families in two folders. ``rows`` holds segments; all segments of a file's content
lie in one shard. ``songs`` holds the content of each song, or why it has none, and its path. A
shard is named ``PART-FIRST-LAST.parquet`` after the saves that it holds. Small ones are merged: a
shard whose saves lie within those of another is replaced by that one, so it does not matter when a
job dies between writing the larger and deleting the smaller.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from plaudit.core.file import atomic

Family = Literal["rows", "songs"]
SONGS = pa.schema(
    [
        pa.field("song_id", pa.string(), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("path", pa.string()),
        pa.field("bytes", pa.int64()),
        pa.field("modified_ns", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("key", pa.string()),
        pa.field("error_type", pa.string()),
        pa.field("error", pa.string()),
    ]
)
META = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("song_id", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("segment", pa.int32(), nullable=False),
        pa.field("start_s", pa.float64(), nullable=False),
        pa.field("end_s", pa.float64(), nullable=False),
        pa.field("music_s", pa.float64(), nullable=False),
        pa.field("warnings", pa.string(), nullable=False),  # types of the song's notes, by comma
    ]
)
_EMBEDDING = "embedding"
_GROUP_ROWS = 4096  # rows that a reader holds at a time
_NAME = re.compile(r"(\d+of\d+)-(\d{6})-(\d{6})\.parquet")


class Shard(NamedTuple):
    """One file: which part of a job wrote it, and its first and last save."""

    path: Path
    part: str
    first: int
    last: int


def _row_schema(n_layers: int, dim: int) -> pa.Schema:
    """Return the schema of segment rows; an embedding is (n_layers, dim) float16, row by row."""
    kind = pa.list_(pa.field("element", pa.float16(), nullable=False), n_layers * dim)
    return META.append(pa.field(_EMBEDDING, kind, nullable=False))


def row_table(meta: pa.Table, values: NDArray[np.float16]) -> pa.Table:
    """Return rows to be written: columns of `META`, and finite (n_segments, n_layers, dim)."""
    _, n_layers, dim = values.shape
    schema = _row_schema(n_layers, dim)
    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    column = pa.FixedSizeListArray.from_arrays(flat, type=schema.field(_EMBEDDING).type)
    return pa.table([*meta.cast(META).columns, column], schema=schema)


def shards(folder: Path, family: Family) -> list[Shard]:
    """Return the shards of a store that count, in order of part and save."""
    listed = all_shards(folder, family)
    return [shard for shard in listed if not any(_within(shard, other) for other in listed)]


def all_shards(folder: Path, family: Family) -> list[Shard]:
    """Return all shards of a store, also those that a larger one replaces."""
    names = ((path, _NAME.fullmatch(path.name)) for path in (folder / family).glob("*.parquet"))
    return sorted(
        (Shard(path, name[1], int(name[2]), int(name[3])) for path, name in names if name),
        key=lambda shard: (shard.part, shard.first, shard.last),
    )


def _within(shard: Shard, other: Shard) -> bool:
    inside = other.first <= shard.first and shard.last <= other.last
    return shard.part == other.part and shard != other and inside


def shard_path(folder: Path, family: Family, part: str, first: int, last: int) -> Path:
    """Return where the shard of some saves of a part lies."""
    return folder / family / f"{part}-{first:06d}-{last:06d}.parquet"


def save_shard(path: Path, table: pa.Table) -> None:
    """Write a shard, whole or not at all."""
    layout: dict[str, object] = {"use_dictionary": True}
    if _EMBEDDING in table.column_names:
        # Bytes of one kind beside each other: smaller and faster than zstd on its own.
        layout = {
            "use_dictionary": ["key", "song_id", "sha256", "warnings"],
            "column_encoding": {f"{_EMBEDDING}.list.element": "BYTE_STREAM_SPLIT"},
        }
    with atomic(path) as file:
        parquet.write_table(table, file, compression="zstd", row_group_size=_GROUP_ROWS, **layout)


def read_shards(
    listed: list[Shard], schema: pa.Schema, columns: list[str] | None = None
) -> pa.Table:
    """Read some columns of several shards into one table."""
    names = columns or schema.names
    wanted = pa.schema([schema.field(name) for name in names])
    tables = []
    for shard in listed:
        with parquet.ParquetFile(shard.path) as file:
            tables.append(file.read(columns=names).cast(wanted))
    return pa.concat_tables([wanted.empty_table(), *tables])


def read_whole(listed: list[Shard]) -> pa.Table:
    """Read all of several shards of one family, at least one, into one table."""
    tables = []
    for shard in listed:
        with parquet.ParquetFile(shard.path) as file:
            tables.append(file.read())
    return pa.concat_tables(tables)


def read_values(
    listed: list[Shard], n_layers: int, dim: int, wanted: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.float16]]]:
    """Yield the number of a first row, over all shards, and (n, n_layers, dim) values from there.

    ``wanted`` are the numbers of the rows that are needed, ascending; row groups without any of
    them are not read.
    """
    row = 0
    for shard in listed:
        with parquet.ParquetFile(shard.path) as file:
            for group in range(file.num_row_groups):
                n_rows = file.metadata.row_group(group).num_rows
                low, high = np.searchsorted(wanted, (row, row + n_rows))
                if low == high:
                    row += n_rows
                    continue
                column = file.read_row_group(group, columns=[_EMBEDDING]).column(0)
                flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
                values = flat.reshape(-1, n_layers, dim)
                yield row, values
                row += n_rows


def shard_rows(shard: Shard) -> int:
    """Return how many rows a shard holds, from its footer."""
    return int(parquet.read_metadata(shard.path).num_rows)


def song_states(stores: list[list[Shard]]) -> pa.Table:
    """Return the state of each song (`SONGS`), from the ``songs`` shards of several stores.

    Within one part a later save replaces an earlier one. Between parts and stores, that of the
    newer file wins, and for the same file an embedding wins over an error.
    """
    states = [
        _last(read_shards([shard for shard in store if shard.part == part], SONGS))
        for store in stores
        for part in sorted({shard.part for shard in store})
    ]
    table = pa.concat_tables([SONGS.empty_table(), *states]).combine_chunks()
    modified = np.asarray(pc.fill_null(table["modified_ns"], -1), dtype=np.int64)
    embedded = np.asarray(pc.is_valid(table["key"]))
    table = _last(table.take(np.lexsort((embedded, modified))))
    return table.sort_by([("position", "ascending"), ("song_id", "ascending")])


def _last(table: pa.Table) -> pa.Table:
    """Keep the last row of each song."""
    ids = table["song_id"]
    number = np.asarray(pc.index_in(ids, pc.unique(ids)), dtype=np.int64)
    _, from_end = np.unique(number[::-1], return_index=True)
    return table.take(np.sort(len(number) - 1 - from_end))
