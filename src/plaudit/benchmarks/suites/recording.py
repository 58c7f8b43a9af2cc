"""Recordings of a suite: copies are resampled together, and what taught the judge is set apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.benchmarks.suites.contestant import Contestant, ItemPredictions
from plaudit.benchmarks.suites.promise import Item, PairTask, SongTask, Task
from plaudit.datasets.inspect.recording import read_recordings, song_name
from plaudit.datasets.manifest.group import groups


@dataclass(frozen=True)
class Known:
    """What is known of the items that a judge predicted."""

    contamination: Contamination | None = None
    taught: frozenset[str] = frozenset()  #: Ids of the items that taught the judge.
    copies: int = 0  #: Items that are a recording that came before.
    #: By id the name of the recording, of items that share theirs.
    shared: Mapping[str, str] | None = None


def know(items: Mapping[str, Item], predictions: ItemPredictions, judge: Contestant) -> Known:
    """Look at the files of the predicted items; those of a judge that listened are listened to."""
    ids = [name for name in items if predictions.margins or name in predictions.scores]
    if judge.training is None or not ids:
        return Known()
    digests = np.full(len(ids), None, object)
    digests[:] = [predictions.sha256.get(name, items[name].sha256) for name in ids]
    songs = read_recordings(
        [song_name(items[name].corpus, name) for name in ids],
        [items[name].path for name in ids],
        sha256=digests,
        listen=judge.info.kind != "predictions",
    )
    contamination, taught = judge.training.compare(songs)
    recording = [f"recording {number}" for number in songs.groups.tolist()]
    times = Counter(recording)
    return Known(
        contamination,
        frozenset(name for name, own in zip(ids, taught, strict=True) if own),
        songs.n_copies,
        {name: own for name, own in zip(ids, recording, strict=True) if times[own] > 1},
    )


def joined_task(task: Task, shared: Mapping[str, str]) -> Task:
    """Return a task whose groups share no recording; as given without copies."""
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
    columns = np.array(rows, object).T
    number = dict(zip(columns[0], groups(dict(zip("abc", columns, strict=True))), strict=True))
    first: dict[int, str] = {}
    return tuple(first.setdefault(number[str(k)], unit) for k, unit in enumerate(units))


def clean_task(task: Task, taught: frozenset[str]) -> Task:
    """Return a task without the songs that taught the judge, and without pairs that hold one."""
    if isinstance(task, PairTask):
        kept = (pair for pair in task.pairs if not {pair.first, pair.second} & taught)
        return replace(task, pairs=tuple(kept))
    keep = np.array([item not in taught for item in task.items], bool)

    def chosen(values: Sequence[object]) -> tuple[object, ...]:
        return tuple(value for value, own in zip(values, keep, strict=True) if own)

    return replace(
        task,
        items=chosen(task.items),
        observed=task.observed[keep],
        groups=chosen(task.groups),
        systems=chosen(task.systems),
        slices=chosen(task.slices) if task.slices else (),
        ratings=None if task.ratings is None else task.ratings[keep],
    )
