"""Means of systems from ratings and from scores of MUSHRA, under a mixed model.

Why a mixed model: answers of one voter lie together (some are strict), so do those on one item
(some prompts are hard), on one song, and those of one voter on one system (a taste). Plain means
take each answer for a new case and come with intervals far too narrow; a rank test would keep the
order and say nothing in points. The model is ``answer = system + voter + item + song + taste +
error``, each but the system drawn (`plaudit.arena.results.mixed_model`); parts that a design cannot
tell apart are left out. Answers have ends and are not normal; the quartiles beside the means show
what they were.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plaudit.arena.results.mixed_model import mixed_means
from plaudit.arena.results.record import ScaleMeans, SystemMean
from plaudit.arena.results.row import SideRow, VoteRow
from plaudit.core.errors import InputError
from plaudit.metrics.interval import Estimate
from plaudit.metrics.measurement import Measurement

MUSHRA_AXIS = "quality"


class Answered(NamedTuple):
    """One number that a voter gave to one song."""

    axis: str
    system: str
    song: str
    item: str
    voter: str
    value: float


def shown_system(side: SideRow) -> str:
    """Return a contestant's name, or what else a side of MUSHRA was."""
    if side.role == "contestant":
        return side.system
    return side.role if side.role != "anchor" else side.system or "anchor"


def answered(rows: Sequence[VoteRow]) -> list[Answered]:
    """Return every number that was given, of ratings and of MUSHRA."""
    numbers = []
    for row in rows:
        item = row.prompt_id or row.sides[0].song
        for axis, value in row.ratings.items():
            side = row.sides[0]
            numbers.append(
                Answered(axis, shown_system(side), side.song, item, row.voter, float(value))
            )
        for side in row.sides:
            if side.score is not None:
                system = shown_system(side)
                numbers.append(
                    Answered(MUSHRA_AXIS, system, side.song, item, row.voter, side.score)
                )
    return numbers


def means_of(rows: Sequence[VoteRow], *, confidence: float = 0.95) -> tuple[ScaleMeans, ...]:
    """Return the means of all systems, one table an axis, in the order in which axes come."""
    axes: dict[str, list[Answered]] = {}
    for number in answered(rows):
        axes.setdefault(number.axis, []).append(number)
    return tuple(_scale(axis, numbers, confidence) for axis, numbers in axes.items())


def _scale(axis: str, numbers: list[Answered], confidence: float) -> ScaleMeans:
    names = sorted({number.system for number in numbers})
    group = np.array([names.index(number.system) for number in numbers])
    values = np.array([number.value for number in numbers], np.float64)
    factors = {
        "voter": _codes([number.voter for number in numbers]),
        "item": _codes([number.item for number in numbers]),
        "song": _codes([f"{number.item}\n{number.song}\n{number.system}" for number in numbers]),
        "taste": _codes([f"{number.voter}\n{number.system}" for number in numbers]),
    }
    try:
        fit = mixed_means(values, group, factors)
    except InputError as error:
        return ScaleMeans(axis=axis, systems=(), variance={}, reason=str(error))
    order = np.argsort(-fit.mean, kind="stable")
    systems = []
    for place, k in enumerate(order.tolist()):
        one, gap = np.zeros(len(names)), None
        one[k] = 1.0
        if place + 1 < len(order):
            two = one.copy()
            two[order[place + 1]] = -1.0
            gap = _measured(fit.contrast(two, confidence=confidence))
        own = [number for number in numbers if number.system == names[k]]
        low, middle, high = np.quantile(values[group == k], [0.25, 0.5, 0.75]).tolist()
        systems.append(
            SystemMean(
                system=names[k],
                mean=_measured(fit.contrast(one, confidence=confidence)),
                above_next=gap,
                answers=len(own),
                voters=len({number.voter for number in own}),
                items=len({number.item for number in own}),
                low_quartile=low,
                median=middle,
                high_quartile=high,
            )
        )
    return ScaleMeans(axis=axis, systems=tuple(systems), variance=fit.variance)


def _codes(names: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(names, object).astype(str), return_inverse=True)[1]


def _measured(estimate: Estimate) -> Measurement:
    return Measurement.of(estimate.value, estimate.low, estimate.high, reason=estimate.reason)
