"""APEX's own Parquet files of embeddings: read into a store and a manifest, and written again.

A row is a segment: ``audio_id, segment_id ("<audio_id>_<k>", k from 1), score_streams, score_likes,
platform, segment_embedding (768 floats, the layers already mixed), songeval_scores (a struct or
JSON text)``. The labels of a song stand on every one of its rows. Seconds are not in the files:
a segment counts as 30 s of music. Embeddings become float16.

References
----------
APEX, arXiv 2605.03395.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import OUR_KEY, atomic, writing
from plaudit.core.folder import scratch_folder, whole_folder
from plaudit.datasets.manifest.songs import Manifest, write_manifest
from plaudit.embeddings.store.apex_row import (
    GRADES,
    KNOWN,
    POPULARITY,
    REQUIRED,
    ApexError,
    ApexLabels,
    ApexRows,
    Place,
    check_rows,
)
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.header import StoreHead, StoreSettings, new_head
from plaudit.embeddings.store.shard import row_table
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import StoreWriter
from plaudit.encoders.spec import EncoderSpec

MANIFEST = "manifest.parquet"
_SEGMENT_S = 30.0
_BATCH_ROWS = 4096
_CHUNK_SONGS = 1000


def import_rows(files: Sequence[Path], folder: Path) -> int:
    """Make a store of one layer, and ``manifest.parquet`` in it, from APEX's files.

    Returns the number of songs. `ApexError` names a wrong row by file and number, from 1.
    """
    if folder.exists():
        raise InputError(f"{folder} is there already; an import makes a new folder, name another.")
    head = new_head(_spec(_dim(files)), StoreSettings())
    labels = ApexLabels()
    with whole_folder(folder) as made:
        with StoreWriter(made, head) as writer:
            for at, batch in _batches(files):
                rows = check_rows(batch, at, head.encoder.dim)
                labels.add(rows, at)
                writer.add_rows(_rows(head, rows))
                writer.save_if_due()
            table = labels.table()
            for position, song_id in enumerate(table["song_id"].to_pylist()):
                content = _content(song_id)
                row = {"sha256": content, "key": head.key(content)}
                writer.add_song({"song_id": song_id, "position": position, **row})
        about = {"source": "APEX embeddings", "files": [path.name for path in files]}
        write_manifest(made / MANIFEST, table, about)
    return int(table.num_rows)


def export_rows(
    store: EmbeddingStore,
    manifest: Manifest,
    path: Path,
    mix: Sequence[float] | None = None,
) -> tuple[int, int]:
    """Write a store, with the labels of a manifest, in APEX's columns.

    ``mix`` holds a weight for each layer, and perhaps a bias. Returns how many songs were written,
    and how many songs of the manifest the store lacks.
    """
    weights, bias = _mix(mix, len(store.spec.layers))
    absent = store.missing(manifest)
    here = ~np.isin(manifest.column("song_id").astype(str), absent)
    songs = manifest.take(here)
    if not len(songs):
        raise InputError("The store has no song of this manifest; nothing was written.")
    with scratch_folder(path) as place, atomic(path) as file:
        ids = songs.column("song_id").astype(str)
        with writing(path):
            loaded = store.load(ids, into=place / "values.npy")
        schema = _schema().with_metadata({OUR_KEY: b"apex"})
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            for first in range(0, len(ids), _CHUNK_SONGS):
                chosen = np.arange(first, min(first + _CHUNK_SONGS, len(ids)))
                part = loaded.take(chosen)
                mixed = np.tensordot(part.values.astype(np.float32), weights, (1, 0)) + bias
                writer.write_table(_apex_table(part, songs.take(chosen), mixed, schema))
    return len(songs), len(absent)


def parse_mix(text: str) -> tuple[float, ...]:
    """Read "0.5,0.5,-0.1" as weights."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"Expected numbers such as 0.5,0.5,-0.1, got '{text}'.") from error


def _spec(dim: int) -> EncoderSpec:
    """Return the spec of an encoder whose weights are not at hand to be hashed."""
    return EncoderSpec(
        kind="mert",
        name="APEX embeddings (layers mixed)",
        hash=hashlib.sha256(f"APEX segment_embedding {dim}".encode()).hexdigest(),
        sample_rate=24_000,
        layers=(0,),
        dim=dim,
        licence="CC-BY-NC-4.0",
        config={"imported": "segment_embedding of APEX's files", "layers": "mixed by its authors"},
    )


def _content(song_id: str) -> str:
    """Stand in for the hash of an audio file that is not at hand."""
    return hashlib.sha256(f"APEX audio_id {song_id}".encode()).hexdigest()


def _opened(path: Path) -> parquet.ParquetFile:
    if not path.is_file():
        raise MissingFileError(f"Expected a Parquet file of APEX embeddings; {path} is not there.")
    try:
        file = parquet.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise ApexError(f"{path} is not a readable Parquet file.") from error
    absent = [name for name in REQUIRED if name not in file.schema_arrow.names]
    if absent:
        file.close()
        raise ApexError(
            f"{path} is not a file of APEX embeddings: it has no column {', '.join(absent)}."
        )
    return file


def _dim(files: Sequence[Path]) -> int:
    """Return the size of the first embedding, after a look at all files."""
    if not files:
        raise InputError("Expected at least one Parquet file to import.")
    for path in files:
        _opened(path).close()
    for _, batch in _batches(files):
        length = pc.list_value_length(batch["segment_embedding"])[0].as_py()
        return int(length or 768)  # an empty first row is refused like any wrong row
    raise ApexError(f"Expected rows of embeddings, but {', '.join(map(str, files))} hold none.")


def _batches(files: Sequence[Path]) -> Iterator[tuple[Place, pa.Table]]:
    for path in files:
        with _opened(path) as file:
            columns = [name for name in KNOWN if name in file.schema_arrow.names]
            first = 0
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                yield Place(str(path), first), pa.Table.from_batches([batch])
                first += batch.num_rows


def _rows(head: StoreHead, rows: ApexRows) -> pa.Table:
    coded = rows.audio_id.dictionary_encode()
    contents = [_content(song_id) for song_id in coded.dictionary.to_pylist()]
    start_s = _SEGMENT_S * (rows.segment - 1)
    meta = pa.table(
        {
            "key": pa.array([head.key(content) for content in contents]).take(coded.indices),
            "song_id": rows.audio_id,
            "sha256": pa.array(contents).take(coded.indices),
            "segment": rows.segment - 1,
            "start_s": start_s,
            "end_s": start_s + _SEGMENT_S,
            "music_s": np.full(len(start_s), _SEGMENT_S),
            "warnings": [""] * len(start_s),
        }
    )
    return row_table(meta, rows.values)


def _mix(mix: Sequence[float] | None, n_layers: int) -> tuple[NDArray[np.float32], np.float32]:
    if mix is None and n_layers == 1:
        return np.ones(1, dtype=np.float32), np.float32(0.0)
    if mix is None or len(mix) not in (n_layers, n_layers + 1):
        raise InputError(
            f"Expected {n_layers} weights to mix the {n_layers} layers of the store into one"
            f" vector, and perhaps a bias, got {0 if mix is None else len(mix)}; give --mix."
        )
    values = np.asarray(mix, dtype=np.float32)
    return values[:n_layers], values[n_layers] if len(values) > n_layers else np.float32(0.0)


def _schema() -> pa.Schema:
    return pa.schema(
        {
            "audio_id": pa.string(),
            "segment_id": pa.string(),
            **dict.fromkeys(POPULARITY.values(), pa.float64()),
            "platform": pa.string(),
            "segment_embedding": pa.list_(pa.float32()),
            GRADES: pa.struct([(axis, pa.float64()) for axis in AESTHETICS]),
        }
    )


def _apex_table(
    part: SongEmbeddings, songs: Manifest, mixed: NDArray[np.float32], schema: pa.Schema
) -> pa.Table:
    owner = pa.array(part.owner)
    ids = pa.array(part.song_ids.tolist(), pa.string()).take(owner)
    number = np.arange(len(mixed)) - part.offsets[part.owner] + 1
    names = pc.binary_join_element_wise(ids, pa.array(number).cast(pa.string()), "_")
    starts = np.arange(len(mixed) + 1, dtype=np.int32) * mixed.shape[1]
    embeddings = pa.ListArray.from_arrays(starts, pa.array(mixed.reshape(-1)))
    labels = {axis: _labels(songs.column(axis)) for axis in (*POPULARITY, *AESTHETICS)}
    grades = pa.StructArray.from_arrays(
        [labels[axis] for axis in AESTHETICS], fields=list(schema.field(GRADES).type)
    )
    platform = pa.array(songs.column("platform").tolist(), pa.string())
    columns = [
        ids,
        names,
        *(labels[axis].take(owner) for axis in POPULARITY),
        platform.take(owner),
        embeddings,
        grades.take(owner),
    ]
    return pa.table(columns, schema=schema)


def _labels(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
