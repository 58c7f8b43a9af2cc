"""What a user sees while songs are embedded: a bar on a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

_LINE_S = 20.0  # seconds between lines where there is no terminal


class EmbedProgress:
    """Progress with rate and time left; use as a context manager.

    Parameters
    ----------
    total : int
        Songs in the manifest.
    err : text stream, optional
        Where it is shown; standard error when not given.
    """

    def __init__(self, total: int, err: TextIO | None = None) -> None:
        self._total = total
        self._done = self._made = self._failed = 0
        self._audio_s = 0.0
        self._started = self._told = time.monotonic()
        self._console = Console(file=err, stderr=True, soft_wrap=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.fields[text]}"),
            BarColumn(bar_width=None),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, text="")

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

    def skip(self) -> None:
        """Count a song that needs no work now."""
        self._done += 1
        self._bar.update(self._task, completed=self._done)

    def add(self, audio_s: float, *, failed: bool = False) -> None:
        """Count a song that was worked on now, of so many seconds."""
        self._done += 1
        self._made += 1
        self._failed += failed
        self._audio_s += audio_s
        self._bar.update(self._task, completed=self._done, text=self._text())
        now = time.monotonic()
        if not self._console.is_terminal and now - self._told > _LINE_S:
            self._told = now
            self.say(self._text())

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, markup=False)

    def _text(self) -> str:
        took_s = max(time.monotonic() - self._started, 1e-9)
        left_s = (self._total - self._done) * took_s / self._made
        text = (
            f"{self._done}/{self._total} songs, {60 * self._made / took_s:.0f} a minute,"
            f" {self._audio_s / took_s:.0f}x real time, {_shown(left_s)} left"
        )
        return f"{text}, {self._failed} failed" if self._failed else text


def _shown(seconds: float) -> str:
    """Return a time for people: "45 s", "12 min", "3.4 h", "2.1 days"."""
    for most, unit, size in ((90, "s", 1), (5400, "min", 60), (172_800, "h", 3600)):
        if seconds < most:
            number = seconds / size
            return f"{number:.1f} {unit}" if unit == "h" else f"{number:.0f} {unit}"
    return f"{seconds / 86_400:.1f} days"
