"""Rows as text in the four formats of the command line, piece by piece as they come.

``json`` is one array of rows, ``jsonl`` one row per line, ``csv`` a header and flat rows, ``table``
for people. The rows of all four are the same records (`plaudit.judging.record`).
"""

from collections.abc import Mapping, Sequence

from plaudit.core.choice import RowFormat
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.reports.songs.panel_table import PanelTable
from plaudit.reports.songs.table import csv_header, csv_row, legend, table_header, table_row


class RowText:
    """Turns rows into the text of a format, piece by piece.

    The table needs the ``axes`` of the judge and the ``width`` of the terminal in cells; its rows
    have rich markup if ``styled``. JSON rows leave the timeline out unless ``timeline``. Where
    several judges heard each song, ``panel`` holds the axes of each, in the order of the rows.
    """

    def __init__(
        self,
        form: RowFormat,
        axes: Sequence[str],
        *,
        width: int = 100,
        timeline: bool = False,
        styled: bool = False,
        panel: Mapping[JudgeId, Sequence[str]] | None = None,
    ) -> None:
        self._together = None
        if panel is not None and form == "table":
            self._together = PanelTable(panel, width=width, styled=styled)
        self._panel = None if panel is None else list(panel.values())
        self._form = form
        self._axes = axes
        self._width = width
        self._styled = styled
        self._left_out = set() if timeline else {"timeline"}
        self._n = 0

    def begin(self) -> str:
        """Return what comes before the first row."""
        if self._together is not None:
            return self._together.begin()
        if self._form == "json":
            return "["
        if self._form == "csv":
            return csv_header(self._axes) + "\n"
        return table_header(self._axes, self._width) + "\n" if self._form == "table" else ""

    def row(self, row: SongScores | SongFailure) -> str:
        """Return one row; a table of several judges comes song by song."""
        self._n += 1
        if self._together is not None:
            return self._together.row(row)
        if self._form == "csv":
            return csv_row(row, self._axes) + "\n"
        if self._form == "table":
            return table_row(row, self._width, styled=self._styled) + "\n"
        text = row.model_dump_json(exclude=self._left_out)
        if self._form == "jsonl":
            return text + "\n"
        return ("," if self._n > 1 else "") + "\n" + text

    def end(self) -> str:
        """Return what comes after the last row: of a table, what its numbers are."""
        if self._form == "table":
            axes = self._axes if self._panel is None else [a for own in self._panel for a in own]
            return legend(axes) if self._n else ""
        return "\n]\n" if self._form == "json" else ""
