"""The tables of a corpus as columns of NumPy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.checked import Floats

Column = NDArray[Any]
TABLES = ("songs", "ratings", "systems", "voters", "battles", "falsification", "prompts")


@dataclass(frozen=True)
class Table:
    """Columns of equal length by name: text as objects (None where empty), numbers as float64."""

    columns: dict[str, Column]  #: Missing numbers are nan.

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def where(self, mask: NDArray[np.bool_]) -> "Table":
        """Return the rows for which a mask is true."""
        return Table({name: column[mask] for name, column in self.columns.items()})

    def known(self, name: str) -> Floats:
        """Return the finite numbers of a column."""
        return np.asarray(self[name][np.isfinite(self[name])], np.float64)


@dataclass(frozen=True)
class Corpus:
    """The tables of a corpus folder."""

    folder: Path  #: Where it lies; files named in the songs table are relative to it.
    #: The Parquet tables; those that a corpus without battles lacks are empty.
    songs: Table
    ratings: Table
    systems: Table
    voters: Table
    battles: Table
    falsification: Table
    prompts: Table


def quantile_parts(values: Floats, parts: int) -> NDArray[np.intp]:
    """Return the number of the part of each value, where parts hold equally many values."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1)))
    part = np.searchsorted(edges, values, "right") - 1
    return np.clip(part, 0, max(len(edges) - 2, 0))
