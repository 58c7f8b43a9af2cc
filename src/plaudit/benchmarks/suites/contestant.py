"""Who is measured: a judge of ours, a class with ``score_batch``, a file of predictions, or nobody.

A contestant answers with named scores for each item, higher is better. What it cannot answer is
counted with the reason, and costs the others nothing. Those that listen are in files of their own
(`plaudit.benchmarks.suites.our_judge`, `plaudit.benchmarks.suites.judge_class`): this one needs no
torch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.errors import InputError

Scores = dict[str, float]
Sound = NDArray[np.float32]


@dataclass
class Answers:
    """What was answered: scores by item and name, margins by pair, seconds heard by item."""

    scores: dict[str, Scores] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    duration_s: dict[str, float] = field(default_factory=dict)


class Contestant(Protocol):
    """Answers items with scores; one that listens also scores sounds that are in no file."""

    info: Contender

    def answer(self, items: Mapping[str, Item], losses: Losses) -> Answers:
        """Return scores for as many items as possible, and count the others."""
        ...

    def hear(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Return scores of sounds (n_channels, n_samples) with their rates in Hz."""
        ...


class Nobody:
    """No judge at all: what is cheap, and what raters allow, is measured alone."""

    info = Contender(kind="none", name="no judge")

    def answer(self, items: Mapping[str, Item], losses: Losses) -> Answers:  # noqa: ARG002
        """Answer nothing."""
        return Answers()

    def hear(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:  # noqa: ARG002
        """Refuse: a suite that listens needs ears."""
        raise InputError("Expected a judge that listens; give --judge or --judge-class.")


def by_path(items: Mapping[str, Item], losses: Losses) -> dict[Path, list[Item]]:
    """Return items by their audio file; those without one are counted with the reason."""
    found: dict[Path, list[Item]] = {}
    for one in items.values():
        if one.path is None or not one.path.is_file():
            losses.lose(one.withheld or "the audio file is missing", str(one.path or one.id))
        else:
            found.setdefault(one.path, []).append(one)
    return found


def names_of(answers: Answers) -> Iterable[str]:
    """Return the names of all scores that were given."""
    return dict.fromkeys(name for row in answers.scores.values() for name in row)
