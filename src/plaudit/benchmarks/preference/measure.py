"""How good answers to battles are, on all of them and on many resamples of them at once.

An answer is a number above .5 where the first song is expected to win; for most it is a
probability. Five measures:

``auc``
    chance that a battle won by the first song was given a higher answer than one won by the second;
``accuracy``
    share of right sides; an answer of exactly .5 is half right. A tied battle is half right
    whatever was answered, or left out, as the settings say;
``f1``
    mean of the F1 of "the first wins" and of "the second wins": unlike the F1 of one side it does
    not change when the songs of all battles change places;
``brier``
    mean squared distance of the probability from what happened, .25 for always .5;
``ece``
    expected calibration error in ten bins of equal width.

All but accuracy are taken on decided battles. A resample draws prompts (or voters), and is told by
how often it holds each: the same resamples serve all answers, so differences are paired.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
MEASURES = ("auc", "accuracy", "f1", "brier", "ece")
BINS = 10
_BLOCK = 4_000_000  # counts held at a time


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked, and what really happened.

    Parameters
    ----------
    first_won : ndarray of float64, (n,)
        1 or 0; nan for a tie.
    cluster : ndarray of int, (n,)
        What each is resampled together with, numbered from 0 without gaps.
    """

    first_won: Floats
    cluster: Places

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    def pick(self, rows: Places) -> "Asked":
        """Return some of it, the clusters numbered anew."""
        _, cluster = np.unique(self.cluster[rows], return_inverse=True)
        return Asked(self.first_won[rows], np.asarray(cluster, np.intp))


def draw_counts(n_clusters: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each of some resamples holds each cluster, (draws, n_clusters)."""
    drawn = rng.integers(n_clusters, size=(draws, n_clusters))
    drawn += np.arange(draws)[:, None] * n_clusters
    counts = np.bincount(drawn.ravel(), minlength=draws * n_clusters)
    return counts.reshape(draws, n_clusters).astype(np.float64)


def measure(said: Floats, asked: Asked, *, probability: bool = True) -> Floats:
    """Return the five measures of answers.

    Parameters
    ----------
    said : ndarray of float64, (n,)
        Answers in [0, 1].
    asked : Asked
        What happened.
    probability : bool, default True
        Whether an answer is a probability; if not, Brier and ECE are nan.

    Returns
    -------
    ndarray of float64, (5,)
        In the order of `MEASURES`; nan where undefined.
    """
    once = np.ones((1, max(asked.n_clusters, 1)))
    return np.asarray(measure_resamples(said, asked, once, probability=probability)[0], np.float64)


def measure_resamples(
    said: Floats, asked: Asked, counts: Floats, *, probability: bool = True
) -> Floats:
    """Return the five measures of answers on each resample.

    Parameters
    ----------
    said : ndarray of float64, (n,)
        Answers in [0, 1].
    asked : Asked
        What happened.
    counts : ndarray of float64, (draws, n_clusters)
        From `draw_counts`.
    probability : bool, default True
        As for `measure`.

    Returns
    -------
    ndarray of float64, (draws, 5)
        In the order of `MEASURES`; nan where undefined.
    """
    decided = ~np.isnan(asked.first_won)
    found = np.full((len(counts), len(MEASURES)), np.nan)
    if not len(said):
        return found
    tied = np.bincount(asked.cluster[~decided], minlength=counts.shape[1]).astype(np.float64)
    order = np.flatnonzero(decided)
    order = order[np.argsort(said[order], kind="stable")]
    p, won, cluster = said[order], asked.first_won[order], asked.cluster[order]
    terms = _terms(p, won)
    starts = np.flatnonzero(np.r_[True, np.diff(p) > 0]) if len(p) else np.zeros(0, np.intp)
    for rows in _rows(len(counts), len(p)):
        weight = counts[rows][:, cluster]
        with np.errstate(invalid="ignore", divide="ignore"):
            found[rows, 0] = _auc(weight, won, starts)
            found[rows, 1:] = _rest(weight @ terms, counts[rows] @ tied)
    if not probability:
        found[:, 3:] = np.nan
    return found


def _rows(draws: int, n: int) -> Iterator[slice]:
    step = max(1, _BLOCK // max(n, 1))
    return (slice(start, min(start + step, draws)) for start in range(0, draws, step))


def bin_of(said: Floats) -> Places:
    """Return the bin of each answer, an edge in the lower one, as `plaudit.metrics.probability`."""
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], said)


def _terms(p: Floats, won: Floats) -> Floats:
    """Return what is summed over decided battles: ones, side, hits and so on, and the bins."""
    side = np.where(p > 0.5, 1.0, np.where(p < 0.5, 0.0, 0.5))
    place = bin_of(p)
    inside = np.zeros((len(p), BINS))
    inside[np.arange(len(p)), place] = p - won
    return np.column_stack([
        np.ones(len(p)), won, side, won * side, (1 - won) * (1 - side), np.square(p - won), inside
    ])  # fmt: skip


def _rest(sums: Floats, ties: Floats) -> Floats:
    """Return accuracy, F1, Brier and ECE from sums over the battles of each resample."""
    n, won, said, both, neither, squared = sums[:, :6].T
    accuracy = (both + neither + 0.5 * ties) / (n + ties)
    f1_first = 2 * both / (won + said)
    f1_second = 2 * neither / (2 * n - won - said)
    ece = np.abs(sums[:, 6:]).sum(axis=1) / n
    return np.column_stack([accuracy, (f1_first + f1_second) / 2, squared / n, ece])


def _auc(weight: Floats, won: Floats, starts: Places) -> Floats:
    """Return the area under the curve of each resample, answers in rising order, ties one half."""
    above = weight * won
    below = weight - above
    n_above, n_below = above.sum(axis=1), below.sum(axis=1)
    if len(starts) < weight.shape[1]:
        above = np.add.reduceat(above, starts, axis=1)
        below = np.add.reduceat(below, starts, axis=1)
    beaten = np.cumsum(below, axis=1) - 0.5 * below
    return np.asarray(np.einsum("ij,ij->i", above, beaten) / (n_above * n_below), np.float64)
