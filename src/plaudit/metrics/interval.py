"""Intervals of a measure from its resamples, and of a median from the numbers themselves."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.checked import Floats

LEAST_UNITS = 8
"""Effective number of units below which a measure has no interval, by default."""
SAME = "it has one value in all resamples, so its uncertainty cannot be seen"


@dataclass(frozen=True)
class Estimate:
    """A measure with its interval."""

    value: float  #: The measure on all songs; nan where it is undefined.
    low: float  #: Ends of the interval; nan where there is none.
    high: float
    n: int  #: Units that were resampled: songs, or groups.
    #: Share of resamples for which the measure is undefined; the interval leaves them out.
    undefined: float = 0.0
    reason: str | None = None  #: Why there is no interval, where there is a value.


def estimate_of(
    value: float,
    draws: Floats,
    sizes: Floats,
    confidence: float = 0.95,
    *,
    least: int = LEAST_UNITS,
) -> Estimate:
    """Return a measure with the interval of its resamples, made elsewhere.

    Parameters
    ----------
    value : float
        The measure on all songs.
    draws : ndarray of float64, (draws,)
        The measure on each resample; nan where it is undefined.
    sizes : ndarray of float64, (n_units,)
        Songs (or battles) of each unit that was resampled.
    confidence : float, default 0.95
        Share of the resamples inside the interval.
    least : int, default `LEAST_UNITS`
        Effective number of units below which there is no interval.

    Returns
    -------
    Estimate
        With the interval of `percentile_interval`, or the reason why there is none.
    """
    none = refused(value, sizes, least)
    if none is not None:
        return none
    undefined = float(np.isnan(draws).mean())
    low, high = percentile_interval(draws, confidence, units=effective_units(sizes))
    reason = None
    if math.isnan(low):
        reason = "it is undefined in more than half of the resamples"
    elif np.nanmin(draws) == np.nanmax(draws):
        low = high = math.nan
        reason = SAME
    return Estimate(value, low, high, len(sizes), undefined, reason)


def percentile_interval(
    values: Floats, confidence: float = 0.95, *, units: float = math.inf
) -> tuple[float, float]:
    """Return the interval of percentiles of a measure over resamples.

    Parameters
    ----------
    values : ndarray of float64, (draws,)
        The measure on each resample; nan where it is undefined, which the interval leaves out.
    confidence : float, default 0.95
        Share of the resamples inside the interval, were there many units.
    units : float, default inf
        Units that were resampled, more than 1, in effective number. Percentiles of few are too
        close by ``sqrt(1 - 1 / units)`` and by the normal quantile where Student's t is due; the
        interval is widened for both.

    Returns
    -------
    (float, float)
        Low and high; nan where the measure is undefined for more than half of the resamples.

    References
    ----------
    Hesterberg, What teachers should know about the bootstrap, The American Statistician 69 (2015),
    "expanded percentile interval".
    """
    known = values[~np.isnan(values)]
    if not len(known) or 2 * len(known) < len(values):
        return math.nan, math.nan
    tail = (1 - confidence) / 2
    if math.isfinite(units):
        from scipy.special import ndtr, stdtrit

        tail = float(ndtr(stdtrit(units - 1, tail) * math.sqrt(units / (units - 1))))
    low, high = (float(end) for end in np.quantile(known, [tail, 1 - tail]))
    return low, high


def effective_units(sizes: Floats) -> float:
    """Return the effective number of units of some sizes, (n_units,): fewer where one is large."""
    return float(sizes.sum() ** 2 / (sizes @ sizes)) if len(sizes) else 0.0


def refused(value: float, sizes: Floats, least: int) -> Estimate | None:
    """Return the measure where it has no interval, because it is undefined or of too few units."""
    if math.isnan(value):
        return Estimate(value, math.nan, math.nan, len(sizes))
    effective = effective_units(sizes)
    if effective >= least - 1e-9:
        return None
    count = f"{len(sizes)}" if len(sizes) < least else f"{effective:.1f} in effective number"
    reason = f"an interval needs {least} songs or groups, and there are {count}"
    return Estimate(value, math.nan, math.nan, len(sizes), reason=reason)


def median_of(values: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Return the median of independent numbers with the interval between two of them.

    The interval goes from the k-th smallest to the k-th largest number, with the largest k for
    which fewer than k of n coins come up heads with a chance of at most half of what is left out.
    It holds for every distribution, ties included.

    Parameters
    ----------
    values : array_like, (n,)
        The numbers.
    confidence : float
        In (0, 1).

    Returns
    -------
    Estimate
        Undefined (nan) without numbers; no interval of fewer than 6 at 95 %, as none holds.

    References
    ----------
    Conover, Practical nonparametric statistics (1999), confidence interval for a quantile.
    """
    from scipy.special import bdtr

    known = np.sort(np.asarray(values, np.float64))
    n = len(known)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0)
    k = int(np.count_nonzero(bdtr(np.arange(n), n, 0.5) <= (1 - confidence) / 2))
    value = float(np.median(known))
    if not k:
        reason = f"{n} of them are too few for an interval of {100 * confidence:g} %"
        return Estimate(value, math.nan, math.nan, n, reason=reason)
    return Estimate(value, float(known[k - 1]), float(known[n - k]), n)
