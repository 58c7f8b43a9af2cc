"""Fast twins of `plaudit.metrics.pairwise` and `plaudit.metrics.probability` over many resamples.

Conventions as in `plaudit.metrics.resample`, which takes up `TWINS`: ``counts`` is (n_draws, n),
how often a resample holds each case, and each row sums to at least 1; results are (n_draws,), nan
where the measure is undefined. ``observed`` is 1 and 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from plaudit.metrics import pairwise, probability
from plaudit.metrics.checked import Floats
from plaudit.metrics.probability import BINS, bin_of


class BinaryMeasures(NamedTuple):
    """Five measures of probabilities, one value a resample, each (n_draws,).

    Accuracy is the share of predictions on the observed side of one half; a prediction of exactly
    one half is half right. The others are those of `plaudit.metrics.probability`.
    """

    auc: Floats
    accuracy: Floats
    macro_f1: Floats
    brier: Floats
    ece: Floats


def binary_measures(
    counts: Floats, predicted: Floats, observed: Floats, n_ties: Floats | None = None
) -> BinaryMeasures:
    """Return five measures of each resample at once, from one matrix product.

    Parameters
    ----------
    counts : ndarray of float64, (n_draws, n)
        How often each resample holds each case; a resample may be empty.
    predicted : ndarray of float64, (n,)
        Probabilities in [0, 1]; in rising order it is faster.
    observed : ndarray of float64, (n,)
        1 or 0.
    n_ties : ndarray of float64, (n_draws,), optional
        Cases of each resample that are neither true nor false; in accuracy each is half right.

    Returns
    -------
    BinaryMeasures
        Undefined values are nan.
    """
    sums = _sums(counts, predicted, observed)
    ties = np.zeros(len(counts)) if n_ties is None else n_ties
    n, n_observed, n_predicted, true_right, false_right = sums[:, :5].T
    f1_true = _share(2 * true_right, n_observed + n_predicted)
    f1_false = _share(2 * false_right, 2 * n - n_observed - n_predicted)
    return BinaryMeasures(
        _auc(counts, predicted, observed),
        _share(true_right + false_right + 0.5 * ties, n + ties),
        (f1_true + f1_false) / 2,
        _share(sums[:, 5], n),
        _share(np.abs(sums[:, 6:]).sum(axis=1), n),
    )


def _choice_accuracy(counts: Floats, margin: Floats, first_won: Floats) -> Floats:
    """Return `plaudit.metrics.pairwise.choice_accuracy` of each resample, ties as one half."""
    return _share(counts @ pairwise.credit(margin, first_won), counts.sum(axis=1))


def _auc(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    """Return `plaudit.metrics.probability.auc` of each resample."""
    if (np.diff(predicted) < 0).any():
        order = np.argsort(predicted, kind="stable")
        counts, predicted, observed = counts[:, order], predicted[order], observed[order]
    true = counts * observed
    false = counts - true
    n_true, n_false = true.sum(axis=1), false.sum(axis=1)
    starts = np.flatnonzero(np.diff(predicted, prepend=np.nan) != 0)
    if len(starts) < len(predicted):
        true = np.add.reduceat(true, starts, axis=1)
        false = np.add.reduceat(false, starts, axis=1)
    below = np.cumsum(false, axis=1) - false / 2
    return _share(np.einsum("dn,dn->d", true, below), n_true * n_false)


def _f1(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    """Return `plaudit.metrics.probability.f1` of each resample."""
    return _share(2 * (counts @ (predicted * observed)), counts @ (predicted + observed))


def _macro_f1(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    return binary_measures(counts, predicted, observed).macro_f1


def _brier(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    return binary_measures(counts, predicted, observed).brier


def _ece(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    return binary_measures(counts, predicted, observed).ece


TWINS: dict[Callable[..., float], Callable[..., Floats]] = {
    pairwise.choice_accuracy: _choice_accuracy,
    probability.auc: _auc,
    probability.brier: _brier,
    probability.f1: _f1,
    probability.macro_f1: _macro_f1,
    probability.ece: _ece,
}
"""Plain measure to fast twin; ece with its ten bins."""


def _sums(counts: Floats, predicted: Floats, observed: Floats) -> Floats:
    """Sum over each resample: cases, true, predicted true, right (2), squares, residuals by bin."""
    side = np.where(predicted == 0.5, 0.5, predicted > 0.5)
    residual = predicted - observed
    by_bin = np.zeros((len(predicted), BINS))
    by_bin[np.arange(len(predicted)), bin_of(predicted)] = residual
    terms = np.column_stack([
        np.ones(len(predicted)), observed, side, observed * side, (1 - observed) * (1 - side),
        np.square(residual), by_bin,
    ])  # fmt: skip
    return np.asarray(counts @ terms, np.float64)


def _share(above: Floats, below: Floats) -> Floats:
    nothing = np.full(len(below), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0), np.float64)
