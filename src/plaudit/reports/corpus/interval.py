"""Intervals for shares and for the agreement of raters, by closed formulas."""

import math

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.share import Z95, wilson

__all__ = ["Z95", "agreement", "wilson"]


def agreement(panels: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return the intraclass correlation of raters: of one rater, and of the mean of a panel.

    ICC(1, 1) and ICC(1, k) of Shrout and Fleiss (1979), for panels drawn anew for each song: a
    rater's strictness counts as error, as it does for whoever uses the mean rating.

    Parameters
    ----------
    panels : ndarray of float64, (n_songs, k)
        Ratings, without gaps; at least two songs and two raters.

    Returns
    -------
    (float, float, float, float)
        ICC of one rater with its 95 % interval (low, high), and ICC of the mean of k. All are nan
        where every rating is the same.
    """
    from scipy.special import fdtri

    n, k = panels.shape
    between = k * float(np.var(panels.mean(axis=1), ddof=1))
    within = float(np.var(panels, axis=1, ddof=1).mean())
    if between == 0 and within == 0:
        return math.nan, math.nan, math.nan, math.nan
    one = (between - within) / (between + (k - 1) * within)
    if within == 0:
        return 1.0, 1.0, 1.0, 1.0
    ratio = between / within
    low = ratio / float(fdtri(n - 1, n * (k - 1), 0.975))
    high = ratio * float(fdtri(n * (k - 1), n - 1, 0.975))
    ends = [(edge - 1) / (edge + k - 1) for edge in (low, high)]
    return one, ends[0], ends[1], 1 - within / between if between > 0 else math.nan
