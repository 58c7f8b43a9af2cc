"""A song as its encoder gives it: layer means by segment, and facts of the recording."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import Segment
from plaudit.core.note import Note
from plaudit.encoders.promise import Encoder
from plaudit.judging.feed import SongFeed

_NO_SAMPLES = np.empty(0, np.float32)


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


def encode_feed(
    feed: SongFeed, encoder: Encoder, path: str | None, *, last_window: bool
) -> EncodedSong | None:
    """Encode the segments of a song while they are read; None if its row is known already.

    Batches depend on the song alone, so other songs never change a number.
    """
    means: list[NDArray[np.float32]] = []
    segments: list[Segment] = []
    for batch in _batches(feed, encoder.batch_size):
        means.append(encoder.encode(np.stack([segment.samples for segment in batch])))
        # Samples are dropped as soon as they are encoded: a long song needs no more memory.
        segments += [replace(segment, samples=_NO_SAMPLES) for segment in batch]
    if feed.known_row is not None:
        return None
    facts = feed.facts
    assert facts is not None  # noqa: S101 - set before the feed ends
    window = facts.last_window if last_window else None
    return EncodedSong(
        path=path,
        sha256=feed.sha256,
        duration_s=facts.duration_s,
        silent=facts.silent,
        warnings=facts.warnings,
        segments=tuple(segments),
        layer_means=np.concatenate(means),
        # Encoded alone: in a batch with others it could move the last digit of their scores.
        last_window=None if window is None else (window, encoder.encode(window.samples[None])),
    )


def _batches(feed: SongFeed, size: int) -> Iterator[list[Segment]]:
    batch: list[Segment] = []
    for segment in feed:
        batch.append(segment)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
