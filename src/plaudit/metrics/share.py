"""The interval of a share, of independent cases and of cases in clusters."""

import math

import numpy as np
from numpy.typing import ArrayLike

Z95 = 1.959963984540054


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return the interval of a share after Wilson (1927), which stays inside [0, 1].

    Parameters
    ----------
    successes : float
        How often it happened; halves are allowed, where ties count for both sides.
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
    successes: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of a share of cases that come in clusters, such as votes of voters.

    It is Wilson's with the effective number of cases, ``N / deff``, and Student's t in place of the
    normal quantile. ``deff``, at least 1, is the variance of the share over clusters, as a ratio of
    sums, divided by that of independent cases. Where all cases agree it is unknown, and each
    cluster counts as one case.

    Parameters
    ----------
    successes, n : array_like, (n_clusters,)
        How often it happened in each cluster, and its number of cases, above 0.
    confidence : float
        In (0, 1).

    Returns
    -------
    (float, float)
        Low and high; nan for fewer than two clusters, which show no spread.

    References
    ----------
    Dean and Pagano, Evaluating confidence interval methods for binomial proportions in clustered
    surveys, Journal of Survey Statistics and Methodology 3 (2015).
    """
    from scipy.special import stdtrit

    happened, cases = np.asarray(successes, np.float64), np.asarray(n, np.float64)
    clusters, total = len(cases), float(cases.sum())
    if clusters < 2:
        return math.nan, math.nan
    share = float(happened.sum()) / total
    effective = float(clusters)
    if 0 < share < 1:
        residual = happened - share * cases
        variance = clusters / (clusters - 1) * float(residual @ residual) / total**2
        effective = total / max(variance / (share * (1 - share) / total), 1.0)
    t = float(stdtrit(clusters - 1, (1 + confidence) / 2))
    return wilson(share * effective, effective, t)
