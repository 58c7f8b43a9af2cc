"""The manifest of a corpus: what it was made from, by what, and the SHA-256 of every file."""

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from plaudit.core.file import sha256_of, write_atomic
from plaudit.core.settings import Record, load_json
from plaudit.synth.corpus.plan import CorpusSettings

NAME = "manifest.json"
# Libraries that the bytes depend on, besides our own code.
_LIBRARIES = ("numpy", "scipy", "soundfile", "av", "pyarrow", "matplotlib")


class FileEntry(Record):
    """One file of the corpus: its SHA-256 in hexadecimal digits, and its size."""

    sha256: str
    bytes: int


class Maker(Record):
    """What made a corpus: another maker may give other bytes from the same settings."""

    plaudit: str  #: Version of Plaudit.
    #: Start of the SHA-256 of the source of this area: tells versions under development apart.
    code: str
    libraries: dict[str, str]  #: Versions of the libraries that the bytes depend on.


class Manifest(Record):
    """What lies in a corpus folder, by path relative to it; the manifest itself is not listed."""

    schema_version: Literal[1] = 1
    maker: Maker
    settings: CorpusSettings
    files: dict[str, FileEntry]


class Beginning(Record):
    """What a corpus that is being made was begun with."""

    schema_version: Literal[1] = 1
    maker: Maker
    settings: CorpusSettings


@cache
def this_maker() -> Maker:
    """Return what this process would make a corpus with."""
    code = hashlib.sha256()
    synth = Path(__file__).parents[1]
    for path in sorted(synth.rglob("*.py")):
        code.update(path.relative_to(synth).as_posix().encode() + b"\0" + path.read_bytes())
    return Maker(
        plaudit=version("plaudit"),
        code=code.hexdigest()[:12],
        libraries={name: version(name) for name in _LIBRARIES},
    )


def entry_of(path: Path) -> FileEntry:
    """Return the entry of a file, read from disk."""
    return FileEntry(sha256=sha256_of(path), bytes=path.stat().st_size)


def write_manifest(
    folder: Path, beginning: Beginning, files: Iterable[tuple[str, FileEntry]]
) -> None:
    """Write the manifest of a corpus."""
    head = beginning.model_dump(mode="json")
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in head.items()]
    entries = ",\n".join(
        f"    {json.dumps(name)}: {entry.model_dump_json()}" for name, entry in sorted(files)
    )
    text = "\n".join(["{", *lines, '  "files": {', entries, "  }", "}", ""])
    write_atomic(folder / NAME, text)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a corpus; `InputError` if it is not a manifest of Plaudit."""
    path = folder / NAME
    return load_json(Manifest, path)


def damaged(folder: Path, manifest: Manifest, on_progress: Callable[[int], None]) -> list[str]:
    """Return what is wrong with the files of a corpus folder, a phrase each.

    ``on_progress`` gets the number of files checked so far.
    """
    faults = []
    for number, (name, entry) in enumerate(manifest.files.items(), start=1):
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif path.stat().st_size != entry.bytes or sha256_of(path) != entry.sha256:
            faults.append(f"{name} has other bytes")
        on_progress(number)
    return faults
