"""The training set: a manifest and a store joined, in memory.

Rows are segments, or whole songs once they are pooled; ``offsets`` (n_songs + 1,) holds the first
row of each song. Values stay float16 and become float32 batch by batch. Missing targets are nan, in
every loss and measure. Nothing loops over songs in Python.
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
from plaudit.datasets.inspect.recording import Recordings, song_name
from plaudit.datasets.manifest.column import SPLITS
from plaudit.datasets.manifest.songs import COLUMNS, Manifest
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.vectors import rows_of
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.card import Pooling
from plaudit.model.pooling import segment_weights

Floats = NDArray[np.float32]
GROUPS = ("system", "platform", "style", "artist", "prompt_id", "corpus")
_CHUNK_ROWS = 8192  # float32 copies of this many rows at a time


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Embeddings and targets of the songs that have both."""

    song_ids: NDArray[np.str_]  #: (n_songs,).
    split: NDArray[np.str_]  #: (n_songs,) "train", "validation", "test" or "".
    axes: tuple[str, ...]  #: Axes of the targets.
    targets: Floats  #: (n_songs, n_axes) on the scales of the axes; nan where unknown.
    #: (n_songs + 1,) first row of each song; every song has at least one.
    offsets: NDArray[np.int64]
    values: NDArray[np.float16]  #: (n_rows, n_layers, dim).
    #: (n_rows,) seconds of audio, and of those that are not silent.
    duration_s: Floats
    music_s: Floats
    spec: EncoderSpec  #: Encoder of the embeddings.
    segment: SegmentRule  #: Rule by which the songs were cut.
    #: Group columns of the manifest, (n_songs,) of text with "" where unknown.
    columns: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    left_out: int = 0  #: Songs of the manifest without an embedding.
    copies: int = 0  #: Songs left out, since a song of a later split is the same recording.
    recordings: Recordings | None = None  #: What the recordings are known by; no sound.

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.song_ids)

    @cached_property
    def recording(self) -> NDArray[np.int64]:
        """Number of each song's recording, (n_songs,)."""
        return np.arange(len(self)) if self.recordings is None else self.recordings.groups

    def of_split(self, name: str) -> NDArray[np.int64]:
        """Return the places of the songs of a split."""
        return np.flatnonzero(self.split == name).astype(np.int64)

    def weights(self, pooling: Pooling) -> Floats:
        """Return the weight of each row in its song, (n_rows,), as a judge weighs segments."""
        return segment_weights(pooling, self.duration_s, self.music_s, self.offsets[:-1]).numpy()

    def pooled(self, weights: Floats) -> "TrainingSet":
        """Return the set with one row per song, the weighted sum of its rows, in float16."""
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
        """Return the set with its layers mixed into one: weights (n_layers,), one bias."""
        n, _, dim = self.values.shape
        values: NDArray[np.float16] = np.empty((n, 1, dim), dtype=np.float16)
        for low in range(0, n, _CHUNK_ROWS):
            rows = self.values[low : low + _CHUNK_ROWS].astype(np.float32)
            values[low : low + _CHUNK_ROWS, 0] = np.einsum("nld,l->nd", rows, weight) + bias
        return replace(self, values=values)

    def rows(self, songs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of some songs, and for each row which of these songs it belongs to."""
        rows, offsets = rows_of(self.offsets, songs)
        owner = np.repeat(np.arange(len(songs), dtype=np.int64), np.diff(offsets))
        return rows, owner

    def with_axes(self, axes: tuple[str, ...]) -> "TrainingSet":
        """Return the set with some of its axes, in the order given."""
        places = [self.axes.index(axis) for axis in axes]
        return replace(self, axes=axes, targets=np.ascontiguousarray(self.targets[:, places]))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that training reads, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        digest.update("\n".join([*self.axes, *self.song_ids, *self.split]).encode())
        digest.update(self.spec.model_dump_json().encode())
        for array in (self.targets, self.offsets, self.duration_s, self.music_s):
            digest.update(np.ascontiguousarray(array).tobytes())
        for low in range(0, len(self.values), _CHUNK_ROWS):
            digest.update(np.ascontiguousarray(self.values[low : low + _CHUNK_ROWS]).tobytes())
        return digest.hexdigest()

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
        Axes whose labels are read.

    Returns
    -------
    TrainingSet
        Songs of the manifest that are in a split and in the store, in the manifest's order. A
        recording is in one split, the last of those that name it.

    Raises
    ------
    InputError
        The manifest has no splits, or no song is in both.
    """
    split = _text(manifest.column("split"))
    if not (split == "train").any() or not (split == "validation").any():
        raise InputError(
            "Training needs songs in the splits train and validation, and the manifest's column"
            " 'split' names none for one of them; `plaudit data prepare` writes such a manifest, of"
            " a table of your own `plaudit data prepare csv`."
        )
    ids = _text(manifest.column("song_id"))
    in_split = split != ""
    missing = np.isin(ids, store.missing(ids[in_split]))
    songs = np.flatnonzero(in_split & ~missing)
    if not songs.size:
        raise InputError(
            f"None of the {int(in_split.sum())} songs of the manifest is in the store; run"
            " `plaudit embed` on this manifest."
        )
    known = _recordings(manifest, store, ids, songs)
    whole = in_one_split(split[songs], known.groups)
    copies = int((~whole).sum())
    if copies:
        songs = songs[whole]
        known = _recordings(manifest, store, ids, songs)
    stored = store.load(ids[songs])
    if (np.diff(stored.offsets) == 0).any():
        raise InputError("The store holds a song without segments; run `plaudit embed` again.")
    names = [n for n in GROUPS if n in COLUMNS and n in manifest.table.column_names]
    return TrainingSet(
        song_ids=ids[songs],
        split=split[songs],
        axes=axes,
        targets=manifest.targets(axes)[songs],
        offsets=stored.offsets,
        values=stored.values,
        duration_s=stored.duration_s,
        music_s=stored.music_s,
        spec=store.spec,
        segment=store.settings.segment,
        columns={name: _text(manifest.column(name))[songs] for name in names},
        left_out=int((in_split & missing).sum()),
        copies=copies,
        recordings=known,
    )


def _recordings(
    manifest: Manifest, store: EmbeddingStore, ids: NDArray[np.str_], songs: NDArray[np.intp]
) -> Recordings:
    """Return some songs of a manifest, with the digests of what was embedded."""
    corpora, files = manifest.column("corpus"), manifest.audio_paths()
    return Recordings(
        names=tuple(song_name(corpora[k], ids[k]) for k in songs),
        paths=tuple(files[k] for k in songs),
        sha256=store.sha256(ids[songs], manifest.column("sha256")[songs]),
        near=manifest.column("near_duplicate")[songs],
    )


def in_one_split(split: NDArray[np.str_], recording: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which songs (n_songs,) stand in the last split of their recording."""
    place = np.array([SPLITS.index(name) for name in split.tolist()], np.int64)
    last = np.zeros(int(recording.max()) + 1, np.int64)
    np.maximum.at(last, recording, place)
    return np.asarray(place == last[recording])


def _text(values: NDArray[Any]) -> NDArray[np.str_]:
    missing = values == None  # noqa: E711 - entry by entry
    return np.array(np.where(missing, "", values), dtype=np.str_)
