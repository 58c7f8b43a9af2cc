"""Recordings: which songs are one recording, whatever their names and files.

Songs are one recording if their files have the same bytes, or if they sound alike
(`plaudit.datasets.inspect.duplicate`). A split, a fold and a resample keep a recording whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.file import is_file, sha256_of
from plaudit.datasets.inspect.duplicate import find_pairs, fingerprints
from plaudit.datasets.inspect.fingerprint import Fingerprint
from plaudit.datasets.manifest.group import Objects, components, groups


@dataclass(frozen=True, eq=False)
class Recordings:
    """Songs with what their recordings are known by; all are of one length."""

    names: tuple[str, ...]  #: As `song_name` writes them.
    paths: tuple[Path | None, ...]  #: Files; None where there is none.
    sha256: Objects  #: (n_songs,) digests of the files' bytes, None where unknown.
    prints: tuple[Fingerprint | None, ...] = ()  #: Fingerprints; empty where nobody listened.
    near: Objects | None = None  #: (n_songs,) column ``near_duplicate`` of a manifest.

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Number of each song's recording, (n_songs,)."""
        return recordings_of(self.sha256, near=self.near, prints=self.prints)

    @cached_property
    def is_copy(self) -> NDArray[np.bool_]:
        """Whether a song is a recording that came before, (n_songs,)."""
        copy = np.ones(len(self.names), bool)
        copy[np.unique(self.groups, return_index=True)[1]] = False
        return copy


def recordings_of(
    sha256: Objects, *, near: Objects | None = None, prints: Sequence[Fingerprint | None] = ()
) -> NDArray[np.int64]:
    """Return the number of each song's recording: songs with one number are the same.

    ``sha256`` are digests of the files' bytes, ``near`` names that songs share which sound alike,
    ``prints`` fingerprints by which such songs are found; None where unknown. All are (n_songs,).
    """
    keys = {"sha256": sha256} if near is None else {"sha256": sha256, "near": near}
    if pairs := find_pairs(prints):
        first, second, *_ = np.array(pairs).T.astype(np.int64)
        keys["sound"] = components(len(sha256), first, second).astype(str).astype(object)
    return groups(keys)


def read_recordings(
    names: Sequence[str],
    paths: Sequence[Path | None],
    *,
    sha256: Objects | None = None,
    near: Objects | None = None,
    listen: bool = True,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Recordings:
    """Look at the files of songs: their bytes where ``sha256`` is unknown, and their sound.

    A path of None, or of a file that is not there, leaves a song with what else is known of it.
    Without ``listen`` no file is decoded. Other arguments are as in `Recordings`.
    """
    there = [path if path is not None and is_file(path) else None for path in paths]
    digests = np.full(len(names), None, object) if sha256 is None else sha256.copy()
    first: dict[str, Path] = {}  # one file is listened to once, however many songs it is of
    for place, path in enumerate(there):
        if path is not None:
            digests[place] = digests[place] or sha256_of(path)
            first.setdefault(digests[place], path)
    heard = fingerprints(list(first.values()), on_progress=on_progress) if listen else []
    known = dict(zip(first, heard, strict=False))
    prints = tuple(known.get(str(digest)) for digest in digests)
    return Recordings(tuple(names), tuple(there), digests, prints, near)


def song_name(corpus: str | None, song_id: str) -> str:
    """Return a name of a song that no other corpus has."""
    return f"{corpus or ''}\0{song_id}"


def copies_line(n: int) -> str:
    """Return in a sentence how many songs are copies, for results that resample recordings."""
    return f"{n:,} songs are copies of a recording among the others; copies are resampled together."
