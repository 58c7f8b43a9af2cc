"""Measures of choices and probabilities over many resamples at once.

The fast twins of `plaudit.metrics.choice` and `plaudit.metrics.probability`, as those of
`plaudit.metrics.resample`, which takes them up.

``counts`` is (n_draws, n), how often a resample holds each battle, and each row sums to at least 1;
results are (n_draws,), what the plain twin gives on each resample, nan where that is undefined.
Whether the first won comes as 1 and 0, as `plaudit.metrics.bootstrap` hands it on.
"""

from collections.abc import Callable

import numpy as np

from plaudit.metrics import choice, probability
from plaudit.metrics.pair import Floats

BINS = 10  # the default of `plaudit.metrics.probability.ece`, which is all that a twin can know


def choice_accuracy(counts: Floats, margin: Floats, first_won: Floats) -> Floats:
    """Return `plaudit.metrics.choice.choice_accuracy` of each resample, ties as one half."""
    return _share(counts @ choice.credit(margin, first_won), counts.sum(axis=1))


def auc(counts: Floats, score: Floats, positive: Floats) -> Floats:
    """Return `plaudit.metrics.probability.auc` of each resample."""
    order = np.argsort(score, kind="stable")
    times, true = counts[:, order], choice.truths(positive)[order]
    starts = np.flatnonzero(np.diff(score[order], prepend=np.nan) != 0)
    yes = np.add.reduceat(times * true, starts, axis=1)
    no = np.add.reduceat(times * (1 - true), starts, axis=1)
    below = np.cumsum(no, axis=1) - no / 2
    return _share((yes * below).sum(axis=1), yes.sum(axis=1) * no.sum(axis=1))


def brier(counts: Floats, said: Floats, positive: Floats) -> Floats:
    """Return `plaudit.metrics.probability.brier` of each resample."""
    return _share(counts @ np.square(said - positive), counts.sum(axis=1))


def f1(counts: Floats, said_positive: Floats, positive: Floats) -> Floats:
    """Return `plaudit.metrics.probability.f1` of each resample."""
    both = counts @ (said_positive * positive)
    return _share(2 * both, counts @ (said_positive + positive))


def ece(counts: Floats, said: Floats, positive: Floats) -> Floats:
    """Return `plaudit.metrics.probability.ece` of each resample, with its ten bins."""
    place = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], said)
    off = np.zeros((len(said), BINS))
    off[np.arange(len(said)), place] = said - positive
    return _share(np.abs(counts @ off).sum(axis=1), counts.sum(axis=1))


TWINS: dict[Callable[..., float], Callable[..., Floats]] = {
    choice.choice_accuracy: choice_accuracy,
    probability.auc: auc,
    probability.brier: brier,
    probability.f1: f1,
    probability.ece: ece,
}
"""Plain measure to fast twin."""


def _share(above: Floats, below: Floats) -> Floats:
    nothing = np.full(len(below), np.nan)
    return np.asarray(np.divide(above, below, out=nothing, where=below > 0), np.float64)
