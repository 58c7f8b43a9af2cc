"""Bootstrap intervals of measures (Efron, 1979), over resamples of songs or of groups.

A resample draws as many units as there are, with replacement; a unit is a song, or all songs of a
group (a prompt, an artist) where songs of a group resemble each other: ignoring groups makes an
interval too narrow. Rows are put in order of their content before any draw, so that the same seed
gives the same interval whatever the order of rows.

Two kinds of interval, each of the kind that held best in ``bench/studies/interval_coverage.py``:

- means of a number of each song (errors): studentised ("bootstrap-t"), as errors are skewed;
- other measures: percentiles, expanded for few units (Hesterberg, 2015).

Below `least_units` of the measure no interval of this kind holds, so there is none; nor where all
resamples give one value, as a perfect order of songs does: its uncertainty cannot be seen in them.

References
----------
Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7 (1979). Hesterberg,
What teachers should know about the bootstrap, The American Statistician 69 (2015). Cameron, Gelbach
and Miller, Bootstrap-based improvements for inference with clustered errors, Review of Economics
and Statistics 90 (2008).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics import error, reliability
from plaudit.metrics.checked import Floats
from plaudit.metrics.interval import (
    LEAST_UNITS,
    SAME,
    Estimate,
    estimate_of,
    refused,
)
from plaudit.metrics.resample import FAST, TERMS

Statistic = Callable[..., float]
LEAST: dict[Statistic, int] = {error.mae: 5, error.mse: 10, reliability.icc: 20}
"""Measures of which intervals hold from another number of units on."""
_BLOCK = 2_000_000  # counts held at a time


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
        Arguments of the statistic; one row a song.
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
        Value, interval and the number of units, or the reason why there is no interval.

    Raises
    ------
    InputError
        The arrays differ in length, or a setting is out of range.

    Examples
    --------
    >>> from plaudit.metrics.correlation import spearman
    >>> a, b = [1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 2, 4, 5, 8, 6, 7]
    >>> order = bootstrap(spearman, a, b, rng=np.random.default_rng(0))
    >>> round(order.value, 2), round(order.low, 2), round(order.high, 2), order.n
    (0.9, 0.35, 1.0, 8)
    """
    rows = _arranged(arrays, groups, draws, confidence)
    value = statistic(*rows.columns)
    term = TERMS.get(statistic)
    return _with_interval(
        statistic,
        value,
        None if term is None else term(*rows.columns),
        lambda counts: _measured(statistic, counts, rows.columns),
        rows, rng, draws, confidence, floor=0.0,
    )  # fmt: skip


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
    a, b = np.asarray(predicted_a, np.float64), np.asarray(predicted_b, np.float64)
    # Ordered by what does not change where a and b change places.
    keys = [] if len(a) != len(b) else [np.minimum(a, b), np.maximum(a, b)]
    rows = _arranged((observed, *keys, a, b), groups, draws, confidence)
    (y, *_), (a, b) = rows.columns[:1], rows.columns[-2:]
    value = statistic(a, y) - statistic(b, y)
    if np.array_equal(a, b) and not math.isnan(value) and rows.n_units > 1:
        return Estimate(0.0, 0.0, 0.0, rows.n_units)
    term = TERMS.get(statistic)
    return _with_interval(
        statistic,
        value,
        None if term is None else term(a, y) - term(b, y),
        lambda counts: (
            _measured(statistic, counts, (a, y)) - _measured(statistic, counts, (b, y))
        ),
        rows, rng, draws, confidence,
    )  # fmt: skip


def least_units(statistic: Statistic) -> int:
    """Return the number of units from which on a measure has an interval."""
    return LEAST.get(statistic, LEAST_UNITS)


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


@dataclass(frozen=True, eq=False)
class _Rows:
    """Rows and units to resample, sorted by content."""

    columns: tuple[Floats, ...]
    unit: NDArray[np.intp]  # (n,) unit of each row, from 0
    sizes: Floats  # (n_units,) rows of each unit

    @property
    def n_units(self) -> int:
        return len(self.sizes)


def _arranged(
    arrays: tuple[ArrayLike, ...], groups: ArrayLike | None, draws: int, confidence: float
) -> _Rows:
    """Check arrays; order rows, and units, by the numbers in them."""
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
    n = lengths.pop()
    keys = np.column_stack([column.reshape(n, -1) for column in columns]) if n else np.empty((0, 1))
    order = np.lexsort(keys.T[::-1])
    unit = np.arange(n)
    if groups is not None:
        _, unit = np.unique(np.asarray(groups)[order], return_inverse=True)
    if n and unit.max() + 1 < n:
        place = _places(keys[order])
        unit = _by_content(unit, place)
        # Rows that are alike stand in order of their units, so that sums do not move either.
        inside = np.lexsort((unit, place))
        order, unit = order[inside], unit[inside]
    elif groups is not None:
        unit = np.arange(n)
    sizes = np.bincount(unit).astype(np.float64)
    return _Rows(tuple(column[order] for column in columns), unit, sizes)


def _places(keys: Floats) -> NDArray[np.intp]:
    """Number rows (n, k) that are in order, equal ones alike."""
    changed = np.any(keys[1:] != keys[:-1], axis=1)
    return np.concatenate([[0], np.cumsum(changed)])


def _by_content(unit: NDArray[np.intp], place: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number units anew, in order of the rows in them."""
    members: list[list[int]] = [[] for _ in range(int(unit.max()) + 1)]
    for number, row in zip(unit.tolist(), place.tolist(), strict=True):
        members[number].append(row)
    number_of = np.empty(len(members), np.intp)
    number_of[sorted(range(len(members)), key=members.__getitem__)] = np.arange(len(members))
    return number_of[unit]


def _blocks(rows: _Rows, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    """Yield the count of each unit in each resample, some resamples at a time."""
    step = max(1, _BLOCK // len(rows.unit))
    for start in range(0, draws, step):
        yield resample_counts(rows.n_units, min(step, draws - start), rng)


def _of_songs(rows: _Rows, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    for counts in _blocks(rows, rng, draws):
        yield counts if rows.n_units == len(rows.unit) else counts[:, rows.unit]


def _measured(statistic: Statistic, counts: Floats, columns: Sequence[Floats]) -> Floats:
    fast = FAST.get(statistic)
    if fast is not None:
        return fast(counts, *columns)
    places = np.arange(counts.shape[1])
    picks = (np.repeat(places, row.astype(np.intp)) for row in counts)
    return np.array([statistic(*(column[pick] for column in columns)) for pick in picks])


def _with_interval(
    statistic: Statistic,
    value: float,
    terms: Floats | None,
    measured: Callable[[Floats], Floats],
    rows: _Rows,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    *,
    floor: float = -math.inf,
) -> Estimate:
    """Return a value with the interval of its kind: of a mean of ``terms`` (n,), or of resamples.

    ``measured`` takes counts of songs (n_draws, n) and returns the measure of each resample.
    """
    least = least_units(statistic)
    none = refused(value, rows.sizes, least)
    if none is not None:
        return none
    if terms is not None:
        return _of_mean(value, terms, rows, rng, draws, confidence, floor)
    values = [measured(counts) for counts in _of_songs(rows, rng, draws)]
    return estimate_of(value, np.concatenate(values), rows.sizes, confidence, least=least)


def _of_mean(
    value: float,
    terms: Floats,
    rows: _Rows,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
    floor: float,
) -> Estimate:
    """Return a mean of ``terms`` (n,) with its studentised interval, not below ``floor``."""
    n = len(terms)
    residual = np.bincount(rows.unit, terms - value)
    se = math.sqrt(float(residual @ residual)) / n
    if se <= 1e-12 * float(np.abs(terms).max()):
        return Estimate(value, math.nan, math.nan, rows.n_units, reason=SAME)
    sums = np.stack([rows.sizes, residual, residual**2, residual * rows.sizes, rows.sizes**2], 1)
    pivots = []
    for counts in _blocks(rows, rng, draws):
        size, total, squares, crossed, sizes = (counts @ sums).T
        shift = total / size
        spread = np.sqrt(np.maximum(squares - 2 * shift * crossed + shift**2 * sizes, 0)) / size
        with np.errstate(divide="ignore", invalid="ignore"):
            pivots.append(np.nan_to_num(shift / spread, nan=0.0, posinf=math.inf, neginf=-math.inf))
    pivot = np.sort(np.concatenate(pivots))
    beyond = int((1 - confidence) / 2 * draws)
    low, high = value - pivot[draws - 1 - beyond] * se, value - pivot[beyond] * se
    return Estimate(value, max(float(low), floor), float(high), rows.n_units)
