"""Files that are either whole or not there, and that never destroy what the user had.

Everything Plaudit writes goes through ``atomic``: a reader sees the old file or the new one,
never half of it, also when the job is killed.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from plaudit.core.errors import InputError


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_file(path: Path) -> bool:
    """Return whether a path that a table names is a file; one that no disk can hold is none."""
    try:
        return path.is_file()
    except OSError:  # a name of thousands of letters, a folder that may not be read
        return False


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when it is whole and on disk.

    Raises
    ------
    InputError
        The target is a folder, or its parent cannot hold files.
    """
    if path.is_dir():
        raise InputError(f"Expected a file name to write, got the folder {path}; add a file name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    except OSError as error:
        raise InputError(
            f"Expected to write {path}, but its folder refuses it ({error.strerror});"
            " choose another place."
        ) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes private files; outputs are ordinary ones
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a whole file through `atomic`; text as UTF-8."""
    with atomic(path) as file:
        # A name that is no UTF-8 gets its own bytes back.
        file.write(
            content.encode(errors="surrogateescape") if isinstance(content, str) else content
        )
