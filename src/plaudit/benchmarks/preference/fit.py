"""Answers of models of preference to battles that they did not learn from.

Each split of a scheme fits a model anew on its decided training battles, with the songs' numbers
and nothing else, and asks it about its test battles. Tied battles do not teach. The generator of a
fit depends on the seed, the scheme, the split and the model, not on the features: two feature sets
that hold the same numbers give the same answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.feature import FeatureSet, principal
from plaudit.benchmarks.preference.fold import Split

Floats = NDArray[np.float64]
LEAST = 20  # decided training battles below which nothing is fitted


class Fitted(Protocol):
    """A model of preference; `plaudit.model.preference.PreferenceModel` is one."""

    def probability(self, features_first: Floats, features_second: Floats) -> Floats:
        """Return the chance that the first song wins, (n,)."""


class Fit(Protocol):
    """How a model is fitted; `fitted` is the one that ships."""

    def __call__(
        self,
        first: Floats,
        second: Floats,
        first_won: NDArray[np.bool_],
        model: str,
        rng: np.random.Generator,
    ) -> Fitted:
        """Return a model of preference."""


def fitted(
    first: Floats,
    second: Floats,
    first_won: NDArray[np.bool_],
    model: str,
    rng: np.random.Generator,
) -> Fitted:
    """Fit a model of preference with `plaudit.training.preference_fit.fit_preference`.

    Parameters
    ----------
    first, second : ndarray of float64, (n, d)
        Numbers of both songs.
    first_won : ndarray of bool, (n,)
        Whether the first was preferred.
    model : str
        One of `plaudit.model.preference.MODELS`.
    rng : numpy.random.Generator
        Whatever the model draws.

    Returns
    -------
    Fitted
        The model.
    """
    from plaudit.training.preference_fit import fit_preference

    return fit_preference(first, second, first_won, model=model, rng=rng)


def teachable(split: Split, first_won: Floats) -> bool:
    """Return whether a split has enough decided battles to learn from."""
    return int(np.count_nonzero(~np.isnan(first_won[split.train]))) >= LEAST


@dataclass(frozen=True, eq=False)
class Task:
    """What one model is to answer with one feature set under one scheme.

    Parameters
    ----------
    features : FeatureSet
        Numbers of both songs of each battle.
    first_won : ndarray of float64, (n,)
        1 or 0; nan for a tie, which does not teach.
    splits : tuple of Split
        From `plaudit.benchmarks.preference.fold`; each has enough to learn from (`teachable`).
    model : str
        One of `plaudit.model.preference.MODELS`.
    seed : tuple of int
        Start of the seed of each fit; the number of the split is put behind it.
    components : int
        Principal components that stand for an embedding; learned from the training battles.
    fit : callable
        Fits a model.
    """

    features: FeatureSet
    first_won: Floats
    splits: tuple[Split, ...]
    model: str
    seed: tuple[int, ...]
    components: int
    fit: Fit = fitted


def cross_fit(task: Task) -> Floats:
    """Return the answers of a model to the test battles of all splits, one after the other.

    Parameters
    ----------
    task : Task
        What to fit and ask.

    Returns
    -------
    ndarray of float64, (n_asked,)
        Chance that the first song wins.
    """
    won = task.first_won
    found = []
    for number, split in enumerate(task.splits):
        taught = split.train[~np.isnan(won[split.train])]
        first, second = task.features.first, task.features.second
        if task.features.reduce and first.shape[1] > task.components:
            axes = principal(first, second, taught, task.components)
            first, second = first @ axes, second @ axes
        rng = np.random.default_rng([*task.seed, number])
        ready = task.fit(first[taught], second[taught], won[taught] == 1, task.model, rng)
        found.append(ready.probability(first[split.test], second[split.test]))
    return np.concatenate(found)


def answer_all(
    tasks: Sequence[Task], workers: int = 1, told: Callable[[int, int], None] | None = None
) -> list[Floats]:
    """Return the answers of every task, on some processes; they do not depend on how many.

    Parameters
    ----------
    tasks : sequence of Task
        What to do.
    workers : int, default 1
        Processes; with 1 no other is started.
    told : callable, optional
        Called with (tasks done, tasks in all).

    Returns
    -------
    list of ndarray of float64
        In the order of the tasks.
    """
    found: dict[int, Floats] = {}
    for done, (place, said) in enumerate(_answers(tasks, workers), 1):
        found[place] = said
        if told is not None:
            told(done, len(tasks))
    return [found[place] for place in range(len(tasks))]


def _answers(tasks: Sequence[Task], workers: int) -> Iterator[tuple[int, Floats]]:
    if workers == 1:
        yield from ((place, cross_fit(task)) for place, task in enumerate(tasks))
        return
    from plaudit.core.pool import share_out

    for (place, _), said in share_out(_numbered, iter(enumerate(tasks)), workers):
        if isinstance(said, BaseException):
            raise said
        yield place, said


def _numbered(task: tuple[int, Task]) -> Floats:
    return cross_fit(task[1])
