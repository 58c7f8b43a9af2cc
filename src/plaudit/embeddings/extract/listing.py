"""Which songs to embed: those of a manifest, or those of files."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from plaudit.core.errors import InputError
from plaudit.core.remote import RemoteFile
from plaudit.datasets.manifest.songs import Manifest


class ListedSong(NamedTuple):
    """A song to embed."""

    position: int  #: Its row in the manifest: the order in which a store is loaded.
    song_id: str  #: Its id.
    path: Path | None  #: Audio file; None if there is none.
    sha256: str | None  #: Hash of its content; None if it is not stated.


def songs_of_manifest(manifest: Manifest) -> list[ListedSong]:
    """Return the songs of a manifest, in its order."""
    ids = manifest.column("song_id").tolist()
    digests = manifest.column("sha256").tolist()
    return [
        ListedSong(position, song_id, path, digest)
        for position, (song_id, path, digest) in enumerate(
            zip(ids, manifest.audio_paths(), digests, strict=True)
        )
    ]


def songs_of_files(files: Sequence[Path], root: Path) -> list[ListedSong]:
    """Return files as songs whose ids, each unique, are their paths relative to a folder."""
    ids = [_relative(path, root) for path in files]
    if len(set(ids)) < len(ids):
        twice = next(song_id for song_id in ids if ids.count(song_id) > 1)
        raise InputError(f"Two files would both be song '{twice}'; name each file once.")
    return [
        ListedSong(place, song_id, path, None)
        for place, (song_id, path) in enumerate(zip(ids, files, strict=True))
    ]


def _relative(path: Path, root: Path) -> str:
    if isinstance(path, RemoteFile):
        return str(path).removeprefix(f"{str(root).rstrip('/')}/")
    return Path(os.path.relpath(path, root)).as_posix()


def fixed_folder(given: Path) -> Path:
    """Return the folder that ids start from: the one given, or that before a pattern's first star.

    Examples
    --------
    >>> fixed_folder(Path("takes/*/final/*.wav")).as_posix()
    'takes'
    """
    if isinstance(given, RemoteFile) or given.is_dir():
        return given
    plain = [folder for folder in given.parents if not glob.has_magic(str(folder))]
    return plain[0]
