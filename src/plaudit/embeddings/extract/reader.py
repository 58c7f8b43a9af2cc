"""A song's file, read ahead of the encoder and refused when it changes meanwhile."""

from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from plaudit.audio.read_ahead import ReadAhead
from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.song import SongAudio, open_song
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.core.note import Note
from plaudit.core.remote import RemoteFile, fetched, remote_state


class ChangedError(InputError):
    """A file was written to while it was read."""


class FileState(NamedTuple):
    """Size and time of the last change: the same for a file that is still the same."""

    n_bytes: int
    modified_ns: int


def state_of(path: Path) -> FileState:
    """Return the state of a file; OSError if there is none, or its server does not state it."""
    if isinstance(path, RemoteFile):
        return FileState(*remote_state(path))
    status = path.stat()
    return FileState(status.st_size, status.st_mtime_ns)


class SongReader:
    """Reads a song ahead; ``state`` and ``sha256`` are those of the file when it was hashed.

    ``ahead`` is that of `plaudit.audio.read_ahead.ReadAhead`.
    """

    def __init__(
        self,
        path: Path,
        state: FileState,
        sha256: str,
        sample_rate: int,
        rule: SegmentRule,
        max_s: float | None = None,
        *,
        ahead: int = 1,
    ) -> None:
        self._path, self._state, self._sha256 = path, state, sha256
        self._cut = (sample_rate, rule, max_s)
        self._song: SongAudio | None = None
        # A download is waited for, so it goes on beside one thread that computes.
        self.segments = ReadAhead(self._read(), ahead or isinstance(path, RemoteFile))

    @property
    def warnings(self) -> tuple[Note, ...]:
        """What is wrong with the song, known once the last segment was taken."""
        return () if self._song is None else self._song.warnings

    def _read(self) -> Generator[Segment]:
        with fetched(self._path) as here:
            remote = isinstance(here, RemoteFile)
            changed = remote and sha256_of(here) != self._sha256
            if not changed:
                self._song = open_song(here, *self._cut)
                with self._song:
                    yield from self._song
        if changed or (not remote and state_of(self._path) != self._state):
            raise ChangedError(
                f"{self._path} was written to while it was read; run the same command again"
                " when it is finished."
            )
