"""What a user sees while a corpus is made: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

_LINE_S = 20.0  # seconds between lines where there is no terminal


class Steps:
    """Progress of one piece of work; use as a context manager.

    Parameters
    ----------
    what : str
        What is counted, such as "songs".
    total : int
        How many there are.
    before : int, default 0
        How many were done earlier.
    err : text stream, optional
        Where it is shown; standard error when not given.
    """

    def __init__(self, what: str, total: int, before: int = 0, err: TextIO | None = None) -> None:
        self._what, self._total, self._done, self._before = what, total, before, before
        self._music_s = 0.0
        self._started = self._told = time.monotonic()
        self._console = Console(file=err, stderr=True, soft_wrap=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.fields[text]}"),
            BarColumn(bar_width=None),
            TimeRemainingColumn(compact=True),
            TextColumn("left"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, completed=before, text=self._text())

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def add(self, music_s: float = 0.0) -> None:
        """Count one more, of which there are so many seconds of music."""
        self._done += 1
        self._music_s += music_s
        self._bar.update(self._task, completed=self._done, text=self._text())
        now = time.monotonic()
        if not self._console.is_terminal and now - self._told > _LINE_S:
            self._told = now
            self._console.print(self._text())

    def _text(self) -> str:
        text = f"{self._done}/{self._total} {self._what}"
        took_s = time.monotonic() - self._started
        made = self._done - self._before
        if self._music_s and took_s > 0:
            rate = f"{60 * made / took_s:.0f} a minute, {self._music_s / took_s:.0f}x real time"
            text += f", {rate}"
        return text
