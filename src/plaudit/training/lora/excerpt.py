"""Excerpts of audio for tuning an encoder: one of each song, another one in each epoch.

Songs are read from their files every time, on a thread ahead of the network: even a small corpus
does not fit into memory.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError
from plaudit.core.note import error_note

_AHEAD = 4


@dataclass(frozen=True, eq=False)
class AudioSongs:
    """Songs with audio and targets."""

    paths: list[Path]  #: (n_songs) audio files.
    counts: NDArray[np.int64]  #: (n_songs,) excerpts in each, at least 1.
    targets: NDArray[np.float32]  #: (n_songs, n_axes), nan where unknown.
    #: (n_songs,) whether it is a training song; the others are for validation.
    training: NDArray[np.bool_]
    rule: SegmentRule  #: How songs are cut into excerpts.
    sample_rate: int  #: Hz.

    def read(
        self, songs: NDArray[np.int64], excerpts: NDArray[np.int64]
    ) -> Iterator[NDArray[np.float32]]:
        """Yield excerpt number ``excerpts`` of each of ``songs``, (n_samples,), reading ahead."""
        pending: list[Future[NDArray[np.float32]]] = []
        pool = ThreadPoolExecutor(1, thread_name_prefix="plaudit-excerpt")
        try:
            for song, excerpt in zip(songs, excerpts, strict=True):
                pending.append(pool.submit(self._excerpt, int(song), int(excerpt)))
                if len(pending) > _AHEAD:
                    yield pending.pop(0).result()
            for future in pending:
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _excerpt(self, song: int, number: int) -> NDArray[np.float32]:
        with open_song(self.paths[song], self.sample_rate, self.rule) as audio:
            for segment in islice(audio, number, None):
                return segment.samples
        raise InputError(
            f"{self.paths[song]} is shorter than it was; it was changed while it was learned from."
        )


def count_excerpts(
    paths: list[Path], rule: SegmentRule, sample_rate: int
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return the excerpts (n_songs,) of each song, and by place why a song has none."""
    counts = np.zeros(len(paths), dtype=np.int64)
    skipped = {}
    for place, path in enumerate(paths):
        try:
            with open_song(path, sample_rate, rule) as song:
                number = sum(1 for _ in song)
                silent = song.silent
        except Exception as error:  # noqa: BLE001 - one song never ends a run
            skipped[place] = error_note(error).message
            continue
        if silent:
            skipped[place] = f"{path} is silent."
        else:
            counts[place] = number
    return counts, skipped
