"""The two streams that a job is given: one for its result, one for everything else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from plaudit.core.printable import printable
from plaudit.judging.failure import failure_lines
from plaudit.judging.record import SongFailure


@dataclass(frozen=True)
class Streams:
    """Where a job writes; a server gives it files of its own.

    Control characters, such as those in a name that was read, are written as escapes.
    """

    out: TextIO  #: For the result, which can be piped.
    err: TextIO  #: For progress, warnings and the names of files that were written.
    #: Sentences that `note_end` writes behind the summary, such as what a search left out.
    at_end: list[str] = field(default_factory=list, compare=False)
    #: For what could not be judged, which is written even where ``err`` leads nowhere; ``err``
    #: itself where it is not given.
    errors: TextIO | None = None

    def show(self, text: str, end: str = "\n") -> None:
        """Write a part of the result."""
        self.out.write(printable(text) + end)
        self.out.flush()

    def note(self, text: str) -> None:
        """Write a line that is not part of the result."""
        self.err.write(f"{printable(text)}\n")
        self.err.flush()

    def note_end(
        self,
        summary: Iterable[str],
        written: Iterable[Path | None],
        failures: Sequence[SongFailure],
    ) -> None:
        """Write what a job over songs ends with: a summary, its files, what was not judged."""
        from rich.console import Console

        notes = Console(file=self.err, soft_wrap=True, highlight=False, markup=False)
        for sentence in [*summary, *self.at_end]:
            notes.print(printable(sentence))
        self.at_end.clear()
        for path in written:
            if path is not None:
                notes.print(printable(f"Wrote {path}"))
        if failures:
            errors = self.errors or self.err
            errors.write(f"Not judged ({len(failures):,}):\n")
            for line in failure_lines(_reasons(failures)):
                errors.write(printable(f"  {line}") + "\n")
            errors.flush()


def _reasons(failures: Sequence[SongFailure]) -> list[tuple[str, str]]:
    """Return songs with reasons; one that several judges give has their names behind the song."""
    judges: dict[tuple[str, str], list[str]] = {}
    for row in failures:
        own = judges.setdefault((row.path or "", f"{row.error.type}: {row.error.message}"), [])
        own += [] if row.judge is None else [row.judge.name]
    return [
        (path + (f" ({', '.join(names)})" if names else ""), reason)
        for (path, reason), names in judges.items()
    ]
