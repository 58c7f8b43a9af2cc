"""Coverage of prediction intervals, its curve over levels, and calibration by bins of scores.

Conventions: ``low``, ``value``, ``high`` and ``observed`` are (n,), finite, with low <= value <=
high; an end counts as inside. The level of an interval is its nominal coverage, in (0, 1).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.metrics.checked import Floats, pair

LEVELS: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def coverage(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> float:
    """Return the share of songs whose observed value lies inside their interval.

    Parameters
    ----------
    low, high, observed : array_like, (n,)
        Ends of the intervals, and observed values.

    Returns
    -------
    float
        In [0, 1]; best is the level of the intervals, neither less nor more; nan for no songs.

    Examples
    --------
    >>> coverage([1, 1], [3, 3], [2, 4])
    0.5
    """
    bottom, y = pair(low, observed)
    top, _ = pair(high, observed)
    return float(np.mean((bottom <= y) & (y <= top))) if len(y) else math.nan


@dataclass(frozen=True)
class Curve:
    """Nominal and empirical coverage: below the diagonal intervals are too narrow."""

    nominal: Floats  #: (n_levels,) levels.
    #: (n_levels,) share of songs inside the interval of that level; nan for no songs.
    empirical: Floats
    #: The factor by which the stated intervals would have to be wider to reach their nominal
    #: coverage; above 1 they are too narrow. It assumes nothing about the shape of errors.
    stretch: float
    n: int  #: Songs.


def reliability_curve(
    low: ArrayLike,
    value: ArrayLike,
    high: ArrayLike,
    observed: ArrayLike,
    *,
    level: float,
    levels: Sequence[float] = LEVELS,
) -> Curve:
    """Return the coverage of intervals of other levels, made from the stated ones.

    A judge states an interval of one level. For another level p both halves of it are multiplied
    by z((1 + p) / 2) / z((1 + level) / 2), which is exact for normal errors.

    Parameters
    ----------
    low, value, high, observed : array_like, (n,)
        Score and interval of each song, and its observed value.
    level : float
        Nominal coverage of the stated intervals, in (0, 1).
    levels : sequence of float
        Levels of the curve, in (0, 1).

    Returns
    -------
    Curve
        At ``levels``; at the stated level it is the coverage itself.

    Raises
    ------
    InputError
        A level is out of range, or an interval does not contain its own value.
    """
    for nominal in (level, *levels):
        if not 0 < nominal < 1:
            raise InputError(f"Expected levels between 0 and 1, got {nominal}.")
    need = needed_stretch(low, value, high, observed)
    normal = NormalDist()
    z = normal.inv_cdf((1 + level) / 2)
    # At the stated level the factor is exactly 1, so that rounding moves no value off an end.
    stretches = [1.0 if p == level else normal.inv_cdf((1 + p) / 2) / z for p in levels]
    n = len(need)
    empirical = [float(np.mean(need <= s)) if n else math.nan for s in stretches]
    # The smallest factor that covers the nominal share or more of these songs.
    enough = float(np.sort(need)[min(n, math.ceil(round(level * n, 9))) - 1]) if n else math.nan
    return Curve(np.array(levels, np.float64), np.array(empirical), enough, n)


def needed_stretch(
    low: ArrayLike, value: ArrayLike, high: ArrayLike, observed: ArrayLike
) -> Floats:
    """Return the factor by which each interval must be wider to reach the observed value.

    Parameters
    ----------
    low, value, high, observed : array_like, (n,)
        Score and interval of each song, and its observed value.

    Returns
    -------
    ndarray of float64, (n,)
        0 where the observed value is the score, 1 where it is an end, inf where it lies on a side
        without width.

    Raises
    ------
    InputError
        An interval does not contain its own value.
    """
    bottom, y = pair(low, observed)
    top, middle = pair(high, value)
    if not bool(np.all((bottom <= middle) & (middle <= top))):
        raise InputError("Expected low <= value <= high for each song; some have low above high.")
    miss = y - middle
    half = np.where(miss >= 0, top - middle, middle - bottom)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        need = np.where(miss == 0, 0.0, np.abs(miss) / half)
    # Agree with `coverage` about what is inside, whatever the division rounds to.
    inside = (bottom <= y) & (y <= top)
    return np.where(inside, np.minimum(need, 1.0), np.maximum(need, np.nextafter(1.0, 2.0)))


class ScoreBin(Record):
    """Mean predicted and observed score of the songs of a bin."""

    #: Means.
    predicted: float = Field(validation_alias="said")
    observed: float = Field(validation_alias="true")
    #: Standard deviation of the observed scores within the bin; None for one song.
    spread: float | None
    n: int  #: Songs.


def bins_by_score(
    predicted: ArrayLike, observed: ArrayLike, bins: int = 10
) -> tuple[ScoreBin, ...]:
    """Return mean predicted and observed scores in bins of about equally many songs.

    Songs of the same predicted score stay in one bin, so there may be fewer than ``bins``.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values.
    bins : int, default 10
        At most so many.

    Returns
    -------
    tuple of ScoreBin
        From the lowest predicted score to the highest; in a calibrated judge both means are equal.

    Raises
    ------
    InputError
        ``bins`` is below 1.
    """
    if bins < 1:
        raise InputError(f"Expected at least one bin, got {bins}.")
    x, y = pair(predicted, observed)
    if not len(x):
        return ()
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    # Each edge is moved to the first song of its score, so that equal scores stay together.
    edges = np.searchsorted(x, x[np.arange(bins) * len(x) // bins], "left")
    starts = np.unique(edges)
    ends = np.append(starts[1:], len(x))
    return tuple(
        ScoreBin(
            predicted=float(x[a:b].mean()),
            observed=float(y[a:b].mean()),
            spread=float(y[a:b].std(ddof=1)) if b - a > 1 else None,
            n=int(b - a),
        )
        for a, b in zip(starts, ends, strict=True)
    )
