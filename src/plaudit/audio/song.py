"""From a file or an array to checked segments, in one pass and constant memory.

Decode -> blocks of one second -> checks -> mean of the channels -> resampler -> segments. Judges,
training and benchmarks all read songs through ``open_song``.
"""

from collections.abc import Generator, Iterator
from typing import NamedTuple, Self

from plaudit.audio.block import mono
from plaudit.audio.checked import CheckedSong, SongFacts, Source
from plaudit.audio.errors import UnfinishedError
from plaudit.audio.resample import Resampler
from plaudit.audio.segment import Cutter, Segment, SegmentRule
from plaudit.core.note import Note


class _Result(NamedTuple):
    facts: SongFacts
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
        return self._finished().facts.duration_s

    @property
    def warnings(self) -> tuple[Note, ...]:
        """What is wrong with the song (`plaudit.audio.check`), most serious first."""
        return self._finished().facts.warnings

    @property
    def silent(self) -> bool:
        """Whether nothing in it can be heard; such a song has no score."""
        return self._finished().facts.silent

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
        with CheckedSong(source, self._max_s) as song:
            resampler: Resampler | None = None
            for block in song:
                if resampler is None:
                    resampler = Resampler(song.sample_rate, sample_rate)
                yield from cutter.push(resampler.push(mono(block)))
        assert resampler is not None  # noqa: S101 - a song without samples is an error
        yield from cutter.push(resampler.flush())
        yield from cutter.flush()
        self._result = _Result(song.facts, cutter.last_window())


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
