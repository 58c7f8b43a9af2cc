"""A song after the encoder: layer means by segment, and facts of the recording."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import Segment
from plaudit.core.note import Note
from plaudit.encoders.gathered import GatheredSong, encode_songs
from plaudit.encoders.promise import Encoder
from plaudit.judging.feed import SongFeed


@dataclass(frozen=True, eq=False)
class EncodedSong:
    """The output of an encoder for one song, from `Judge.encode` for `Judge.score_encoded`."""

    path: str | None  #: As given; None for an array.
    sha256: str  #: Of the file's bytes, or of the array's float32 samples.
    duration_s: float
    silent: bool
    warnings: tuple[Note, ...]
    segments: tuple[Segment, ...]  #: Their times; samples are dropped.
    layer_means: NDArray[np.float32]  #: (n_segments, n_layers, dim).
    #: The last full segment of a song whose last one is padded, and its means (1, n_layers, dim).
    last_window: tuple[Segment, NDArray[np.float32]] | None


def encode_feeds(
    feeds: Iterable[SongFeed], encoder: Encoder, *, last_window: bool
) -> Iterator[tuple[SongFeed, EncodedSong | Exception | None]]:
    """Yield each song with its layer means, while the next songs are read.

    An exception stands for a song that could not be read or encoded, None for one whose row is
    known already. On a GPU segments of several songs are encoded together.
    """
    songs = ((feed, _heard(feed, last_window=last_window)) for feed in feeds)
    for gathered in encode_songs(songs, encoder):
        feed = gathered.song
        if gathered.error is not None:
            yield feed, gathered.error
        else:
            yield feed, None if feed.known_row is not None else _encoded(gathered, last_window)


def _heard(feed: SongFeed, *, last_window: bool) -> Iterator[Segment]:
    """Yield the segments of a song, and at the end its last full one if that is asked for."""
    yield from feed
    if last_window and feed.facts is not None and feed.facts.last_window is not None:
        yield feed.facts.last_window


def _encoded(gathered: GatheredSong[SongFeed], last_window: bool) -> EncodedSong:
    feed, segments, means = gathered.song, gathered.segments, np.concatenate(gathered.means)
    facts = feed.facts
    assert facts is not None  # noqa: S101 - set before the feed ends
    window = None
    if last_window and facts.last_window is not None:
        window = facts.last_window, means[-1:]
        segments, means = segments[:-1], means[:-1]
    return EncodedSong(
        path=None if isinstance(feed.source, tuple) else str(feed.source),
        sha256=feed.sha256,
        duration_s=facts.duration_s,
        silent=facts.silent,
        warnings=facts.warnings,
        segments=tuple(segments),
        layer_means=means,
        last_window=window,
    )
