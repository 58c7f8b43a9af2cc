"""The songs that taught a judge: ``training_songs.npz`` beside its card.

One row is one song, without its name: its part, the first 16 bytes of the SHA-256 of its file, of
its corpus and id, and of its path, and a sketch of its sound where there was audio
(`plaudit.datasets.inspect.sketch`); what is unknown is 0. That is 50 bytes a song, and 480 more
with a sketch. Training songs taught the weights, validation songs when to stop and how wide
intervals are; test songs taught nothing.
"""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.datasets.inspect.recording import Recordings
from plaudit.datasets.inspect.sketch import SKETCH, find_sketches, write_sketch

SONGS = "training_songs.npz"
_PARTS = ("train", "validation", "test")
_ROW = np.dtype([("part", "u1"), ("sha256", "V16"), ("name", "V16"), ("path", "V16"), *SKETCH])
_UNKNOWN = bytes(16)


class TrainingSongs(Record):
    """What a card states of the file: its hash, and numbers of songs."""

    sha256: str
    n_train: int
    n_validation: int
    n_test: int
    n_hashed: int  #: Songs with a digest of their file.
    n_sketched: int  #: Songs with a sketch of their sound.


def song_file(songs: Recordings, parts: Sequence[str]) -> tuple[TrainingSongs, bytes]:
    """Return what a card states of songs, and the file; ``parts`` are train, validation, test."""
    rows = np.zeros(len(parts), _ROW)
    rows["part"] = [_PARTS.index(part) for part in parts]
    for row, name, path, digest in zip(rows, songs.names, songs.paths, songs.sha256, strict=True):
        row["name"] = _digest(name)
        row["path"] = _UNKNOWN if path is None else _digest(str(path.resolve()))
        row["sha256"] = _UNKNOWN if digest is None else bytes.fromhex(digest)[:16]
    for row, heard in zip(rows, songs.prints, strict=False):
        if heard is not None and len(heard.keys):
            write_sketch(row, heard)
    file = io.BytesIO()
    np.savez_compressed(file, songs=rows)
    counts = np.bincount(rows["part"], minlength=len(_PARTS)).tolist()
    stated = TrainingSongs(
        sha256=hashlib.sha256(file.getvalue()).hexdigest(),
        **{f"n_{part}": n for part, n in zip(_PARTS, counts, strict=True)},
        n_hashed=sum(digest is not None for digest in songs.sha256),
        n_sketched=int((rows["step"] > 0).sum()),
    )
    return stated, file.getvalue()


def read_taught(path: Path, stated: TrainingSongs) -> NDArray[np.void]:
    """Read the songs that taught a judge, its test songs left out, for `taught_by`.

    A file that the card does not state is an `InputError`.
    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != stated.sha256:
        raise InputError(
            f"{path} is not the list of songs that the judge's card states; the folder was changed"
            " or mixed, make it again."
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        rows: NDArray[np.void] = file["songs"]
    taught: NDArray[np.void] = rows[rows["part"] != _PARTS.index("test")]
    return taught


def taught_by(rows: NDArray[np.void], songs: Recordings) -> list[str | None]:
    """Return how each song was recognised as a training song: content, sound, name; or None.

    A name (corpus and id, or path) says nothing where the sound of both songs is known, nor, if no
    corpus is, where the bytes of both are.
    """
    at = {
        key: {bytes(value): row for row, value in enumerate(rows[key]) if bytes(value) != _UNKNOWN}
        for key in ("sha256", "name", "path")
    }
    prints = songs.prints or (None,) * len(songs.names)
    known: list[str | None] = []
    for name, path, digest, heard, sound in zip(
        songs.names, songs.paths, songs.sha256, prints, find_sketches(rows, prints), strict=True
    ):
        row = at["name"].get(_digest(name))
        if row is not None and digest and name.startswith("\0"):
            row = row if bytes(rows["sha256"][row]) == _UNKNOWN else None
        if row is None and path is not None:
            row = at["path"].get(_digest(str(path.resolve())))
        if digest and bytes.fromhex(digest)[:16] in at["sha256"]:
            known.append("content")
        elif sound >= 0:
            known.append("sound")
        elif row is None or (heard is not None and len(heard.keys) and rows["step"][row]):
            known.append(None)
        else:
            known.append("name")
    return known


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
