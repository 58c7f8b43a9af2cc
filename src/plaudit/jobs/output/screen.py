"""What a user sees while songs are judged: rows as they come, and a bar with the time left."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from plaudit.core.choice import RowFormat
from plaudit.jobs.output.streams import Streams
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

PLAIN_WIDTH = 100  # of a table that does not go to a terminal


class Screen:
    """Rows and progress of one job; use as a context manager.

    Parameters
    ----------
    streams : Streams
        Rows go to ``out``, the bar to ``err`` where that is a terminal.
    form : {"table", "json", "jsonl", "csv"} or None
        Format of the rows; None shows progress alone.
    axes : sequence of str
        Axes of the judge.
    songs : sequence of Path
        Files, in order: the time left is estimated from their bytes.
    timeline : bool, default False
        Whether JSON rows carry the timeline.
    """

    def __init__(
        self,
        streams: Streams,
        form: RowFormat | None,
        axes: Sequence[str],
        songs: Sequence[Path],
        *,
        timeline: bool = False,
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
        )
        self._sizes = [song.stat().st_size if song.is_file() else 0 for song in songs]
        self._shown = 0
        self.heard_s = 0.0
        self._started = time.monotonic()
        notes = Console(file=streams.err)
        self._progress = Progress(
            TextColumn("{task.fields[songs]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=notes,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not notes.is_terminal,
        )
        self._task = self._progress.add_task(
            "", total=sum(self._sizes) or None, songs=f"0/{len(songs)} songs", speed=""
        )

    def __enter__(self) -> Self:
        """Start the bar and print what comes before the first row."""
        self._progress.start()
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
        self._progress.stop()

    @property
    def took_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def add(self, row: SongScores | SongFailure) -> None:
        """Show a row and move the bar on."""
        self._print(self._text.row(row))
        if isinstance(row, SongScores):
            self.heard_s += row.duration_s
        self._shown += 1
        self._progress.update(
            self._task,
            advance=self._sizes[self._shown - 1],
            songs=f"{self._shown}/{len(self._sizes)} songs",
            speed=f"{self.heard_s / max(self.took_s, 1e-9):.0f}x real time",
        )

    def _print(self, text: str) -> None:
        if self._form is None or not text:
            return
        if self._streams.out.isatty():
            # Both streams are the terminal: the bar's own console keeps them apart.
            self._progress.console.print(
                text, end="", markup=self._styled, highlight=False, soft_wrap=True
            )
        else:
            self._streams.show(text, end="")
