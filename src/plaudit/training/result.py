"""What a run ended with: the record that tables and pictures are made from. No torch here."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.settings import Record
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.error import mae, mse

RESULT = "result.json"
MEASURES = {"MSE": mse, "MAE": mae, "Pearson": pearson, "Spearman": spearman}
HIGHER_IS_BETTER = ("Pearson", "Spearman")
MEAN = "mean"


class Measured(Record):
    """One measure of one axis on one split; ``axis`` "mean" is the mean over the axes.

    ``value`` is None where it is undefined: fewer than two songs, or all of them equal.
    """

    split: str
    measure: str
    axis: str
    value: float | None
    n: int


class RunResult(Record):
    """Content of ``result.json``.

    Parameters
    ----------
    schema_version : int
        Of this record.
    settings : dict
        Settings of the run.
    data : str
        SHA-256 of what it learned from.
    axes : tuple of str
        Axes it learned.
    epochs, best_epochs : tuple of int
        Epochs that each member trained, and the one that was kept.
    validation_losses : tuple of float
        Total validation loss of each member at that epoch.
    weights_hash : str
        Digest of the tensors of the judge's network.
    device, precision : str
        What it was trained on.
    n_train, n_validation, n_test, left_out : int
        Songs of each split, and songs without an embedding.
    measures : tuple of Measured
        Of the finished network.
    """

    schema_version: Literal[1] = 1
    settings: dict[str, JsonValue]
    data: str
    axes: tuple[str, ...]
    epochs: tuple[int, ...]
    best_epochs: tuple[int, ...]
    validation_losses: tuple[float, ...]
    weights_hash: str
    device: str
    precision: str
    n_train: int
    n_validation: int
    n_test: int
    left_out: int
    measures: tuple[Measured, ...]

    def value(self, split: str, measure: str, axis: str) -> float:
        """Return a measured value, nan where it is undefined or was not measured."""
        for one in self.measures:
            if (one.split, one.measure, one.axis) == (split, measure, axis):
                return float("nan") if one.value is None else one.value
        return float("nan")


def measure(
    split: str, said: NDArray[np.float32], true: NDArray[np.float32], axes: tuple[str, ...]
) -> list[Measured]:
    """Measure scores against targets, axis by axis and on average.

    Parameters
    ----------
    split : str
        Name of the split.
    said, true : ndarray of float32
        (n_songs, n_axes) scores and targets; songs with a nan target are left out on that axis.
    axes : tuple of str
        Names of the axes.

    Returns
    -------
    list of Measured
        MSE, MAE, Pearson and Spearman of each axis, and the mean of each over the axes on which it
        is defined; errors of axes of different ranges have no mean.
    """
    found = []
    for name, function in MEASURES.items():
        values = []
        for place, axis in enumerate(axes):
            known = ~np.isnan(true[:, place])
            n = int(known.sum())
            value = function(said[known, place], true[known, place]) if n else float("nan")
            values.append(value)
            found.append(
                Measured(
                    split=split, measure=name, axis=axis, value=_or_none(value), n=n
                )
            )  # fmt: skip
        if name in HIGHER_IS_BETTER:
            defined = [value for value in values if np.isfinite(value)]
            mean = float(np.mean(defined)) if defined else float("nan")
            n = int((~np.isnan(true)).any(axis=1).sum())
            found.append(Measured(split=split, measure=name, axis=MEAN, value=_or_none(mean), n=n))
    return found


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
