"""A song's file, read ahead of the encoder and refused when it changes meanwhile."""

from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from plaudit.audio.read_ahead import ReadAhead
from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError
from plaudit.core.note import Note


class ChangedError(InputError):
    """A file was written to while it was read."""


class FileState(NamedTuple):
    """Size and time of the last change: the same for a file that is still the same."""

    n_bytes: int
    modified_ns: int


def state_of(path: Path) -> FileState:
    """Return the state of a file; OSError if there is none."""
    status = path.stat()
    return FileState(status.st_size, status.st_mtime_ns)


class SongReader:
    """Reads a song ahead; ``state`` is that of the file when its content was hashed.

    ``ahead`` is how many segments the encoder takes at a time.
    """

    def __init__(
        self,
        path: Path,
        state: FileState,
        sample_rate: int,
        rule: SegmentRule,
        max_s: float | None = None,
        *,
        ahead: int = 1,
    ) -> None:
        self._path, self._state = path, state
        self._song = open_song(path, sample_rate, rule, max_s)
        self.segments = ReadAhead(self._read(), ahead)

    @property
    def warnings(self) -> tuple[Note, ...]:
        """What is wrong with the song, known once the last segment was taken."""
        return self._song.warnings

    def _read(self) -> Generator[Segment]:
        with self._song:
            yield from self._song
        if state_of(self._path) != self._state:
            raise ChangedError(
                f"{self._path} was written to while it was read; run the same command again"
                " when it is finished."
            )
