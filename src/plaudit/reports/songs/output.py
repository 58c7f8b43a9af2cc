"""Rows as text in the four formats of the command line, to a stream as they come or to a file.

``json`` is one array of rows, ``jsonl`` one row per line, ``csv`` a header and flat rows, ``table``
for people. The rows of all four are the same records (`plaudit.judging.record`).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from plaudit.core.choice import RowFormat
from plaudit.core.errors import InputError
from plaudit.core.file import atomic
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.table import csv_header, csv_row, table_header, table_row

# How each kind of file that Plaudit writes begins; only such files are replaced.
_OURS = (
    b'[\n{"schema_version":',
    b'{"schema_version":',
    b"[\n]",
    b"path,status,duration_s,",
    b"group,rank,",
    b"place  ",
    b"song  ",
)
_OUR_PAGE = b'<meta name="generator" content="Plaudit">'


class RowText:
    """Turns rows into the text of a format, piece by piece.

    Parameters
    ----------
    form : {"table", "json", "jsonl", "csv"}
        Format.
    axes : sequence of str
        Axes of the judge, for the table's header.
    width : int
        Cells of the terminal, for the table.
    timeline : bool
        Whether JSON rows carry the timeline; otherwise it is left out.
    styled : bool
        Whether table rows carry rich markup.
    """

    def __init__(
        self,
        form: RowFormat,
        axes: Sequence[str],
        *,
        width: int = 100,
        timeline: bool = False,
        styled: bool = False,
    ) -> None:
        self._form = form
        self._axes = axes
        self._width = width
        self._styled = styled
        self._left_out = set() if timeline else {"timeline"}
        self._n = 0

    def begin(self) -> str:
        """Return what comes before the first row."""
        if self._form == "json":
            return "["
        if self._form == "csv":
            return csv_header() + "\n"
        return table_header(self._axes, self._width) + "\n" if self._form == "table" else ""

    def row(self, row: SongScores | SongFailure) -> str:
        """Return one row."""
        self._n += 1
        if self._form == "csv":
            return csv_row(row) + "\n"
        if self._form == "table":
            return table_row(row, self._width, styled=self._styled) + "\n"
        text = row.model_dump_json(exclude=self._left_out)
        if self._form == "jsonl":
            return text + "\n"
        return ("," if self._n > 1 else "") + "\n" + text

    def end(self) -> str:
        """Return what comes after the last row."""
        return "\n]\n" if self._form == "json" else ""


def write_rows(path: Path, rows: Iterable[SongScores | SongFailure], text: RowText) -> None:
    """Write rows to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Target, checked before by `check_target`.
    rows : iterable of SongScores and SongFailure
        Rows, in order.
    text : RowText
        Format.
    """
    with atomic(path) as file:
        file.write(text.begin().encode())
        for row in rows:
            file.write(text.row(row).encode())
        file.write(text.end().encode())


def check_target(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Make sure that writing to a path destroys nothing that is not Plaudit's own output.

    Parameters
    ----------
    path : Path
        File about to be written.
    inputs : iterable of Path
        Songs of the job.

    Raises
    ------
    InputError
        The target is a folder, one of the songs, or a file that Plaudit did not write.
    """
    if path.is_dir():
        raise InputError(f"Expected a file name to write, got the folder {path}; add a file name.")
    if not path.exists():
        return
    if any(song.exists() and song.samefile(path) for song in inputs):
        raise InputError(f"{path} is one of the songs; give another file to write to.")
    with path.open("rb") as file:
        start = file.read(4096)
    if start and not start.startswith(_OURS) and _OUR_PAGE not in start:
        raise InputError(
            f"{path} exists and was not written by Plaudit, so it is left as it is;"
            " give another name or remove it."
        )
