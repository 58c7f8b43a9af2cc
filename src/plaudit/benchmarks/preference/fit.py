"""Predictions of models of preference for battles that they were not trained on.

For each split of a scheme a model is fitted on the decided training battles and predicts the test
battles; ties are not in training. The generator of a fit depends on the seed, the scheme, the split
and the model, not on the features: feature sets with the same columns give the same predictions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.feature import FeatureSet, principal
from plaudit.benchmarks.preference.fold import Split

Floats = NDArray[np.float64]
_LEAST = 20  # decided training battles


class Fitted(Protocol):
    """A model of preference; `plaudit.model.preference.PreferenceModel` is one."""

    def probability(self, features_first: Floats, features_second: Floats) -> Floats:
        """Return the chance that the first song wins, (n,)."""


class Fit(Protocol):
    """A function that fits a model; `fitted` is the default."""

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
    """Fit a model of preference with `plaudit.training.preference_fit.fit_uncalibrated`."""
    from plaudit.training.preference_fit import fit_uncalibrated

    return fit_uncalibrated(first, second, first_won, model=model, rng=rng)


def can_fit(split: Split, first_won: Floats) -> bool:
    """Return whether a split has enough decided training battles."""
    return int(np.count_nonzero(~np.isnan(first_won[split.train]))) >= _LEAST


@dataclass(frozen=True, eq=False)
class Task:
    """The fits of one model on one feature set under one scheme."""

    features: FeatureSet  #: Features of both songs of each battle.
    first_won: Floats  #: 1 or 0, (n,); nan for a tie.
    splits: tuple[Split, ...]  #: From `plaudit.benchmarks.preference.fold`; each passes `can_fit`.
    model: str  #: One of `plaudit.model.preference.MODELS`.
    seed: tuple[int, ...]  #: Start of the seed of each fit; the number of the split follows.
    #: Principal components that an embedding is reduced to, from the training battles.
    components: int
    fit: Fit = fitted  #: Fits a model.


def cross_fit(task: Task) -> Floats:
    """Return the probability that the first song wins, for the test battles of all splits in order.

    The values are in [0, 1], (n_items,).
    """
    won = task.first_won
    predicted = []
    for number, split in enumerate(task.splits):
        train = split.train[~np.isnan(won[split.train])]
        first, second = task.features.first, task.features.second
        if task.features.reduce and first.shape[1] > task.components:
            axes = principal(first, second, train, task.components)
            first, second = first @ axes, second @ axes
        rng = np.random.default_rng([*task.seed, number])
        ready = task.fit(first[train], second[train], won[train] == 1, task.model, rng)
        predicted.append(ready.probability(first[split.test], second[split.test]))
    return np.concatenate(predicted)


def predict_all(
    tasks: Sequence[Task],
    workers: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Floats]:
    """Return the predictions of every task, in the order of the tasks.

    ``workers`` is the number of processes; with 1 no other is started, and predictions do not
    depend on it. ``on_progress`` is called with (tasks done, tasks in all).
    """
    predictions: dict[int, Floats] = {}
    for done, (place, predicted) in enumerate(_predictions(tasks, workers), 1):
        predictions[place] = predicted
        if on_progress is not None:
            on_progress(done, len(tasks))
    return [predictions[place] for place in range(len(tasks))]


def _predictions(tasks: Sequence[Task], workers: int) -> Iterator[tuple[int, Floats]]:
    if workers == 1:
        yield from ((place, cross_fit(task)) for place, task in enumerate(tasks))
        return
    from plaudit.core.pool import share_out

    for (place, _), predicted in share_out(_numbered, iter(enumerate(tasks)), workers):
        if isinstance(predicted, BaseException):
            raise predicted
        yield place, predicted


def _numbered(task: tuple[int, Task]) -> Floats:
    return cross_fit(task[1])
