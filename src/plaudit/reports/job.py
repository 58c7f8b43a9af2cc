"""A scoring job as a user sees it: songs found, rows shown as they come, files written, a summary.

The numbers are the judge's (`plaudit.judging.judge`); here is only what is done with them.
"""

import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from plaudit.core.choice import Device, Precision, RowFormat
from plaudit.core.errors import InputError
from plaudit.judging.find import find_songs
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.output import RowText, check_target, write_rows
from plaudit.reports.page import write_page

if TYPE_CHECKING:
    from plaudit.judging.judge import Judge

_PLAIN_WIDTH = 100  # of a table that does not go to a terminal


@dataclass(frozen=True)
class ScoreJob:
    """Settings of ``plaudit score``; the command line describes each."""

    form: RowFormat = "table"
    output: Path | None = None
    timeline: bool = False
    report: Path | None = None
    recursive: bool = False
    resume: bool = False
    judge: str = "bundled"
    device: Device = "auto"
    precision: Precision = "exact"

    def run(self, paths: Sequence[str]) -> int:
        """Score what the paths stand for and write what was asked for.

        Parameters
        ----------
        paths : sequence of str
            Files, folders and patterns.

        Returns
        -------
        int
            How many files could not be judged.

        Raises
        ------
        PlauditError
            The job cannot start: no songs, no such judge, or an output that may not be replaced.
        """
        if self.resume and self.output is None:
            raise InputError("--resume continues a file, so it needs --output FILE.")
        songs = find_songs(paths, recursive=self.recursive)
        for target in (self.output, self.report):
            if target is not None:
                check_target(target, songs)
        # The heavy import, after everything that can be wrong with the call itself.
        from plaudit.judging.load import load_judge

        judge = load_judge(self.judge, device=self.device, precision=self.precision)
        notes = Console(stderr=True, soft_wrap=True, highlight=False)
        if judge.precision != self.precision:
            notes.print(
                f"Judge '{judge.card.name}' has no {self.precision} precision;"
                f" its scores are {judge.precision}."
            )
        return self._score(songs, judge, notes)

    def _score(self, songs: list[Path], judge: "Judge", notes: Console) -> int:
        rows: list[SongScores | SongFailure] = []
        failures: list[SongFailure] = []
        heard_s, started = 0.0, time.monotonic()
        with ExitStack() as stack:
            ledger = None
            if self.output is not None:
                ledger = Ledger(
                    self.output,
                    judge.id,
                    judge.precision,
                    resume=self.resume,
                    timeline=self.timeline or self.report is not None,
                )
                stack.callback(lambda: ledger.close(finished=False))
            shown = _Screen(self, judge.axes, notes, [_size(song) for song in songs])
            stack.enter_context(shown)
            known = ledger.known if ledger is not None else None
            for row in judge.stream(songs, known=known):
                if isinstance(row, SongFailure):
                    failures.append(row)
                else:
                    heard_s += row.duration_s
                if ledger is not None:
                    ledger.add(row)
                if self.report is not None:
                    rows.append(row)
                shown.add(row)
            if ledger is not None and self.output is not None:
                text = RowText(
                    self.form, judge.axes, width=_PLAIN_WIDTH, timeline=self.timeline
                )
                write_rows(self.output, ledger.rows(), text)
                stack.pop_all()
                shown.__exit__(None, None, None)
                ledger.close(finished=True)
        if self.report is not None:
            write_page(self.report, rows, judge.card)
        self._say_summary(notes, len(songs), failures, heard_s, time.monotonic() - started)
        return len(failures)

    def _say_summary(
        self,
        notes: Console,
        n_songs: int,
        failures: Sequence[SongFailure],
        heard_s: float,
        took_s: float,
    ) -> None:
        judged = n_songs - len(failures)
        notes.print(
            f"Judged {judged} of {n_songs} in {took_s:.1f} s"
            f" ({heard_s / max(took_s, 1e-9):.0f}x real time).",
            markup=False,
        )
        for target in (self.output, self.report):
            if target is not None:
                notes.print(f"Wrote {target}", markup=False)
        if failures:
            notes.print(f"Could not judge {len(failures)}:", markup=False)
            for row in failures:
                notes.print(f"  {row.path}: {row.error.message}", markup=False)


class _Screen:
    """The progress bar on standard error and, without ``--output``, the rows on standard output."""

    def __init__(
        self, job: ScoreJob, axes: Sequence[str], notes: Console, sizes: Sequence[int]
    ) -> None:
        self._to_terminal = sys.stdout.isatty()
        self._rows = job.output is None
        width = shutil.get_terminal_size().columns if self._to_terminal else _PLAIN_WIDTH
        self._text = RowText(
            job.form, axes, width=width, timeline=job.timeline, styled=self._to_terminal
        )
        self._sizes = sizes
        self._n = 0
        self._heard_s = 0.0
        self._started = time.monotonic()
        self._styled = self._to_terminal and job.form == "table"
        self._progress = Progress(
            TextColumn("{task.completed_songs}"),
            console=notes,
        )
        del self._progress
        self._progress = Progress(
            BarColumn(),
            TextColumn("{task.fields[songs]} songs"),
            TextColumn("{task.fields[speed]}x real time"),
            TimeRemainingColumn(),
            console=notes,
            transient=True,
            redirect_stdout=False,
            disable=not notes.is_terminal,
        )
        self._task = self._progress.add_task(
            "score", total=sum(sizes), songs=f"0/{len(sizes)}", speed="-"
        )
