"""The width of the interval of a song: its card's width, times the spread its network gave."""

import numpy as np
from torch import Tensor

from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError
from plaudit.judging.record import Score
from plaudit.model.card import Interval
from plaudit.model.network import SongOutput


def scores_of(
    interval: Interval | None, axes: tuple[str, ...], out: SongOutput
) -> dict[str, Score]:
    """Return the score of each axis, with the interval of the card, cut to the range of the axis.

    Raises
    ------
    InputError
        The network gave no finite number, or not the spread that the card scales by.
    """
    values = dict(zip(axes, out.song.tolist(), strict=True))
    bad = [axis for axis, value in values.items() if not np.isfinite(value)]
    if bad:
        raise InputError(f"The judge gave no finite number for {', '.join(bad)}.")
    width = half_widths(interval, axes, out.spread) or {}
    return {
        axis: Score(value=value)
        if axis not in width
        else Score(
            value=value,
            low=max(AXIS[axis].low, value - width[axis]),
            high=min(AXIS[axis].high, value + width[axis]),
        )
        for axis, value in values.items()
    }


def half_widths(
    interval: Interval | None, axes: tuple[str, ...], spread: Tensor | None
) -> dict[str, float] | None:
    """Return the half width of each axis for one song, in the unit of the axis; None without one.

    An axis that was fitted to too few songs has none. ``spread`` (n_axes,) is that of the network.
    A card that scales by a spread that the network does not give is an `InputError`.
    """
    if interval is None:
        return None
    if interval.scale == "constant":
        return {axis: interval.half_width[axis] for axis in axes if axis in interval.half_width}
    if spread is None:
        raise InputError(
            "The card scales intervals by the spread of the network, but this network gives none;"
            " the folder was changed, make it again."
        )
    return {
        axis: interval.half_width[axis] * max(value, interval.floor[axis])
        for axis, value in zip(axes, spread.tolist(), strict=True)
        if axis in interval.half_width
    }
