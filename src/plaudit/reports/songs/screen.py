"""What a user sees while songs are judged: rows as they come, and a bar with speed and time left.

Rows go to standard output and everything else to standard error, so that output can be piped.
"""

import shutil
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from plaudit.core.choice import RowFormat
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.output import RowText

PLAIN_WIDTH = 100  # of a table that does not go to a terminal


class Screen:
    """Rows and progress of one job; use as a context manager.

    Parameters
    ----------
    form : {"table", "json", "jsonl", "csv"} or None
        Format of the rows on standard output; None shows progress alone.
    axes : sequence of str
        Axes of the judge.
    timeline : bool
        Whether JSON rows carry the timeline.
    sizes : sequence of int
        Bytes of each song, in order: the time left is told by them.
    """

    def __init__(
        self, form: RowFormat | None, axes: Sequence[str], *, timeline: bool, sizes: Sequence[int]
    ) -> None:
        terminal = sys.stdout.isatty()
        self._form = form
        self._styled = terminal and form == "table"
        self._text = RowText(
            form or "table",
            axes,
            width=shutil.get_terminal_size().columns if terminal else PLAIN_WIDTH,
            timeline=timeline,
            styled=self._styled,
        )
        self._sizes = list(sizes)
        self._shown = 0
        self.heard_s = 0.0
        self._started = time.monotonic()
        notes = Console(stderr=True)
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
            "", total=sum(sizes) or None, songs=f"0/{len(sizes)} songs", speed=""
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
        """Show one row and move the bar on."""
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
        if sys.stdout.isatty():
            # Both streams are the terminal: the bar's own console keeps them apart.
            self._progress.console.print(
                text, end="", markup=self._styled, highlight=False, soft_wrap=True
            )
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
