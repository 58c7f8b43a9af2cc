"""Are stated intervals honest? Coverage, and curves that show where it is too low or too high.

Conventions: ``low``, ``value``, ``high`` and ``true`` are (n,), finite, with low <= value <= high;
an end counts as inside. The level is the share of songs that an interval promises to hold.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.pair import Floats, pair

LEVELS: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def coverage(low: ArrayLike, high: ArrayLike, true: ArrayLike) -> float:
    """Return the share of songs whose truth lies inside their interval.

    Parameters
    ----------
    low, high : array_like, (n,)
        Ends of the intervals.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    float
        In [0, 1]; best is the promised level, more is as dishonest as less; nan for no songs.

    Examples
    --------
    >>> coverage([1, 1], [3, 3], [2, 4])
    0.5
    """
    bottom, truth = pair(low, true)
    top, _ = pair(high, true)
    return float(np.mean((bottom <= truth) & (truth <= top))) if len(truth) else math.nan


@dataclass(frozen=True)
class Curve:
    """Promised against observed shares: a line below the diagonal promises too much.

    Parameters
    ----------
    promised : ndarray of float64, (n_levels,)
        Levels.
    observed : ndarray of float64, (n_levels,)
        Share of songs inside the interval of that level; nan for no songs.
    stretch : float
        By how much the stated intervals would have to be stretched to hold what they promise; 1 is
        honest, above 1 they are too narrow. This needs no assumption about the shape of errors.
    n : int
        Songs.
    """

    promised: Floats
    observed: Floats
    stretch: float
    n: int


def reliability_curve(
    low: ArrayLike,
    value: ArrayLike,
    high: ArrayLike,
    true: ArrayLike,
    *,
    level: float,
    levels: Sequence[float] = LEVELS,
) -> Curve:
    """Return what intervals of other levels would cover, made from the stated one.

    A judge states one interval, of one level. The interval of another level is taken to be that
    one stretched about the value, on each side by its own half, as normal errors would have it:
    by z((1 + p) / 2) / z((1 + level) / 2).

    Parameters
    ----------
    low, value, high : array_like, (n,)
        Score and interval of each song.
    true : array_like, (n,)
        What is so.
    level : float
        What the stated interval promises, in (0, 1).
    levels : sequence of float
        Levels of the curve, in (0, 1).

    Returns
    -------
    Curve
        At ``levels``; at the stated level it is the coverage itself.

    Raises
    ------
    InputError
        A level is out of range, or an interval does not hold its own value.
    """
    for one in (level, *levels):
        if not 0 < one < 1:
            raise InputError(f"Expected levels between 0 and 1, got {one}.")
    need = needed_stretch(low, value, high, true)
    normal = NormalDist()
    z = normal.inv_cdf((1 + level) / 2)
    # The stated level itself is stretched by exactly 1; rounding must not lose a truth on an end.
    stretches = [1.0 if p == level else normal.inv_cdf((1 + p) / 2) / z for p in levels]
    n = len(need)
    observed = [float(np.mean(need <= s)) if n else math.nan for s in stretches]
    # The smallest stretch that covers the promised share or more of these songs.
    enough = float(np.sort(need)[min(n, math.ceil(round(level * n, 9))) - 1]) if n else math.nan
    return Curve(np.array(levels, np.float64), np.array(observed), enough, n)


def needed_stretch(low: ArrayLike, value: ArrayLike, high: ArrayLike, true: ArrayLike) -> Floats:
    """Return by how much each interval has to be stretched about its value to reach the truth.

    Parameters
    ----------
    low, value, high : array_like, (n,)
        Score and interval of each song.
    true : array_like, (n,)
        What is so.

    Returns
    -------
    ndarray of float64, (n,)
        0 where the value is the truth, 1 where an end is; inf where a side has no width at all.

    Raises
    ------
    InputError
        An interval does not hold its own value.
    """
    bottom, truth = pair(low, true)
    top, middle = pair(high, value)
    if not bool(np.all((bottom <= middle) & (middle <= top))):
        raise InputError("Expected low <= value <= high for each song; an interval is turned over.")
    miss = truth - middle
    half = np.where(miss >= 0, top - middle, middle - bottom)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        need = np.where(miss == 0, 0.0, np.abs(miss) / half)
    # What coverage calls inside is inside here, whatever a division rounds to.
    held = (bottom <= truth) & (truth <= top)
    return np.where(held, np.minimum(need, 1.0), np.maximum(need, np.nextafter(1.0, 2.0)))


@dataclass(frozen=True)
class Bin:
    """Songs with about the same score: what was said of them and what is so, on average.

    Parameters
    ----------
    said, true : float
        Means.
    spread : float
        Standard deviation of the truth within the bin; nan for one song.
    n : int
        Songs.
    """

    said: float
    true: float
    spread: float
    n: int


def bins_by_score(said: ArrayLike, true: ArrayLike, bins: int = 10) -> tuple[Bin, ...]:
    """Return means of prediction and truth in bins of about equally many songs.

    Songs of the same score stay in one bin, so there may be fewer bins than asked for.

    Parameters
    ----------
    said, true : array_like, (n,)
        What a judge said and what is so.
    bins : int, default 10
        At most so many.

    Returns
    -------
    tuple of Bin
        From the lowest score to the highest; a calibrated judge has said equal to true in each.

    Raises
    ------
    InputError
        ``bins`` is below 1.
    """
    if bins < 1:
        raise InputError(f"Expected at least one bin, got {bins}.")
    x, y = pair(said, true)
    if not len(x):
        return ()
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    # Moved to the first song of its score, an edge never parts equals.
    edges = np.searchsorted(x, x[np.arange(bins) * len(x) // bins], "left")
    starts = np.unique(edges)
    ends = np.append(starts[1:], len(x))
    return tuple(
        Bin(
            float(x[a:b].mean()),
            float(y[a:b].mean()),
            float(y[a:b].std(ddof=1)) if b - a > 1 else math.nan,
            int(b - a),
        )
        for a, b in zip(starts, ends, strict=True)
    )
