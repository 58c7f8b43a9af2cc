"""Progress of a job: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from plaudit.core.printable import printable

_LINE_S = 20.0  # seconds between lines where there is no terminal


class Progress:
    """Count, speed and time left of one piece of work; use as a context manager.

    Parameters
    ----------
    noun : str
        Noun of the things counted, such as "songs".
    total : int
        Their number.
    done : int, default 0
        Number done in an earlier run.
    work : float, optional
        The whole work in a unit that the time left follows better than the count, such as bytes.
    err : text stream, optional
        Where it is shown; standard error when not given.
    with_rows : bool, default False
        Whether the caller prints rows, through ``console`` where that is the terminal.
    """

    def __init__(
        self,
        noun: str,
        total: int,
        *,
        done: int = 0,
        work: float | None = None,
        err: TextIO | None = None,
        with_rows: bool = False,
    ) -> None:
        self._noun, self._total, self._done = noun, total, done
        self._work = float(total) if work is None else work
        self._work_left = self._work - (done if work is None else 0)
        self._work_made = 0.0
        self._made = self._failed = 0
        self.audio_s = 0.0  #: Seconds of audio in what was made now.
        self._started = self._last_line = time.monotonic()
        self.console = Console(file=err, stderr=True, soft_wrap=True, highlight=False)
        self._has_lines = not self.console.is_terminal
        self._bar = Bar(
            TextColumn("{task.fields[text]}"),
            BarColumn(bar_width=None),
            console=self.console,
            transient=True,
            redirect_stdout=not with_rows,
            redirect_stderr=not with_rows,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._work or None, text="")
        self._show()

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

    @property
    def took_s(self) -> float:
        """Seconds since the start."""
        return max(time.monotonic() - self._started, 1e-9)

    def skip(self, work: float = 1.0) -> None:
        """Count one that needs no work now, and its share of the whole work."""
        self._done += 1
        self._work_left -= work
        self._show()

    def add(self, audio_s: float = 0.0, *, work: float = 1.0, failed: bool = False) -> None:
        """Count one that was worked on now: its seconds of audio, and its share of the work."""
        self._done += 1
        self._made += 1
        self._failed += failed
        self.audio_s += audio_s
        self._work_left -= work
        self._work_made += work
        self._show()
        now = time.monotonic()
        if self._has_lines and now - self._last_line > _LINE_S:
            self._last_line = now
            self.print(self._text())

    def print(self, line: str) -> None:
        """Print a line above the bar."""
        self.console.print(printable(line), markup=False)

    def _show(self) -> None:
        completed = self._work - self._work_left
        self._bar.update(self._task, completed=completed, text=self._text())

    def _text(self) -> str:
        parts = [f"{self._done}/{self._total} {self._noun}"]
        if self.audio_s:
            parts.append(f"{60 * self._made / self.took_s:.0f} a minute")
            parts.append(f"{self.audio_s / self.took_s:.0f}x real time")
        if self._work_made:
            left_s = self._work_left * self.took_s / self._work_made
            parts.append(f"{_duration(left_s)} left")
        if self._failed:
            parts.append(f"{self._failed} failed")
        return ", ".join(parts)


@contextmanager
def counting(noun: str, err: TextIO | None = None) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback for one more of ``noun`` done: (done, total); it shows the progress."""
    with ExitStack() as stack:
        shown: list[Progress] = []

        def on_progress(done: int, total: int) -> None:
            if not shown:
                shown.append(stack.enter_context(Progress(noun, total, done=done - 1, err=err)))
            shown[0].add()

        yield on_progress


def _duration(seconds: float) -> str:
    """Return a time for people: "45 s", "12 min", "3.4 h", "2.1 days"."""
    for most, unit, size in ((90, "s", 1), (5400, "min", 60), (172_800, "h", 3600)):
        if seconds < most:
            number = seconds / size
            return f"{number:.1f} {unit}" if unit == "h" else f"{number:.0f} {unit}"
    return f"{seconds / 86_400:.1f} days"
