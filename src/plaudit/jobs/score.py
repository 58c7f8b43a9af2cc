"""A scoring job as a user sees it: songs found, rows shown as they come, files written, a summary.

The numbers are the judge's (`plaudit.judging.judge`); here is only what is done with them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from plaudit.core.choice import RowFormat
from plaudit.core.errors import InputError
from plaudit.judging.find import find_songs
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.listen import write_page
from plaudit.reports.songs.output import RowText, check_target, write_rows
from plaudit.reports.songs.screen import PLAIN_WIDTH, Screen

if TYPE_CHECKING:
    from plaudit.judging.judge import Judge


class ScoreJob:
    """What to score and what to write; everything that can be wrong with the call is said here.

    Parameters
    ----------
    paths : sequence of str
        Files, folders and patterns.
    form : {"table", "json", "jsonl", "csv"}
        Format of rows.
    output : Path, optional
        File for the rows; standard output otherwise.
    report : Path, optional
        HTML report to write as well.
    timeline, recursive, resume : bool
        As the options of ``plaudit score``.

    Raises
    ------
    InputError
        No songs, a contradiction, or a target that may not be replaced.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        form: RowFormat = "table",
        output: Path | None = None,
        report: Path | None = None,
        timeline: bool = False,
        recursive: bool = False,
        resume: bool = False,
    ) -> None:
        if resume and output is None:
            raise InputError("--resume continues a file, so it needs --output FILE.")
        if timeline and form in ("table", "csv"):
            raise InputError(f"--timeline adds to JSON rows; use --format json, not {form}.")
        self.songs = find_songs(paths, recursive=recursive)
        for target in (output, report):
            if target is not None:
                check_target(target, self.songs)
        self._form: RowFormat = form
        self._output, self._report = output, report
        self._timeline, self._resume = timeline, resume
        self._spans_needed = timeline or report is not None

    def run(self, judge: "Judge") -> int:
        """Score the songs, show and write the rows.

        Parameters
        ----------
        judge : Judge
            Who scores.

        Returns
        -------
        int
            How many files could not be judged.
        """
        kept: list[SongScores | SongFailure] = []
        failures: list[SongFailure] = []
        ledger = self._ledger(judge)
        screen = Screen(
            self._form if self._output is None else None,
            judge.axes,
            timeline=self._timeline,
            sizes=[song.stat().st_size if song.is_file() else 0 for song in self.songs],
        )
        try:
            with screen:
                known = ledger.known if ledger is not None else None
                for row in judge.stream(self.songs, known=known, timeline=self._spans_needed):
                    if isinstance(row, SongFailure):
                        failures.append(row)
                    if self._report is not None:
                        kept.append(row)
                    if ledger is not None:
                        ledger.add(row)
                    screen.add(row)
            if ledger is not None and self._output is not None:
                text = RowText(self._form, judge.axes, width=PLAIN_WIDTH, timeline=self._timeline)
                write_rows(self._output, ledger.rows(), text)
                ledger.remove()
        except KeyboardInterrupt:
            if ledger is not None:
                sys.stderr.write(f"Stopped. What was judged is in {ledger.path}; add --resume.\n")
            raise
        finally:
            if ledger is not None:
                ledger.close()
        if self._report is not None:
            write_page(self._report, kept, judge.card)
        self._say_summary(judge, screen, failures)
        return len(failures)

    def _ledger(self, judge: "Judge") -> Ledger | None:
        if self._output is None:
            return None
        return Ledger(
            self._output,
            judge.id,
            judge.precision,
            resume=self._resume,
            timeline=self._spans_needed,
        )

    def _say_summary(self, judge: "Judge", screen: Screen, failures: Sequence[SongFailure]) -> None:
        notes = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
        sys.stdout.flush()
        judged = len(self.songs) - len(failures)
        speed = screen.heard_s / max(screen.took_s, 1e-9)
        notes.print(
            f"Judge {judge.card.name} {judge.card.version} ({judge.device}, {judge.precision}):"
            f" {judged} of {len(self.songs)} songs in {screen.took_s:.1f} s, {speed:.0f}x real time"
        )
        for target in (self._output, self._report):
            if target is not None:
                notes.print(f"Wrote {target}")
        if failures:
            notes.print(f"Not judged ({len(failures)}):")
            for row in failures:
                notes.print(f"  {row.error.type}: {row.error.message}")
