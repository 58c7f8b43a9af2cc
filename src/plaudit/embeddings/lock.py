"""One job at a time on a part of a store: a lock that the system takes back from the dead."""

from pathlib import Path
from typing import IO

from plaudit.core.errors import InputError


class StoreLock:
    """A lock on a file; on systems without ``fcntl`` (Windows) it locks nothing.

    Parameters
    ----------
    path : Path
        File to lock; made when needed, its content does not matter.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Take the lock.

        Raises
        ------
        InputError
            Another process holds it.
        """
        try:
            import fcntl
        except ImportError:
            return
        file = self._path.open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise InputError(
                f"Another process is embedding into {self._path.parent}; wait for it, give each of"
                " several machines its own --part, or give another folder."
            ) from error
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
