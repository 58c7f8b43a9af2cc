"""Batches: the songs of a run made ready for its recipe, split, and yielded step by step.

What training never changes is computed once: a fixed layer mix is applied, and songs are pooled
where segments are not needed. These values stay in float16 and become float32 batch by batch.
Validation does not use them: it reads the segments, as the judge does (`Batches.predict`).
"""

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.model.card import PREFERENCE
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT
from plaudit.model.network import Network, NetworkOutput
from plaudit.training.battles import Battles, SplitBattles, Votes, split_battles
from plaudit.training.data import TrainingSet
from plaudit.training.settings import LEARNED_POOLING, TrainSettings
from plaudit.training.trainee import Batch

Places = NDArray[np.int64]
_PREDICTED_AT_ONCE = 1024  # songs
_NO_BATTLES = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Batches:
    """Songs ready to be trained on."""

    #: One row per song where segments are not needed, one layer where the mix is fixed.
    data: TrainingSet
    prior: NDArray[np.float32]  #: (n_rows,) weight of a row in its song.
    segments: TrainingSet  #: The same songs as they were embedded: all segments and layers.
    segment_prior: NDArray[np.float32]  #: (n_segments,) weight of a segment in its song.
    #: Places of songs: to learn from, to stop by, to fit intervals to; the whole validation split
    #: (``stop`` and ``calibrate``), and the test split. Songs without any target are in none.
    train: Places
    stop: Places
    calibrate: Places
    validation: Places
    test: Places
    by_segment: bool  #: Whether a step takes segments, not songs.
    digest: str  #: Of the training set before any of this, and of the votes.
    battles: SplitBattles | None = None  #: Where battles are learned from.

    def scale(self, targets: str) -> torch.Tensor:
        """Return the divisor of errors (n_axes,): 1 ("raw"), or the spread of training targets."""
        if targets == "raw":
            return torch.ones(len(self.data.axes))
        spread = np.nanstd(self.data.targets[self.train].astype(np.float64), axis=0)
        # An axis on which all training songs agree has no spread to divide by.
        return torch.tensor(np.where(spread > 0, spread, 1.0), dtype=torch.float32)

    def steps(self, rng: np.random.Generator, size: int, part: int, parts: int) -> Iterator[Batch]:
        """Yield the batches of an epoch: this part's share of ``size`` songs (or segments)."""
        owner = None
        pool: Places = self.train
        if self.by_segment:
            pool, owner = self.data.rows(self.train)
        order = rng.permutation(len(pool))
        for index in np.array_split(order, -(-len(pool) // size)):
            mine = index[part::parts]
            if owner is None:
                rows, song = self.data.rows(pool[mine])
                yield self._batch(rows, song, pool[mine])
            else:
                rows = pool[mine]
                yield self._batch(rows, np.arange(len(rows)), self.train[owner[mine]])

    def battle_steps(
        self, rng: np.random.Generator, size: int, part: int, parts: int
    ) -> Iterator[Batch]:
        """Yield the batches of an epoch of battles: this part's share of ``size`` battles."""
        battles = self.train_battles
        order = rng.permutation(len(battles))
        for index in np.array_split(order, -(-len(order) // size)):
            mine = index[part::parts]
            songs = np.concatenate([battles.first[mine], battles.second[mine]])
            rows, owner = self.data.rows(songs)
            yield self._batch(rows, owner, songs, battles.won[mine])

    @property
    def train_battles(self) -> Battles:
        """Battles to learn from."""
        if self.battles is None:
            raise AssertionError("only objectives of battles ask for them")
        return self.battles.train

    def _batch(
        self, rows: Places, owner: Places, songs: Places, won: NDArray[np.float32] = _NO_BATTLES
    ) -> Batch:
        # torch gathers rows several times as fast as NumPy does.
        values = self._values.index_select(0, torch.from_numpy(rows)).float()
        return Batch(
            values,
            torch.from_numpy(self.prior[rows]),
            torch.from_numpy(owner),
            torch.from_numpy(self.data.targets[songs]),
            torch.from_numpy(won),
        )

    @cached_property
    def _values(self) -> torch.Tensor:
        with warnings.catch_warnings():
            # A memory map may be read-only, which matters only to those who write into it.
            warnings.simplefilter("ignore", UserWarning)
            return torch.from_numpy(self.data.values)

    def predict(self, network: Network, songs: Places) -> NetworkOutput:
        """Return predictions for at least one song as the judge makes them, on the CPU."""
        device = next(network.parameters()).device
        outputs = []
        with torch.no_grad():
            for low in range(0, len(songs), _PREDICTED_AT_ONCE):
                chosen = songs[low : low + _PREDICTED_AT_ONCE]
                rows, _ = self.segments.rows(chosen)
                values = torch.from_numpy(self.segments.values[rows].astype(np.float32))
                weights = torch.from_numpy(self.segment_prior[rows])
                counts = np.diff(self.segments.offsets)[chosen].tolist()
                outputs.append(network(values.to(device), weights.to(device), counts))
        value, embedding, *more = (
            None if any(part is None for part in parts) else torch.cat(parts).cpu()
            for parts in zip(*outputs, strict=True)
        )
        if value is None or embedding is None:
            raise AssertionError("every network returns values and embeddings")
        return NetworkOutput(value, embedding, *more)


def prepare(settings: TrainSettings, data: TrainingSet, votes: Votes | None = None) -> Batches:
    """Split a training set, and votes, and make them ready for the recipe of a run."""
    digest = data_digest(data, votes)
    battles = None
    if settings.objective != "scores":
        if votes is None:
            raise InputError(f"Objective {settings.objective} needs votes, and got none.")
        battles = split_battles(votes, data)
        _check_battles(battles)
    if battles is not None and settings.objective == "battles":
        unknown: NDArray[np.float32] = np.full((len(data), 1), np.nan, np.float32)
        segments = replace(data, axes=PREFERENCE, targets=unknown)
        known: NDArray[np.bool_] = np.zeros(len(data), bool)
        for part in battles[:3]:
            known[part.songs] = True
    else:
        segments = data.with_axes(_labelled_axes(settings, data))
        known = np.asarray(~np.isnan(segments.targets).all(axis=1))
    train, validation, test = (
        segments.of_split(name)[known[segments.of_split(name)]]
        for name in ("train", "validation", "test")
    )
    stop, calibrate = validation, validation[:0]
    if settings.interval != "none":
        # Copies of one recording go to one side, with the first of them.
        recording = data.recording[validation]
        firsts = validation[np.sort(np.unique(recording, return_index=True)[1])]
        order = np.random.default_rng([settings.seed, 1]).permutation(firsts)
        chosen = order[: round(settings.calibration * len(order))]
        mine = np.isin(recording, data.recording[chosen])
        calibrate, stop = validation[mine], validation[~mine]
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
    pooling = settings.prior if settings.pooling == "attention" else settings.pooling
    segment_prior = segments.weights(pooling)
    by_segment = settings.of.level == "segment"
    ready, prior = _with_fixed_mix(settings, segments), segment_prior
    if not by_segment and settings.pooling not in LEARNED_POOLING:
        ready = ready.pooled(segment_prior)
        prior = np.ones(len(ready), dtype=np.float32)
    return Batches(
        data=ready,
        prior=prior,
        segments=segments,
        segment_prior=segment_prior,
        train=train,
        stop=stop,
        calibrate=calibrate,
        validation=validation,
        test=test,
        by_segment=by_segment,
        digest=digest,
        battles=battles,
    )


def data_digest(data: TrainingSet, votes: Votes | None) -> str:
    """Return the SHA-256 of all that a run reads."""
    if votes is None:
        return data.digest
    return hashlib.sha256(f"{data.digest} {votes.sha256}".encode()).hexdigest()


def _check_battles(battles: SplitBattles) -> None:
    n_train, n_validation = len(battles.train), len(battles.validation)
    if n_train < 2 or not n_validation:
        why = "; ".join(f"{reason}: {n}" for reason, n in battles.left_out.items())
        raise InputError(
            "Expected at least 2 battles of training songs and 1 of validation songs, got"
            f" {n_train} and {n_validation}{f'; left out are {why}' if why else ''}. A battle"
            " counts where both songs are in one split of the manifest."
        )


def _labelled_axes(settings: TrainSettings, data: TrainingSet) -> tuple[str, ...]:
    """Return the axes of the condition that training songs have labels of, in their usual order."""
    some = np.asarray(~np.isnan(data.targets[data.of_split("train")]).all(axis=0))
    labelled = {axis for axis, any_known in zip(data.axes, some, strict=True) if any_known}
    wanted = AESTHETICS if settings.axes == "aesthetics" else settings.of.axes
    missing = [axis for axis in wanted if axis not in labelled]
    if missing and settings.axes == "all":
        raise InputError(
            f"No song of the training split has a label for {', '.join(missing)}, which condition"
            f" '{settings.condition}' learns; choose another condition or set axes = \"labelled\"."
        )
    axes = tuple(axis for axis in wanted if axis in labelled)
    if not axes:
        raise InputError(
            f"No song of the training split has a label for any of {', '.join(wanted)}."
        )
    return axes


def _with_fixed_mix(settings: TrainSettings, data: TrainingSet) -> TrainingSet:
    """Apply a mix that is not learned."""
    n_layers = data.values.shape[1]
    if settings.mix == "published":
        if n_layers != len(PUBLISHED_WEIGHT):
            raise InputError(
                f"The published mix is of {len(PUBLISHED_WEIGHT)} layers and the store holds"
                f' {n_layers}; set mix = "mean", or learn it with "softmax".'
            )
        return data.mixed(np.array(PUBLISHED_WEIGHT, dtype=np.float32), PUBLISHED_BIAS)
    if settings.mix == "mean" and n_layers > 1:
        return data.mixed(np.full(n_layers, 1 / n_layers, dtype=np.float32), 0.0)
    return data
