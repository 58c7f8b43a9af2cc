"""An evaluation as a user runs it: songs judged (or scores read), baselines fitted, files written.

Scores come from the very stream that ``plaudit score`` prints, and are kept beside the result, in
``NAME.scores.jsonl``: a stopped job goes on from there, and evaluating again judges nothing twice.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from rich.console import Console
from rich.progress import Progress

from plaudit.benchmarks.evaluation.baseline_fit import fit_baselines
from plaudit.benchmarks.evaluation.measure import chosen_songs, clusters_of, evaluate, truth_of
from plaudit.benchmarks.evaluation.predictions import Answers, answers_of, read_answers
from plaudit.benchmarks.evaluation.record import Evaluation, EvaluationSettings
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of, write_atomic
from plaudit.datasets.manifest.songs import read_manifest
from plaudit.judging.feed import Known
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import JudgeId, SongFailure, SongScores
from plaudit.reports.evaluation.page import evaluation_page
from plaudit.reports.evaluation.table import evaluation_text
from plaudit.reports.songs.output import RowText, check_target, write_rows
from plaudit.reports.songs.screen import Screen

ResultForm = Literal["table", "json"]


class Scorer(Protocol):
    """What a judge has to be able to do here; `plaudit.judging.judge.Judge` is one."""

    id: JudgeId
    axes: tuple[str, ...]

    @property
    def precision(self) -> Precision:
        """How it computes."""

    def stream(
        self, songs: Iterable[Path], *, known: Known | None = None, timeline: bool = True
    ) -> Iterator[SongScores | SongFailure]:
        """Yield a row per file, in order."""


class EvaluationJob:
    """What to evaluate on and what to write; what can be wrong with the call is said here.

    Parameters
    ----------
    manifest : Path
        Manifest with truth.
    settings : EvaluationSettings
        What to measure.
    form : {"table", "json"}
        What standard output gets.
    out, report : Path, optional
        JSON file for the record, HTML page.
    store : Path, optional
        Embeddings for the baseline of that name.

    Raises
    ------
    InputError
        The manifest has no truth or no such split, or a target may not be replaced.
    """

    def __init__(
        self,
        manifest: Path,
        settings: EvaluationSettings,
        *,
        form: ResultForm = "table",
        out: Path | None = None,
        report: Path | None = None,
        store: Path | None = None,
    ) -> None:
        self._path, self._settings, self._form = manifest, settings, form
        self._out, self._report, self._store = out, report, store
        self._manifest = read_manifest(manifest)
        self._truth = truth_of(self._manifest, settings.truth_columns)
        self._chosen = chosen_songs(self._manifest, settings.split)
        clusters_of(self._manifest, settings.cluster)  # raises where there are none
        if "embeddings" in settings.baselines and store is None:
            raise InputError("The baseline 'embeddings' needs their folder; add --store DIR.")
        self._audio = self._manifest.audio_paths()
        self._scores = out.with_suffix(".scores.jsonl") if out is not None else None
        inputs = [path for path in (manifest, *self._audio) if path is not None]
        for target in (out, report, self._scores):
            if target is not None:
                check_target(target, inputs)

    def judge(self, judge: Scorer, name: str, level: float | None) -> Evaluation:
        """Let a judge score the songs, measure it, show and write the result.

        Parameters
        ----------
        judge : Scorer
            Who scores.
        name : str
            What the user called it.
        level : float, optional
            Share of songs that its intervals promise to hold.

        Returns
        -------
        Evaluation
            The record.

        Raises
        ------
        InputError
            No song can be judged.
        """
        places, reasons = self._to_judge()
        if not places:
            said = ", ".join(sorted(set(reasons.values()))) or "none"
            raise InputError(f"No song of the split can be judged: {said}.")
        songs = [path for path in (self._audio[k] for k in places) if path is not None]
        rows: list[SongScores | SongFailure] = []
        # Rows are found by the hash of the audio, so taking over old ones is always right.
        ledger = (
            None
            if self._scores is None
            else Ledger(self._scores, judge.id, judge.precision, resume=True, timeline=False)
        )
        screen = Screen(
            None, judge.axes, timeline=False, sizes=[song.stat().st_size for song in songs]
        )
        try:
            with screen:
                known = ledger.known if ledger is not None else None
                for row in judge.stream(songs, known=known, timeline=False):
                    rows.append(row)
                    if ledger is not None:
                        ledger.add(row)
                    screen.add(row)
            if ledger is not None and self._scores is not None:
                text = RowText("jsonl", judge.axes)
                write_rows(self._scores, ledger.rows(), text)
                ledger.remove()
        finally:
            if ledger is not None:
                ledger.close()
        answers = answers_of(self._manifest, zip(places, rows, strict=True), reasons)
        return self.measure(answers, name, level)

    def read(self, path: Path) -> Answers:
        """Read scores from a file (`plaudit.benchmarks.evaluation.predictions.read_answers`)."""
        return read_answers(path, self._manifest)

    def measure(self, answers: Answers, source: str, level: float | None) -> Evaluation:
        """Measure scores, show and write the result.

        Parameters
        ----------
        answers : Answers
            Scores of the songs.
        source : str
            Where they come from.
        level : float, optional
            Share of songs that their intervals promise to hold; the settings may say otherwise.

        Returns
        -------
        Evaluation
            The record.
        """
        settings = self._settings
        if settings.level is None:
            settings = settings.model_copy(update={"level": level})
        notes = list(answers.notes)
        if answers.left_over:
            notes.append(
                f"{answers.left_over} rows of {source} belong to no song of the manifest, or to one"
                " that has a row before."
            )
        cache = None if self._out is None else self._out.with_suffix(".acoustics.jsonl")
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Acoustics for the baseline", visible=False)
            baselines, said = fit_baselines(
                self._manifest,
                self._truth.values,
                self._chosen & answers.judged,
                settings,
                cache=cache,
                store=self._store,
                told=lambda done, n: bar.update(task, completed=done, total=n, visible=True),
            )
        result = evaluate(
            self._manifest,
            answers,
            settings,
            source=source,
            where=self._path.name,
            sha256=sha256_of(self._path),
            baselines=baselines,
            notes=[*notes, *said],
        )
        self._write(result)
        return result

    def _to_judge(self) -> tuple[list[int], dict[int, str]]:
        places: list[int] = []
        reasons: dict[int, str] = {}
        labelled = np.asarray(~np.isnan(self._truth.values).all(axis=1))
        for k in np.flatnonzero(self._chosen).tolist():
            path = self._audio[k]
            if not labelled[k]:
                reasons[k] = "no truth on any axis"
            elif path is None:
                reasons[k] = "no audio named"
            elif not path.is_file():
                reasons[k] = "audio file not there"
            else:
                places.append(k)
        return places, reasons

    def _write(self, result: Evaluation) -> None:
        text = result.model_dump_json() + "\n"
        if self._out is not None:
            write_atomic(self._out, text)
        if self._report is not None:
            write_atomic(self._report, evaluation_page(result))
        sys.stdout.write(text if self._form == "json" else evaluation_text(result))
        sys.stdout.flush()
        for target in (self._out, self._report):
            if target is not None:
                sys.stderr.write(f"Wrote {target}\n")
