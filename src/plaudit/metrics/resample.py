"""The measures over many resamples of the same songs at once: the fast twins of the plain ones.

A resample is told by how often it holds each song. Sums over songs then become matrix products,
and ranks come from one sort of the songs, so that a thousand resamples of 10,000 songs take about
half a second. ``counts`` is (n_draws, n), whole numbers as float64, of which each row sums to at
least 1; results are (n_draws,). Each function gives what its twin gives on each resample, nan where
that is undefined; tests hold them together.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics import correlation, coverage, error
from plaudit.metrics.pair import Floats
from plaudit.metrics.resample_choice import TWINS

# A spread this small beside the values may be rounding alone: such resamples ask the plain twin.
_TINY = 1e-9


def mse(counts: Floats, said: Floats, true: Floats) -> Floats:
    """Return `plaudit.metrics.error.mse` of each resample."""
    return _mean(counts, np.square(said - true))


def mae(counts: Floats, said: Floats, true: Floats) -> Floats:
    """Return `plaudit.metrics.error.mae` of each resample."""
    return _mean(counts, np.abs(said - true))


def inside(counts: Floats, low: Floats, high: Floats, true: Floats) -> Floats:
    """Return `plaudit.metrics.coverage.coverage` of each resample."""
    return _mean(counts, ((low <= true) & (true <= high)).astype(np.float64))


def pearson(counts: Floats, said: Floats, true: Floats) -> Floats:
    """Return `plaudit.metrics.correlation.pearson` of each resample."""
    if _constant(said) or _constant(true):
        return np.full(len(counts), np.nan)
    x, y = _standard(said), _standard(true)
    n = counts.sum(axis=1)
    sums = counts @ np.stack([x, y, x * x, y * y, x * y], axis=1)
    x_mean, y_mean = sums[:, 0] / n, sums[:, 1] / n
    xx = sums[:, 2] / n - x_mean * x_mean
    yy = sums[:, 3] / n - y_mean * y_mean
    xy = sums[:, 4] / n - x_mean * y_mean
    doubtful = (xx <= _TINY * (1 + x_mean**2)) | (yy <= _TINY * (1 + y_mean**2))
    found = np.full(len(counts), np.nan)
    good = ~doubtful
    found[good] = np.clip(xy[good] / np.sqrt(xx[good] * yy[good]), -1.0, 1.0)
    return _settled(found, doubtful, counts, correlation.pearson, said, true)


def spearman(counts: Floats, said: Floats, true: Floats) -> Floats:
    """Return `plaudit.metrics.correlation.spearman` of each resample."""
    if _constant(said) or _constant(true):
        return np.full(len(counts), np.nan)
    n = counts.sum(axis=1, keepdims=True)
    # A rank between 0 and 1 about its mean: the rank's mean is (n + 1) / 2 whatever the ties.
    x = (_weighted_ranks(counts, said) - (n + 1) / 2) / n
    y = (_weighted_ranks(counts, true) - (n + 1) / 2) / n
    weighted = counts * x
    xx, xy = np.einsum("dn,dn->d", weighted, x), np.einsum("dn,dn->d", weighted, y)
    yy = np.einsum("dn,dn,dn->d", counts, y, y)
    # A single song of another value gives at least about 1 / n here, far above rounding.
    doubtful = (xx <= _TINY) | (yy <= _TINY)
    found = np.full(len(counts), np.nan)
    good = ~doubtful
    found[good] = np.clip(xy[good] / np.sqrt(xx[good] * yy[good]), -1.0, 1.0)
    return _settled(found, doubtful, counts, correlation.spearman, said, true)


Fast = Callable[..., Floats]
FAST: dict[Callable[..., float], Fast] = {
    error.mse: mse,
    error.mae: mae,
    correlation.pearson: pearson,
    correlation.spearman: spearman,
    coverage.coverage: inside,
    **TWINS,
}
"""Plain measure to fast twin."""


def _mean(counts: Floats, values: Floats) -> Floats:
    return np.asarray(counts @ values / counts.sum(axis=1), np.float64)


def _constant(values: Floats) -> bool:
    return not len(values) or float(np.ptp(values)) == 0


def _standard(values: Floats) -> Floats:
    """Return values with mean 0 and deviation 1, which a correlation does not notice."""
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
    found: Floats,
    doubtful: NDArray[np.bool_],
    counts: Floats,
    plain: Callable[..., float],
    said: Floats,
    true: Floats,
) -> Floats:
    """Let the plain twin decide about the resamples that the fast sums cannot tell."""
    for draw in np.flatnonzero(doubtful):
        picked = np.repeat(np.arange(len(said)), counts[draw].astype(np.intp))
        found[draw] = plain(said[picked], true[picked])
    return found
