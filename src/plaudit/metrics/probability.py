"""Measures of binary predictions: AUC, Brier, log loss, calibration error, F1, abstention.

Conventions: ``predicted`` is (n,), a probability in [0, 1] or, where a function says so, any finite
score, higher for true; ``observed`` is (n,), true or false (1 or 0). The order of cases never
matters. Undefined is nan, and each function says where.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats, pair
from plaudit.metrics.correlation import ranks
from plaudit.metrics.pairwise import truths

BINS = 10


class ProbabilityBin(NamedTuple):
    """Predictions of about the same probability."""

    #: Ends; the bin holds what is above ``low`` and at most ``high`` (the first bin also 0).
    low: float
    high: float
    n: int  #: Predictions in it, 1 or more.
    predicted: float  #: Their mean probability.
    observed: float  #: Share of them that are true.


def auc(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the chance that a random true case scores above a random false one, ties one half.

    The area under the ROC curve, which is the statistic of Mann and Whitney (1947).

    Parameters
    ----------
    predicted : array_like, (n,)
        Finite scores; only their order counts.
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.

    Returns
    -------
    float
        In [0, 1], 0.5 for a constant; nan where all cases are true or none is.

    Examples
    --------
    >>> auc([0.1, 0.4, 0.4, 0.9], [False, False, True, True])
    0.875
    """
    x, y = pair(predicted, truths(observed))
    n = float(y.sum())
    if n in (0, len(y)):
        return math.nan
    return float((ranks(x)[y == 1].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


def brier(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean squared error of probabilities (Brier, 1950).

    Parameters
    ----------
    predicted : array_like, (n,)
        Probabilities in [0, 1].
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.

    Returns
    -------
    float
        In [0, 1], lower is better; 0.25 for a constant one half; nan for no cases.

    Examples
    --------
    >>> brier([0.5, 1.0], [True, True])
    0.125
    """
    p, y = _probabilities(predicted, observed)
    return float(np.square(p - y).mean()) if len(p) else math.nan


def log_loss(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean of minus the logarithm of the probability of the observed outcome.

    Parameters
    ----------
    predicted : array_like, (n,)
        Probabilities in [0, 1].
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.

    Returns
    -------
    float
        In nats, 0 or above, lower is better; ln 2 for a constant one half. Infinite where an
        outcome of probability 0 was observed: nothing is clipped. nan for no cases.

    Examples
    --------
    >>> round(log_loss([0.5, 1.0], [True, True]), 4)
    0.3466
    """
    p, y = _probabilities(predicted, observed)
    chance = np.where(y == 1, p, 1 - p)
    if not len(chance):
        return math.nan
    if (chance == 0).any():
        return math.inf
    return max(float(-np.log(chance).mean()), 0.0)


def f1(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the F1 of true: the harmonic mean of precision and recall.

    Parameters
    ----------
    predicted : array_like of bool, (n,)
        Predicted outcomes.
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.

    Returns
    -------
    float
        2 TP / (2 TP + FP + FN), in [0, 1]; nan where nothing is true, observed or predicted. It is
        not symmetric in true and false: for pairs of songs it depends on which one is called
        first; `macro_f1` does not.

    Examples
    --------
    >>> f1([True, True, False], [True, False, False])
    0.6666666666666666
    """
    x, y = pair(truths(predicted), truths(observed))
    n_true = float(x.sum() + y.sum())
    return 2 * float(x @ y) / n_true if n_true else math.nan


def macro_f1(predicted: ArrayLike, observed: ArrayLike) -> float:
    """Return the mean of the F1 of true and the F1 of false.

    Parameters
    ----------
    predicted : array_like, (n,)
        Probabilities in [0, 1]: above one half predicts true, below it false, and one half
        predicts each by one half.
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.

    Returns
    -------
    float
        In [0, 1]; for pairs of songs it does not change when all pairs change sides. nan where one
        of the two is undefined.

    Examples
    --------
    >>> macro_f1([0.9, 0.8, 0.2, 0.5], [True, False, False, True])
    0.6190476190476191
    """
    p, y = _probabilities(predicted, observed)
    side = np.where(p == 0.5, 0.5, p > 0.5)
    n_true, n_false = float((y + side).sum()), float((2 - y - side).sum())
    if not n_true or not n_false:
        return math.nan
    return (2 * float(y @ side) / n_true + 2 * float((1 - y) @ (1 - side)) / n_false) / 2


def bin_of(predicted: Floats, bins: int = BINS) -> NDArray[np.intp]:
    """Return the number of each probability's bin of equal width, (n,); an edge is in the lower."""
    return np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], predicted)


def reliability_bins(
    predicted: ArrayLike, observed: ArrayLike, bins: int = BINS
) -> tuple[ProbabilityBin, ...]:
    """Return mean predictions and the observed share of true, in bins of equal width.

    Parameters
    ----------
    predicted : array_like, (n,)
        Probabilities in [0, 1].
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.
    bins : int, default 10
        Number of bins of [0, 1], 1 or more.

    Returns
    -------
    tuple of ProbabilityBin
        From low to high; empty bins are left out.

    Raises
    ------
    InputError
        No bins, or a probability outside [0, 1].

    Examples
    --------
    >>> [tuple(b) for b in reliability_bins([0.2, 0.3, 0.9], [False, True, True], 2)]
    [(0.0, 0.5, 2, 0.25, 0.5), (0.5, 1.0, 1, 0.9, 1.0)]
    """
    if bins < 1:
        raise InputError(f"Expected at least one bin, got {bins}.")
    p, y = _probabilities(predicted, observed)
    edges, place = np.linspace(0, 1, bins + 1), bin_of(p, bins)
    return tuple(
        ProbabilityBin(
            float(edges[k]),
            float(edges[k + 1]),
            int(own.sum()),
            float(p[own].mean()),
            float(y[own].mean()),
        )
        for k in np.unique(place)
        for own in (place == k,)
    )


def ece(predicted: ArrayLike, observed: ArrayLike, bins: int = BINS) -> float:
    """Return the expected calibration error of probabilities.

    Parameters
    ----------
    predicted : array_like, (n,)
        Probabilities in [0, 1].
    observed : array_like of bool, (n,)
        Observed outcomes, in the same order.
    bins : int, default 10
        Bins of equal width.

    Returns
    -------
    float
        Mean over cases of abs(mean predicted - share observed) of their bin, in [0, 1], lower is
        better; nan for no cases. With few cases a bin it is above 0 even for calibrated
        probabilities.

    Examples
    --------
    >>> ece([0.2, 0.3, 0.9, 0.9], [False, True, True, True], 2)
    0.175
    """
    filled = reliability_bins(predicted, observed, bins)
    n = sum(b.n for b in filled)
    return sum(b.n * abs(b.predicted - b.observed) for b in filled) / n if n else math.nan


def abstention_curve(confidence: ArrayLike, credit: ArrayLike) -> tuple[Floats, Floats]:
    """Return the accuracy of a judge on its most confident cases, by the share that it keeps.

    Parameters
    ----------
    confidence : array_like, (n,)
        Finite, higher is surer, such as the absolute margin.
    credit : array_like, (n,)
        Credit of each choice, such as from `plaudit.metrics.pairwise.credit`; battles with nan
        (dropped ties) are left out.

    Returns
    -------
    (ndarray of float64, ndarray of float64), both (m,)
        Coverage k / m for k = 1 ... m, and the mean credit of the k most confident cases. Cases of
        equal confidence each count with their mean credit, so their order does not matter. Both
        are empty for no cases.

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


def _probabilities(predicted: ArrayLike, observed: ArrayLike) -> tuple[Floats, Floats]:
    p, y = pair(predicted, truths(observed))
    outside = p[(p < 0) | (p > 1)]
    if len(outside):
        raise InputError(
            f"Expected probabilities in 0 to 1, got {outside[0]:g} in {len(outside)} of {len(p)}"
            " places; give auc() scores on another scale."
        )
    return p, y
