"""Segments of several songs, encoded together, which keeps a GPU busy with short songs.

Songs are taken in order and come out in order. On a CPU a batch ends with its song: company there
is of no use. A song that cannot be read or encoded is its own error and none of its neighbours'.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import Segment
from plaudit.encoders.promise import Encoder

S = TypeVar("S")
_NO_SAMPLES = np.empty(0, np.float32)
Encode = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(eq=False)
class GatheredSong(Generic[S]):
    """A song, the times of its segments, and their layer means; or why there are none."""

    song: S
    segments: list[Segment] = field(default_factory=list)  #: Samples are dropped.
    means: list[NDArray[np.float32]] = field(default_factory=list)  #: Each (n, n_layers, dim).
    error: Exception | None = None  #: From reading or encoding it.


@dataclass
class _Waiting(Generic[S]):
    """Segments that wait for their batch, and their songs."""

    encode: Encode
    songs: list[GatheredSong[S]] = field(default_factory=list)
    samples: list[NDArray[np.float32]] = field(default_factory=list)

    def run(self) -> None:
        """Encode the waiting segments; if that fails, song by song, to isolate a faulty one."""
        songs, batch = self.songs, self.samples
        self.songs, self.samples = [], []
        if not batch:
            return
        distinct = list(dict.fromkeys(songs))
        try:
            means = self.encode(np.stack(batch))
        except Exception as error:  # noqa: BLE001 - it becomes that of a song
            if len(distinct) == 1:
                distinct[0].error = error
                return
            for song in distinct:
                own = [s for s, whose in zip(batch, songs, strict=True) if whose is song]
                self.songs, self.samples = [song] * len(own), own
                self.run()
            return
        for song in distinct:
            song.means.append(means[[whose is song for whose in songs]])

    def drop(self, song: GatheredSong[S]) -> None:
        """Forget the segments of a song that could not be read to its end."""
        kept = [place for place, whose in enumerate(self.songs) if whose is not song]
        self.songs = [self.songs[place] for place in kept]
        self.samples = [self.samples[place] for place in kept]


def encode_songs(
    songs: Iterable[tuple[S, Iterable[Segment]] | None],
    encoder: Encoder,
    encode: Encode | None = None,
) -> Iterator[GatheredSong[S]]:
    """Yield songs with the layer means of their segments, in order.

    Parameters
    ----------
    songs : iterable of (song, segments) or None
        Segments are taken to their end before the next song is. None: no song is at hand now, so
        what waits is encoded.
    encoder : Encoder
        Says how many segments make a batch, and where it runs.
    encode : callable, optional
        Function that encodes; ``encoder.encode`` by default.

    Yields
    ------
    GatheredSong
        As soon as all its segments are encoded and all songs before it were yielded.
    """
    waiting: _Waiting[S] = _Waiting(encode or encoder.encode)
    begun: deque[GatheredSong[S]] = deque()
    for item in songs:
        if item is None:
            waiting.run()
        else:
            gathered = GatheredSong(item[0])
            begun.append(gathered)
            _take(gathered, item[1], waiting, encoder.batch_size)
            if encoder.device == "cpu":
                waiting.run()
        while begun and (begun[0].error or begun[0] not in waiting.songs):
            yield begun.popleft()
    waiting.run()
    yield from begun


def segments_ahead(encoder: Encoder) -> int:
    """Return how many segments to read before they are taken, for `plaudit.audio.read_ahead`.

    A batch; none where one thread computes: reading beside it would take more of a processor that
    other processes may use, such as the other workers of a job.
    """
    import torch

    return 0 if encoder.device == "cpu" and torch.get_num_threads() == 1 else encoder.batch_size


def _take(
    gathered: GatheredSong[S], segments: Iterable[Segment], waiting: _Waiting[S], size: int
) -> None:
    try:
        for segment in segments:
            # Samples are dropped as soon as they are encoded: a long song needs no more memory.
            gathered.segments.append(replace(segment, samples=_NO_SAMPLES))
            waiting.songs.append(gathered)
            waiting.samples.append(segment.samples)
            if len(waiting.samples) == size:
                waiting.run()
                if gathered.error is not None:
                    return
    except Exception as error:  # noqa: BLE001 - it is that of the song
        waiting.drop(gathered)
        gathered.error = error
