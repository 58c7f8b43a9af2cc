"""The tables of a corpus as columns of NumPy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
TABLES = ("songs", "ratings", "systems", "voters", "battles", "falsification", "prompts")


@dataclass(frozen=True)
class Table:
    """Columns of equal length by name: text as objects (None where empty), numbers as float64.

    Parameters
    ----------
    columns : dict of str to ndarray, (n_rows,)
        Missing numbers are nan.
    """

    columns: dict[str, Column]

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def where(self, mask: NDArray[np.bool_]) -> "Table":
        """Return the rows for which a mask is true."""
        return Table({name: column[mask] for name, column in self.columns.items()})


@dataclass(frozen=True)
class Corpus:
    """What a corpus folder says in its tables.

    Parameters
    ----------
    folder : Path
        Where it lies; files named in the songs table are relative to it.
    songs, ratings, systems, voters, battles, falsification, prompts : Table
        The Parquet tables; those that a corpus without battles lacks are empty.
    """

    folder: Path
    songs: Table
    ratings: Table
    systems: Table
    voters: Table
    battles: Table
    falsification: Table
    prompts: Table
