"""The tables of a corpus folder as columns of NumPy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import MissingFileError
from plaudit.metrics.pair import Floats

Column = NDArray[Any]
_TABLES = ("songs", "ratings", "systems", "voters", "battles", "falsification", "prompts")


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

    def known(self, name: str) -> Floats:
        """Return the finite numbers of a column."""
        return np.asarray(self[name][np.isfinite(self[name])], np.float64)


@dataclass(frozen=True)
class Corpus:
    """The tables of a corpus folder.

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


def read_corpus(folder: Path) -> Corpus:
    """Read the tables of a corpus folder.

    Parameters
    ----------
    folder : Path
        Made by ``plaudit synth corpus``; only ``songs.parquet`` has to be there.

    Raises
    ------
    MissingFileError
        The folder has no ``songs.parquet``.
    """
    if not (folder / "songs.parquet").is_file():
        raise MissingFileError(
            f"Expected the folder of a corpus with songs.parquet, found none in {folder}; make one"
            " with plaudit synth corpus."
        )
    return Corpus(folder, **{name: _read(folder / f"{name}.parquet") for name in _TABLES})


def quantile_parts(values: Floats, parts: int) -> NDArray[np.intp]:
    """Return the number of the part of each value, where parts hold equally many values."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, parts + 1)))
    part = np.searchsorted(edges, values, "right") - 1
    return np.clip(part, 0, max(len(edges) - 2, 0))


def _read(path: Path) -> Table:
    """Read one table; one that is not there has no rows and no columns."""
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        return Table({})
    table = parquet.read_table(path)
    columns: dict[str, Column] = {}
    for name in table.column_names:
        kind, column = table.schema.field(name).type, table.column(name)
        if pa.types.is_boolean(kind) or pa.types.is_null(kind):  # null: nobody has a value
            kind, column = pa.int8(), column.cast(pa.int8())
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        columns[name] = column.to_numpy().astype(np.float64 if number else object)
    return Table(columns)
