"""Recordings of a suite: copies are resampled together, and what taught the judge is set apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.benchmarks.suites.contestant import Contestant, ItemPredictions
from plaudit.benchmarks.suites.promise import Item, PairTask, SongTask, Task
from plaudit.datasets.inspect.recording import read_recordings, song_name
from plaudit.datasets.manifest.group import groups

COPY = "the same recording as another song, which is measured"


@dataclass(frozen=True)
class Known:
    """What is known of the items that a judge predicted."""

    contamination: Contamination | None = None
    taught: frozenset[str] = frozenset()  #: Ids of the items that taught the judge.
    copies: int = 0  #: Items that are a recording that came before.
    #: By id the name of the recording, of items that share theirs.
    shared: Mapping[str, str] = field(default_factory=dict)


def know(items: Mapping[str, Item], predictions: ItemPredictions, judge: Contestant) -> Known:
    """Look at the files of the predicted items; those of a judge that listened are listened to."""
    ids = [name for name in items if predictions.margins or name in predictions.scores]
    if judge.training is None or not ids:
        return Known()
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
    return Known(
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
    known = None
    if judge.training is not None:
        known = judge.training.compare(songs)[0].model_copy(update={"apart": False})
    sides: tuple[list[Path], list[Path]] = ([], [])
    for path, copy in zip(paths, songs.is_copy, strict=True):
        sides[int(copy)].append(path)
    return *sides, known


def joined_task(task: Task, shared: Mapping[str, str]) -> Task:
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


def clean_task(task: Task, taught: frozenset[str]) -> Task:
    """Return a task without the songs that taught the judge, and without pairs that hold one."""
    if isinstance(task, PairTask):
        pairs = (pair for pair in task.pairs if not {pair.first, pair.second} & taught)
        return replace(task, pairs=tuple(pairs))
    keep = [k for k, item in enumerate(task.items) if item not in taught]
    return replace(
        task,
        items=tuple(task.items[k] for k in keep),
        observed=task.observed[keep],
        groups=tuple(task.groups[k] for k in keep),
        systems=tuple(task.systems[k] for k in keep),
        slices=tuple(task.slices[k] for k in keep) if task.slices else (),
        ratings=None if task.ratings is None else task.ratings[keep],
    )
