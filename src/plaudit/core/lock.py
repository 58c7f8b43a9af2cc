"""One job at a time in a folder: a lock that the system gives back when its holder dies."""

from pathlib import Path
from typing import IO

from plaudit.core.errors import InputError


class Lock:
    """A lock on a file; on systems without ``fcntl`` (Windows) it locks nothing.

    ``busy`` is the error text when another process holds it; by default, that it is at work in the
    folder above that of the file.
    """

    def __init__(self, path: Path, busy: str | None = None) -> None:
        self._path = path
        self._busy = busy or (
            f"Another process is at work in {path.parent.parent}; wait for it, or give another"
            " folder."
        )
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock; `InputError` if another process holds it."""
        try:
            import fcntl
        except ImportError:
            return
        file = self._path.open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise InputError(self._busy) from error
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
