"""What a user sees while songs are judged: rows as they come, and progress with the time left."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from plaudit.core.choice import RowFormat
from plaudit.core.file import is_file
from plaudit.core.printable import printable
from plaudit.core.progress import Progress
from plaudit.jobs.output.streams import Streams
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

PLAIN_WIDTH = 100  # of a table that does not go to a terminal


class Screen:
    """Rows and progress of one job; use as a context manager.

    Parameters
    ----------
    streams : Streams
        Rows go to ``out``, progress to ``err``: a bar on a terminal, else a line now and then.
    form : {"table", "json", "jsonl", "csv"} or None
        Format of the rows; None shows progress alone.
    axes : sequence of str
        Axes of the judge.
    songs : sequence of Path
        Files, in order: the time left is estimated from their bytes.
    timeline : bool, default False
        Whether JSON rows carry the timeline.
    panel : mapping of JudgeId to axes, optional
        Where several judges hear each song: the axes of each, in the order of the rows.
    """

    def __init__(
        self,
        streams: Streams,
        form: RowFormat | None,
        axes: Sequence[str],
        songs: Sequence[Path],
        *,
        timeline: bool = False,
        panel: Mapping[JudgeId, Sequence[str]] | None = None,
    ) -> None:
        terminal = streams.out.isatty()
        self._streams = streams
        self._form = form
        self._styled = terminal and form == "table"
        self._text = RowText(
            form or "table",
            axes,
            width=shutil.get_terminal_size().columns if terminal else PLAIN_WIDTH,
            timeline=timeline,
            styled=self._styled,
            panel=panel,
        )
        sizes = [song.stat().st_size if is_file(song) else 0 for song in songs]
        self._sizes = [size for size in sizes for _ in panel or (None,)]
        self._shown = 0
        self.n_known = 0  #: Rows of an earlier run.
        self._progress = Progress(
            "songs" if panel is None else "rows",
            len(self._sizes),
            work=sum(self._sizes),
            err=streams.err,
            with_rows=True,
        )

    def __enter__(self) -> Self:
        """Start the bar and print what comes before the first row."""
        self._progress.__enter__()
        self._print(self._text.begin())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Print what comes after the last row and take the bar away."""
        # Also after a failure, so that what was judged so far is still valid JSON.
        self._print(self._text.end())
        self._progress.__exit__(kind, error, trace)

    @property
    def took_s(self) -> float:
        """Seconds since the start."""
        return self._progress.took_s

    @property
    def audio_s(self) -> float:
        """Seconds of audio that were judged now."""
        return self._progress.audio_s

    def add(self, row: SongScores | SongFailure, *, known: bool = False) -> None:
        """Show a row and move the bar on; one that was known before counts for no speed."""
        self._print(self._text.row(row))
        size = self._sizes[self._shown]
        self._shown += 1
        self.n_known += known
        if known:
            self._progress.skip(size)
        elif isinstance(row, SongScores):
            self._progress.add(row.duration_s, work=size)
        else:
            self._progress.add(work=size, failed=True)

    def _print(self, text: str) -> None:
        if self._form is None or not text:
            return
        if self._streams.out.isatty():
            # Both streams are the terminal: the bar's own console keeps them apart.
            self._progress.console.print(
                printable(text), end="", markup=self._styled, highlight=False, soft_wrap=True
            )
        else:
            self._streams.show(text, end="")
