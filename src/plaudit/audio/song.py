"""From a file or an array to checked segments, in one pass and constant memory.

Decode -> blocks of one second -> checks -> mean of the channels -> resampler -> segments. Judges,
training and benchmarks all read songs through ``open_song``.
"""

import contextlib
import itertools
import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import mono
from plaudit.audio.check import SongCheck
from plaudit.audio.decode import Decoder
from plaudit.audio.errors import (
    NonFiniteError,
    ScaleError,
    TooLongError,
    TooShortError,
    UnfinishedError,
)
from plaudit.audio.extent import Loss
from plaudit.audio.resample import Resampler
from plaudit.audio.sample import array_blocks
from plaudit.audio.segment import Cutter, Segment, SegmentRule
from plaudit.core.note import Note

_MIN_DURATION_S = 1.0
_LARGEST = 2.0**32  # no integers that audio is stored in reach it
"""Shortest song that is judged, in seconds: below it there is too little music."""

Source = str | Path | tuple[NDArray[Any], int]
"""A song: the path of a file, or samples ``(n_samples,)`` or ``(n_channels, n_samples)`` with their
sample rate in Hz."""


class _Result(NamedTuple):
    duration_s: float
    warnings: tuple[Note, ...]
    silent: bool
    last_window: Segment | None


class SongAudio:
    """The segments of one song, made while they are asked for; `open_song` makes it. Iterate once.

    The file is opened by the first ``next`` and closed at the end, on an error, by ``close``, by
    leaving a ``with`` statement, or when the iterator is dropped. ``duration_s``, ``warnings``,
    ``silent`` and ``last_window`` can be read once the last segment has been taken.
    """

    def __init__(
        self, source: Source, sample_rate: int, rule: SegmentRule, max_s: float | None = None
    ) -> None:
        self._name = "the array" if isinstance(source, tuple) else str(source)
        self._max_s = max_s
        self._result: _Result | None = None
        self._segments = self._run(source, sample_rate, rule)

    def __iter__(self) -> Iterator[Segment]:
        return self

    def __next__(self) -> Segment:
        return next(self._segments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop and close the file; harmless when it is closed already."""
        self._segments.close()

    @property
    def duration_s(self) -> float:
        """Length of what was decoded, in seconds."""
        return self._finished().duration_s

    @property
    def warnings(self) -> tuple[Note, ...]:
        """What is wrong with the song (`plaudit.audio.check`), most serious first."""
        return self._finished().warnings

    @property
    def silent(self) -> bool:
        """Whether nothing in it can be heard; such a song has no score."""
        return self._finished().silent

    @property
    def last_window(self) -> Segment | None:
        """The last full window, where the last segment is padded (`Cutter.last_window`)."""
        return self._finished().last_window

    def _finished(self) -> _Result:
        if self._result is None:
            raise UnfinishedError(
                f"The length and warnings of {self._name} are known only after its last segment; "
                "read all segments first."
            )
        return self._result

    def _run(
        self, source: Source, sample_rate: int, rule: SegmentRule
    ) -> Generator[Segment, None, None]:
        cutter = Cutter(rule, sample_rate)
        loss: Loss | None = None
        with contextlib.ExitStack() as stack:
            if isinstance(source, tuple):
                decoder = None
                blocks, rate = array_blocks(*source)
            else:
                decoder = stack.enter_context(Decoder(Path(source)))
                blocks, rate = iter(decoder), decoder.sample_rate
                if decoder.expected_s is not None:
                    self._check_length(decoder.expected_s)
            check = SongCheck(rate)
            resampler = Resampler(rate, sample_rate)
            n_samples = 0
            held: list[NDArray[np.float32]] = []  # until the song is known to be long enough
            for block in blocks:
                if not np.isfinite(block).all():
                    raise self._non_finite(itertools.chain([block], blocks), n_samples, rate)
                if (peak := float(np.abs(block).max(initial=0))) > _LARGEST:
                    raise ScaleError(
                        f"Expected samples up to 1, or up to {2**31} where integers are stored as"
                        f" floats, but {self._name} holds {peak:.3g}; export the song again from"
                        " where it was made."
                    )
                mean = mono(block)
                check.push(block, mean)
                n_samples += len(mean)
                self._check_length(n_samples / rate, so_far=True)
                held.append(mean)
                if n_samples >= _MIN_DURATION_S * rate:
                    for piece in held:
                        yield from cutter.push(resampler.push(piece))
                    held = []
            if decoder is not None:
                loss = decoder.loss()
        duration_s = n_samples / rate
        if held:
            note = loss.note() if loss is not None else None
            advice = "choose a longer song." if note is None else f"it is damaged. {note.message}"
            raise TooShortError(
                f"Expected at least {_MIN_DURATION_S:g} s of sound, but {self._name} holds "
                f"{math.floor(1000 * duration_s) / 1000:g} s; {advice}"
            )
        yield from cutter.push(resampler.flush())
        yield from cutter.flush()
        self._result = _Result(duration_s, check.notes(loss), check.silent, cutter.last_window())

    def _check_length(self, length_s: float, *, so_far: bool = False) -> None:
        if self._max_s is not None and length_s > self._max_s:
            lasts = "more" if so_far else f"{length_s:.0f} s"
            raise TooLongError(
                f"Expected at most {self._max_s:g} s of sound, but {self._name} lasts {lasts}; cut"
                " it, or allow more (--max-seconds)."
            )

    def _non_finite(
        self, blocks: Iterator[NDArray[np.float32]], start: int, rate: int
    ) -> NonFiniteError:
        """Count what is not finite in the rest of the song, and place the first."""
        n_bad, first = 0, None
        for block in blocks:
            bad = ~np.isfinite(block)
            n_bad += int(np.count_nonzero(bad))
            if first is None:
                first = (start + int(bad.any(axis=0).argmax())) / rate
        return NonFiniteError(
            f"Expected finite samples, but {self._name} holds {n_bad} that are NaN or infinite, "
            f"the first at {first:.3f} s; export the song again from where it was made."
        )


def open_song(
    source: Source, sample_rate: int, rule: SegmentRule, max_s: float | None = None
) -> SongAudio:
    """Open a song for a judge: segments at its sample rate, and what is wrong with the song.

    Nothing is read yet; every error comes from iterating.

    Parameters
    ----------
    source : path or (array, int)
        A file in any format of `plaudit.audio.decode`, or samples with their sample rate in Hz:
        ``(n_samples,)`` or ``(n_channels, n_samples)``, floats with full scale 1.0 or signed
        integers of 16 or 32 bits.
    sample_rate : int
        Rate of the segments, Hz.
    rule : SegmentRule
        How to cut.
    max_s : float, optional
        Longest song in seconds: a file that states more is refused before it is decoded, any other
        as soon as more was decoded. Memory does not grow with the length, but time does.

    Returns
    -------
    SongAudio
        Iterator of `Segment`.

    Raises
    ------
    MissingFileError, AudioError
        While iterating: one of `plaudit.audio.errors`, naming the file and a way out.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(np.arange(96_000) / 10).astype(np.float32)
    >>> song = open_song((tone, 48_000), 24_000, SegmentRule())
    >>> [(segment.start_s, segment.end_s, segment.samples.shape) for segment in song]
    [(0.0, 2.0, (720000,))]
    >>> song.duration_s, song.silent
    (2.0, False)
    """
    return SongAudio(source, sample_rate, rule, max_s)
