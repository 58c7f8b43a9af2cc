"""The interval of a share, of independent cases and of cases in clusters."""

import math

import numpy as np
from numpy.typing import ArrayLike

from plaudit.metrics.checked import Floats
from plaudit.metrics.interval import Estimate

Z95 = 1.959963984540054


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return the interval of a share after Wilson (1927), which stays inside [0, 1].

    Parameters
    ----------
    successes : float
        Number of successes; halves are allowed, where ties count for both sides.
    n : float
        Number of cases, above 0.
    z : float
        Quantile of the normal distribution; 95 % if left out.

    Returns
    -------
    (float, float)
        Low and high.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    share = successes / n
    middle = share + z**2 / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n * n))
    whole = 1 + z**2 / n
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def clustered_share(
    clusters: tuple[ArrayLike, ArrayLike],
    *crossed: tuple[ArrayLike, ArrayLike],
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the interval of a share of cases that come in clusters, such as votes of voters.

    It is Wilson's with the effective number of cases, ``N / deff``, and Student's t in place of the
    normal quantile. ``deff``, at least 1, is the variance of the share over clusters, as a ratio of
    sums, divided by that of independent cases. Where all cases agree it is unknown, and each
    cluster counts as one case.

    Parameters
    ----------
    clusters : (array_like, array_like), each (n_clusters,)
        Number of successes in each cluster, and its number of cases, above 0.
    *crossed : (array_like, array_like), optional
        The same cases by another kind of cluster, and by pairs of both kinds. The variance is then
        that over clusters of either kind, less that over pairs.
    confidence : float
        In (0, 1).

    Returns
    -------
    (float, float)
        Low and high; nan for fewer than two clusters of a kind, which show no spread.

    References
    ----------
    Dean and Pagano, Evaluating confidence interval methods for binomial proportions in clustered
    surveys, Journal of Survey Statistics and Methodology 3 (2015). Cameron, Gelbach and Miller,
    Robust inference with multiway clustering, Journal of Business and Economic Statistics 29
    (2011).
    """
    from scipy.special import stdtrit

    kinds = [
        (np.asarray(happened, np.float64), np.asarray(cases, np.float64))
        for happened, cases in (clusters, *crossed)
    ]
    fewest = min(len(cases) for _, cases in kinds)
    if fewest < 2:
        return math.nan, math.nan
    total = float(kinds[0][1].sum())
    share = float(kinds[0][0].sum()) / total
    effective = float(fewest)
    if 0 < share < 1:
        first, *others = [_variance(*kind, share) for kind in kinds]
        variance = first + others[0] - others[1] if others else first
        effective = total / max(variance / (share * (1 - share) / total), 1.0)
    t = float(stdtrit(fewest - 1, (1 + confidence) / 2))
    return wilson(share * effective, effective, t)


def _variance(happened: Floats, cases: Floats, share: float) -> float:
    """Return the variance of a share, from how clusters differ from it."""
    residual = happened - share * cases
    return len(cases) / (len(cases) - 1) * float(residual @ residual) / float(cases.sum()) ** 2


def share_of(
    values: ArrayLike, groups: ArrayLike | None = None, *, confidence: float = 0.95
) -> Estimate:
    """Return the mean of numbers in [0, 1], such as right (1), half right (.5) and wrong (0).

    Parameters
    ----------
    values : array_like, (n,)
        One number a case, in [0, 1].
    groups : array_like, (n,), optional
        Cluster of each case, text or numbers; each case is one by default.
    confidence : float
        In (0, 1).

    Returns
    -------
    Estimate
        The share with the interval of `clustered_share`, which no draws move; nan without cases.
    """
    known = np.asarray(values, np.float64)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    unit = np.arange(len(known))
    if groups is not None:
        _, unit = np.unique(np.asarray(groups), return_inverse=True)
    # In order of content, so that sums do not depend on the order of rows.
    order = np.lexsort((known, unit))
    sums, cases = np.bincount(unit[order], known[order]), np.bincount(unit).astype(np.float64)
    place = np.lexsort((cases, sums))
    low, high = clustered_share((sums[place], cases[place]), confidence=confidence)
    reason = "one group shows no spread" if math.isnan(low) else None
    return Estimate(float(np.sort(known).mean()), low, high, len(cases), reason=reason)
