"""What a run ended with: the record that tables and pictures are made from. No torch here."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.settings import Record
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.error import mae, mse

RESULT = "result.json"
MEASURES = {"MSE": mse, "MAE": mae, "Pearson": pearson, "Spearman": spearman}
HIGHER_IS_BETTER = ("Pearson", "Spearman")
MEAN = "mean"
FAMILIES = {"popularity": POPULARITY, "aesthetics": AESTHETICS}
"""Axes of one range, of which every measure has a mean."""


class Measured(Record):
    """One measure of one axis on one split.

    ``axis`` can also be "popularity" or "aesthetics", the mean over the axes of that family, or
    "mean", the mean over all axes.

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
        MSE, MAE, Pearson and Spearman of each axis, and their means over the axes of a family and
        over all, where defined; errors of axes of different ranges have no mean.
    """
    found = []
    known = ~np.isnan(true)
    for name, function in MEASURES.items():
        values = []
        for place, axis in enumerate(axes):
            here = known[:, place]
            n = int(here.sum())
            value = function(said[here, place], true[here, place]) if n else float("nan")
            values.append(value)
            found.append(
                Measured(
                    split=split, measure=name, axis=axis, value=_or_none(value), n=n
                )
            )  # fmt: skip
        for mean in (*FAMILIES, *([MEAN] if name in HIGHER_IS_BETTER else [])):
            places = [axes.index(axis) for axis in averaged(mean, axes)]
            if not places:
                continue
            defined = [values[place] for place in places if np.isfinite(values[place])]
            value = float(np.mean(defined)) if defined else float("nan")
            n = int(known[:, places].any(axis=1).sum())
            found.append(
                Measured(
                    split=split, measure=name, axis=mean, value=_or_none(value), n=n
                )
            )  # fmt: skip
    return found


def averaged(mean: str, axes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the axes that a mean is over.

    Parameters
    ----------
    mean : str
        "popularity", "aesthetics" or "mean"; an axis is the mean of itself.
    axes : tuple of str
        Axes that were learned.

    Returns
    -------
    tuple of str
        Some of them.
    """
    wanted = axes if mean == MEAN else FAMILIES.get(mean, (mean,))
    return tuple(axis for axis in axes if axis in wanted)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
