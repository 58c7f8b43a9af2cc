"""The origin of what was read, so that a record says which bytes its numbers come from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from plaudit.core.file import sha256_of
from plaudit.core.settings import Record


class Origin(Record):
    """A file or folder: its name, and the digest of its bytes (see `digest_of`)."""

    name: str
    sha256: str


def digest_of(path: Path, files: Sequence[Path]) -> str:
    """Return the SHA-256 of a file; of a folder, that of the lines ``<sha256>  <name>`` of files.

    The files are taken in the order given.
    """
    if path.is_file():
        return sha256_of(path)
    lines = [f"{sha256_of(file)}  {file.relative_to(path)}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
