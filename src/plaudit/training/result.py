"""The result of a run: the record that tables and pictures are made from. No torch here."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.settings import Record
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.error import mae, mse
from plaudit.metrics.pairwise import choice_accuracy

RESULT = "result.json"
MEASURES = {"MSE": mse, "MAE": mae, "Pearson": pearson, "Spearman": spearman}
_CORRELATIONS = ("Pearson", "Spearman")
ACCURACY, LOG_LOSS = "accuracy", "log loss"
"""Measures of battles: the share of decided ones that were predicted, and the mean loss of all."""
MEAN = "mean"
_FAMILIES = {"popularity": POPULARITY, "aesthetics": AESTHETICS}  # axes of one range


class Measured(Record):
    """One measure of one axis on one split.

    ``axis`` can also be "popularity" or "aesthetics", the mean over the axes of that family, or
    "mean", the mean over all axes. ``value`` is None where it is undefined: fewer than two songs,
    or all of them equal.
    """

    split: str
    measure: str
    axis: str
    value: float | None
    n: int


class RunResult(Record):
    """Content of ``result.json``."""

    schema_version: Literal[1] = 1  #: Of this record.
    settings: dict[str, JsonValue]  #: Settings of the run.
    data: str  #: SHA-256 of the training set.
    axes: tuple[str, ...]  #: Axes of the network.
    #: Epochs that each member trained, and the one that was kept.
    epochs: tuple[int, ...]
    best_epochs: tuple[int, ...]
    validation_losses: tuple[float, ...]  #: Total validation loss of each member at that epoch.
    weights_hash: str  #: Digest of the tensors of the judge's network.
    #: Data that it was trained on.
    device: str
    precision: str
    #: Songs of each split, and songs without an embedding.
    n_train: int
    n_validation: int
    n_test: int
    left_out: int
    measures: tuple[Measured, ...]  #: Of the finished network.

    def value(self, split: str, measure: str, axis: str) -> float:
        """Return a measured value, nan where it is undefined or was not measured."""
        for row in self.measures:
            if (row.split, row.measure, row.axis) == (split, measure, axis):
                return float("nan") if row.value is None else row.value
        return float("nan")


def measure(
    split: str, predicted: NDArray[np.float32], target: NDArray[np.float32], axes: tuple[str, ...]
) -> list[Measured]:
    """Measure scores against targets (n_songs, n_axes), nan where missing, and their means."""
    rows = []
    known = ~np.isnan(target)

    def add(name: str, axis: str, value: float, n: int) -> None:
        rows.append(
            Measured(
                split=split, measure=name, axis=axis,
                value=value if np.isfinite(value) else None, n=n,
            )
        )  # fmt: skip

    for name, function in MEASURES.items():
        values = []
        for place, axis in enumerate(axes):
            here = known[:, place]
            n = int(here.sum())
            value = function(predicted[here, place], target[here, place]) if n else float("nan")
            values.append(value)
            add(name, axis, value, n)
        for mean in (*_FAMILIES, *([MEAN] if name in _CORRELATIONS else [])):
            places = [axes.index(axis) for axis in averaged(mean, axes)]
            if not places:
                continue
            defined = [values[place] for place in places if np.isfinite(values[place])]
            value = float(np.mean(defined)) if defined else float("nan")
            add(name, mean, value, int(known[:, places].any(axis=1).sum()))
    return rows


def measure_battles(
    split: str, margin: NDArray[np.float64], won: NDArray[np.float32]
) -> list[Measured]:
    """Measure the margins (n,) of a score of preference on battles of a split.

    ``won`` (n,) is 1 where the first song won, 0 where the second did, .5 for a tie; a tie has a
    loss and no accuracy.
    """
    decided = won != 0.5
    loss = np.logaddexp(0, -margin) * won + np.logaddexp(0, margin) * (1 - won)
    accuracy = choice_accuracy(margin[decided], won[decided] == 1)
    values = ((ACCURACY, accuracy, int(decided.sum())), (LOG_LOSS, float(loss.mean()), len(won)))
    return [
        Measured(split=split, measure=name, axis="preference", n=n,
                 value=value if np.isfinite(value) else None)
        for name, value, n in values
    ]  # fmt: skip


def averaged(mean: str, axes: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the axes that "popularity", "aesthetics", "mean" or an axis is a mean of."""
    wanted = axes if mean == MEAN else _FAMILIES.get(mean, (mean,))
    return tuple(axis for axis in axes if axis in wanted)
