"""The work for each song, in the order of the manifest.

Files that have not changed since the store recorded them are not read again. The others are hashed
a little ahead of the workers, which then find them in the system's cache; so it is known before any
work which songs are the same content, and which belong to another part.
"""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from plaudit.audio.decode import open_file
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.note import Note, error_note
from plaudit.core.printable import from_arrow, to_arrow
from plaudit.core.remote import RemoteFile, fetched
from plaudit.embeddings.extract.listing import ListedSong
from plaudit.embeddings.extract.reader import FileState, state_of
from plaudit.embeddings.store.header import StoreHead

_HASHERS = 2
_AHEAD = 8

What = Literal["embed", "done", "failed before", "error", "no audio", "other part"]


class OtherContentError(InputError):
    """A file has other content than the manifest states."""


@dataclass(frozen=True)
class Part:
    """One of several disjoint parts of a job, by content: ``number`` of ``of``, from 1."""

    number: int = 1
    of: int = 1

    @property
    def name(self) -> str:
        """Name in files, such as "1of4"."""
        return f"{self.number}of{self.of}"

    def has(self, key: str) -> bool:
        """Whether a content with this hexadecimal key belongs to the part."""
        return int(key, 16) % self.of == self.number - 1


def parse_part(text: str) -> Part:
    """Read "2/4" as the second of four parts."""
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
        return Part(int(number), int(of))
    raise InputError(f"Expected a part such as 2/4 (the second of four), got '{text}'.")


@dataclass(frozen=True)
class Finding:
    """What is to be done for a song."""

    song: ListedSong
    #: "embed": its content is hashed; "done": it is in the store as it is; "failed before": it gave
    #: an error and has not changed; "error": it cannot be read (``note``); "no audio": its manifest
    #: names no file; "other part": another part of the job has it.
    what: What
    state: FileState | None = None  #: State of its file.
    #: Its content.
    sha256: str | None = None
    key: str | None = None
    note: Note | None = None  #: Its error.

    def row(self, note: Note | None = None) -> dict[str, Any]:
        """Return the row for the store; with a note, that of a song that failed."""
        return {
            "song_id": to_arrow(self.song.song_id),
            "position": self.song.position,
            "path": to_arrow(str(self.song.path)),
            "bytes": self.state.n_bytes if self.state else None,
            "modified_ns": self.state.modified_ns if self.state else None,
            "sha256": self.sha256,
            "key": None if note else self.key,
            "error_type": note.type if note else None,
            "error": to_arrow(note.message) if note else None,
        }


class Survey:
    """Compares songs with a store.

    ``head`` holds the settings, which make the keys; ``before`` the state of each song in the store
    (`plaudit.embeddings.store.shard.song_states`); ``known`` the keys whose rows are in the store.
    Songs of other parts than ``part`` are left to them. With ``retry``, songs that failed before
    are tried again though they have not changed.
    """

    def __init__(
        self, head: StoreHead, before: pa.Table, known: set[str], part: Part, *, retry: bool
    ) -> None:
        self._head, self._known, self._part, self._retry = head, known, part, retry
        self._before: dict[str, dict[str, Any]] = {
            from_arrow(r["song_id"]): r for r in before.to_pylist()
        }

    def look(self, songs: Sequence[ListedSong]) -> Generator[Finding]:
        """Yield what is to be done for each song, in order."""
        ahead: deque[Finding | Future[Finding]] = deque()
        pool = ThreadPoolExecutor(_HASHERS, thread_name_prefix="plaudit-hash")
        try:
            for song in songs:
                if isinstance(song.path, RemoteFile):  # its server is asked, which takes a while
                    ahead.append(pool.submit(self._find, song))
                else:
                    ahead.append(self._from_store(song) or pool.submit(self._from_content, song))
                if len(ahead) > _AHEAD:
                    yield _ready(ahead.popleft())
            while ahead:
                yield _ready(ahead.popleft())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _find(self, song: ListedSong) -> Finding:
        return self._from_store(song) or self._from_content(song)

    def row_before(self, song_id: str) -> dict[str, Any] | None:
        """Return the state of a song in the store."""
        return self._before.get(song_id)

    def _from_store(self, song: ListedSong) -> Finding | None:
        """Return what is known without reading the file, or None."""
        if song.path is None:
            return Finding(song, "no audio")
        if song.sha256 is not None and not self._part.has(self._head.key(song.sha256)):
            return Finding(song, "other part")
        row = self._before.get(song.song_id)
        if row is None:
            return None
        try:
            state = state_of(song.path)
        except OSError:
            state = None
        same_file = state == (row["bytes"], row["modified_ns"])
        if row["key"] in self._known:
            # The audio of an embedded song may be gone: its embedding is what the store is for.
            same_content = song.sha256 is None or row["sha256"] == song.sha256
            if not (same_content and (same_file or state is None)):
                return None
            mine = self._part.has(row["key"])
            kept = FileState(row["bytes"], row["modified_ns"]) if row["bytes"] else state
            return Finding(song, "done" if mine else "other part", kept, row["sha256"], row["key"])
        still_gone = state is None and row["bytes"] is None
        failed_same = row["error"] is not None and (same_file or still_gone)
        return Finding(song, "failed before", state) if failed_same and not self._retry else None

    def _from_content(self, song: ListedSong) -> Finding:
        """Hash the file and compare it with the manifest."""
        path = song.path
        if path is None:
            raise AssertionError("a song without audio has no file to hash")
        state, sha256 = None, None
        try:
            if not isinstance(path, RemoteFile):
                if not is_file(path):
                    open_file(path).close()  # which says what it is instead
                state = state_of(path)
            with fetched(path) as here:
                sha256 = sha256_of(here)
                state = state or _state_at_server(path, here)
            if song.sha256 is not None and sha256 != song.sha256:
                raise OtherContentError(
                    f"{path} is not the file that the manifest states (SHA-256 {sha256[:12]}, not"
                    f" {song.sha256[:12]}); bring the right file, or correct the manifest."
                )
        except (InputError, OSError) as error:
            note = error_note(error)
            mark = self._head.key(song.sha256 or sha256 or song.song_id)
            ours = self._part.has(mark)
            return Finding(song, "error" if ours else "other part", state, sha256, None, note)
        key = self._head.key(sha256)
        return Finding(song, "embed" if self._part.has(key) else "other part", state, sha256, key)


def _state_at_server(path: Path, copy: Path) -> FileState:
    """Return the state of a remote file; that of its copy, without a time, if none is stated."""
    try:
        return state_of(path)
    except OSError:
        return FileState(copy.stat().st_size, 0)


def _ready(finding: Finding | Future[Finding]) -> Finding:
    return finding.result() if isinstance(finding, Future) else finding
