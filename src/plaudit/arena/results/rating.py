"""Means of systems from ratings and from scores of MUSHRA, by the models of `scale`.

Answers have ends and are not normal; the quartiles beside the means show what they were.
"""

from collections.abc import Sequence

import numpy as np

from plaudit.arena.results.record import ScaleMeans, SystemMean
from plaudit.arena.results.row import SideRow, VoteRow
from plaudit.arena.results.scale import Answered, ScaleFit, fit_ratings, fit_scores
from plaudit.core.errors import InputError
from plaudit.metrics.interval import Estimate
from plaudit.metrics.measurement import Measurement

MUSHRA_AXIS = "quality"


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
        given = [(axis, row.sides[0], float(value)) for axis, value in row.ratings.items()]
        given += [(MUSHRA_AXIS, side, side.score) for side in row.sides if side.score is not None]
        numbers += [
            Answered(axis, shown_system(side), side.song, item, row.voter, value, row.task,
                     side.role)
            for axis, side, value in given
        ]  # fmt: skip
    return numbers


def means_of(rows: Sequence[VoteRow], *, confidence: float = 0.95) -> tuple[ScaleMeans, ...]:
    """Return the means of all systems, one table an axis, in the order in which axes come."""
    axes: dict[str, list[Answered]] = {}
    for number in answered(rows):
        axes.setdefault(number.axis, []).append(number)
    scored = any(row.kind == "mushra" for row in rows)
    scales = []
    for axis, numbers in axes.items():
        try:
            fit: ScaleFit = fit_scores(numbers) if scored else fit_ratings(numbers)
        except InputError as error:
            scales.append(ScaleMeans(axis=axis, systems=(), variance={}, reason=str(error)))
        else:
            scales.append(_scale(axis, numbers, fit, confidence))
    return tuple(scales)


def _scale(axis: str, numbers: list[Answered], fit: ScaleFit, confidence: float) -> ScaleMeans:
    means = [fit.mean(k, confidence=confidence) for k in range(len(fit.names))]
    order = sorted(range(len(means)), key=lambda k: -means[k].value)
    systems = []
    for k, after in zip(order, [*order[1:], None], strict=True):
        own = [number for number in numbers if number.system == fit.names[k]]
        values = [number.value for number in own]
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
        systems.append(
            SystemMean(
                system=fit.names[k],
                role=own[0].role,
                mean=_measured(means[k]),
                above_next=None
                if after is None
                else _measured(fit.lead(k, after, confidence=confidence)),
                answers=len(own),
                voters=len({number.voter for number in own}),
                items=len({number.item for number in own}),
                low_quartile=low,
                median=middle,
                high_quartile=high,
            )
        )
    return ScaleMeans(axis=axis, systems=tuple(systems), variance=fit.variance)


def _measured(estimate: Estimate) -> Measurement:
    return Measurement.of(estimate.value, estimate.low, estimate.high, reason=estimate.reason)
