"""Models of the answers on one scale: ratings, and scores of MUSHRA.

Why a mixed model: answers of one voter lie together (some are strict), so do those on one item
(some prompts are hard), on one song, and those of one voter on one system (a taste). Plain means
take each answer for a new case and come with intervals far too narrow; a rank test would keep the
order and say nothing in points.

Ratings: ``answer = system + voter + item + song + taste + error``, each but the system drawn
(`plaudit.arena.results.mixed_model`), since voters rate other songs of other systems; parts that a
design cannot tell apart are left out. All systems share the variances.

MUSHRA: scores of a hidden reference lie near 100 and hardly vary, those of a middling system do;
one variance for all would make the interval of the first far too wide and of the second too narrow.
Each listener scores all versions of an item, so none is needed: each system has a model of its own,
``score = mean + voter + item + error``, and the lead of one on another is that of the differences
within an answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from plaudit.arena.results.mixed_model import MixedMeans, mixed_means
from plaudit.arena.results.row import Role
from plaudit.metrics.interval import Estimate


class Answered(NamedTuple):
    """One number that a voter gave to one song."""

    axis: str
    system: str
    song: str
    item: str
    voter: str
    value: float
    task: str = ""
    role: Role = "contestant"


class ScaleFit(Protocol):
    """What a scale's table is made from; systems are named by their place in ``names``."""

    @property
    def names(self) -> list[str]:
        """Systems, in order of name."""

    @property
    def variance(self) -> dict[str, float]:
        """Variance of the answers by what it comes from."""

    def mean(self, system: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean of a system."""

    def lead(self, first: int, second: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean of one system less that of another."""


@dataclass(frozen=True, eq=False)
class RatedFit:
    """Ratings: one model of all systems."""

    names: list[str]
    fit: MixedMeans

    @property
    def variance(self) -> dict[str, float]:
        """Variance of the answers by what it comes from."""
        return self.fit.variance

    def mean(self, system: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean of a system."""
        return self.fit.contrast(np.eye(len(self.names))[system], confidence=confidence)

    def lead(self, first: int, second: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean of one system less that of another."""
        one = np.eye(len(self.names))
        return self.fit.contrast(one[first] - one[second], confidence=confidence)


@dataclass(frozen=True, eq=False)
class ScoredFit:
    """Scores of MUSHRA: a model for each system, and one for each difference."""

    names: list[str]
    #: By system and task the score, and by task who gave it to which item.
    scores: list[dict[str, float]]
    given: dict[str, tuple[str, str]]
    contestants: frozenset[int]

    @property
    def variance(self) -> dict[str, float]:
        """Variance of the scores of a contestant by what it comes from, mean over contestants."""
        parts: dict[str, list[float]] = {}
        for system in sorted(self.contestants):
            if len(self.scores[system]) > 1:
                for name, value in self._fit(self.scores[system]).variance.items():
                    parts.setdefault(name, []).append(value)
        fitted = max((len(values) for values in parts.values()), default=1)
        return {name: sum(values) / fitted for name, values in parts.items()}

    def mean(self, system: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean of a system."""
        return self._estimate(self.scores[system], confidence)

    def lead(self, first: int, second: int, *, confidence: float = 0.95) -> Estimate:
        """Return the mean difference of two systems in the answers that score both."""
        one, two = self.scores[first], self.scores[second]
        return self._estimate(
            {task: one[task] - two[task] for task in one if task in two}, confidence
        )

    def _estimate(self, values: Mapping[str, float], confidence: float) -> Estimate:
        if len(values) < 2:
            only = next(iter(values.values()), math.nan)
            reason = "fewer than two scores have no interval"
            return Estimate(only, math.nan, math.nan, len(values), reason=reason)
        return self._fit(values).contrast([1.0], confidence=confidence)

    def _fit(self, values: Mapping[str, float]) -> MixedMeans:
        voters, items = zip(*(self.given[task] for task in values), strict=True)
        factors = {"voter": _codes(voters), "item": _codes(items)}
        return mixed_means(list(values.values()), np.zeros(len(values), np.intp), factors)


def fit_ratings(numbers: Sequence[Answered]) -> RatedFit:
    """Fit the model of ratings to the answers on one axis.

    Raises
    ------
    InputError
        There are no more answers than systems.
    """
    names = sorted({number.system for number in numbers})
    factors = {
        "voter": _codes([number.voter for number in numbers]),
        "item": _codes([number.item for number in numbers]),
        "song": _codes([f"{number.item}\n{number.song}\n{number.system}" for number in numbers]),
        "taste": _codes([f"{number.voter}\n{number.system}" for number in numbers]),
    }
    group = [names.index(number.system) for number in numbers]
    return RatedFit(names, mixed_means([number.value for number in numbers], group, factors))


def fit_scores(numbers: Sequence[Answered]) -> ScoredFit:
    """Prepare the models of scores, by the answers in which they stand."""
    names = sorted({number.system for number in numbers})
    cells: list[dict[str, list[float]]] = [{} for _ in names]
    for number in numbers:
        cells[names.index(number.system)].setdefault(number.task, []).append(number.value)
    return ScoredFit(
        names,
        [{task: sum(own) / len(own) for task, own in by_task.items()} for by_task in cells],
        {number.task: (number.voter, number.item) for number in numbers},
        frozenset(names.index(n.system) for n in numbers if n.role == "contestant"),
    )


def _codes(names: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(names, object).astype(str), return_inverse=True)[1]
