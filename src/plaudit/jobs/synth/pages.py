"""The pages of a corpus folder: its tables and some of its songs read, drawn and written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.decode import Decoder
from plaudit.core.errors import MissingFileError
from plaudit.core.file import write_atomic
from plaudit.reports.corpus.columns import TABLES, Corpus, Table
from plaudit.reports.corpus.contact import contact_png, row_exhibit, sample_of
from plaudit.reports.corpus.page import summary_page


def write_pages(folder: Path, on_progress: Callable[[int, int], None] | None = None) -> None:
    """Write ``contact.png`` and ``summary.html`` into a corpus folder.

    Raises
    ------
    MissingFileError
        The folder has no ``songs.parquet``, or lacks a song of the sample.
    AudioError
        A song of the sample cannot be read.
    """
    corpus = read_corpus(folder)
    contact = _contact_sheet(corpus, on_progress) if len(corpus.songs) else b""
    if contact:
        write_atomic(folder / "contact.png", contact)
    write_atomic(folder / "summary.html", summary_page(corpus, contact))


def _contact_sheet(corpus: Corpus, on_progress: Callable[[int, int], None] | None) -> bytes:
    rows = sample_of(corpus.songs)
    exhibits = []
    for done, row in enumerate(rows, start=1):
        with Decoder(corpus.folder / str(corpus.songs["file"][row])) as decoder:
            audio = np.concatenate([block.mean(axis=0) for block in decoder])
            rate = decoder.sample_rate
        exhibits.append(row_exhibit(corpus.songs, row, audio, rate))
        if on_progress:
            on_progress(done, len(rows))
    return contact_png(exhibits, "", 5)


def read_corpus(folder: Path) -> Corpus:
    """Read the tables of a corpus folder; only ``songs.parquet`` has to be there.

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
    return Corpus(folder, **{name: _read(folder / f"{name}.parquet") for name in TABLES})


def _read(path: Path) -> Table:
    """Read one table; one that is not there has no rows and no columns."""
    import pyarrow as pa
    from pyarrow import parquet

    if not path.is_file():
        return Table({})
    table = parquet.read_table(path)
    columns: dict[str, NDArray[Any]] = {}
    for name in table.column_names:
        kind, column = table.schema.field(name).type, table.column(name)
        if pa.types.is_boolean(kind) or pa.types.is_null(kind):  # null: nobody has a value
            kind, column = pa.int8(), column.cast(pa.int8())
        number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        columns[name] = column.to_numpy().astype(np.float64 if number else object)
    return Table(columns)
