"""``plaudit evaluate``: songs judged (or scores read), baselines fitted, files written.

Scores come from the very stream that ``plaudit score`` prints, and are kept beside the result, in
``NAME.scores.jsonl``: a stopped job goes on from there, and evaluating again judges nothing twice.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.baseline_fit import fit_baselines
from plaudit.benchmarks.evaluation.measure import (
    chosen_songs,
    clusters_of,
    evaluate,
    labels_of,
    measured_songs,
)
from plaudit.benchmarks.evaluation.predictions import Predictions, predictions_of, read_predictions
from plaudit.benchmarks.evaluation.record import Evaluation, EvaluationSettings
from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.benchmarks.scores.training_list import list_of_judge
from plaudit.core.choice import Device, Precision, ResultForm
from plaudit.core.errors import InputError
from plaudit.core.file import is_file, is_stream, sha256_of
from plaudit.core.option_source import sourced
from plaudit.core.progress import counting
from plaudit.core.settings import Record
from plaudit.datasets.inspect.recording import Recordings, read_recordings, song_name
from plaudit.datasets.manifest.songs import Manifest, read_manifest
from plaudit.jobs.output.overwrite import check_inside, check_outputs, write_output, write_rows
from plaudit.jobs.output.screen import Screen
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import MaxSeconds, Scorer
from plaudit.judging.catalogue import local_judge
from plaudit.judging.ledger import Ledger, ledger_path
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.evaluation.page import evaluation_page
from plaudit.reports.evaluation.table import evaluation_text
from plaudit.reports.songs.row_text import RowText


class EvaluateSettings(Record):
    """What to evaluate on which songs, and what to write."""

    manifest: Path  #: Songs with their targets.
    judge: str = "bundled"  #: Name, folder or hub id; or a file of scores.
    scores: Path | None = None  #: A file of scores, measured instead of a judge.
    measuring: EvaluationSettings  #: What to measure.
    form: ResultForm = "table"  #: What is shown.
    #: JSON file for the record, HTML page.
    out: Path | None = None
    report: Path | None = None
    store: Path | None = None  #: Embeddings for the baseline of that name.
    #: As `plaudit.judging.load.load_judge`.
    device: Device = "auto"
    precision: Precision = "exact"
    max_seconds: MaxSeconds = None


def evaluate_judge(
    settings: EvaluateSettings, streams: Streams, *, judge: Scorer | None = None
) -> Evaluation:
    """Let a judge score songs (or read scores), measure them, show and write the result.

    Raises
    ------
    InputError
        The manifest has no target or no such split, a target file may not be replaced, or no song
        can be judged.
    """
    scores = settings.scores
    if scores is None and judge is None and Path(settings.judge).is_file():
        scores = Path(settings.judge)
    data = _read_data(settings, scores)
    if scores is not None:
        answers = read_predictions(scores, data.manifest)
        level = None if answers.judge is None else _promised_by(answers.judge.hash)
    else:
        if judge is None:
            # The heavy import, after everything that can be wrong with the call was checked.
            from plaudit.judging.load import load_judge

            judge = load_judge(
                settings.judge,
                device=settings.device,
                precision=settings.precision,
                max_seconds=settings.max_seconds,
            )
        answers = _judged(judge, data, settings.out, streams)
        level = judge.coverage
    hash_ = None if answers.judge is None else answers.judge.hash
    training = TrainingList() if hash_ is None else list_of_judge(hash_, settings.judge)
    result = _measured(answers, data, settings, level, training, streams)
    result = sourced(result)
    text = result.model_dump_json() + "\n"
    if settings.out is not None:
        write_output(settings.out, text)
    if settings.report is not None:
        write_output(settings.report, evaluation_page(result))
    streams.show(text if settings.form == "json" else evaluation_text(result), end="")
    for target in (settings.out, settings.report):
        if target is not None:
            streams.note(f"Wrote {target}")
    return result


class _Data(NamedTuple):
    """The manifest; targets (n_songs, n_axes); which songs to measure (n_songs,); their files."""

    manifest: Manifest
    targets: NDArray[np.float64]
    chosen: NDArray[np.bool_]
    audio: list[Path | None]


def _read_data(settings: EvaluateSettings, scores: Path | None) -> _Data:
    """Read the manifest and check all that can be wrong with the call."""
    measuring = settings.measuring
    manifest = read_manifest(settings.manifest)
    targets = labels_of(manifest, measuring.truth_columns).values
    chosen = chosen_songs(manifest, measuring.split)
    clusters_of(manifest, measuring.cluster)  # raises where there are none
    if "embeddings" in measuring.baselines and settings.store is None:
        raise InputError("The baseline 'embeddings' needs their folder; add --store DIR.")
    audio = manifest.audio_paths()
    judge = local_judge(settings.judge) if scores is None else scores
    inputs = [settings.manifest, settings.store, judge, *audio]
    rows = _beside(settings.out, ".scores.jsonl") if scores is None else None
    acoustics = _beside(settings.out, ".acoustics.jsonl")
    check_outputs([settings.out, settings.report, rows, acoustics], inputs)
    for path in (rows, acoustics, None if rows is None else ledger_path(rows)):
        if path is not None:
            check_inside(path.parent, [path.name], inputs)
    return _Data(manifest, targets, chosen, audio)


def _beside(out: Path | None, suffix: str) -> Path | None:
    return None if out is None or is_stream(out) else out.with_suffix(suffix)


def _judged(judge: Scorer, data: _Data, out: Path | None, streams: Streams) -> Predictions:
    """Let a judge score the songs, and keep the rows beside the result."""
    places, reasons = _to_judge(data)
    if not places:
        why = ", ".join(sorted(set(reasons.values()))) or "none"
        raise InputError(f"No song of the split can be judged: {why}.")
    songs = [path for path in (data.audio[k] for k in places) if path is not None]
    rows: list[SongScores | SongFailure] = []
    target = _beside(out, ".scores.jsonl")
    ledger = None
    if target is not None:
        # Rows are found by the hash of the audio, so taking over old ones is always right.
        ledger = Ledger(target, judge.id, judge.precision, resume=True, timeline=False)
    try:
        with Screen(streams, None, judge.axes, songs) as screen:
            known = None if ledger is None else ledger.known
            for row in judge.stream(songs, known=known, timeline=False):
                rows.append(row)
                if ledger is not None:
                    ledger.add(row)
                screen.add(row, known=ledger is not None and ledger.is_known(row))
        if ledger is not None and target is not None:
            write_rows(target, ledger.rows(), RowText("jsonl", judge.axes))
            ledger.remove()
    finally:
        if ledger is not None:
            ledger.close()
    return predictions_of(data.manifest, zip(places, rows, strict=True), reasons)


def _to_judge(data: _Data) -> tuple[list[int], dict[int, str]]:
    """Return the rows of songs that can be judged, and by row why the others cannot."""
    places: list[int] = []
    reasons: dict[int, str] = {}
    labelled = np.asarray(~np.isnan(data.targets).all(axis=1))
    for k in np.flatnonzero(data.chosen).tolist():
        path = data.audio[k]
        if not labelled[k]:
            reasons[k] = "no truth on any axis"
        elif path is None:
            reasons[k] = "no audio named"
        elif not is_file(path):
            reasons[k] = "audio file not there"
        else:
            places.append(k)
    return places, reasons


def _measured(
    answers: Predictions,
    data: _Data,
    settings: EvaluateSettings,
    level: float | None,
    training: TrainingList,
    streams: Streams,
) -> Evaluation:
    """Measure scores beside baselines; ``level`` is what their intervals promise to hold."""
    source = settings.judge if settings.scores is None else str(settings.scores)
    measuring = settings.measuring
    if measuring.level is None:
        measuring = measuring.model_copy(update={"level": level})
    notes = list(answers.notes)
    if answers.left_over:
        notes.append(
            f"{answers.left_over} rows of {source} belong to no song of the manifest, or to one"
            " that has a row before."
        )
    cache = _beside(settings.out, ".acoustics.jsonl")
    with counting("songs measured for the baseline", streams.err) as on_progress:
        baselines, remarks = fit_baselines(
            data.manifest,
            data.targets,
            data.chosen & answers.judged,
            measuring,
            cache=cache,
            store=settings.store,
            on_progress=on_progress,
        )
    return evaluate(
        data.manifest,
        answers,
        measuring,
        source=source,
        where=settings.manifest.name,
        sha256=sha256_of(settings.manifest),
        baselines=baselines,
        notes=[*notes, *remarks],
        recordings=_recordings(answers, data, measuring, streams),
        training=training,
    )


def _recordings(
    answers: Predictions, data: _Data, measuring: EvaluationSettings, streams: Streams
) -> Recordings:
    """Look at the files of the measured songs."""
    manifest = data.manifest
    labels = labels_of(manifest, measuring.truth_columns)
    used = np.flatnonzero(measured_songs(labels, answers, data.chosen))
    corpora, ids = manifest.column("corpus"), manifest.column("song_id")
    digests = manifest.column("sha256")
    if answers.sha256 is not None:
        digests = np.where(answers.sha256 == None, digests, answers.sha256)  # noqa: E711
    return read_recordings(
        [song_name(corpora[k], str(ids[k])) for k in used],
        [data.audio[k] for k in used],
        sha256=digests[used],
        near=manifest.column("near_duplicate")[used],
        on_progress=streams.note,
    )


def _promised_by(judge_hash: str) -> float | None:
    """Return what the intervals of a judge promise, if it is one that a name can be given for."""
    from plaudit.judging.catalogue import list_judges
    from plaudit.model.card import Card
    from plaudit.model.folder import judge_hash as hash_of

    for listed in list_judges():
        card = listed.card
        if isinstance(card, Card) and card.interval and hash_of(card) == judge_hash:
            return card.interval.coverage
    return None
