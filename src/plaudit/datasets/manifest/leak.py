"""Leaks: songs of one artist, prompt, recording or file on two sides of a split.

A judge that met the artist in training may recognise him in the test; its score there is then no
measure of how it would do on others. The test looks at every key that a manifest has, by columns:
``artist``, ``prompt_id``, ``sha256`` (the very same file) and ``near_duplicate`` (the same sound in
another file; see `plaudit.datasets.inspect.duplicate`).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.core.settings import Record
from plaudit.datasets.manifest.column import SPLITS
from plaudit.datasets.manifest.group import Objects, codes
from plaudit.datasets.manifest.songs import Manifest

Key = Literal["song", "artist", "prompt", "near-duplicate"]
KEYS: dict[Key, str] = {
    "song": "sha256",
    "artist": "artist",
    "prompt": "prompt_id",
    "near-duplicate": "near_duplicate",
}
_SHOWN = 5


class Leak(Record):
    """Values of one key that stand on more than one side."""

    key: Key  #: What is shared.
    values: int  #: How many values are shared.
    songs: int  #: How many songs have such a value.
    splits: tuple[str, ...]  #: The sides they stand on.
    examples: tuple[str, ...]  #: Some of the values.

    def __str__(self) -> str:
        """Return the leak as a sentence."""
        more = ", ..." if self.values > len(self.examples) else ""
        return (
            f"{self.values} {self.key}{'s' * (self.values > 1)} ({self.songs} songs) on more than"
            f" one side of {', '.join(self.splits)}: {', '.join(self.examples)}{more}"
        )


def leaks(manifest: Manifest, keys: Sequence[Key] = tuple(KEYS)) -> list[Leak]:
    """Return a leak for each key that the manifest's split fails to keep apart."""
    split = manifest.column("split")
    have = set(manifest.table.column_names)
    columns = {key: manifest.column(KEYS[key]) for key in keys if KEYS[key] in have}
    return leaks_of(split, columns)


def leaks_of(split: Objects, columns: dict[Key, Objects]) -> list[Leak]:
    """Return a leak for each key that leaks; a split of None is on no side. Columns: (n_songs,)."""
    sides = np.array([SPLITS.index(name) if name else -1 for name in split], dtype=np.int64)
    leaking = []
    for key, column in columns.items():
        numbers, names = codes(column)
        both = (numbers >= 0) & (sides >= 0)
        seen = np.zeros((len(names), len(SPLITS)), dtype=bool)
        seen[numbers[both], sides[both]] = True
        shared: NDArray[np.intp] = np.flatnonzero(seen.sum(axis=1) > 1)
        if len(shared):
            on: list[bool] = np.any(seen[shared], axis=0).tolist()
            leaking.append(
                Leak(
                    key=key,
                    values=len(shared),
                    songs=int(np.isin(numbers[both], shared).sum()),
                    splits=tuple(name for name, there in zip(SPLITS, on, strict=True) if there),
                    examples=tuple(names[at] for at in shared[:_SHOWN]),
                )
            )
    return leaking
