"""The order in which songs are shown when nobody asked for another one.

A judge with aesthetic axes orders by their mean: popularity and aesthetics have different ranges
and no agreed exchange rate, so they are not added up. A popularity-only judge orders by streams.
"""

import math
from collections.abc import Sequence

from plaudit.core.axes import AESTHETICS
from plaudit.judging.record import SongScores

_NUMBER = {2: "two", 3: "three", 4: "four", 5: "five"}


def order_axes(axes: Sequence[str]) -> tuple[str, ...]:
    """Return the axes whose mean orders the songs.

    Parameters
    ----------
    axes : sequence of str
        Axes of the judge, at least one.

    Returns
    -------
    tuple of str
        Its aesthetic axes, or ``("streams",)``, or its first axis where it has neither.
    """
    aesthetic = tuple(axis for axis in axes if axis in AESTHETICS)
    if aesthetic:
        return aesthetic
    return ("streams",) if "streams" in axes else tuple(axes[:1])


def order_name(axes: Sequence[str]) -> str:
    """Return in words what the songs are ordered by.

    Parameters
    ----------
    axes : sequence of str
        Axes of the judge.

    Returns
    -------
    str
        Such as "the mean of the five aesthetic scores" or "streams".
    """
    chosen = order_axes(axes)
    if len(chosen) == 1:
        return chosen[0]
    return f"the mean of the {_NUMBER.get(len(chosen), str(len(chosen)))} aesthetic scores"


def overall(row: SongScores, axes: Sequence[str]) -> float:
    """Return the number a song is ordered by.

    Parameters
    ----------
    row : SongScores
        A judged song.
    axes : sequence of str
        Axes of the judge.

    Returns
    -------
    float
        Mean over `order_axes`, higher is better; nan when a score it needs is absent.
    """
    chosen = order_axes(axes)
    if not all(axis in row.scores for axis in chosen):
        return math.nan
    return math.fsum(row.scores[axis].value for axis in chosen) / len(chosen)


def ranked(rows: Sequence[SongScores], axes: Sequence[str]) -> list[SongScores]:
    """Return the songs, best first; undefined ones last, equal ones by path.

    Parameters
    ----------
    rows : sequence of SongScores
        Judged songs in any order.
    axes : sequence of str
        Axes of the judge.

    Returns
    -------
    list of SongScores
        The same rows; the result does not depend on the order they came in.
    """

    def key(row: SongScores) -> tuple[bool, float, str, str]:
        value = overall(row, axes)
        undefined = not math.isfinite(value)
        return undefined, 0.0 if undefined else -value, row.path or "", row.sha256

    return sorted(rows, key=key)
