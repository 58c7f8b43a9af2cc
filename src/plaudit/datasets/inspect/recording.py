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

from plaudit.core.file import sha256_of
from plaudit.datasets.inspect.duplicate import find_pairs, fingerprints
from plaudit.datasets.inspect.fingerprint import Fingerprint
from plaudit.datasets.manifest.group import Objects, components, groups


@dataclass(frozen=True, eq=False)
class Recordings:
    """Songs with what their recordings are known by; all are of one length."""

    names: tuple[str, ...]  #: As `song_name` writes them.
    paths: tuple[Path | None, ...]  #: Files; None where there is none.
    sha256: Objects  #: (n_songs,) digests of the files' bytes, None where unknown.
    prints: tuple[Fingerprint | None, ...]  #: Fingerprints, where there is audio.
    near: Objects | None = None  #: (n_songs,) column ``near_duplicate`` of a manifest.

    @cached_property
    def groups(self) -> NDArray[np.int64]:
        """Number of each song's recording, (n_songs,)."""
        return recordings_of(self.sha256, near=self.near, prints=self.prints)

    @property
    def n_copies(self) -> int:
        """How many songs are a recording that came before."""
        return len(self.names) - len(np.unique(self.groups))

    def joined(self, units: Objects | None = None) -> Objects | None:
        """Return units (n_songs,) such that no recording is in two; as given without copies.

        None stands for a unit for each song.
        """
        if not self.n_copies:
            return units
        keys: dict[str, Objects] = {"recording": self.groups.astype(str).astype(object)}
        if units is not None:
            keys["unit"] = units
        return np.array([f"group {number}" for number in groups(keys)], object)


def recordings_of(
    sha256: Objects,
    *,
    near: Objects | None = None,
    prints: Sequence[Fingerprint | None] = (),
) -> NDArray[np.int64]:
    """Return the number of each song's recording, (n_songs,): songs with one number are the same.

    Parameters
    ----------
    sha256 : ndarray of object
        (n_songs,) digests of the files' bytes, None where unknown.
    near : ndarray of object, optional
        (n_songs,) names that songs share which sound alike (`near_duplicates`), None elsewhere.
    prints : sequence of Fingerprint or None, optional
        Fingerprints of the songs (`fingerprints`); songs that sound alike are found by them.
    """
    keys = {"sha256": sha256}
    if near is not None:
        keys["near"] = near
    if pairs := find_pairs(prints):
        ends = np.array([(pair.first, pair.second) for pair in pairs], np.int64).T
        keys["sound"] = components(len(sha256), *ends).astype(str).astype(object)
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
    there = [path if path is not None and path.is_file() else None for path in paths]
    digests = np.full(len(names), None, object) if sha256 is None else sha256.copy()
    for place, path in enumerate(there):
        if path is not None and digests[place] is None:
            digests[place] = sha256_of(path)
    # One file is listened to once, however many songs it is of.
    first: dict[str, int] = {}
    for place, path in enumerate(there):
        if path is not None:
            first.setdefault(digests[place], place)
    heard = fingerprints([there[k] if listen else None for k in first.values()],
                         on_progress=on_progress)  # fmt: skip
    known = dict(zip(first, heard, strict=True))
    return Recordings(
        tuple(names),
        tuple(there),
        digests,
        tuple(known.get(digest) for digest in digests),
        near,
    )


def song_name(corpus: str | None, song_id: str) -> str:
    """Return a name of a song that no other corpus has."""
    return f"{corpus or ''}\0{song_id}"


def copies_line(songs: Recordings) -> str:
    """Return in a sentence how many songs are copies, for results that resample recordings."""
    return (
        f"{songs.n_copies:,} of the {len(songs.names):,} songs are copies of a recording among the"
        " others; all songs of one recording are resampled together."
    )
