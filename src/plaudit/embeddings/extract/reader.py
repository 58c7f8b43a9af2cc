"""A song read on a thread of its own, in bounded memory, while another one is being encoded."""

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError
from plaudit.core.note import Note

_QUEUED_SEGMENTS = 4  # 30 s of 24 kHz float32 are 2.9 MB each
_POLL_S = 0.2


class ChangedError(InputError):
    """A file was written to while it was read."""


class FileState(NamedTuple):
    """What tells that a file is still the same: its size and when it was last written."""

    n_bytes: int
    modified_ns: int


def state_of(path: Path) -> FileState:
    """Return the state of a file; OSError if there is none."""
    found = path.stat()
    return FileState(found.st_size, found.st_mtime_ns)


class SongReader:
    """Reads a song ahead; iterate once over its segments.

    Parameters
    ----------
    path : Path
        Audio file.
    state : FileState
        State of the file when its content was hashed.
    sample_rate : int
        Rate the encoder hears, in Hz.
    rule : SegmentRule
        How to cut.
    """

    def __init__(self, path: Path, state: FileState, sample_rate: int, rule: SegmentRule) -> None:
        self._path, self._state, self._rate, self._rule = path, state, sample_rate, rule
        self._queue: queue.Queue[Segment | BaseException | None] = queue.Queue(_QUEUED_SEGMENTS)
        self._stopped = threading.Event()
        self.warnings: tuple[Note, ...] = ()  # known once the last segment was taken
        self._thread = threading.Thread(target=self._read, name="plaudit-reader", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Segment]:
        """Yield segments in order; raise what reading raised."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        """Stop reading; safe at any time."""
        self._stopped.set()
        self._thread.join()

    def _read(self) -> None:
        try:
            with open_song(self._path, self._rate, self._rule) as song:
                for segment in song:
                    if not self._put(segment):
                        return
            if state_of(self._path) != self._state:
                raise ChangedError(
                    f"{self._path} was written to while it was read; run the same command again"
                    " when it is finished."
                )
            self.warnings = song.warnings
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
