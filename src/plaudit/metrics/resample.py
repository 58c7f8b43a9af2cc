"""Fast twins of the measures: one value for each of many resamples of the same songs.

A resample is a count for each song. Sums over songs become matrix products, and ranks come from one
sort of the songs, so that a thousand resamples of 10,000 songs take about half a second.
``counts`` is (n_draws, n), whole numbers as float64; each row sums to at least 1. Results are
(n_draws,), nan where the measure is undefined. Tests compare each function with its plain twin.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics import correlation, error
from plaudit.metrics.checked import Floats
from plaudit.metrics.resample_pairwise import TWINS

# A variance this small relative to the values may be rounding alone: the plain twin decides.
_TINY = 1e-9


def _pearson(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    """Return `plaudit.metrics.correlation.pearson` of each resample."""
    if _constant(predicted) or _constant(observed):
        return np.full(len(counts), np.nan)
    x, y = _standard(predicted), _standard(observed)
    n = counts.sum(axis=1)
    sums = counts @ np.stack([x, y, x * x, y * y, x * y], axis=1)
    x_mean, y_mean = sums[:, 0] / n, sums[:, 1] / n
    xx = sums[:, 2] / n - x_mean * x_mean
    yy = sums[:, 3] / n - y_mean * y_mean
    xy = sums[:, 4] / n - x_mean * y_mean
    doubtful = (xx <= _TINY * (1 + x_mean**2)) | (yy <= _TINY * (1 + y_mean**2))
    r = np.full(len(counts), np.nan)
    good = ~doubtful
    r[good] = np.clip(xy[good] / np.sqrt(xx[good] * yy[good]), -1.0, 1.0)
    return _settled(r, doubtful, counts, correlation.pearson, predicted, observed)


def _spearman(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    """Return `plaudit.metrics.correlation.spearman` of each resample."""
    if _constant(predicted) or _constant(observed):
        return np.full(len(counts), np.nan)
    n = counts.sum(axis=1, keepdims=True)
    # A rank between 0 and 1 about its mean: the rank's mean is (n + 1) / 2 whatever the ties.
    x = (_weighted_ranks(counts, predicted) - (n + 1) / 2) / n
    y = (_weighted_ranks(counts, observed) - (n + 1) / 2) / n
    weighted = counts * x
    xx, xy = np.einsum("dn,dn->d", weighted, x), np.einsum("dn,dn->d", weighted, y)
    yy = np.einsum("dn,dn,dn->d", counts, y, y)
    # A single song of another value gives at least about 1 / n here, far above rounding.
    doubtful = (xx <= _TINY) | (yy <= _TINY)
    r = np.full(len(counts), np.nan)
    good = ~doubtful
    r[good] = np.clip(xy[good] / np.sqrt(xx[good] * yy[good]), -1.0, 1.0)
    return _settled(r, doubtful, counts, correlation.spearman, predicted, observed)


FAST: dict[Callable[..., float], Callable[..., Floats]] = {
    correlation.pearson: _pearson,
    correlation.spearman: _spearman,
    **TWINS,
}
"""Plain measure to fast twin."""

TERMS: dict[Callable[..., float], Callable[[Floats, Floats], Floats]] = {
    error.mse: lambda predicted, observed: np.asarray(np.square(predicted - observed)),
    error.mae: lambda predicted, observed: np.asarray(np.abs(predicted - observed)),
}
"""Measures that are the mean of a number of each song, and that number, (n,)."""


def _constant(values: Floats) -> bool:
    return not len(values) or float(np.ptp(values)) == 0


def _standard(values: Floats) -> Floats:
    """Scale values to mean 0 and deviation 1; a correlation does not change."""
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def _weighted_ranks(counts: Floats, values: Floats) -> Floats:
    """Return each song's mean rank within each resample, (n_draws, n)."""
    distinct, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    if len(distinct) == len(values):
        times = counts[:, order]
    else:
        starts = np.searchsorted(place[order], np.arange(len(distinct)))
        times = np.add.reduceat(counts[:, order], starts, axis=1)
    ranked = np.cumsum(times, axis=1)
    ranked -= (times - 1) / 2
    return np.asarray(ranked[:, place], np.float64)


def _settled(
    values: Floats,
    doubtful: NDArray[np.bool_],
    counts: Floats,
    plain: Callable[..., float],
    predicted: Floats,
    observed: Floats,
) -> Floats:
    """Fill in the resamples whose fast sums are mostly rounding with the plain measure."""
    for draw in np.flatnonzero(doubtful):
        picked = np.repeat(np.arange(len(predicted)), counts[draw].astype(np.intp))
        values[draw] = plain(predicted[picked], observed[picked])
    return values
