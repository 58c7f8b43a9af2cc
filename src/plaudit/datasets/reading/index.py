"""The index of a corpus on this machine: the SHA-256 of its label files, and of audio if wanted.

``plaudit data check --write-index`` writes ``index.json`` into the corpus's folder after
the first check; every later check compares. So a changed byte in a label file is reported before
anything is learned from it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of, sweep, write_atomic
from plaudit.core.settings import Record, load_json

NAME = "index.json"


class IndexEntry(Record):
    """One file: its SHA-256 in hexadecimal digits, and its size."""

    sha256: str
    n_bytes: int


class Index(Record):
    """The files of a corpus when it was indexed, by path relative to its folder."""

    schema_version: Literal[1] = 1
    corpus: str
    rows: int
    files: dict[str, IndexEntry]


def write_index(folder: Path, corpus: str, files: Iterable[Path], rows: int) -> Index:
    """Hash files and write the index; an error if the folder holds that of another corpus."""
    if (folder / NAME).exists() and read_index(folder).corpus != corpus:
        raise InputError(
            f"{folder / NAME} is the index of {read_index(folder).corpus}; keep one corpus a"
            " folder, or remove that file."
        )
    entries = {
        str(path.relative_to(folder)): IndexEntry(
            sha256=sha256_of(path), n_bytes=path.stat().st_size
        )
        for path in sorted(set(files))
    }
    index = Index(corpus=corpus, rows=rows, files=entries)
    sweep(folder)
    write_atomic(folder / NAME, index.model_dump_json(indent=1) + "\n")
    return index


def read_index(folder: Path) -> Index:
    """Read the index of a corpus; `InputError` if ``index.json`` is something else."""
    path = folder / NAME
    return load_json(Index, path)


def changed(folder: Path, index: Index, files: Iterable[Path]) -> list[str]:
    """Return a line for each label file that is missing, has other bytes, or is new.

    ``files`` are the label files that are there now.
    """
    changes = []
    for name, entry in index.files.items():
        path = folder / name
        if not path.is_file():
            changes.append(f"{name} is missing")
        elif path.stat().st_size != entry.n_bytes or sha256_of(path) != entry.sha256:
            changes.append(f"{name} has other bytes")
    now = {str(path.relative_to(folder)) for path in files}
    return changes + [f"{name} is new" for name in sorted(now - index.files.keys())]
