"""How sure a measure is: intervals from resampling songs (Efron, 1979), or groups of songs.

A resample draws as many units as there are, with replacement; a unit is a song, or all songs of a
group (a prompt, an artist) where songs of a group resemble each other: leaving groups out of
account makes an interval too narrow. The interval is that of percentiles. The generator is the
caller's, so the same seed gives the same interval.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.pair import Floats
from plaudit.metrics.resample import FAST

Statistic = Callable[..., float]
_BLOCK = 2_000_000  # counts held at a time


@dataclass(frozen=True)
class Estimate:
    """A measure with its interval.

    Parameters
    ----------
    value : float
        The measure on all songs; nan where it is undefined.
    low, high : float
        Ends of the interval; nan with fewer than two units, or where the measure is undefined for
        more than half of the resamples.
    n : int
        Units that were resampled: songs, or groups.
    undefined : float
        Share of resamples for which the measure is undefined; the interval leaves them out.
    """

    value: float
    low: float
    high: float
    n: int
    undefined: float = 0.0


def bootstrap(
    statistic: Statistic,
    *arrays: ArrayLike,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    draws: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Return a measure with its bootstrap interval.

    Parameters
    ----------
    statistic : callable
        Takes the arrays, each resampled along its first dimension in the same way, and returns one
        number; the order of songs must not matter to it. The measures of `plaudit.metrics` named
        in `plaudit.metrics.resample.FAST` are computed for all resamples at once.
    *arrays : array_like, (n, ...)
        What the statistic takes; one row a song.
    rng : numpy.random.Generator
        Draws the resamples.
    groups : array_like, (n,), optional
        Group of each song, text or numbers; members of a group are drawn together.
    draws : int, default 1000
        Resamples.
    confidence : float, default 0.95
        Share of the resamples inside the interval, between 0 and 1.

    Returns
    -------
    Estimate
        Value, interval and the number of units.

    Raises
    ------
    InputError
        The arrays differ in length, or a setting is out of range.

    Examples
    --------
    >>> from plaudit.metrics.error import mae
    >>> found = bootstrap(mae, [1, 2, 3, 4], [1, 2, 3, 6], rng=np.random.default_rng(0))
    >>> found.value, found.low, found.high, found.n
    (0.5, 0.0, 1.5, 4)
    """
    columns = _columns(arrays, groups, draws, confidence)
    value = statistic(*columns)
    unit, n_units = _units(len(columns[0]), groups)
    found = [
        _measured(statistic, counts, columns) for counts in _resamples(unit, n_units, rng, draws)
    ]
    return _estimate(value, np.concatenate(found) if found else np.empty(0), n_units, confidence)


def paired(
    statistic: Statistic,
    true: ArrayLike,
    said_a: ArrayLike,
    said_b: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    draws: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Return the difference of a measure between two judges of the same songs, a minus b.

    Both are measured on the same resamples, so what is hard about a song cancels out. Two judges
    that say the same differ by exactly 0, with an interval of [0, 0].

    Parameters
    ----------
    statistic : callable
        ``statistic(said, true)``, as for `bootstrap`.
    true : array_like, (n,)
        What is so.
    said_a, said_b : array_like, (n,)
        What the two judges said.
    rng : numpy.random.Generator
        Draws the resamples.
    groups : array_like, (n,), optional
        As for `bootstrap`.
    draws : int, default 1000
        Resamples.
    confidence : float, default 0.95
        Share of the resamples inside the interval.

    Returns
    -------
    Estimate
        Of the difference; nan where one of the two is undefined. For an error (`mse`, `mae`) below
        0 means that a is better; for a correlation above 0.

    Raises
    ------
    InputError
        As for `bootstrap`.
    """
    truth, a, b = _columns((true, said_a, said_b), groups, draws, confidence)
    value = statistic(a, truth) - statistic(b, truth)
    unit, n_units = _units(len(truth), groups)
    found = [
        _measured(statistic, counts, [a, truth]) - _measured(statistic, counts, [b, truth])
        for counts in _resamples(unit, n_units, rng, draws)
    ]
    return _estimate(value, np.concatenate(found) if found else np.empty(0), n_units, confidence)


def _columns(
    arrays: tuple[ArrayLike, ...], groups: ArrayLike | None, draws: int, confidence: float
) -> list[Floats]:
    if draws < 1 or not 0 < confidence < 1:
        raise InputError(
            "Expected at least one draw and a confidence between 0 and 1, got"
            f" {draws} and {confidence}."
        )
    columns = [np.asarray(array, np.float64) for array in arrays]
    lengths = {len(column) for column in columns}
    if groups is not None:
        lengths.add(len(np.asarray(groups)))
    if len(lengths) != 1:
        raise InputError(
            f"Expected arrays (and groups) of one length, got lengths {sorted(lengths)}; give one"
            " row per song in each."
        )
    return columns


def _units(n: int, groups: ArrayLike | None) -> tuple[NDArray[np.intp] | None, int]:
    """Return the number of each song's unit (None: a song is its own) and how many there are."""
    if groups is None:
        return None, n
    names, unit = np.unique(np.asarray(groups), return_inverse=True)
    return unit, len(names)


def _resamples(
    unit: NDArray[np.intp] | None, n_units: int, rng: np.random.Generator, draws: int
) -> Iterator[Floats]:
    """Yield how often each song is in each resample, some resamples at a time."""
    if n_units < 2:
        return
    step = max(1, _BLOCK // (n_units if unit is None else max(len(unit), n_units)))
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        drawn = rng.integers(n_units, size=(rows, n_units))
        drawn += np.arange(rows)[:, None] * n_units
        counts = np.bincount(drawn.ravel(), minlength=rows * n_units).reshape(rows, n_units)
        yield (counts if unit is None else counts[:, unit]).astype(np.float64)


def _measured(statistic: Statistic, counts: Floats, columns: list[Floats]) -> Floats:
    fast = FAST.get(statistic)
    if fast is not None:
        return fast(counts, *columns)
    places = np.arange(counts.shape[1])
    picks = (np.repeat(places, row.astype(np.intp)) for row in counts)
    return np.array([statistic(*(column[pick] for column in columns)) for pick in picks])


def _estimate(value: float, found: Floats, n_units: int, confidence: float) -> Estimate:
    known = found[~np.isnan(found)]
    missing = 1 - len(known) / len(found) if len(found) else 0.0
    if n_units < 2 or math.isnan(value) or 2 * len(known) < len(found):
        return Estimate(value, math.nan, math.nan, n_units, missing)
    tail = 100 * (1 - confidence) / 2
    low, high = (float(end) for end in np.percentile(known, [tail, 100 - tail]))
    return Estimate(value, low, high, n_units, missing)
