"""One vector a song from a store: the mean over its segments, all layers side by side."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError


def mean_embeddings(store: Path, ids: Sequence[str]) -> NDArray[np.float64]:
    """Return the mean embedding of each song, weighted by seconds of music.

    (n_songs, n_layers * dim); a row of nan for a song that the store lacks. An `InputError` if it
    lacks them all.
    """
    from plaudit.embeddings.store.contents import EmbeddingStore

    opened = EmbeddingStore.open(store)
    missing = set(opened.missing(list(ids)))
    have = [song for song in ids if song not in missing]
    if not have:
        raise InputError(
            f"Expected embeddings of the songs in {store}, got none of {len(ids)}; the store has to"
            " call songs by the same ids."
        )
    songs = opened.load(have)
    width = songs.values.shape[1] * songs.values.shape[2]
    means = np.full((len(ids), width), np.nan)
    place = {song: k for k, song in enumerate(ids)}
    for number, song in enumerate(have):
        rows = slice(int(songs.offsets[number]), int(songs.offsets[number + 1]))
        part = np.asarray(songs.values[rows], np.float64).reshape(-1, width)
        # A song that is silent throughout still has segments: they count by their length then.
        weight = np.asarray(songs.music_s[rows], np.float64) + 1e-6 * songs.duration_s[rows]
        means[place[song]] = weight @ part / weight.sum()
    return means


def store_hash(store: Path) -> str:
    """Return the hash of a store's encoder and settings, which decide its numbers besides songs."""
    from plaudit.embeddings.store.contents import EmbeddingStore

    opened = EmbeddingStore.open(store)
    settings = f"{opened.spec.model_dump_json()}\n{opened.settings.model_dump_json()}"
    return hashlib.sha256(settings.encode()).hexdigest()
