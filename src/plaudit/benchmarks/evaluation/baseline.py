"""Baselines of a judge: the training mean, the mean of the system, and two ridges.

Baselines learn from the training songs of the manifest and predict the songs that the judge is
measured on. Without input for a song a baseline predicts the training mean, and counts it, so that
all are measured on the same songs.
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
    values: Floats  #: (n_songs, n_axes) scores; nan on axes without enough labelled training songs.
    fallback: Mask  #: (n_songs, n_axes) where the score is the training mean for want of input.


def constant(observed: Floats, train: Mask) -> BaselineScores:
    """Predict the training mean for every song.

    Parameters
    ----------
    observed : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs.

    Returns
    -------
    BaselineScores
        Scores of all songs.
    """
    means = _means(observed[train])
    summary = BaselineSummary(
        name="constant", songs=int(train.sum()), text="the mean of the training songs"
    )
    values = np.broadcast_to(means, observed.shape).copy()
    return BaselineScores(summary, values, np.zeros(observed.shape, bool))


def by_system(observed: Floats, train: Mask, system: NDArray[np.object_]) -> BaselineScores:
    """Predict the training mean of a song's system.

    Parameters
    ----------
    observed : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs.
    system : ndarray of object, (n_songs,)
        Names; None where unknown.

    Returns
    -------
    BaselineScores
        Scores of all songs; a system with fewer than `_LEAST_OF_SYSTEM` training songs falls back.
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

    Parameters
    ----------
    name : {"acoustics", "embeddings"}
        What the features are.
    text : str
        The features in words.
    features : ndarray of float64, (n_songs, n_features)
        A row of nan where a song has none.
    observed : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs to learn from.

    Returns
    -------
    BaselineScores
        Scores of all songs, inside the range of the training labels; one without features falls
        back.
    """
    plain = constant(observed, train)
    values, fallback = plain.values.copy(), np.ones(observed.shape, bool)
    heard = np.isfinite(features).all(axis=1)
    penalties = []
    for k in range(observed.shape[1]):
        usable = train & heard & ~np.isnan(observed[:, k])
        if np.count_nonzero(usable) < LEAST:
            continue
        line = fit_ridge(features[usable], observed[usable, k])
        penalties.append(line.penalty)
        # A line has no end; predictions stay in the range of the training labels.
        low, high = observed[usable, k].min(), observed[usable, k].max()
        values[heard, k] = np.clip(line.predict(features[heard]), low, high)
        fallback[heard, k] = False
    values[:, np.isnan(plain.values[0])] = math.nan
    used = int(np.count_nonzero(train & heard))
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
