"""Songs read ahead of the encoder, each on a thread of its own, in order and in bounded memory."""

import hashlib
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.audio.read_ahead import ReadAhead
from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.shared import SharedSong
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.note import Note
from plaudit.core.remote import RemoteFile, fetched, is_url, remote_file
from plaudit.judging.record import SongScores

PathLike = str | os.PathLike[str]
Source = Path | SharedSong | tuple[NDArray[np.generic], int]
Known = Callable[[str], SongScores | None]

if TYPE_CHECKING:
    _LocalPath = Path
else:
    _LocalPath = type(Path())  # the class of paths on this system, which can be derived from


class OpenFile(Protocol):
    """A file that is open for reading bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """Return the next bytes."""


class CopiedFile(_LocalPath):
    """What an open file holds, on disk; it stands in rows and messages under its name."""

    shown: str | None = None  #: Name of the open file, where it has one.
    _here = ""

    def __str__(self) -> str:
        return self.shown or "the open file"

    def __fspath__(self) -> str:
        return self._here


@dataclass(frozen=True)
class SongFacts:
    """Facts of a song that are known once it has been read to its end."""

    duration_s: float
    silent: bool
    warnings: tuple[Note, ...]
    last_window: Segment | None


class SongFeed:
    """One song on its way: iterate over its segments, then read ``facts`` and ``sha256``.

    ``known_row`` is set instead, and there are no segments, if the song was judged before.
    """

    def __init__(
        self,
        source: Source,
        rule: SegmentRule,
        sample_rate: int,
        known: Known | None = None,
        max_s: float | None = None,
        ahead: int = 1,
    ) -> None:
        self.source = source
        self._rule, self._sample_rate, self._known = rule, sample_rate, known
        self._max_s = max_s
        self.known_row: SongScores | None = None
        self.facts: SongFacts | None = None
        self.sha256 = ""
        # A download is waited for, so it goes on beside one thread that computes.
        self._ahead = ReadAhead(self._read(), ahead or isinstance(source, RemoteFile))

    def __iter__(self) -> Iterator[Segment]:
        """Yield the segments in order; raise what reading raised."""
        return iter(self._ahead)

    def stop(self) -> None:
        """Stop reading; safe at any time."""
        self._ahead.stop()

    def _read(self) -> Generator[Segment]:
        with fetched(self.source) as source:
            yield from self._read_here(source)

    def _read_here(self, source: Source) -> Generator[Segment]:
        # A look for the known row costs one more read of the file, so only a resumed job looks.
        there = not isinstance(source, tuple) and is_file(Path(os.fspath(source)))
        if self._known is not None and there:
            self.known_row = self._known(source_digest(source))
            if self.known_row is not None:
                return
        with open_song(source, self._sample_rate, self._rule, self._max_s) as song:
            yield from song
        self.facts = SongFacts(song.duration_s, song.silent, song.warnings, song.last_window)
        self.sha256 = source_digest(source)


def read_ahead(
    sources: Iterable[Source],
    sample_rate: int,
    rule: SegmentRule,
    *,
    readers: int,
    known: Known | None = None,
    max_s: float | None = None,
    ahead: int = 1,
) -> Iterator[SongFeed]:
    """Yield one feed per source, in order, while the next ones are already being read.

    Each feed has to be consumed before the next one is taken. ``sample_rate``, in Hz, is that of
    the encoder, and ``readers`` the number of songs read at a time. ``known`` returns the row of a
    song judged before by the SHA-256 of its file, which is then not decoded. ``max_s`` is that of
    `plaudit.audio.song.open_song`. ``ahead`` is that of `plaudit.audio.read_ahead.ReadAhead`.
    """
    waiting: deque[SongFeed] = deque()
    pending = iter(sources)
    try:
        while True:
            while len(waiting) < readers:
                source = next(pending, None)
                if source is None:
                    break
                waiting.append(SongFeed(source, rule, sample_rate, known, max_s, ahead))
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
        return file_of(song)
    if sample_rate is None:
        raise InputError("An array of samples needs its rate: judge.score(array, 44100).")
    return np.asarray(song), sample_rate


def is_open(value: object) -> TypeGuard[OpenFile | bytes]:
    """Return whether a value is an open file, or the bytes of one."""
    return isinstance(value, bytes | bytearray | memoryview) or hasattr(value, "read")


@contextmanager
def copied(song: OpenFile | bytes) -> Iterator[CopiedFile]:
    """Yield what is left to read of an open file as a file on disk, removed after the block.

    Decoders seek, and a pipe or an answer of a server cannot.

    Raises
    ------
    InputError
        The file is open for text.
    """
    file = BytesIO(song) if isinstance(song, bytes | bytearray | memoryview) else song
    name = getattr(file, "name", None)
    with tempfile.NamedTemporaryFile() as copy:
        try:
            shutil.copyfileobj(file, copy)
        except TypeError as error:
            raise InputError(
                'Expected a song opened for bytes, got one opened for text; open it with "rb".'
            ) from error
        copy.flush()
        here = CopiedFile(copy.name)
        here.shown, here._here = (name if isinstance(name, str) else None), copy.name
        yield here


def is_path(value: object) -> TypeGuard[PathLike]:
    """Return whether a value names a file."""
    return isinstance(value, str | os.PathLike)


def file_of(song: PathLike) -> Path | SharedSong:
    """Return a path or remote file; a song that several judges hear stays one."""
    if isinstance(song, SharedSong | Path):
        return song
    return remote_file(os.fspath(song)) if is_url(song) else Path(song)


def source_digest(source: Source) -> str:
    """Return the SHA-256 of a file's bytes, or of an array's float32 samples."""
    if isinstance(source, SharedSong):
        return source.sha256
    if isinstance(source, Path):
        return sha256_of(source)
    samples = np.ascontiguousarray(source[0], dtype=np.float32)
    return hashlib.sha256(samples.tobytes()).hexdigest()
