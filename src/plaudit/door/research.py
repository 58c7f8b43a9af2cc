"""``plaudit.evaluate``, ``study``, ``bench`` and ``train``: judges measured, claims, training."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plaudit.core.choice import (
    Device,
    EvaluationCluster,
    EvaluationSplit,
    Precision,
    StudyCluster,
    StudyTies,
    StudyVariant,
    TiePolicy,
)
from plaudit.door.keywords import PathLike, path_of, paths_of, quiet, settings_of

if TYPE_CHECKING:
    from plaudit.benchmarks.evaluation.record import Evaluation
    from plaudit.benchmarks.preference.record import StudyResult
    from plaudit.benchmarks.suites.record import SuiteResult
    from plaudit.training.result import RunResult

Names = str | Sequence[str]


def evaluate(
    judge: PathLike,
    manifest: PathLike,
    *,
    split: EvaluationSplit = "test",
    out: PathLike | None = None,
    report: PathLike | None = None,
    by: Names = "platform,system,style,length",
    cluster: EvaluationCluster = "song",
    truth_columns: str | None = None,
    baselines: Names = "constant,system,acoustics",
    baseline_songs: int = 2000,
    store: PathLike | None = None,
    level: float | None = None,
    draws: int = 1000,
    seed: int = 1,
    device: Device = "auto",
    precision: Precision = "exact",
    max_seconds: float | None = None,
) -> "Evaluation":
    """Measure a judge on labelled songs: errors, correlations and coverage, beside baselines.

    Parameters
    ----------
    judge : str or path
        A judge by name, folder or hub id; or a file of scores.
    manifest : path
        Table of songs with their truth.
    split : {"train", "validation", "test", "all"}
        Songs to measure on.
    out, report : path, optional
        Files to write as well: the record (scores go beside it, and a stopped evaluation goes on
        from them), and a page.
    by : str or sequence of str
        Slices: of platform, system, style, length; "none" for none.
    cluster : {"song", "prompt_id", "artist", "system"}
        Column whose songs are resampled together.
    truth_columns : str, optional
        Word before the axis: "expected" reads ``expected_coherence``.
    baselines : str or sequence of str
        Of constant, system, acoustics, embeddings; "none" for none.
    baseline_songs : int, default 2000
        Training songs that teach a ridge.
    store : path, optional
        Embeddings of the songs; adds the baseline of that name.
    level : float, optional
        Stated coverage of intervals, in (0, 1), if the judge's card has none.
    draws, seed : int
        Resamples, and their seed.
    device, precision, max_seconds : optional
        As `plaudit.load_judge`.

    Returns
    -------
    Evaluation
        See `plaudit.benchmarks.evaluation.record`; `plaudit.report` makes a page of it.

    Raises
    ------
    PlauditError
        A file cannot be used, or no song can be judged.
    """
    from plaudit.benchmarks.evaluation.record import evaluation_settings
    from plaudit.jobs.evaluate import EvaluateSettings, evaluate_judge

    [judge_name] = paths_of(judge)
    named = _listed(baselines)
    measuring = evaluation_settings(
        split=split, by=_listed(by), cluster=cluster, truth_columns=truth_columns,
        baselines=named if store is None else f"{named},embeddings",
        baseline_songs=baseline_songs, level=level, draws=draws, seed=seed,
    )  # fmt: skip
    settings = settings_of(
        EvaluateSettings, "evaluate", judge=judge_name, manifest=manifest, measuring=measuring,
        out=out, report=report, store=store, device=device, precision=precision,
        max_seconds=max_seconds,
    )  # fmt: skip
    return evaluate_judge(settings, quiet())


def study(
    *,
    battles: PathLike,
    scores: PathLike,
    out: PathLike,
    models: Names = "all",
    schemes: Names = "all",
    songs: PathLike | None = None,
    embeddings: PathLike | None = None,
    acoustics: bool = True,
    new_system: str | None = None,
    variant: StudyVariant = "none",
    ties: StudyTies = "half",
    cluster: StudyCluster = "prompt",
    folds: int = 10,
    parts: int = 3,
    components: int = 16,
    draws: int = 1000,
    permuted: bool = False,
    seed: int = 1,
    workers: int | None = None,
) -> "StudyResult":
    """Test whether aesthetic scores help to predict which of two songs people prefer.

    Parameters
    ----------
    battles : path
        Battles (two songs and the outcome): a table or a folder.
    scores : path
        Rows of ``plaudit score``, or a table with the axes.
    out : path
        Folder for the record, the page and what every model predicted.
    models : str or sequence of str
        Of logistic, svm, trees, net; or "all".
    schemes : str or sequence of str
        Of prompt, leave-one-system-out, new-system-last; or "all".
    songs : path, optional
        Table of songs: duration_s, loudness_lufs, path.
    embeddings : path, optional
        Folder of ``plaudit embed``, by song id.
    acoustics : bool, default True
        Whether to measure audio that is there.
    new_system : str, optional
        The system that came last, where dates do not tell.
    variant : {"none", "published-notebook"}
        Also follow a published protocol.
    ties : {"half", "drop"}
        A tie is half right in accuracy, or left out.
    cluster : {"prompt", "voter", "battle"}
        Battles that are resampled together.
    folds, parts, components, draws : int
        Folds over prompts, parts of prompts where a system is left out, principal components of an
        embedding, resamples.
    permuted : bool, default False
        Deal outcomes by a coin: must find nothing.
    seed : int, default 1
        Seed of all chance.
    workers : int, optional
        Processes; one per core by default.

    Returns
    -------
    StudyResult
        See `plaudit.benchmarks.preference.record`; `plaudit.report` makes a page of it.

    Raises
    ------
    PlauditError
        A file cannot be used, or nothing is left to study.
    """
    from plaudit.benchmarks.preference.record import study_settings
    from plaudit.jobs.study import StudyFiles, run_study

    settings = study_settings(
        models=_listed(models), schemes=_listed(schemes), new_system=new_system, variant=variant,
        ties=ties, cluster=cluster, folds=folds, parts=parts, components=components, draws=draws,
        permuted=permuted, seed=seed,
    )  # fmt: skip
    files = settings_of(
        StudyFiles, "study", votes=battles, scores=scores, out=out, songs=songs, store=embeddings,
        acoustics=acoustics, workers=workers,
    )  # fmt: skip
    return run_study(files, settings, quiet())


def bench(
    suite: str,
    *,
    data: PathLike | None = None,
    judge: PathLike | None = None,
    predictions: PathLike | None = None,
    judge_class: str | None = None,
    class_args: Mapping[str, Any] | None = None,
    max_dur: float = 30.0,
    sample: bool = False,
    ties: TiePolicy = "half",
    seconds: float | None = None,
    out: PathLike | None = None,
    scp: PathLike | None = None,
    draws: int = 1000,
    limit: int | None = None,
    seed: int | None = None,
    device: Device = "auto",
) -> "SuiteResult":
    """Measure a judge on a suite, with intervals, beside baselines that use no audio.

    Parameters
    ----------
    suite : str
        Name of a suite; ``plaudit bench list`` names them.
    data : path, optional
        Its data (a folder or file), or songs.
    judge : str or path, optional
        A judge by name, folder or hub id.
    predictions : path, optional
        Scores in .jsonl, .json, .csv or .scp, instead of a judge.
    judge_class : str, optional
        "module:Class" with sr and score_batch, instead of a judge.
    class_args : mapping, optional
        Arguments of the class.
    max_dur : float, default 30
        Seconds of audio that the class may use.
    sample : bool, default False
        Run on the suite's made-up sample, instead of ``data``.
    ties : {"half", "drop", "toolkit"}
        Credit for equal scores of a pair.
    seconds : float, optional
        Excerpt of suites that listen.
    out, scp : path, optional
        Files to write as well: the record, and the scores as an .scp list.
    draws : int, default 1000
        Resamples.
    limit : int, optional
        Take only the first songs or pairs of a task, so many.
    seed : int, optional
        Of all chance; that of the suite by default.
    device : str
        As `plaudit.load_judge`.

    Returns
    -------
    SuiteResult
        See `plaudit.benchmarks.suites.record`; `plaudit.report` makes a page of it.

    Raises
    ------
    PlauditError
        Settings contradict each other, data cannot be read, or a judge cannot be used.
    """
    from plaudit.jobs.bench.run import BenchSettings, run_bench

    settings = settings_of(
        BenchSettings, "bench", suite=suite, data=data,
        judge=None if judge is None else paths_of(judge)[0], predictions=predictions,
        judge_class=judge_class, class_args=json.dumps(dict(class_args or {})), max_dur=max_dur,
        made_up=sample, ties=ties, seconds=seconds, out=out, scp=scp, draws=draws, limit=limit,
        seed=seed, device=device,
    )  # fmt: skip
    return run_bench(settings, quiet())


def train(config: PathLike, *, out: PathLike | None = None) -> "RunResult":
    """Train a judge on embeddings, or go on with a run that was stopped.

    Parameters
    ----------
    config : path
        Settings in TOML.
    out : path, optional
        Folder of the run, not that of the file.

    Returns
    -------
    RunResult
        See `plaudit.training.result`; the judge is in the folder ``judge`` of the run.

    Raises
    ------
    PlauditError
        A setting is wrong, data cannot be read, or the folder holds another run.
    """
    from pathlib import Path

    from plaudit.jobs.train import train_judge

    return train_judge(Path(config), path_of(out), quiet())


def _listed(names: Names) -> str:
    """Return names as the command line takes them, with commas between them."""
    return names if isinstance(names, str) else ",".join(names) or "none"
