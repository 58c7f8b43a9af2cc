"""Files that are either whole or not there, and that never destroy what the user had.

Everything Plaudit writes goes through ``atomic``: a reader sees the old file or the new one,
never half of it, also when the job is killed. A folder that is replaced whole goes through
`plaudit.core.folder`. What a killed job leaves half-written ends in `TEMPORARY`, and `sweep`
removes it.
"""

import hashlib
import io
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from plaudit.core.errors import OutputError, PlauditError

TEMPORARY = ".plaudit.tmp"
OUR_KEY = b"plaudit"
"""In the metadata of a Parquet file that Plaudit wrote for the user."""
LONGEST_NAME = 255  # bytes that most file systems allow in a name
_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
_SAME_FILE_ONLY = getattr(os, "O_NOFOLLOW", 0)  # absent on Windows


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


def expanded(name: str | os.PathLike[str]) -> Path:
    """Return a path with its leading ``~`` replaced by the home folder.

    A file whose own name begins so is meant as it is, and so is everything where no home is known.
    """
    path = Path(name)
    try:
        return path if os.path.lexists(path) else path.expanduser()
    except RuntimeError:  # no such user, or a user without a home
        return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses while a path is written into an `OutputError` that names it."""
    try:
        yield
    except (PlauditError, BrokenPipeError):  # that the reader of a pipe leaves is no fault
        raise
    except OSError as error:
        raise OutputError(
            f"Expected to write {path}, but the system refuses it ({error.strerror or error});"
            " make room or choose another place."
        ) from error


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when it is whole and on disk.

    A link at the path is replaced, never the file behind it. A pipe or a device is written as the
    bytes come.

    Raises
    ------
    OutputError
        The target is a folder, its parent cannot hold files, or the disk is full.
    """
    if is_stream(path):
        with writing(path):
            handle = _open_stream(path)
        with io.BufferedWriter(_Raw(handle, path)) as file:
            yield file
        return
    with writing(path):
        if path.is_dir():
            raise OutputError(
                f"Expected a file name to write, got the folder {path}; add a file name."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary, held = make_temporary(path)
    try:
        with io.BufferedWriter(_Raw(os.dup(held), path)) as file:
            yield file
            with writing(path):
                file.flush()
                os.fsync(file.fileno())
        with writing(path):
            temporary.chmod(0o666 & ~umask())  # mkstemp makes private files; ours are ordinary
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(held)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a whole file through `atomic`; text as UTF-8."""
    with atomic(path) as file:
        # A name that is no UTF-8 gets its own bytes back.
        file.write(
            content.encode(errors="surrogateescape") if isinstance(content, str) else content
        )


def is_stream(path: Path) -> bool:
    """Return whether a path is a pipe, a terminal or another device, such as ``/dev/stdout``."""
    if _descriptor(path) is not None:
        return True  # also where it stands for a file that the shell opened
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def longer_name(name: str, suffix: str, prefix: str = "") -> str:
    """Return a name with more before and behind it, the middle cut to what a disk can hold."""
    room = LONGEST_NAME - len((prefix + suffix).encode())
    encoded = os.fsencode(name)
    if len(encoded) > room:  # two long names keep two names
        encoded = encoded[: room - 17] + b"-" + hashlib.sha256(encoded).hexdigest()[:16].encode()
    return f"{prefix}{os.fsdecode(encoded)}{suffix}"


def make_temporary(path: Path, *, folder: bool = False) -> tuple[Path, int]:
    """Make a temporary file or folder beside a path, which nobody sweeps while it is held.

    Returns it and an open handle (of a file, to write with), to close when it has its place.
    """
    ending = "." + 8 * "x" + TEMPORARY  # as tempfile continues a name
    prefix = longer_name(path.name, ending, ".")[: 1 - len(ending)]
    while True:
        if folder:
            made = tempfile.mkdtemp(TEMPORARY, prefix, path.parent)
            held = os.open(made, os.O_RDONLY)
        else:
            held, made = tempfile.mkstemp(TEMPORARY, prefix, path.parent)
        with suppress(OSError):  # a file system without locks: then nobody sweeps either
            _lock(held, wait=True)
        if same_file(held, Path(made)):
            return Path(made), held
        os.close(held)  # swept between the two steps


def sweep(folder: Path) -> None:
    """Remove what killed jobs left half-written in a folder; what a living one holds stays."""
    for path in folder.glob(f".*{TEMPORARY}"):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | _SAME_FILE_ONLY)
            try:
                _lock(handle, wait=False)
                if path.is_dir():
                    shutil.rmtree(path)
                elif same_file(handle, path):
                    path.unlink()
            finally:
                os.close(handle)


def _descriptor(path: Path) -> int | None:
    """Return the number of the open file that a path such as ``/dev/fd/3`` stands for."""
    if str(path) in _STANDARD:
        return _STANDARD[str(path)]
    fits = str(path.parent) in ("/dev/fd", "/proc/self/fd") and path.name.isdecimal()
    return int(path.name) if fits else None


def _open_stream(path: Path) -> int:
    number = _descriptor(path)
    # A second opening of a file would begin at its start and write over what was printed.
    return os.open(path, os.O_WRONLY | os.O_APPEND) if number is None else os.dup(number)


def _lock(handle: int, *, wait: bool) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: there nobody can remove a file that is open
        return
    fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def same_file(handle: int, path: Path) -> bool:
    """Return whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def umask() -> int:
    """Return the permissions that new files of this process lack."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


class _Raw(io.FileIO):
    """A file opened for writing whose errors name the path that it will have."""

    def __init__(self, handle: int, path: Path) -> None:
        self._path = path
        super().__init__(handle, "wb")

    def write(self, data: Any, /) -> int:
        """Write bytes; `OutputError` where the disk refuses."""
        with writing(self._path):
            return super().write(data)
