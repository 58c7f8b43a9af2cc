"""The songs that taught a judge: ``training_songs.parquet`` beside its card.

One row is one song, without its name: its part, the first 16 bytes of the SHA-256 of its file, of
its corpus and id, and of its path, and a sketch of its sound where there was audio
(`plaudit.datasets.inspect.sketch`): 50 bytes a song, 530 with a sketch. Training songs taught the
weights, validation songs when to stop and how wide intervals are; test songs taught nothing.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.datasets.inspect.recording import Recordings
from plaudit.datasets.inspect.sketch import SKETCH, find_sketches, sketch_of

SONGS = "training_songs.parquet"
TEST = "test"
_BYTES = 16
_KEYS = ("sha256", "name", "path")
BY = ("content", "sound", "name")
"""By what a song is known again: the bytes of its file, its sound, its id or path."""


class TrainingSongs(Record):
    """What a card states of ``training_songs.parquet``: its hash, and songs by part and by evidence."""

    sha256: str
    n_train: int
    n_validation: int
    n_test: int
    n_hashed: int  #: Songs with a digest of their file.
    n_sketched: int  #: Songs with a sketch of their sound.


@dataclass(frozen=True, eq=False)
class TaughtSongs:
    """The songs that taught a judge: those of ``training_songs.parquet`` that are not of the test."""

    columns: dict[str, list[bytes | None]]  #: By name of `_KEYS`, the digest of each song.
    sketches: NDArray[np.void]  #: (n_songs,) of dtype `SKETCH`, 0 without a sketch.

    def known(self, songs: Recordings) -> list[str | None]:
        """Return by which of `BY` each song is known to have taught the judge; None if it is not.

        A name says nothing where the sound of both is known, nor, without a corpus, where the
        bytes of both are.
        """
        rows = self._rows
        sound = find_sketches(self.sketches, songs.prints)
        known: list[str | None] = []
        for place, (name, path, digest, heard) in enumerate(
            zip(songs.names, songs.paths, songs.sha256, songs.prints, strict=True)
        ):
            listened = heard is not None and len(heard.keys) > 0
            if digest is not None and bytes.fromhex(digest)[:_BYTES] in rows["sha256"]:
                known.append("content")
            elif sound[place] >= 0:
                known.append("sound")
            else:
                row = rows["name"].get(_digest(name))
                if row is not None and name.startswith("\0") and digest is not None:
                    row = None if self.columns["sha256"][row] is not None else row
                if row is None and path is not None:
                    row = rows["path"].get(_digest(str(path.resolve())))
                decided = row is None or (listened and self.sketches["step"][row] > 0)
                known.append(None if decided else "name")
        return known

    @cached_property
    def _rows(self) -> dict[str, dict[bytes, int]]:
        return {
            key: {value: row for row, value in enumerate(column) if value is not None}
            for key, column in self.columns.items()
        }


def song_file(songs: Recordings, parts: Sequence[str]) -> tuple[TrainingSongs, bytes]:
    """Return what a card states of its songs, and the bytes of ``training_songs.parquet``.

    ``parts`` are "train", "validation" or "test", (n_songs,).
    """
    import pyarrow as pa
    from pyarrow import parquet

    sketches = [
        sketch_of(heard).tobytes() if heard is not None and len(heard.keys) else None
        for heard in songs.prints
    ]
    columns: dict[str, Any] = {
        "sha256": [None if d is None else bytes.fromhex(d)[:_BYTES] for d in songs.sha256],
        "name": [_digest(name) for name in songs.names],
        "path": [None if p is None else _digest(str(p.resolve())) for p in songs.paths],
    }
    table = pa.table(
        {
            "part": pa.array(parts, pa.string()).dictionary_encode(),
            **{key: pa.array(column, pa.binary(_BYTES)) for key, column in columns.items()},
            "sketch": pa.array(sketches, pa.binary(SKETCH.itemsize)),
        }
    )
    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd", use_dictionary=["part"])
    data = file.getvalue()
    count = {part: sum(own == part for own in parts) for part in ("train", "validation", TEST)}
    stated = TrainingSongs(
        sha256=hashlib.sha256(data).hexdigest(),
        **{f"n_{part}": n for part, n in count.items()},
        n_hashed=len(songs.sha256) - columns["sha256"].count(None),
        n_sketched=len(sketches) - sketches.count(None),
    )
    return stated, data


def read_taught(path: Path, stated: TrainingSongs) -> TaughtSongs:
    """Read ``training_songs.parquet``; one that the card does not state is an `InputError`."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != stated.sha256:
        raise InputError(
            f"{path} is not the list of songs that the judge's card states; the folder was changed"
            " or mixed, make it again."
        )
    table = parquet.read_table(pa.BufferReader(data))
    table = table.filter(pc.not_equal(table["part"].cast(pa.string()), TEST))
    sketches = np.zeros(table.num_rows, SKETCH)
    for row, sketch in enumerate(table["sketch"].to_pylist()):
        if sketch is not None:
            sketches[row] = np.frombuffer(sketch, SKETCH)[0]
    return TaughtSongs({key: table[key].to_pylist() for key in _KEYS}, sketches)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_BYTES]
