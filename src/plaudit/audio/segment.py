"""How a song is cut into the excerpts an encoder hears.

The published rule (APEX): consecutive, non-overlapping segments of 30 s, the last one zero-padded.
A timeline replaces a padded last segment by the last full window (`Cutter.last_window`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from plaudit.audio.block import music_seconds
from plaudit.core.choice import Tail
from plaudit.core.settings import Record


class SegmentRule(Record):
    """Cutting rule of a judge.

    ``tail="pad"`` keeps every last segment, zero-padded (published). ``tail="drop"`` leaves out a
    last segment shorter than ``min_tail_s``, unless it is the only one.
    """

    length_s: float = Field(default=30.0, gt=0)
    tail: Tail = "pad"
    min_tail_s: float = Field(default=10.0, ge=0)


@dataclass(frozen=True, eq=False)
class Segment:
    """One excerpt of a song."""

    start_s: float  #: Seconds from the start of the song.
    end_s: float  #: Where its real audio ends, in seconds; padding is not counted.
    #: (n_samples,) float32 mono, zero-padded to the length of the rule.
    samples: NDArray[np.float32]
    #: Seconds of it that are neither silence nor padding: 50 ms frames with an RMS above -60 dBFS
    #: (`plaudit.audio.block.music_seconds`).
    music_s: float


class Cutter:
    """Cuts a stream of mono samples into segments, keeping no more than two in memory."""

    def __init__(self, rule: SegmentRule, sample_rate: int) -> None:
        self.rule = rule
        self.sample_rate = sample_rate
        self.n_samples = max(1, round(rule.length_s * sample_rate))
        self._buffer = np.zeros(self.n_samples, dtype=np.float32)
        self._filled = 0
        self._start = 0
        self._full: NDArray[np.float32] | None = None
        self._tail: NDArray[np.float32] | None = None

    def push(self, x: NDArray[np.float32]) -> Iterator[Segment]:
        """Take more samples, (n,) float32, and yield every full segment that they complete."""
        while len(x):
            n = min(len(x), self.n_samples - self._filled)
            self._buffer[self._filled : self._filled + n] = x[:n]
            self._filled += n
            x = x[n:]
            if self._filled == self.n_samples:
                yield self._cut()

    def flush(self) -> Iterator[Segment]:
        """Yield the last, shorter segment where there is one and the rule keeps it."""
        too_short = self._filled < self.rule.min_tail_s * self.sample_rate
        dropped = self.rule.tail == "drop" and too_short and self._start > 0
        if self._filled and not dropped:
            self._tail = self._buffer[: self._filled]
            yield self._cut()

    def last_window(self) -> Segment | None:
        """Return the last ``n_samples`` of the song, which overlap the last two segments.

        Known after `flush`. None where no padded segment follows a full one: the song is at most
        one segment long, ends with a full segment, or its tail was dropped.
        """
        if self._full is None or self._tail is None:
            return None
        samples = np.concatenate([self._full[len(self._tail) :], self._tail])
        return Segment(
            start_s=(self._start - self.n_samples) / self.sample_rate,
            end_s=self._start / self.sample_rate,
            samples=samples,
            music_s=music_seconds(samples, self.sample_rate),
        )

    def _cut(self) -> Segment:
        samples = self._buffer
        segment = Segment(
            start_s=self._start / self.sample_rate,
            end_s=(self._start + self._filled) / self.sample_rate,
            samples=samples,
            music_s=music_seconds(samples[: self._filled], self.sample_rate),
        )
        if self._filled == self.n_samples:
            self._full = samples
        # The segment keeps its array: a caller may hold it, so the next one gets its own.
        self._start += self._filled
        self._filled = 0
        self._buffer = np.zeros(self.n_samples, dtype=np.float32)
        return segment
