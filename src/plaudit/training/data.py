"""What a training run learns from: a manifest and a store joined, in memory, song by song.

Conventions: rows are segments, or whole songs once they are pooled; ``offsets`` (n_songs + 1,) says
where the rows of a song begin. Values stay float16 and are made float32 batch by batch. Targets
that are not known are nan, in every loss and measure. Nothing loops over songs in Python.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.errors import InputError
from plaudit.datasets.manifest.songs import COLUMNS, Manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.vectors import rows_of
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.card import Pooling

Floats = NDArray[np.float32]
GROUPS = ("system", "platform", "style", "artist", "prompt_id", "corpus")
_CHUNK_ROWS = 8192  # float32 copies of this many rows at a time


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Embeddings and targets of the songs that have both.

    Parameters
    ----------
    song_ids : ndarray of str
        (n_songs,).
    split : ndarray of str
        (n_songs,) "train", "validation", "test" or "".
    axes : tuple of str
        Axes of the targets.
    targets : ndarray of float32
        (n_songs, n_axes) on the scales of the axes; nan where unknown.
    offsets : ndarray of int64
        (n_songs + 1,) first row of each song; every song has at least one.
    values : ndarray of float16
        (n_rows, n_layers, dim).
    duration_s, music_s : ndarray of float32
        (n_rows,) seconds of audio, and of those that are not silent.
    spec : EncoderSpec
        What made the embeddings.
    segment : SegmentRule
        How the songs were cut.
    columns : dict of str to ndarray
        Group columns of the manifest, (n_songs,) of text with "" where unknown.
    left_out : int
        Songs of the manifest without an embedding.
    """

    song_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    axes: tuple[str, ...]
    targets: Floats
    offsets: NDArray[np.int64]
    values: NDArray[np.float16]
    duration_s: Floats
    music_s: Floats
    spec: EncoderSpec
    segment: SegmentRule
    columns: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    left_out: int = 0

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.song_ids)

    def of_split(self, name: str) -> NDArray[np.int64]:
        """Return the places of the songs of a split."""
        return np.flatnonzero(self.split == name).astype(np.int64)

    def weights(self, pooling: Pooling) -> Floats:
        """Return how much each row counts within its song, summing to 1.

        The law is that of `plaudit.model.pooling.segment_weights`, for all songs at once.

        Parameters
        ----------
        pooling : {"mean", "duration", "music", "attention"}
            "attention" counts as "mean".

        Returns
        -------
        ndarray of float32
            (n_rows,).
        """
        starts, counts = self.offsets[:-1], np.diff(self.offsets)
        raw: NDArray[np.float64] = np.ones(len(self.values), dtype=np.float64)
        if pooling in ("duration", "music"):
            raw = self.duration_s.astype(np.float64)
        if pooling == "music":
            music = self.music_s.astype(np.float64)
            silent = np.repeat(np.add.reduceat(music, starts) <= 0, counts)
            raw = np.where(silent, raw, music)
        total = np.repeat(np.add.reduceat(raw, starts), counts)
        weights: Floats = (raw / total).astype(np.float32)
        return weights

    def pooled(self, pooling: Pooling) -> "TrainingSet":
        """Return the set with one row per song: the weighted mean of its segments.

        Parameters
        ----------
        pooling : {"mean", "duration", "music"}
            How segments count.

        Returns
        -------
        TrainingSet
            Values (n_songs, n_layers, dim) in float16; durations are summed.
        """
        weights = self.weights(pooling)
        starts = self.offsets[:-1]
        shape = (len(self), *self.values.shape[1:])
        values: NDArray[np.float16] = np.empty(shape, dtype=np.float16)
        for first, last in self._chunks():
            low, high = self.offsets[first], self.offsets[last]
            rows = self.values[low:high].astype(np.float32) * weights[low:high, None, None]
            values[first:last] = np.add.reduceat(rows, starts[first:last] - low, axis=0)
        return replace(
            self,
            offsets=np.arange(len(self) + 1, dtype=np.int64),
            values=values,
            duration_s=np.add.reduceat(self.duration_s, starts),
            music_s=np.add.reduceat(self.music_s, starts),
        )

    def mixed(self, weight: Floats, bias: float) -> "TrainingSet":
        """Return the set with its layers mixed into one by fixed weights.

        Parameters
        ----------
        weight : ndarray of float32
            (n_layers,).
        bias : float
            Added to every entry.

        Returns
        -------
        TrainingSet
            Values (n_rows, 1, dim) in float16.
        """
        n, _, dim = self.values.shape
        values: NDArray[np.float16] = np.empty((n, 1, dim), dtype=np.float16)
        for low in range(0, n, _CHUNK_ROWS):
            rows = self.values[low : low + _CHUNK_ROWS].astype(np.float32)
            values[low : low + _CHUNK_ROWS, 0] = np.einsum("nld,l->nd", rows, weight) + bias
        return replace(self, values=values)

    def rows(self, songs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of some songs, and for each row which of these songs it belongs to."""
        found, offsets = rows_of(self.offsets, songs)
        owner = np.repeat(np.arange(len(songs), dtype=np.int64), np.diff(offsets))
        return found, owner

    def with_axes(self, axes: tuple[str, ...]) -> "TrainingSet":
        """Return the set with some of its axes, in the order given."""
        places = [self.axes.index(axis) for axis in axes]
        return replace(self, axes=axes, targets=np.ascontiguousarray(self.targets[:, places]))

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of everything that training sees, as 64 hexadecimal digits."""
        found = hashlib.sha256()
        found.update("\n".join([*self.axes, *self.song_ids, *self.split]).encode())
        found.update(self.spec.model_dump_json().encode())
        for array in (self.targets, self.offsets, self.duration_s, self.music_s):
            found.update(np.ascontiguousarray(array).tobytes())
        for low in range(0, len(self.values), _CHUNK_ROWS):
            found.update(np.ascontiguousarray(self.values[low : low + _CHUNK_ROWS]).tobytes())
        return found.hexdigest()

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of songs of about `_CHUNK_ROWS` rows."""
        first = 0
        while first < len(self):
            limit = self.offsets[first] + _CHUNK_ROWS
            last = max(int(np.searchsorted(self.offsets, limit, side="right")) - 1, first + 1)
            yield first, last
            first = last


def join(manifest: Manifest, store: EmbeddingStore, axes: tuple[str, ...]) -> TrainingSet:
    """Join labels and embeddings.

    Parameters
    ----------
    manifest : Manifest
        Songs with labels and splits.
    store : EmbeddingStore
        Their embeddings.
    axes : tuple of str
        Axes whose labels are wanted.

    Returns
    -------
    TrainingSet
        Songs of the manifest that are in a split and in the store, in the manifest's order, with
        their segments.

    Raises
    ------
    InputError
        The manifest has no splits, or no song is in both.
    """
    split = _text(manifest.column("split"))
    if not (split == "train").any() or not (split == "validation").any():
        raise InputError(
            "Training needs songs in the splits train and validation, and the manifest's column"
            " 'split' names none for one of them; `plaudit data split` writes such a manifest."
        )
    ids = _text(manifest.column("song_id"))
    here = split != ""
    absent = np.isin(ids, store.missing(ids[here]))
    wanted = np.flatnonzero(here & ~absent)
    if not wanted.size:
        raise InputError(
            f"None of the {int(here.sum())} songs of the manifest is in the store; run"
            " `plaudit embed` on this manifest."
        )
    heard = store.load(ids[wanted])
    if (np.diff(heard.offsets) == 0).any():
        raise InputError("The store holds a song without segments; run `plaudit embed` again.")
    # Text columns of a training set are small: groups of songs, and only those the table has.
    names = [n for n in GROUPS if n in COLUMNS and n in manifest.table.column_names]
    return TrainingSet(
        song_ids=ids[wanted],
        split=split[wanted],
        axes=axes,
        targets=manifest.targets(axes)[wanted],
        offsets=heard.offsets,
        values=heard.values,
        duration_s=heard.duration_s,
        music_s=heard.music_s,
        spec=store.spec,
        segment=store.settings.segment,
        columns={name: _text(manifest.column(name))[wanted] for name in names},
        left_out=int((here & absent).sum()),
    )


def _text(values: NDArray[Any]) -> NDArray[np.str_]:
    unknown = values == None  # noqa: E711 - entry by entry
    return np.array(np.where(unknown, "", values), dtype=np.str_)
