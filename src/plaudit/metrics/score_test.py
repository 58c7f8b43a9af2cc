"""Score test of added features in a logistic regression, robust to clusters.

The null hypothesis: given the features ``known``, the features ``added`` say nothing of the
outcome. With p the chances of a logistic regression on ``known`` alone (no intercept, so that
turning a battle changes nothing), W = diag(p (1 - p)) and ``added`` made orthogonal to ``known``
in W, the score of cluster c is ``U_c = sum over c of added_i (outcome_i - p_i)``. Under the null
hypothesis the mean of U over clusters is 0, which Hotelling's T squared tests: for G clusters and
k features of full rank, ``T2 (G - k) / (k (G - 1))`` is F(k, G - k) distributed.

Why not the gain of a fitted model under cross-validation: where the features say nothing, models of
all folds lean the same way by chance, and so the gain scatters by about sqrt(2) more than any
resample of the test battles shows. Nothing is predicted here, so the level holds; and where there
is something to find, little is lost.

Source: the score test with a cluster-robust covariance, as in Boos, On generalized score tests,
The American Statistician 46 (1992).
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_RIDGE = 1.0  # on standardised features: finite where they separate the outcomes
_ROUNDS, _STEP = 50, 1e-10
_RANK = 1e-9  # of the largest eigenvalue: below it a direction is none


def score_test(added: Floats, known: Floats, outcome: Floats, cluster: NDArray[np.intp]) -> float:
    """Return the p-value, in [0, 1], of the hypothesis that added features predict nothing more.

    Parameters
    ----------
    added, known : ndarray of float64, (n, k) and (n, q)
        Features of each battle: those of its first song minus those of its second. A constant
        column is no special case; ``known`` may have no column.
    outcome : ndarray of float64, (n,)
        1 or 0; nan where a battle was not decided, which leaves it out.
    cluster : ndarray of int, (n,)
        Cluster of each battle; clusters are independent.

    Returns
    -------
    float
        P-value; nan where the clusters are not more than the added features, or these are all 0.
    """
    from scipy.special import fdtrc

    decided = ~np.isnan(outcome)
    x, z, won = _scaled(added[decided]), _scaled(known[decided]), outcome[decided]
    p = _chances(z, won)
    weighted = z * (p * (1 - p))[:, None]
    curvature = weighted.T @ z + _RIDGE * np.eye(z.shape[1])
    x = x - z @ np.linalg.solve(curvature, weighted.T @ x)
    _, place = np.unique(cluster[decided], return_inverse=True)
    groups = int(place.max()) + 1 if len(place) else 0
    if groups <= x.shape[1] or x.shape[1] == 0:
        return math.nan
    scores = np.zeros((groups, x.shape[1]))
    np.add.at(scores, place, x * (won - p)[:, None])
    mean, spread = scores.mean(axis=0), np.atleast_2d(np.cov(scores.T))
    values, vectors = np.linalg.eigh(spread)
    kept = values > _RANK * max(float(values.max(initial=0.0)), 1e-300)
    k = int(kept.sum())
    if k == 0:
        return math.nan
    # Fitting the known features took as many degrees of freedom from the residuals.
    left = max(1, len(won) - z.shape[1]) / len(won)
    t2 = left * groups * float(np.sum((mean @ vectors[:, kept]) ** 2 / values[kept]))
    return float(fdtrc(k, groups - k, t2 * (groups - k) / (k * (groups - 1))))


def _scaled(features: Floats) -> Floats:
    """Return features with a root mean square of 1, without those that are 0 everywhere."""
    size = np.sqrt((features**2).mean(axis=0)) if len(features) else np.zeros(features.shape[1])
    return np.asarray(features[:, size > 0] / size[size > 0], np.float64)


def _chances(z: Floats, won: Floats) -> Floats:
    """Return the chances of a logistic regression without intercept, by Newton's method."""
    weights = np.zeros(z.shape[1])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        gradient = z.T @ (won - p) - _RIDGE * weights
        curvature = (z * (p * (1 - p))[:, None]).T @ z + _RIDGE * np.eye(z.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step
        if np.abs(step).max(initial=0.0) < _STEP:
            break
    return np.asarray(1 / (1 + np.exp(-np.clip(z @ weights, -30, 30))), np.float64)
