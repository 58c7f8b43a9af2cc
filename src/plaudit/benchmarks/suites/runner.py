"""A run of one judge on one suite: scores, measures of every task, counts of what is left out.

Copies of a recording are resampled together, and songs that taught the judge are set apart.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.benchmarks.suites.contestant import Contestant, ItemPredictions, names_of
from plaudit.benchmarks.suites.measure import pair_measures, song_measures
from plaudit.benchmarks.suites.promise import (
    Item,
    Losses,
    PairTask,
    SongTask,
    Suite,
    SuiteData,
    Task,
)
from plaudit.benchmarks.suites.record import (
    Contender,
    RunSettings,
    SuiteFile,
    SuiteResult,
    TaskMeasure,
    TaskPredictions,
)
from plaudit.core.errors import InputError
from plaudit.core.file import sha256_of
from plaudit.datasets.inspect.recording import read_recordings, song_name
from plaudit.datasets.manifest.group import groups

Floats = NDArray[np.float64]
MEAN = "mean of the tasks"
COPY = "the same recording as another song, which is measured"
_LENGTHS_S = (10.0, 30.0, 60.0, 120.0)  # those of CMI-RewardBench


def run_suite(
    suite: Suite, path: Path, contestant: Contestant, settings: RunSettings
) -> tuple[SuiteResult, ItemPredictions, SuiteData]:
    """Measure a judge on a suite with tasks, whose data is the folder or file ``path``.

    Data without an item of a task is an `InputError`.
    """
    losses = Losses()
    if suite.load is None:
        raise InputError(f"The suite {suite.facts.name} has no data to read; it listens to songs.")
    data = first_part(suite.load(path, losses), settings.limit)
    if not any(_length(task) for task in data.tasks):
        reasons = "; ".join(f"{drop.reason} ({drop.n})" for drop in losses.dropped())
        raise InputError(
            f"{path} holds nothing that {suite.facts.name} measures"
            f"{f': {reasons}' if reasons else ''}; it takes {suite.facts.data}."
        )
    predictions = contestant.predict(data.items, losses)
    _check_pairs(predictions, data.tasks, losses)
    measures = [
        TaskMeasure(task=task, measure=name, value=value, n=n)
        for task, name, value, n in data.rates
    ]
    known = _know(data.items, predictions, contestant)
    tasks = [_joined_task(task, known.shared) for task in data.tasks]
    measured, records = _measure_tasks(tasks, predictions, contestant.info, settings)
    measures += measured
    clean: list[TaskMeasure] = []
    if known.taught:
        others = [_clean_task(task, known.taught) for task in tasks]
        clean, _ = _measure_tasks(others, predictions, contestant.info, settings)
    n_predicted = len({item for predicted in records for item in predicted.ids})
    n_items = len({item for task in data.tasks for item in _ids(task)})
    result = assemble(
        suite, contestant.info, settings, losses, data.files, measures, records,
        n_items=n_items, n_predicted=n_predicted,
    )  # fmt: skip
    found = {"contamination": known.contamination, "copies": known.copies, "clean": tuple(clean)}
    return result.model_copy(update=found), predictions, data


def first_part(data: SuiteData, limit: int | None) -> SuiteData:
    """Return the first songs or pairs of each task; rates of all data are left out."""
    if limit is None:
        return data
    tasks = tuple(
        _part(task, range(min(limit, len(task.items))))
        if isinstance(task, SongTask)
        else replace(task, pairs=task.pairs[:limit])
        for task in data.tasks
    )
    used = {item for task in tasks for item in _ids(task)}
    items = {name: item for name, item in data.items.items() if name in used}
    return replace(data, items=items, tasks=tasks, rates=())


def _measure_tasks(
    tasks: Sequence[Task], predictions: ItemPredictions, judge: Contender, settings: RunSettings
) -> tuple[list[TaskMeasure], list[TaskPredictions]]:
    measures: list[TaskMeasure] = []
    records: list[TaskPredictions] = []
    for task in tasks:
        own, predicted = _measure_task(task, predictions, judge, settings)
        measures += own
        if predicted is not None:
            records.append(predicted)
    return measures + _means(tasks, measures), records


@dataclass(frozen=True)
class _Known:
    """What is known of the items that a judge predicted."""

    contamination: Contamination | None = None
    taught: frozenset[str] = frozenset()  #: Ids of the items that taught the judge.
    copies: int = 0  #: Items that are a recording that came before.
    #: By id the name of the recording, of items that share theirs.
    shared: Mapping[str, str] = field(default_factory=dict)


def _know(items: Mapping[str, Item], predictions: ItemPredictions, judge: Contestant) -> _Known:
    """Look at the files of the predicted items; those of a judge that listened are listened to."""
    ids = [name for name in items if predictions.margins or name in predictions.scores]
    if judge.training is None or not ids:
        return _Known()
    digests = [predictions.sha256.get(name, items[name].sha256) for name in ids]
    songs = read_recordings(
        [song_name(items[name].corpus, name) for name in ids],
        [items[name].path for name in ids],
        sha256=np.array(digests, object),
        listen=judge.info.kind != "predictions",
    )
    contamination, taught = judge.training.compare(songs)
    recording = songs.groups.astype(str).tolist()
    times = Counter(recording)
    return _Known(
        contamination,
        frozenset(np.array(ids, object)[taught]),
        int(songs.is_copy.sum()),
        {name: own for name, own in zip(ids, recording, strict=True) if times[own] > 1},
    )


def one_of_each(
    paths: Sequence[Path], judge: Contestant
) -> tuple[list[Path], list[Path], Contamination | None]:
    """Return songs without copies, the copies, and how many songs taught the judge."""
    songs = read_recordings([song_name(None, str(path)) for path in paths], paths)
    known = None if judge.training is None else judge.training.compare(songs)[0]
    sides: tuple[list[Path], list[Path]] = ([], [])
    for path, copy in zip(paths, songs.is_copy, strict=True):
        sides[int(copy)].append(path)
    return *sides, known


def _joined_task(task: Task, shared: Mapping[str, str]) -> Task:
    """Return a task no two groups of which share a recording; as given without copies."""
    if isinstance(task, SongTask):
        return replace(task, groups=_joined(task.groups, [(i,) for i in task.items], shared))
    songs = [(pair.first, pair.second) for pair in task.pairs]
    units = _joined([pair.group for pair in task.pairs], songs, shared)
    pairs = zip(task.pairs, units, strict=True)
    return replace(task, pairs=tuple(replace(pair, group=unit) for pair, unit in pairs))


def _joined(
    units: Sequence[str], songs: Sequence[tuple[str, ...]], shared: Mapping[str, str]
) -> tuple[str, ...]:
    """Join the units of rows that share a recording; a joined unit has the name of its first."""
    rows = [(str(k), units[k], shared.get(song)) for k, own in enumerate(songs) for song in own]
    if not any(recording for *_, recording in rows):
        return tuple(units)
    row, unit, recording = np.array(rows, object).T
    number = dict(zip(row, groups({"row": row, "unit": unit, "song": recording}), strict=True))
    first: dict[int, str] = {}
    return tuple(first.setdefault(number[str(k)], own) for k, own in enumerate(units))


def _clean_task(task: Task, taught: frozenset[str]) -> Task:
    """Return a task without the songs that taught the judge, and without pairs that hold one."""
    if isinstance(task, PairTask):
        pairs = (pair for pair in task.pairs if not {pair.first, pair.second} & taught)
        return replace(task, pairs=tuple(pairs))
    return _part(task, [k for k, item in enumerate(task.items) if item not in taught])


def _part(task: SongTask, keep: Sequence[int]) -> SongTask:
    return replace(
        task,
        items=tuple(task.items[k] for k in keep),
        observed=task.observed[list(keep)],
        groups=tuple(task.groups[k] for k in keep),
        systems=tuple(task.systems[k] for k in keep),
        slices=tuple(task.slices[k] for k in keep) if task.slices else (),
        ratings=None if task.ratings is None else task.ratings[list(keep)],
    )


def _check_pairs(predictions: ItemPredictions, tasks: Sequence[Task], losses: Losses) -> None:
    """Count margins of pairs that the suite does not have, and pairs without a margin."""
    if not predictions.margins:
        return
    known = {pair.id for task in tasks if isinstance(task, PairTask) for pair in task.pairs}
    if not known & predictions.margins.keys():
        raise InputError(
            f"None of the {len(predictions.margins)} pairs of the file is one of this suite (it has"
            f" pairs such as '{next(iter(known), '')}', the file"
            f" '{next(iter(predictions.margins))}'); give the predictions that were made for it, or"
            " its other --data."
        )
    for name in predictions.margins:
        if name not in known:
            losses.lose("prediction for an unknown or undecided pair", name)
    for name in sorted(known - predictions.margins.keys()) if not predictions.scores else ():
        losses.lose("no prediction in the file", name)


def _measure_task(
    task: Task, predictions: ItemPredictions, judge: Contender, settings: RunSettings
) -> tuple[list[TaskMeasure], TaskPredictions | None]:
    """Choose the judge's score for a task and measure it; see `measure`."""
    names = list(names_of(predictions))
    near = _IN_PLACE if judge.kind == "judge" and "musicality" in task.wants else ()
    score = next((name for name in (*task.wants, *near) if name in names), None)
    if score is None and len(names) == 1 and judge.kind == "predictions":
        score = names[0] if names[0] not in _RESERVED else None
    why = None
    if score is None and not predictions.margins:
        why = (
            "no judge was given" if judge.kind == "none"
            else f"the judge gives no score called {' or '.join(task.wants)}"
        )  # fmt: skip
    if isinstance(task, SongTask):
        predicted = np.array([_score(predictions, item, score) for item in task.items])
        if score is None:
            why = why or "the file predicts pairs, and this task is about songs"
        return song_measures(task, predicted, score, why, settings)
    margin = np.array(
        [
            predictions.margins.get(
                pair.id,
                _score(predictions, pair.first, score) - _score(predictions, pair.second, score),
            )
            for pair in task.pairs
        ]
    )
    if predictions.margins and score is None:
        score = "margin"
    return pair_measures(_with_lengths(task, predictions), margin, score, why, settings)


# Scores of judges without musicality, for tasks that take it; the result names the one used.
_IN_PLACE = ("preference", "content_enjoyment", "quality")
# A single column of another name is taken as the score, unless it names another task.
_RESERVED = {"musicality", "alignment", "coherence", "memorability", "clarity", "naturalness"}


def assemble(
    suite: Suite,
    judge: Contender,
    settings: RunSettings,
    losses: Losses,
    files: Iterable[Path],
    measures: Sequence[TaskMeasure],
    predictions: Sequence[TaskPredictions],
    *,
    n_items: int,
    n_predicted: int,
    detail: dict[str, object] | None = None,
) -> SuiteResult:
    """Return the record of a run; ``detail`` is the suite's own record, files are hashed."""
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
            SuiteFile(name=path.name, sha256=sha256_of(path), n_bytes=path.stat().st_size)
            for path in files
        ),
        settings=settings,
        n_items=n_items,
        n_predicted=n_predicted,
        dropped=losses.dropped(),
        measures=tuple(measures),
        published=facts.published,
        predictions=tuple(predictions),
        detail=detail,
    )


def _score(predictions: ItemPredictions, item: str, score: str | None) -> float:
    return math.nan if score is None else predictions.scores.get(item, {}).get(score, math.nan)


def _length(task: Task) -> int:
    return len(task.items) if isinstance(task, SongTask) else len(task.pairs)


def _ids(task: Task) -> Iterable[str]:
    return task.items if isinstance(task, SongTask) else (pair.id for pair in task.pairs)


def _with_lengths(task: PairTask, predictions: ItemPredictions) -> PairTask:
    """Add the slice of durations, where the judge gives the duration of songs."""
    if not predictions.duration_s:
        return task
    pairs = []
    for pair in task.pairs:
        known = [
            predictions.duration_s[item] for item in (pair.first, pair.second)
            if item in predictions.duration_s
        ]  # fmt: skip
        own = {"duration": (_length_bin(sum(known) / len(known)),)} if known else {}
        pairs.append(
            type(pair)(
                pair.id, pair.first, pair.second, pair.outcome, pair.group, pair.systems,
                {**pair.slices, **own},
            )
        )  # fmt: skip
    return PairTask(task.name, task.wants, tuple(pairs), task.half_ties, task.ceiling)


def _length_bin(duration_s: float) -> str:
    """Return the bin of a length in seconds, such as "[30,60)"."""
    at = int(np.searchsorted(_LENGTHS_S, duration_s, "right"))
    if at == 0:
        return f"[0,{_LENGTHS_S[0]:g})"
    end = f"{_LENGTHS_S[at]:g}" if at < len(_LENGTHS_S) else "inf"
    return f"[{_LENGTHS_S[at - 1]:g},{end})"


def _means(tasks: Sequence[Task], measures: Sequence[TaskMeasure]) -> list[TaskMeasure]:
    """Return unweighted means over tasks of songs, where there are several.

    They have no interval: the measures of a judge's axes are far from independent.
    """
    names = [task.name for task in tasks if isinstance(task, SongTask)]
    if len(names) < 2 or len(names) != len(tasks):
        return []
    means = []
    for slice_ in ("all", "system"):
        for measure in dict.fromkeys(own.measure for own in measures if own.slice == slice_):
            if measure.startswith("split-half"):
                continue
            several = [own for own in measures if (own.slice, own.measure) == (slice_, measure)]
            values = [own.value for own in several if own.value is not None]
            whole = len(values) == len(names)
            means.append(
                TaskMeasure(
                    task=MEAN, slice=slice_, measure=measure,
                    value=float(np.mean(values)) if whole else None,
                    n=min((own.n for own in several), default=0),
                    reason=None if whole else "it is undefined for one of the tasks",
                )
            )  # fmt: skip
    return means
