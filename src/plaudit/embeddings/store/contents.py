"""A store of embeddings on disk: its contents, missing songs, and loading into memory.

Nothing here loops over songs or segments in Python: songs are matched by Arrow, and values go
from each shard to their places in one indexing step.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.name import NameMap
from plaudit.core.printable import from_arrow, to_arrow
from plaudit.datasets.manifest.group import Objects
from plaudit.datasets.manifest.songs import Manifest
from plaudit.embeddings.store.header import StoreHead, StoreSettings, agree, read_head
from plaudit.embeddings.store.shard import (
    META,
    Shard,
    read_shards,
    read_values,
    shard_rows,
    shards,
    song_states,
)
from plaudit.embeddings.store.vectors import SongEmbeddings, rows_of
from plaudit.encoders.spec import EncoderSpec

_TRIES = 5
_META = ["key", "segment", "start_s", "end_s", "music_s"]


class StoreError(InputError):
    """A store lacks a song or layer, or its files contradict each other."""


class EmbeddingStore:
    """Embeddings of songs in one folder, or in several that were made with the same settings.

    Made by `EmbeddingStore.open`; it shows what the folders held at that moment. ``songs`` has the
    state of each song with an embedding, in the order of the manifest they came from: ``song_id``,
    ``path``, ``sha256``, ``key``, ``error_type``, ``error``; ``failures`` those without, whose key
    is null.
    """

    def __init__(self, folders: tuple[Path, ...], head: StoreHead, songs: pa.Table) -> None:
        self.folders, self.head = folders, head
        self.songs = songs.filter(pc.is_valid(songs["key"]))
        self.failures = songs.filter(pc.is_null(songs["key"]))

    @classmethod
    def open(cls, *folders: Path | str) -> Self:
        """Open a store, or several of the same settings that are read as one.

        Raises
        ------
        MissingFileError
            A folder is not a store.
        InputError
            Two folders were made with other settings.
        """
        if not folders:
            raise InputError("Expected the folder of a store, got none.")
        paths = tuple(Path(folder) for folder in folders)
        heads = [read_head(path) for path in paths]
        for path, head in zip(paths[1:], heads[1:], strict=True):
            agree(head, heads[0], str(path))
        return cls(paths, heads[0], song_states([shards(path, "songs") for path in paths]))

    def __len__(self) -> int:
        """Return the number of songs that have an embedding."""
        return int(self.songs.num_rows)

    @property
    def spec(self) -> EncoderSpec:
        """Encoder of the store; ``spec.layers`` are the layers in it."""
        return self.head.encoder

    @property
    def settings(self) -> StoreSettings:
        """Cutting rule and precision."""
        return self.head.settings

    def missing(self, wanted: Manifest | Sequence[str] | NDArray[np.str_]) -> NDArray[np.str_]:
        """Return the ids of the songs that have no embedding here, in the order given.

        Of a manifest with a column ``sha256``, a song whose content has changed since it was
        embedded is missing too.
        """
        digests = None
        if isinstance(wanted, Manifest):
            ids = self._spelled(wanted.column("song_id").tolist())
            if "sha256" in wanted.table.column_names:
                digests = wanted.table["sha256"].combine_chunks()
        else:
            ids = self._spelled(wanted)
        place = pc.index_in(ids, self.songs["song_id"])
        absent = pc.is_null(place)
        if digests is not None:
            known = self.songs["sha256"].take(place)
            absent = pc.or_(absent, pc.fill_null(pc.not_equal(known, digests), False))
        return _texts(ids.filter(absent))

    def sha256(self, song_ids: NDArray[np.str_], others: Objects) -> Objects:
        """Return the digest of the file that each song was embedded from, else that in ``others``.

        Both are (n_songs,), None where unknown. Embeddings that were written without a file, such
        as those of APEX, have a digest of their id in the place of that of a file.
        """
        songs = self.songs.filter(pc.is_valid(self.songs["bytes"]))
        place = pc.index_in(self._spelled(song_ids), songs["song_id"])
        known = songs["sha256"].take(place).to_pylist()
        return np.array([o if k is None else k for k, o in zip(known, others, strict=True)], object)

    def load(
        self,
        song_ids: Sequence[str] | NDArray[np.str_] | None = None,
        layers: Sequence[int] | None = None,
        into: Path | None = None,
    ) -> SongEmbeddings:
        """Load embeddings, in memory or in a memory map.

        Parameters
        ----------
        song_ids : sequence of str, optional
            Songs, in this order; when not given all, in the order of the manifest.
        layers : sequence of int, optional
            Some of ``spec.layers``, in this order; all when not given.
        into : Path, optional
            A file to be made (``.npy``) that holds the values; they are then a read-only memory
            map, and memory stays bounded however many songs there are.

        Returns
        -------
        SongEmbeddings
            Embeddings of the songs; a content that two songs share is there for both.

        Raises
        ------
        StoreError
            A song or a layer is not here.
        """
        songs = self.songs if song_ids is None else self._chosen(self._spelled(song_ids))
        columns = self._layers(layers)
        for _ in range(_TRIES):
            try:
                return self._load(songs, columns, into)
            except FileNotFoundError:
                continue  # a job at work has merged shards meanwhile
        raise StoreError(
            f"{self._where()} changes too fast to be read; load it when its job is finished."
        )

    def _load(self, songs: pa.Table, columns: list[int], into: Path | None) -> SongEmbeddings:
        listed = [shard for folder in self.folders for shard in shards(folder, "rows")]
        meta = read_shards(listed, META, _META)
        order, offsets, keys = _by_content(meta)
        content = pc.index_in(songs["key"], keys)
        if content.null_count:
            lost = _texts(songs["song_id"].filter(pc.is_null(content)))
            raise StoreError(
                f"{self._where()} lists {len(lost)} songs without their rows ({_some(lost)}); its"
                " files were changed, run `plaudit embed` on it again."
            )
        sorted_rows, song_offsets = rows_of(offsets, np.asarray(content, dtype=np.int64))
        rows = order[sorted_rows]
        start_s, end_s, music_s = (
            np.asarray(meta[name], dtype=np.float64)[rows] for name in _META[2:]
        )
        return SongEmbeddings(
            song_ids=_texts(songs["song_id"]),
            offsets=song_offsets,
            values=self._values(listed, rows, columns, into),
            duration_s=(end_s - start_s).astype(np.float32),
            music_s=music_s.astype(np.float32),
        )

    def _spelled(self, ids: Sequence[str] | NDArray[np.str_]) -> pa.Array:
        """Return ids as the store spells them, where it has them in another Unicode form."""
        column = _ids(ids)
        lost = column.filter(pc.is_null(pc.index_in(column, self.songs["song_id"])))
        if all(name.isascii() for name in lost.to_pylist()):
            return column
        known = NameMap({name: name for name in _texts(self.songs["song_id"]).tolist()})
        return _ids([known.get(name, name) for name in ids])

    def _chosen(self, ids: pa.Array) -> pa.Table:
        place = pc.index_in(ids, self.songs["song_id"])
        if place.null_count:
            lost = _texts(ids.filter(pc.is_null(place)))
            raise StoreError(
                f"{self._where()} has no embedding of {len(lost)} of {len(ids)} songs"
                f" ({_some(lost)}); run `plaudit embed` on their manifest, or leave out the songs"
                " that EmbeddingStore.missing names."
            )
        return self.songs.take(place)

    def _layers(self, layers: Sequence[int] | None) -> list[int]:
        have = self.spec.layers
        requested = have if layers is None else tuple(layers)
        absent = [layer for layer in requested if layer not in have]
        if absent or not requested:
            raise StoreError(
                f"{self._where()} holds layers {_list(have)}, not {_list(absent) or 'none'}; embed"
                f" the songs with these layers into another folder."
            )
        return [have.index(layer) for layer in requested]

    def _values(
        self,
        listed: list[Shard],
        rows: NDArray[np.int64],
        columns: list[int],
        into: Path | None,
    ) -> NDArray[np.float16]:
        """Bring values of shards to their places: row i of the result is stored row rows[i]."""
        shape = (len(rows), len(columns), self.spec.dim)
        if into is None or not len(rows):
            values: NDArray[np.float16] = np.empty(shape, dtype=np.float16)
        else:
            values = np.lib.format.open_memmap(into, "w+", dtype=np.float16, shape=shape)
        place = np.argsort(rows, kind="stable")
        ordered = rows[place]
        whole = columns == list(range(len(self.spec.layers)))
        pieces = read_values(listed, len(self.spec.layers), self.spec.dim, ordered)
        for first, piece in pieces:
            low, high = np.searchsorted(ordered, (first, first + len(piece)))
            taken = piece[ordered[low:high] - first]
            values[place[low:high]] = taken if whole else taken[:, columns]
        if isinstance(values, np.memmap):
            values.flush()
            return np.load(into, mmap_mode="r")  # type: ignore[arg-type, no-any-return]
        return values

    def count_rows(self) -> int:
        """Return how many segments the files hold, from their footers."""
        return sum(shard_rows(s) for folder in self.folders for s in shards(folder, "rows"))

    def _where(self) -> str:
        return "The store " + " + ".join(map(str, self.folders))


def _by_content(meta: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], pa.Array]:
    """Sort rows by content and segment, each segment once.

    Returns the row numbers in that order, (n_contents + 1,) offsets of contents among them, and the
    (n_contents,) keys.
    """
    coded = meta["key"].combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    content = np.asarray(coded.indices, dtype=np.int64)
    segment = np.asarray(meta["segment"], dtype=np.int64)
    order = np.lexsort((segment, content))
    # Two stores read as one may both hold a content.
    twice = np.zeros(len(order), dtype=bool)
    twice[1:] = (np.diff(content[order]) == 0) & (np.diff(segment[order]) == 0)
    order = order[~twice]
    counts = np.bincount(content[order], minlength=len(coded.dictionary))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    return order, offsets, coded.dictionary


def _ids(ids: Sequence[str] | NDArray[np.str_]) -> pa.Array:
    return pa.array([to_arrow(name) for name in ids], type=pa.string())


def _texts(values: pa.Array | pa.ChunkedArray) -> NDArray[np.str_]:
    texts = [from_arrow(value) for value in values.to_pylist()]
    return np.array(texts, dtype=np.str_)


def _list(values: Sequence[int]) -> str:
    return ",".join(map(str, values))


def _some(ids: NDArray[np.str_], most: int = 3) -> str:
    more = ", ..." if len(ids) > most else ""
    return ", ".join(ids[:most].tolist()) + more
