"""What a judge has to beat: the training mean, the name of the system, simple sound, embeddings.

Baselines learn from the training songs of the same manifest and tell scores of the same songs as
the judge. Where a baseline knows nothing of a song, it tells the training mean, and counts it: so
all stand in one table on the same songs.
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
LEAST_OF_SYSTEM = 3  # labelled training songs below which a system has no mean of its own


@dataclass(frozen=True, eq=False)
class Said:
    """What a baseline says.

    Parameters
    ----------
    summary : BaselineSummary
        Name and history.
    values : ndarray of float64, (n_songs, n_axes)
        Scores; nan on axes without enough labelled training songs.
    fallback : ndarray of bool, (n_songs, n_axes)
        Where the training mean stands in.
    """

    summary: BaselineSummary
    values: Floats
    fallback: Mask


def constant(truth: Floats, train: Mask) -> Said:
    """Say the training mean of every song: what a judge that hears nothing can do.

    Parameters
    ----------
    truth : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs.

    Returns
    -------
    Said
        Scores of all songs.
    """
    means = _means(truth[train])
    summary = BaselineSummary(
        name="constant", songs=int(train.sum()), text="the mean of the training songs"
    )
    values = np.broadcast_to(means, truth.shape).copy()
    return Said(summary, values, np.zeros(truth.shape, bool))


def by_system(truth: Floats, train: Mask, system: NDArray[np.object_]) -> Said:
    """Say the training mean of a song's system: what the name of the generator alone tells.

    Parameters
    ----------
    truth : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs.
    system : ndarray of object, (n_songs,)
        Names; None where unknown.

    Returns
    -------
    Said
        Scores of all songs; a system with fewer than `LEAST_OF_SYSTEM` training songs falls back.
    """
    plain = constant(truth, train)
    values, fallback = plain.values.copy(), np.ones(truth.shape, bool)
    names = sorted({name for name in system[train] if name is not None})
    for name in names:
        own = system == name
        for k in range(truth.shape[1]):
            known = truth[train & own, k]
            known = known[~np.isnan(known)]
            if len(known) >= LEAST_OF_SYSTEM:
                values[own, k] = known.mean()
                fallback[own, k] = False
    values[:, np.isnan(plain.values[0])] = math.nan
    text = f"the mean of the training songs of its system ({len(names)} systems)"
    return Said(BaselineSummary(name="system", songs=int(train.sum()), text=text), values, fallback)


def ridge(
    name: BaselineName,
    text: str,
    features: Floats,
    truth: Floats,
    train: Mask,
) -> Said:
    """Say what a straight line through features says, fitted on the training songs.

    Parameters
    ----------
    name : {"acoustics", "embeddings"}
        What the features are.
    text : str
        The same in words.
    features : ndarray of float64, (n_songs, n_features)
        A row of nan where a song has none.
    truth : ndarray of float64, (n_songs, n_axes)
        Labels, nan where unknown.
    train : ndarray of bool, (n_songs,)
        Training songs to learn from.

    Returns
    -------
    Said
        Scores of all songs, inside the range of the training labels; one without features falls
        back.
    """
    plain = constant(truth, train)
    values, fallback = plain.values.copy(), np.ones(truth.shape, bool)
    heard = np.isfinite(features).all(axis=1)
    penalties = []
    for k in range(truth.shape[1]):
        usable = train & heard & ~np.isnan(truth[:, k])
        if np.count_nonzero(usable) < LEAST:
            continue
        line = fit_ridge(features[usable], truth[usable, k])
        penalties.append(line.penalty)
        # A line runs on for ever; the labels it learned from do not, whatever their scale.
        low, high = truth[usable, k].min(), truth[usable, k].max()
        values[heard, k] = np.clip(line.predict(features[heard]), low, high)
        fallback[heard, k] = False
    values[:, np.isnan(plain.values[0])] = math.nan
    used = int(np.count_nonzero(train & heard))
    chosen = f"; penalties {min(penalties):g} to {max(penalties):g}" if penalties else ""
    summary = BaselineSummary(
        name=name, songs=used, text=f"ridge on {text} ({features.shape[1]} numbers a song{chosen})"
    )
    return Said(summary, values, fallback)


def _means(labels: Floats) -> Floats:
    """Return the mean of each axis, nan where too few songs are labelled."""
    known = ~np.isnan(labels)
    n = known.sum(axis=0)
    total = np.where(known, labels, 0.0).sum(axis=0)
    return np.where(n >= LEAST, total / np.maximum(n, 1), math.nan)
