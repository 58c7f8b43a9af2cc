"""Batches: the songs of a run made ready for its recipe, split, and handed out by index.

What a recipe never changes is computed once: a fixed layer mix is applied, and songs are pooled
where segments are not needed. What is left is kept in float16 and made float32 batch by batch.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT
from plaudit.training.data import TrainingSet
from plaudit.training.settings import TrainSettings
from plaudit.training.trainee import Batch

Places = NDArray[np.int64]
SCORED_AT_ONCE = 1024  # songs


@dataclass(frozen=True, eq=False)
class Feed:
    """Songs ready to be trained on.

    Parameters
    ----------
    data : TrainingSet
        One row per song where segments are not needed, one layer where the mix is fixed.
    prior : ndarray of float32
        (n_rows,) how much a row counts in its song.
    train, stop, calibrate, validation, test : ndarray of int64
        Places of songs: to learn from, to stop by, to fit intervals to; the whole validation split
        (``stop`` and ``calibrate``), and the test split. Songs without any target are in none.
    by_segment : bool
        Whether a step takes segments, not songs.
    digest : str
        Of the training set as it came.
    """

    data: TrainingSet
    prior: NDArray[np.float32]
    train: Places
    stop: Places
    calibrate: Places
    validation: Places
    test: Places
    by_segment: bool
    digest: str

    def scale(self, targets: str) -> torch.Tensor:
        """Return what squared errors are divided by, (n_axes,): 1, or the spread in training."""
        if targets == "raw":
            return torch.ones(len(self.data.axes))
        spread = np.nanstd(self.data.targets[self.train].astype(np.float64), axis=0)
        # An axis on which all training songs agree has no spread to be divided by.
        return torch.tensor(np.where(spread > 0, spread, 1.0), dtype=torch.float32)

    def steps(self, rng: np.random.Generator, size: int, part: int, parts: int) -> Iterator[Batch]:
        """Yield the batches of one epoch, in an order that the generator decides.

        Parameters
        ----------
        rng : numpy.random.Generator
            The same for all parts.
        size : int
            Songs (or segments) of a step, all parts together; batches are of nearly one size.
        part, parts : int
            Which share of every batch this process takes.

        Yields
        ------
        Batch
            On the CPU, float32.
        """
        owner = None
        pool: Places = self.train
        if self.by_segment:
            pool, owner = self.data.rows(self.train)
        order = rng.permutation(len(pool))
        for index in np.array_split(order, -(-len(pool) // size)):
            mine = index[part::parts]
            if owner is None:
                yield self.batch(pool[mine])
            else:
                rows = pool[mine]
                yield self._made(rows, np.arange(len(rows)), self.train[owner[mine]])

    def batch(self, songs: Places) -> Batch:
        """Return whole songs, each with all its rows."""
        rows, owner = self.data.rows(songs)
        return self._made(rows, owner, songs)

    def scored(self, songs: Places) -> Iterator[Batch]:
        """Yield songs in order, a bounded number at a time."""
        for low in range(0, len(songs), SCORED_AT_ONCE):
            yield self.batch(songs[low : low + SCORED_AT_ONCE])

    def _made(self, rows: Places, owner: Places, songs: Places) -> Batch:
        # torch gathers rows several times as fast as NumPy does.
        values = self._values.index_select(0, torch.from_numpy(rows)).float()
        return Batch(
            values,
            torch.from_numpy(self.prior[rows]),
            torch.from_numpy(owner),
            torch.from_numpy(self.data.targets[songs]),
        )

    @cached_property
    def _values(self) -> torch.Tensor:
        with warnings.catch_warnings():
            # A memory map may be read-only, which matters only to those who write into it.
            warnings.simplefilter("ignore", UserWarning)
            return torch.from_numpy(self.data.values)


def prepare(settings: TrainSettings, data: TrainingSet) -> Feed:
    """Make a training set ready for the recipe of a run.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    data : TrainingSet
        Segments and targets.

    Returns
    -------
    Feed
        Ready to train on.

    Raises
    ------
    InputError
        An axis has no label in the training split, the layers do not fit the mix, or too few songs
        are left.
    """
    digest = data.digest
    data = data.with_axes(labelled_axes(settings, data))
    known: NDArray[np.bool_] = np.asarray(~np.isnan(data.targets).all(axis=1))
    train, validation, test = (
        data.of_split(name)[known[data.of_split(name)]] for name in ("train", "validation", "test")
    )
    stop, calibrate = validation, validation[:0]
    if settings.interval != "none":
        order = np.random.default_rng([settings.seed, 1]).permutation(validation)
        n = round(settings.calibration * len(order))
        calibrate, stop = np.sort(order[:n]), np.sort(order[n:])
        if not len(calibrate):
            raise InputError(
                f"Expected validation songs for the interval, and a share of"
                f" {settings.calibration:g} of {len(validation)} is none; set calibration higher."
            )
    if len(train) < 2 or not len(stop):
        raise InputError(
            f"Expected at least 2 training songs and 1 validation song with a target, got"
            f" {len(train)} and {len(stop)}."
        )
    data = _fixed(settings, data)
    by_segment = settings.of.level == "segment"
    if not by_segment and settings.pooling != "attention":
        data = data.pooled(settings.pooling)
    counting = settings.prior if settings.pooling == "attention" else settings.pooling
    prior = data.weights(counting)
    return Feed(data, prior, train, stop, calibrate, validation, test, by_segment, digest)


def labelled_axes(settings: TrainSettings, data: TrainingSet) -> tuple[str, ...]:
    """Return the axes of the task that the training split has labels of.

    Parameters
    ----------
    settings : TrainSettings
        Names the task, and whether an axis may be left out.
    data : TrainingSet
        Songs with targets.

    Returns
    -------
    tuple of str
        In their usual order.

    Raises
    ------
    InputError
        An axis has no label and may not be left out, or none has any.
    """
    some = np.asarray(~np.isnan(data.targets[data.of_split("train")]).all(axis=0))
    have = {axis for axis, any_known in zip(data.axes, some, strict=True) if any_known}
    wanted = settings.of.axes
    absent = [axis for axis in wanted if axis not in have]
    if absent and settings.axes == "all":
        raise InputError(
            f"No song of the training split has a label for {', '.join(absent)}, which condition"
            f" '{settings.condition}' learns; choose another condition or set axes = \"labelled\"."
        )
    found = tuple(axis for axis in wanted if axis in have)
    if not found:
        raise InputError(
            f"No song of the training split has a label for any of {', '.join(wanted)}."
        )
    return found


def _fixed(settings: TrainSettings, data: TrainingSet) -> TrainingSet:
    """Apply a mix that is not learned."""
    n_layers = data.values.shape[1]
    if settings.mix == "published":
        if n_layers != len(PUBLISHED_WEIGHT):
            raise InputError(
                f"The published mix is of {len(PUBLISHED_WEIGHT)} layers and the store holds"
                f' {n_layers}; set mix = "mean", or learn it with "softmax".'
            )
        return data.mixed(np.array(PUBLISHED_WEIGHT, dtype=np.float32), PUBLISHED_BIAS)
    if settings.mix == "mean":
        if n_layers == 1:
            return data
        return data.mixed(np.full(n_layers, 1 / n_layers, dtype=np.float32), 0.0)
    return data
