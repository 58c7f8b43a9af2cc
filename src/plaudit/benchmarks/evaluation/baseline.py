"""Baselines of a judge: the training mean, the mean of the system, and two ridges.

Baselines learn from the training songs of the manifest and predict the songs that the judge is
measured on. Without input for a song a baseline predicts the training mean, and counts it, so that
all are measured on the same songs.

Everywhere ``observed`` (n_songs, n_axes) are labels, nan where unknown, and ``train`` (n_songs,)
marks the training songs.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.record import BaselineName, BaselineSummary
from plaudit.benchmarks.evaluation.ridge import fit_ridge

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
LEAST = 20  # labelled training songs below which an axis has no baseline
_LEAST_OF_SYSTEM = 3  # labelled training songs below which a system has no mean of its own


@dataclass(frozen=True, eq=False)
class BaselineScores:
    """Scores of a baseline."""

    summary: BaselineSummary  #: Name and training songs.
    #: Scores, (n_songs, n_axes); nan on axes without enough labelled training songs.
    values: Floats
    fallback: Mask  #: True where the score is the training mean because input is missing.


def constant(observed: Floats, train: Mask) -> BaselineScores:
    """Predict the training mean for every song."""
    means = _means(observed[train])
    summary = BaselineSummary(
        name="constant", songs=int(train.sum()), text="the mean of the training songs"
    )
    values = np.broadcast_to(means, observed.shape).copy()
    return BaselineScores(summary, values, np.zeros(observed.shape, bool))


def by_system(observed: Floats, train: Mask, system: NDArray[np.object_]) -> BaselineScores:
    """Predict the training mean of a song's system.

    ``system`` (n_songs,) are names, None where unknown. A song without a system, or of one with
    fewer than `_LEAST_OF_SYSTEM` training songs, gets the mean of all training songs.
    """
    plain = constant(observed, train)
    values, fallback = plain.values.copy(), np.ones(observed.shape, bool)
    names = sorted({name for name in system[train] if name is not None})
    for name in names:
        own = system == name
        for k in range(observed.shape[1]):
            known = observed[train & own, k]
            known = known[~np.isnan(known)]
            if len(known) >= _LEAST_OF_SYSTEM:
                values[own, k] = known.mean()
                fallback[own, k] = False
    values[:, np.isnan(plain.values[0])] = math.nan
    text = f"the mean of the training songs of its system ({len(names)} systems)"
    summary = BaselineSummary(name="system", songs=int(train.sum()), text=text)
    return BaselineScores(summary, values, fallback)


def ridge(
    name: BaselineName,
    text: str,
    features: Floats,
    observed: Floats,
    train: Mask,
) -> BaselineScores:
    """Predict by ridge regression on features, fitted on the training songs.

    ``features`` (n_songs, n_features) are described by ``text``; a song without them has a row of
    nan, and gets the training mean. Predictions stay in the range of the training labels.
    """
    plain = constant(observed, train)
    values, fallback = plain.values.copy(), np.ones(observed.shape, bool)
    complete = np.isfinite(features).all(axis=1)
    penalties = []
    for k in range(observed.shape[1]):
        usable = train & complete & ~np.isnan(observed[:, k])
        if np.count_nonzero(usable) < LEAST:
            continue
        line = fit_ridge(features[usable], observed[usable, k])
        penalties.append(line.penalty)
        low, high = observed[usable, k].min(), observed[usable, k].max()
        values[complete, k] = np.clip(line.predict(features[complete]), low, high)
        fallback[complete, k] = False
    values[:, np.isnan(plain.values[0])] = math.nan
    used = int(np.count_nonzero(train & complete))
    chosen = f"; penalties {min(penalties):g} to {max(penalties):g}" if penalties else ""
    summary = BaselineSummary(
        name=name, songs=used, text=f"ridge on {text} ({features.shape[1]} numbers a song{chosen})"
    )
    return BaselineScores(summary, values, fallback)


def _means(labels: Floats) -> Floats:
    """Return the mean of each axis, nan where too few songs are labelled."""
    known = ~np.isnan(labels)
    n = known.sum(axis=0)
    total = np.where(known, labels, 0.0).sum(axis=0)
    return np.where(n >= LEAST, total / np.maximum(n, 1), math.nan)
