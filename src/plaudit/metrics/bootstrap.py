"""Bootstrap intervals of measures (Efron, 1979): percentiles over resamples of songs or of groups.

A resample draws as many units as there are, with replacement; a unit is a song, or all songs of a
group (a prompt, an artist) where songs of a group resemble each other: ignoring groups makes an
interval too narrow. The generator is the caller's, so the same seed gives the same interval.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.resample import FAST

Statistic = Callable[..., float]
_BLOCK = 2_000_000  # counts held at a time


@dataclass(frozen=True)
class Estimate:
    """A measure with its interval."""

    value: float  #: The measure on all songs; nan where it is undefined.
    #: Ends of the interval; nan with fewer than two units, or where the measure is undefined for
    #: more than half of the resamples.
    low: float
    high: float
    n: int  #: Units that were resampled: songs, or groups.
    #: Share of resamples for which the measure is undefined; the interval leaves them out.
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
    >>> error = bootstrap(mae, [1, 2, 3, 4], [1, 2, 3, 6], rng=np.random.default_rng(0))
    >>> error.value, error.low, error.high, error.n
    (0.5, 0.0, 1.5, 4)
    """
    columns = _columns(arrays, groups, draws, confidence)
    value = statistic(*columns)
    unit, n_units = _units(len(columns[0]), groups)
    values = [
        _measured(statistic, counts, columns) for counts in _resamples(unit, n_units, rng, draws)
    ]
    return _estimate(value, values, n_units, confidence)


def paired_difference(
    statistic: Statistic,
    predicted_a: ArrayLike,
    predicted_b: ArrayLike,
    observed: ArrayLike,
    *,
    rng: np.random.Generator,
    groups: ArrayLike | None = None,
    draws: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Return the difference of a measure between two judges of the same songs, a minus b.

    Both are measured on the same resamples, so the difficulty of a song cancels out. Two judges
    with equal scores differ by exactly 0, with an interval of [0, 0].

    Parameters
    ----------
    statistic : callable
        ``statistic(predicted, observed)``, as for `bootstrap`.
    predicted_a, predicted_b : array_like, (n,)
        Scores of the two judges.
    observed : array_like, (n,)
        Observed values, in the same order.
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
    a, b, y = _columns((predicted_a, predicted_b, observed), groups, draws, confidence)
    value = statistic(a, y) - statistic(b, y)
    unit, n_units = _units(len(y), groups)
    values = [
        _measured(statistic, counts, [a, y]) - _measured(statistic, counts, [b, y])
        for counts in _resamples(unit, n_units, rng, draws)
    ]
    return _estimate(value, values, n_units, confidence)


def resample_counts(n_units: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each resample holds each unit.

    Parameters
    ----------
    n_units, draws : int
        Songs, or groups of songs, that are resampled, and the number of resamples.
    rng : numpy.random.Generator
        Draws them.

    Returns
    -------
    ndarray of float64, (draws, n_units)
        Whole numbers; each row sums to ``n_units``.
    """
    drawn = rng.integers(n_units, size=(draws, n_units))
    drawn += np.arange(draws)[:, None] * n_units
    counts = np.bincount(drawn.ravel(), minlength=draws * n_units)
    return counts.reshape(draws, n_units).astype(np.float64)


def percentile_interval(values: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of percentiles of a measure over resamples.

    Parameters
    ----------
    values : ndarray of float64, (draws,)
        The measure on each resample; nan where it is undefined, which the interval leaves out.
    confidence : float, default 0.95
        Share of the resamples inside the interval.

    Returns
    -------
    (float, float)
        Low and high; nan where the measure is undefined for more than half of the resamples.
    """
    known = values[~np.isnan(values)]
    if not len(known) or 2 * len(known) < len(values):
        return math.nan, math.nan
    tail = 100 * (1 - confidence) / 2
    low, high = (float(end) for end in np.percentile(known, [tail, 100 - tail]))
    return low, high


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
    """Return the number of each song's unit (None: each song is one) and the number of units."""
    if groups is None:
        return None, n
    names, unit = np.unique(np.asarray(groups), return_inverse=True)
    return unit, len(names)


def _resamples(
    unit: NDArray[np.intp] | None, n_units: int, rng: np.random.Generator, draws: int
) -> Iterator[Floats]:
    """Yield the count of each song in each resample, some resamples at a time."""
    if n_units < 2:
        return
    step = max(1, _BLOCK // (n_units if unit is None else max(len(unit), n_units)))
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        counts = resample_counts(n_units, rows, rng)
        yield counts if unit is None else counts[:, unit]


def _measured(statistic: Statistic, counts: Floats, columns: list[Floats]) -> Floats:
    fast = FAST.get(statistic)
    if fast is not None:
        return fast(counts, *columns)
    places = np.arange(counts.shape[1])
    picks = (np.repeat(places, row.astype(np.intp)) for row in counts)
    return np.array([statistic(*(column[pick] for column in columns)) for pick in picks])


def _estimate(value: float, blocks: list[Floats], n_units: int, confidence: float) -> Estimate:
    values = np.concatenate(blocks) if blocks else np.empty(0)
    undefined = float(np.isnan(values).mean()) if len(values) else 0.0
    low, high = math.nan, math.nan
    if not math.isnan(value):
        low, high = percentile_interval(values, confidence)
    return Estimate(value, low, high, n_units, undefined)
