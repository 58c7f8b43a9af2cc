"""Predictions of yes or no: order (AUC), honesty of probabilities (Brier, ECE), F1, abstention.

Conventions: ``positive`` is (n,), true or false (1 or 0); ``probability`` is (n,) in [0, 1], of
true; ``score`` is (n,), finite, higher for true. All are in one order, and order never matters.
Undefined is nan, and each function says where.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.choice import truths
from plaudit.metrics.correlation import ranks
from plaudit.metrics.pair import Floats, pair


class Bin(NamedTuple):
    """Predictions of about the same probability.

    Parameters
    ----------
    low, high : float
        Ends; the bin holds what is above ``low`` and at most ``high`` (the first bin also 0).
    n : int
        Predictions in it, 1 or more.
    said : float
        Their mean probability.
    true : float
        Share of them that came true.
    """

    low: float
    high: float
    n: int
    said: float
    true: float


def auc(score: ArrayLike, positive: ArrayLike) -> float:
    """Return the chance that a random true case scores above a random false one, ties one half.

    The area under the ROC curve, which is the statistic of Mann and Whitney (1947).

    Parameters
    ----------
    score : array_like, (n,)
        Finite; only its order counts.
    positive : array_like of bool, (n,)
        What is so.

    Returns
    -------
    float
        In [0, 1], 0.5 for a constant; nan where all cases are true or none is.

    Examples
    --------
    >>> auc([0.1, 0.4, 0.4, 0.9], [False, False, True, True])
    0.875
    """
    x, y = pair(score, truths(positive))
    n = float(y.sum())
    if n in (0, len(y)):
        return math.nan
    return float((ranks(x)[y == 1].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def brier(probability: ArrayLike, positive: ArrayLike) -> float:
    """Return the mean squared error of probabilities (Brier, 1950).

    Parameters
    ----------
    probability : array_like, (n,)
        In [0, 1].
    positive : array_like of bool, (n,)
        What is so.

    Returns
    -------
    float
        In [0, 1], lower is better; 0.25 for whoever always says one half; nan for no cases.

    Examples
    --------
    >>> brier([0.5, 1.0], [True, True])
    0.125
    """
    p, y = _probabilities(probability, positive)
    return float(np.square(p - y).mean()) if len(p) else math.nan


def log_loss(probability: ArrayLike, positive: ArrayLike) -> float:
    """Return the mean of minus the logarithm of the probability given to what came.

    Parameters
    ----------
    probability : array_like, (n,)
        In [0, 1].
    positive : array_like of bool, (n,)
        What is so.

    Returns
    -------
    float
        In nats, 0 or above, lower is better; ln 2 for whoever always says one half. Infinite where
        something came that was called impossible: nothing is clipped. nan for no cases.

    Examples
    --------
    >>> round(log_loss([0.5, 1.0], [True, True]), 4)
    0.3466
    """
    p, y = _probabilities(probability, positive)
    given = np.where(y == 1, p, 1 - p)
    if not len(given):
        return math.nan
    if (given == 0).any():
        return math.inf
    return max(float(-np.log(given).mean()), 0.0)


def f1(said_positive: ArrayLike, positive: ArrayLike) -> float:
    """Return the F1 of yes and no: the harmonic mean of precision and recall.

    Parameters
    ----------
    said_positive : array_like of bool, (n,)
        What a judge said.
    positive : array_like of bool, (n,)
        What is so.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN), in [0, 1]; nan where nothing is true and nothing was said to be. It
        is not symmetric in yes and no: for pairs of songs it depends on which one is called first.

    Examples
    --------
    >>> f1([True, True, False], [True, False, False])
    0.6666666666666666
    """
    found, wanted = pair(truths(said_positive), truths(positive))
    either = float(found.sum() + wanted.sum())
    return 2 * float(found @ wanted) / either if either else math.nan


def reliability_bins(
    probability: ArrayLike, positive: ArrayLike, bins: int = 10
) -> tuple[Bin, ...]:
    """Return what was said and what came true, in bins of equal width.

    Parameters
    ----------
    probability : array_like, (n,)
        In [0, 1].
    positive : array_like of bool, (n,)
        What is so.
    bins : int, default 10
        How many parts [0, 1] is cut into, 1 or more.

    Returns
    -------
    tuple of Bin
        From low to high; empty bins are left out.

    Raises
    ------
    InputError
        No bins, or a probability outside [0, 1].

    Examples
    --------
    >>> [tuple(one) for one in reliability_bins([0.2, 0.3, 0.9], [False, True, True], 2)]
    [(0.0, 0.5, 2, 0.25, 0.5), (0.5, 1.0, 1, 0.9, 1.0)]
    """
    if bins < 1:
        raise InputError(f"Expected at least one bin, got {bins}.")
    p, y = _probabilities(probability, positive)
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], p)
    n = np.bincount(place, minlength=bins)
    said, true = np.bincount(place, p, bins), np.bincount(place, y, bins)
    return tuple(
        Bin(
            float(edges[k]),
            float(edges[k + 1]),
            int(n[k]),
            float(said[k] / n[k]),
            float(true[k] / n[k]),
        )
        for k in np.flatnonzero(n)
    )


def ece(probability: ArrayLike, positive: ArrayLike, bins: int = 10) -> float:
    """Return the expected calibration error: how far probabilities are from what comes true.

    Parameters
    ----------
    probability : array_like, (n,)
        In [0, 1].
    positive : array_like of bool, (n,)
        What is so.
    bins : int, default 10
        Bins of equal width.

    Returns
    -------
    float
        Mean over cases of abs(mean said - share true) of their bin, in [0, 1], lower is better; nan
        for no cases. With few cases a bin it is above 0 even for honest probabilities.

    Examples
    --------
    >>> ece([0.2, 0.3, 0.9, 0.9], [False, True, True, True], 2)
    0.175
    """
    found = reliability_bins(probability, positive, bins)
    n = sum(one.n for one in found)
    return float(sum(one.n * abs(one.said - one.true) for one in found) / n) if n else math.nan


def abstention_curve(confidence: ArrayLike, credit: ArrayLike) -> tuple[Floats, Floats]:
    """Return how right a judge is on what it is surest of: accuracy by share answered.

    Parameters
    ----------
    confidence : array_like, (n,)
        Finite, higher is surer, such as the absolute margin.
    credit : array_like, (n,)
        What each answer is worth, such as `plaudit.metrics.choice.credit`; battles of which it is
        nan (dropped ties) are left out.

    Returns
    -------
    (ndarray of float64, ndarray of float64), both (m,)
        Coverage k / m for k = 1 ... m, and the mean credit of the k surest. Where cases are equally
        sure it is the mean over all orders of them, so the order given does not matter. Both are
        empty for no cases.

    Examples
    --------
    >>> coverage, accuracy = abstention_curve([0.9, 0.1, 0.5, 0.5], [1, 0, 1, 0])
    >>> accuracy.tolist()
    [1.0, 0.75, 0.6666666666666666, 0.5]
    """
    gain = np.asarray(credit, np.float64)
    sure = np.asarray(confidence, np.float64)
    if sure.shape == gain.shape:
        sure, gain = sure[~np.isnan(gain)], gain[~np.isnan(gain)]
    sure, gain = pair(sure, gain)
    _, block = np.unique(-sure, return_inverse=True)
    order = np.argsort(block, kind="stable")
    mean = np.bincount(block, gain) / np.bincount(block) if len(gain) else gain
    upto = np.arange(1, len(gain) + 1)
    return upto / max(len(gain), 1), np.cumsum(mean[block[order]]) / upto


def _probabilities(probability: ArrayLike, positive: ArrayLike) -> tuple[Floats, Floats]:
    p, y = pair(probability, truths(positive))
    outside = p[(p < 0) | (p > 1)]
    if len(outside):
        raise InputError(
            f"Expected probabilities in 0 to 1, got {outside[0]:g} in {len(outside)} of {len(p)}"
            " places; give auc() scores on another scale."
        )
    return p, y
