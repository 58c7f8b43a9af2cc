"""Five measures of predicted battles, on all battles and on many resamples of them.

A prediction is a number above .5 where the first song is expected to win; for most predictors it is
a probability. The measures are those of `plaudit.metrics.probability`:

``auc``
    of the prediction against whether the first song won;
``accuracy``
    share of battles on the right side of .5; a prediction of exactly .5 is half right. A tied
    battle is half right whatever is predicted, or left out, by the settings;
``f1``
    macro F1, the mean of the F1 of "the first wins" and of "the second wins";
``brier``
    mean squared error of the probability, .25 for a constant .5;
``ece``
    expected calibration error in ten bins of equal width.

All but accuracy are taken on decided battles. A resample draws prompts (or voters). All predictors
are measured on the same resamples, so their differences are paired.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.resample_pairwise import binary_measures

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
MEASURES = ("auc", "accuracy", "f1", "brier", "ece")
SHARES = ("auc", "accuracy", "f1")  # 1 where all is right
_BLOCK = 4_000_000  # counts held at a time


@dataclass(frozen=True, eq=False)
class Observed:
    """Observed outcomes of battles."""

    first_won: Floats  #: 1 or 0, (n,); nan for a tie.
    #: Cluster that each battle is resampled with, (n,), numbered from 0 without gaps.
    cluster: Places

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    @property
    def sizes(self) -> Floats:
        """Battles of each cluster, (n_clusters,)."""
        return np.bincount(self.cluster, minlength=self.n_clusters).astype(np.float64)

    def pick(self, rows: Places) -> "Observed":
        """Return some of the battles, with the clusters numbered anew."""
        _, cluster = np.unique(self.cluster[rows], return_inverse=True)
        return Observed(self.first_won[rows], np.asarray(cluster, np.intp))


def measure(predicted: Floats, observed: Observed, *, probability: bool = True) -> Floats:
    """Return the five measures of predictions (n,), in the order of `MEASURES`, (5,).

    Undefined measures are nan, and so are Brier and ECE where a prediction is no ``probability``.
    """
    once = np.ones((1, max(observed.n_clusters, 1)))
    return np.asarray(
        measure_resamples(predicted, observed, once, probability=probability)[0], np.float64
    )


def measure_resamples(
    predicted: Floats, observed: Observed, counts: Floats, *, probability: bool = True
) -> Floats:
    """Return the five measures of predictions (n,) on each resample, (draws, 5).

    ``counts`` (draws, n_clusters) are from `plaudit.metrics.bootstrap.resample_counts`; the rest is
    as for `measure`.
    """
    values = np.full((len(counts), len(MEASURES)), np.nan)
    if not len(predicted):
        return values
    decided = ~np.isnan(observed.first_won)
    tied = np.bincount(observed.cluster[~decided], minlength=counts.shape[1]).astype(np.float64)
    order = np.flatnonzero(decided)
    order = order[np.argsort(predicted[order], kind="stable")]
    p, won, cluster = predicted[order], observed.first_won[order], observed.cluster[order]
    for rows in _blocks(len(counts), len(p)):
        measures = binary_measures(counts[rows][:, cluster], p, won, counts[rows] @ tied)
        values[rows] = np.column_stack(measures)
    if not probability:
        values[:, 3:] = np.nan
    return values


def _blocks(draws: int, n: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(n, 1))
    return (slice(start, min(start + step, draws)) for start in range(0, draws, step))
