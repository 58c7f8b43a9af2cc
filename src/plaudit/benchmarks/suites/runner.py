"""Runs one judge on one suite: asks for scores, measures every task, counts what was left out."""

import math
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.suites.contestant import Answers, Contestant, names_of
from plaudit.benchmarks.suites.measure import pair_measures, song_measures
from plaudit.benchmarks.suites.promise import Losses, PairTask, SongTask, Suite, SuiteData, Task
from plaudit.benchmarks.suites.record import (
    Contender,
    DataFile,
    Measure,
    RunSettings,
    SuiteResult,
    TaskAnswers,
)
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of

Floats = NDArray[np.float64]
MEAN = "mean of the tasks"
LENGTHS_S = (10.0, 30.0, 60.0, 120.0)  # as CMI-RewardBench cuts them


def run_suite(
    suite: Suite, path: Path, contestant: Contestant, settings: RunSettings
) -> tuple[SuiteResult, Answers, SuiteData]:
    """Measure a judge.

    Parameters
    ----------
    suite : Suite
        One with tasks.
    path : Path
        Its data: a folder or file.
    contestant : Contestant
        Who is measured.
    settings : RunSettings
        Tie rule, seed, draws.

    Returns
    -------
    SuiteResult, Answers, SuiteData
        The record, and what it was made of.

    Raises
    ------
    InputError
        The data holds nothing that the suite measures.
    """
    losses = Losses()
    if suite.load is None:
        raise InputError(f"The suite {suite.facts.name} has no data to read; it listens to songs.")
    data = suite.load(path, losses)
    if not any(_length(task) for task in data.tasks):
        reasons = "; ".join(f"{one.reason} ({one.n})" for one in losses.dropped())
        raise InputError(
            f"{path} holds nothing that {suite.facts.name} measures"
            f"{f': {reasons}' if reasons else ''}; it takes {suite.facts.data}."
        )
    answers = contestant.answer(data.items, losses)
    _check_pairs(answers, data.tasks, losses)
    measures = [
        Measure(task=task, measure=name, value=value, n=n) for task, name, value, n in data.rates
    ]
    kept: list[TaskAnswers] = []
    for task in data.tasks:
        own, said = measure_task(task, answers, contestant.info, settings)
        measures += own
        if said is not None:
            kept.append(said)
    measures += _means(data.tasks, measures)
    answered = {one for answer in kept for one in answer.ids}
    total = {one for task in data.tasks for one in _ids(task)}
    return (
        assemble(
            suite, contestant.info, settings, losses, data.files, measures, kept,
            items=len(total), answered=len(answered),
        ),
        answers,
        data,
    )  # fmt: skip


def _check_pairs(answers: Answers, tasks: Sequence[Task], losses: Losses) -> None:
    """Count margins of pairs that the suite does not have, and pairs without a margin."""
    if not answers.margins:
        return
    known = {pair.id for task in tasks if isinstance(task, PairTask) for pair in task.pairs}
    if not known & answers.margins.keys():
        raise InputError(
            f"None of the {len(answers.margins)} pairs of the file is one of this suite (it has"
            f" pairs such as '{next(iter(known), '')}', the file '{next(iter(answers.margins))}');"
            " give the predictions that were made for it, or its other --data."
        )
    for name in answers.margins:
        if name not in known:
            losses.lose("prediction for an unknown or undecided pair", name)
    for name in sorted(known - answers.margins.keys()) if not answers.scores else ():
        losses.lose("no prediction in the file", name)


def measure_task(
    task: Task, answers: Answers, judge: Contender, settings: RunSettings
) -> tuple[list[Measure], TaskAnswers | None]:
    """Measure one task on what was answered.

    Parameters
    ----------
    task : SongTask or PairTask
        Truth.
    answers : Answers
        Scores.
    judge : Contender
        Whose, for the reason where there are none.
    settings : RunSettings
        Tie rule, seed, draws.

    Returns
    -------
    list of Measure, TaskAnswers or None
        See `plaudit.benchmarks.suites.measure`.
    """
    given = list(names_of(answers))
    used = next((name for name in task.wants if name in given), None)
    if used is None and len(given) == 1 and judge.kind == "predictions":
        used = given[0] if given[0] not in RESERVED else None
    why = None
    if used is None and not answers.margins:
        why = (
            "no judge was given" if judge.kind == "none"
            else f"the judge gives no score called {' or '.join(task.wants)}"
        )  # fmt: skip
    if isinstance(task, SongTask):
        said = np.array([_score(answers, one, used) for one in task.items])
        if used is None:
            why = why or "the file answers pairs, and this task is about songs"
        return song_measures(task, said, used, why, settings)
    margin = np.array(
        [
            answers.margins.get(
                pair.id, _score(answers, pair.first, used) - _score(answers, pair.second, used)
            )
            for pair in task.pairs
        ]
    )
    if answers.margins and used is None:
        used = "margin"
    return pair_measures(_with_lengths(task, answers), margin, used, why, settings)


# A lone column of another name is taken for the answer, unless it answers something else.
RESERVED = {"musicality", "alignment", "coherence", "memorability", "clarity", "naturalness"}


def assemble(
    suite: Suite,
    judge: Contender,
    settings: RunSettings,
    losses: Losses,
    files: Iterable[Path],
    measures: Sequence[Measure],
    answers: Sequence[TaskAnswers],
    *,
    items: int,
    answered: int,
    detail: dict[str, object] | None = None,
) -> SuiteResult:
    """Return the record of a run.

    Parameters
    ----------
    suite : Suite
        What was run.
    judge : Contender
        Who was measured.
    settings : RunSettings
        How.
    losses : Losses
        What was left out.
    files : iterable of Path
        Data, to be hashed.
    measures, answers : sequence
        What was found.
    items, answered : int
        Songs or pairs in all tasks, and those with an answer.
    detail : dict, optional
        More that a suite keeps.

    Returns
    -------
    SuiteResult
        The record.
    """
    facts = suite.facts
    return SuiteResult(
        suite=facts.name,
        suite_version=facts.version,
        title=facts.title,
        plaudit=version("plaudit"),
        citation=facts.citation,
        licence=facts.licence,
        protocol=facts.protocol,
        judge=judge,
        data=tuple(
            DataFile(name=path.name, sha256=sha256_of(path), n_bytes=path.stat().st_size)
            for path in files
        ),
        settings=settings,
        items=items,
        answered=answered,
        dropped=losses.dropped(),
        measures=tuple(measures),
        published=facts.published,
        answers=tuple(answers),
        detail=detail,
    )


def _score(answers: Answers, one: str, used: str | None) -> float:
    return math.nan if used is None else answers.scores.get(one, {}).get(used, math.nan)


def _length(task: Task) -> int:
    return len(task.items) if isinstance(task, SongTask) else len(task.pairs)


def _ids(task: Task) -> Iterable[str]:
    return task.items if isinstance(task, SongTask) else (pair.id for pair in task.pairs)


def _with_lengths(task: PairTask, answers: Answers) -> PairTask:
    """Add the slice of durations, where the judge told how long songs are."""
    if not answers.duration_s:
        return task
    pairs = []
    for pair in task.pairs:
        known = [
            answers.duration_s[one] for one in (pair.first, pair.second)
            if one in answers.duration_s
        ]  # fmt: skip
        own = {"duration": (length_bin(sum(known) / len(known)),)} if known else {}
        pairs.append(
            type(pair)(
                pair.id, pair.first, pair.second, pair.outcome, pair.group, pair.systems,
                {**pair.slices, **own},
            )
        )  # fmt: skip
    return PairTask(task.name, task.wants, tuple(pairs), task.half_ties, task.ceiling)


def length_bin(duration_s: float) -> str:
    """Return the bin of a length in seconds, such as "[30,60)"."""
    at = int(np.searchsorted(LENGTHS_S, duration_s, "right"))
    if at == 0:
        return f"[0,{LENGTHS_S[0]:g})"
    end = f"{LENGTHS_S[at]:g}" if at < len(LENGTHS_S) else "inf"
    return f"[{LENGTHS_S[at - 1]:g},{end})"


def _means(tasks: Sequence[Task], measures: Sequence[Measure]) -> list[Measure]:
    """Return unweighted means over tasks of songs, where there are several with the same measures.

    They have no interval: the measures of one judge's axes are far from independent.
    """
    names = [task.name for task in tasks if isinstance(task, SongTask)]
    if len(names) < 2 or len(names) != len(tasks):
        return []
    found = []
    for slice_ in ("all", "system"):
        for measure in dict.fromkeys(one.measure for one in measures if one.slice == slice_):
            if measure.startswith("split-half"):
                continue
            own = [one for one in measures if (one.slice, one.measure) == (slice_, measure)]
            values = [one.value for one in own if one.value is not None]
            whole = len(values) == len(names)
            found.append(
                Measure(
                    task=MEAN, slice=slice_, measure=measure,
                    value=float(np.mean(values)) if whole else None,
                    n=min((one.n for one in own), default=0),
                    reason=None if whole else "it is undefined for one of the tasks",
                )
            )  # fmt: skip
    return found
