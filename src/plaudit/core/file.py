"""Files that are either whole or not there, and that never destroy what the user had.

Everything Plaudit writes goes through ``write_atomic``: a reader sees the old file or the new one,
never half of it, also when the job is killed.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from plaudit.core.errors import InputError


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Parameters
    ----------
    path : Path
        File to read; it is streamed, so size does not matter.

    Returns
    -------
    str
        Lower-case hexadecimal digest.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file through a temporary neighbour that takes its name once it is on disk.

    Parameters
    ----------
    path : Path
        Target; missing parent folders are made.
    content : str or bytes
        Whole content; text is written as UTF-8.

    Raises
    ------
    InputError
        The target is a folder, or its parent cannot hold files.
    """
    if path.is_dir():
        raise InputError(f"Expected a file name to write, got the folder {path}; add a file name.")
    data = content.encode() if isinstance(content, str) else content
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
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp makes private files; outputs are ordinary ones
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
