"""The contestants of a suite: a judge of ours, a class, a file of predictions, or no judge.

A contestant gives named scores for each item, higher is better. Items that it cannot score are
counted with the reason, and the others go on. Contestants that listen are in files of their own
(`plaudit.benchmarks.suites.our_judge`, `plaudit.benchmarks.suites.judge_class`), so that this one
needs no torch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.errors import InputError
from plaudit.core.file import is_file

Scores = dict[str, float]
Sound = NDArray[np.float32]


@dataclass
class ItemPredictions:
    """Predictions of a contestant: scores by item and name, margins by pair.

    ``duration_s`` of the song and ``sha256`` of its file are by item, where they are known.
    """

    scores: dict[str, Scores] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    duration_s: dict[str, float] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)


class Contestant(Protocol):
    """A judge that scores items, and sounds where it can listen."""

    info: Contender

    @property
    def training(self) -> TrainingList | None:
        """What is known of the songs that taught it; None without a judge."""

    def predict(self, items: Mapping[str, Item], losses: Losses) -> ItemPredictions:
        """Return scores of as many items as possible, and count the others."""
        ...

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Return scores of sounds (n_channels, n_samples) with their rates in Hz."""
        ...


class NoJudge:
    """No judge: only the baselines and the reliability of the raters are measured."""

    info = Contender(kind="none", name="no judge")
    training = None

    def predict(self, items: Mapping[str, Item], losses: Losses) -> ItemPredictions:  # noqa: ARG002
        """Return no scores."""
        return ItemPredictions()

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:  # noqa: ARG002
        """Raise: a suite that listens needs a judge."""
        raise InputError("Expected a judge that listens; give --judge or --judge-class.")


def by_path(items: Mapping[str, Item], losses: Losses) -> dict[Path, list[Item]]:
    """Return items by their audio file; those without one are counted with the reason."""
    files: dict[Path, list[Item]] = {}
    for item in items.values():
        if item.path is None or not is_file(item.path):
            losses.lose(item.withheld or "the audio file is missing", str(item.path or item.id))
        else:
            files.setdefault(item.path, []).append(item)
    return files


def names_of(predictions: ItemPredictions) -> Iterable[str]:
    """Return the names of all scores."""
    return dict.fromkeys(name for row in predictions.scores.values() for name in row)
