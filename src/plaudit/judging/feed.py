"""Songs read ahead of the encoder, on threads, in order and in bounded memory.

Decoding releases the interpreter lock, so while the encoder works on one song the next ones are
already being read. Each song has its own short queue: a reader that is far ahead waits.
"""

import hashlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError, PlauditError
from plaudit.core.file import sha256_of
from plaudit.core.note import Note
from plaudit.judging.record import SongScores

PathLike = str | os.PathLike[str]
Source = Path | tuple[NDArray[np.generic], int]
Known = Callable[[str], SongScores | None]
_QUEUED_SEGMENTS = 4  # 30 s of 24 kHz float32 are 2.9 MB each
_POLL_S = 0.2


@dataclass(frozen=True)
class Heard:
    """What is known of a song only once it has been read to its end."""

    duration_s: float
    silent: bool
    warnings: tuple[Note, ...]
    last_window: Segment | None


@dataclass
class SongFeed:
    """One song on its way: iterate over its segments, then read ``heard`` and ``sha256``."""

    source: Source
    rule: SegmentRule
    sample_rate: int
    known: Known | None = None
    known_row: SongScores | None = None
    heard: Heard | None = None
    sha256: str = ""
    _queue: "queue.Queue[Segment | BaseException | None]" = field(
        default_factory=lambda: queue.Queue(_QUEUED_SEGMENTS)
    )
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin reading on a thread of its own."""
        self._thread = threading.Thread(target=self._read, name="plaudit-reader", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; safe at any time."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def __iter__(self) -> Iterator[Segment]:
        """Yield the segments in order; raise what the reader raised."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _read(self) -> None:
        try:
            # Asking costs one more read of the file, so only a resumed job asks.
            if self.known is not None and isinstance(self.source, Path) and self.source.is_file():
                self.known_row = self.known(sha256_of(self.source))
                if self.known_row is not None:
                    self._put(None)
                    return
            song = open_song(self.source, self.sample_rate, self.rule)
            for segment in song:
                if not self._put(segment):
                    song.close()
                    return
            self.heard = Heard(song.duration_s, song.silent, song.warnings, song.last_window)
            self.sha256 = _source_digest(self.source)
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._put(error)

    def _put(self, item: Segment | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False


def read_ahead(
    sources: Iterable[Source],
    sample_rate: int,
    rule: SegmentRule,
    *,
    readers: int,
    known: Known | None = None,
) -> Iterator[SongFeed]:
    """Yield one feed per source, in order, while the next ones are already being read.

    Parameters
    ----------
    sources : iterable of Path or (array, rate)
        Songs.
    sample_rate : int
        Rate the encoder hears, in Hz.
    rule : SegmentRule
        Cutting rule of the judge.
    readers : int
        Songs read at a time, at least 1.
    known : callable, optional
        Given a file's SHA-256, returns its row if it was judged before; it is then not read.

    Yields
    ------
    SongFeed
        To be consumed before the next one is asked for.
    """
    waiting: deque[SongFeed] = deque()
    pending = iter(sources)
    try:
        while True:
            while len(waiting) < readers:
                source = next(pending, None)
                if source is None:
                    break
                feed = SongFeed(source, rule, sample_rate, known)
                feed.start()
                waiting.append(feed)
            if not waiting:
                return
            yield waiting[0]
            waiting.popleft().stop()
    finally:
        for feed in waiting:
            feed.stop()


def source_of(song: PathLike | ArrayLike, sample_rate: int | None) -> Source:
    """Return a path, or an array with its rate; refuse a path with one and an array without."""
    if is_path(song):
        if sample_rate is not None:
            raise InputError("A file knows its own sample rate; leave out sample_rate.")
        return Path(song)
    if sample_rate is None:
        raise InputError("An array of samples needs its rate: judge.score(array, 44100).")
    return np.asarray(song), sample_rate


def is_path(value: object) -> TypeGuard[PathLike]:
    """Whether it names a file."""
    return isinstance(value, str | os.PathLike)


def _source_digest(source: Source) -> str:
    """Return the SHA-256 of a file's bytes, or of an array's float32 samples."""
    if isinstance(source, Path):
        return sha256_of(source)
    samples = np.ascontiguousarray(source[0], dtype=np.float32)
    return hashlib.sha256(samples.tobytes()).hexdigest()


def failure_note(error: PlauditError | OSError) -> Note:
    """Return the named error as it stands in a row: its class and its one sentence."""
    return Note(type=type(error).__name__, message=" ".join(str(error).split()))
