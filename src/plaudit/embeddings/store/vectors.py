"""Embeddings of many songs in memory: what training reads.

Segments of all songs lie one after the other in one array, and ``offsets`` says where each song
begins. So nothing is padded, and picking songs, segments or layers is a matter of NumPy indexing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError


@dataclass(frozen=True, eq=False)
class SongEmbeddings:
    """Embeddings of songs, segment by segment."""

    song_ids: NDArray[np.str_]  #: (n_songs,).
    #: (n_songs + 1,), from 0 to n_segments; segments of song i are rows ``offsets[i]:offsets[i +
    #: 1]``, in the order of the song.
    offsets: NDArray[np.int64]
    values: NDArray[np.float16]  #: (n_segments, n_layers, dim) layer means; may be a memory map.
    #: (n_segments,) seconds of real audio in each segment, without padding.
    duration_s: NDArray[np.float32]
    #: (n_segments,) seconds of it that are not silent (`plaudit.audio.segment.Segment`).
    music_s: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = len(self.values)
        whole = (
            self.values.ndim == 3
            and len(self.offsets) == len(self.song_ids) + 1
            and int(self.offsets[0]) == 0
            and int(self.offsets[-1]) == n
            and bool((np.diff(self.offsets) >= 0).all())
            and len(self.duration_s) == len(self.music_s) == n
        )
        if not whole:
            raise InputError(
                "Expected values (n_segments, n_layers, dim), offsets from 0 to n_segments for"
                f" every song, and seconds for every segment; got values {self.values.shape},"
                f" {len(self.offsets)} offsets of {len(self.song_ids)} songs,"
                f" {len(self.duration_s)} durations and {len(self.music_s)} music seconds."
            )

    def __len__(self) -> int:
        """Return the number of songs."""
        return len(self.song_ids)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Segments of each song, (n_songs,)."""
        return np.diff(self.offsets)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Place of the song that each segment belongs to, (n_segments,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.counts)

    def take(self, songs: NDArray[np.int64]) -> "SongEmbeddings":
        """Return copies of some songs, by their places (n,) in this order; a place may come twice.

        Examples
        --------
        >>> import numpy as np
        >>> values = np.arange(6, dtype=np.float16).reshape(3, 1, 2)
        >>> seconds = np.full(3, 30, dtype=np.float32)
        >>> both = SongEmbeddings(
        ...     np.array(["a", "b"]), np.array([0, 2, 3]), values, seconds, seconds
        ... )
        >>> both.take(np.array([1])).values.tolist()
        [[[4.0, 5.0]]]
        """
        rows, offsets = rows_of(self.offsets, songs)
        return SongEmbeddings(
            self.song_ids[songs],
            offsets,
            self.values[rows],
            self.duration_s[rows],
            self.music_s[rows],
        )


def rows_of(
    offsets: NDArray[np.int64], songs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the songs at places (n,), song after song, and their offsets (n + 1,).

    ``offsets`` (n_songs + 1,) say where each of all songs begins; those returned, where each chosen
    song begins among the rows.
    """
    counts = np.diff(offsets)[songs]
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    return np.repeat(offsets[:-1][songs], counts) + within, starts
