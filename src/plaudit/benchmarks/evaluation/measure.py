"""Measures of a judge on labelled songs: errors, correlations, coverage, beside baselines.

The measures of an axis are taken on the songs that have both a score and a label there; the other
songs are counted by reason. Judge and baselines are measured on the same songs.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.axis import AxisData, axis_result
from plaudit.benchmarks.evaluation.baseline import BaselineScores
from plaudit.benchmarks.evaluation.predictions import Predictions
from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    Evaluation,
    EvaluationSettings,
)
from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.core.errors import InputError
from plaudit.datasets.inspect.recording import Recordings, copies_line
from plaudit.datasets.manifest.group import groups
from plaudit.datasets.manifest.songs import Manifest

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_LENGTHS_S: tuple[float, ...] = (30, 60, 120, 180, 240)


@dataclass(frozen=True, eq=False)
class Labels:
    """Observed values of all songs."""

    axes: tuple[str, ...]  #: Axes with at least one label.
    values: Floats  #: Labels, (n_songs, n_axes); nan where unknown.


def labels_of(manifest: Manifest, columns: str | None) -> Labels:
    """Read the labels of a manifest, of the axes that have any.

    ``columns`` None reads the columns named like the axes; a word such as "expected" reads
    ``expected_<axis>``, where there is such a column. No label at all, or a column that holds
    something other than numbers, is an `InputError`.
    """
    names = {axis.name: f"{columns}_{axis.name}" if columns else axis.name for axis in AXES}
    columns_of_axes = {
        axis: name for axis, name in names.items() if name in manifest.table.column_names
    }
    labels: dict[str, Floats] = {}
    for axis, name in columns_of_axes.items():
        values = manifest.column(name)
        if values.dtype != np.float64:
            raise InputError(f"Expected numbers in column '{name}' of the manifest, got text.")
        if not np.isnan(values).all():
            labels[axis] = values
    if not labels:
        expected = ", ".join(names.values())
        raise InputError(
            f"The manifest has no observed scores; expected {expected}. `plaudit data prepare"
            " csv` takes columns of other names."
        )
    return Labels(tuple(labels), np.stack(list(labels.values()), axis=1))


def chosen_songs(manifest: Manifest, split: str) -> Mask:
    """Return which songs are in a split, (n_songs,), or "all"; an empty one is an `InputError`."""
    if split == "all":
        return np.ones(len(manifest), bool)
    column = manifest.column("split")
    chosen = np.asarray(column == split, bool)
    if not chosen.any():
        have = Counter("no split" if name is None else str(name) for name in column)
        splits = ", ".join(f"{name} {n}" for name, n in sorted(have.items()))
        raise InputError(
            f"The manifest has no song in split '{split}' (it has: {splits}); choose another"
            " --split, or all; `plaudit data prepare csv` splits a table of your own."
        )
    return chosen


def evaluate(
    manifest: Manifest,
    predictions: Predictions,
    settings: EvaluationSettings,
    *,
    source: str,
    where: str,
    sha256: str,
    baselines: Sequence[BaselineScores] = (),
    notes: Sequence[str] = (),
    recordings: Recordings | None = None,
    training: TrainingList | None = None,
) -> Evaluation:
    """Measure the predictions of a judge on the songs of a manifest, both in one order.

    ``settings.seed`` makes the generator of all resamples. ``source`` is the origin of the scores,
    ``where`` the manifest's file and ``sha256`` its hash, for the record. Columns of a baseline are
    in the order of the axes of `labels_of`. ``recordings`` are those of the songs of
    `measured_songs`; a recording is resampled whole, and ``training`` says which taught the judge.
    Without a song of the split that has both a score and a label there is an `InputError`.
    """
    labels = labels_of(manifest, settings.truth_columns)
    chosen = chosen_songs(manifest, settings.split)
    judged = chosen & predictions.judged
    facts = _facts(manifest, predictions, settings)
    used = np.flatnonzero(measured_songs(labels, predictions, chosen))
    contamination, taught = None, np.zeros(len(manifest), bool)
    if recordings is not None and recordings.is_copy.any():
        keys = {"recording": recordings.groups.astype(str).astype(object)}
        if "cluster" in facts:
            keys["cluster"] = facts["cluster"][used]
        facts["cluster"] = np.full(len(manifest), None, object)
        facts["cluster"][used] = groups(keys)
        notes = [*notes, copies_line(int(recordings.is_copy.sum()))]
    if recordings is not None and training is not None:
        contamination, taught[used] = training.compare(recordings)

    seeds = np.random.default_rng(settings.seed).integers(2**32, size=len(AXES) + 1)

    def measured(songs: Mask) -> list[AxisResult]:
        results: list[AxisResult] = []
        for place, axis in enumerate(AXES):
            if axis.name in labels.axes and axis.name in predictions.axes:
                k, own = labels.axes.index(axis.name), predictions.axes.index(axis.name)
                data = AxisData(
                    axis=axis.name,
                    predicted=predictions.predicted[:, own],
                    low=predictions.low[:, own],
                    high=predictions.high[:, own],
                    observed=labels.values[:, k],
                    baselines=tuple(
                        (baseline.summary.name, baseline.values[:, k], baseline.fallback[:, k])
                        for baseline in baselines
                    ),
                )
                results += axis_result(data, songs, facts, settings, int(seeds[place]), manifest)
        mean = _mean_axis(labels, predictions, baselines)
        if mean is not None:
            results += axis_result(mean, songs, facts, settings, int(seeds[-1]), manifest)
        return results

    results = measured(judged)
    if not results:
        raise InputError(
            f"None of the {int(chosen.sum())} songs has both a score and a truth on one axis:"
            f" scored are {', '.join(predictions.axes) or 'none'} of {int(judged.sum())} songs,"
            f" observed scores are there for {', '.join(labels.axes)}."
        )
    reasons = Counter(str(reason) for reason in predictions.reason[chosen] if reason is not None)
    return Evaluation(
        plaudit=version("plaudit"),
        source=source,
        judge=predictions.judge,
        manifest=where,
        manifest_sha256=sha256,
        settings=settings,
        songs=int(chosen.sum()),
        judged=int(judged.sum()),
        dropped=dict(sorted(reasons.items())),
        baselines=tuple(baseline.summary for baseline in baselines),
        notes=tuple(notes),
        axes=tuple(results),
        contamination=contamination,
        clean=tuple(measured(judged & ~taught)) if taught.any() else (),
    )


def measured_songs(labels: Labels, predictions: Predictions, chosen: Mask) -> Mask:
    """Return the chosen songs (n_songs,) that have a score and a label on some axis."""
    return np.asarray(chosen & predictions.judged & ~np.isnan(labels.values).all(axis=1))


def length_bin(duration_s: float) -> str | None:
    """Return the bin of a length in words, such as "60-120 s"; None where it is unknown."""
    if math.isnan(duration_s):
        return None
    at = int(np.searchsorted(_LENGTHS_S, duration_s, "right"))
    if at == 0:
        return f"under {_LENGTHS_S[0]:g} s"
    if at == len(_LENGTHS_S):
        return f"{_LENGTHS_S[-1]:g} s and more"
    return f"{_LENGTHS_S[at - 1]:g}-{_LENGTHS_S[at]:g} s"


def clusters_of(manifest: Manifest, cluster: str) -> NDArray[np.object_] | None:
    """Return the group that each song is resampled with, (n_songs,) str.

    A song without a group is one of its own; None for cluster "song", where every song is. A
    manifest without such groups is an `InputError`.
    """
    if cluster == "song":
        return None
    groups, ids = manifest.column(cluster), manifest.column("song_id")
    if all(group is None for group in groups):
        raise InputError(
            f"The manifest knows no {cluster} of any song, so songs cannot be drawn together by"
            " it; leave out --cluster."
        )
    pairs = zip(ids, groups, strict=True)
    names = [f"song {i}" if group is None else f"group {group}" for i, group in pairs]
    return np.array(names, object)


def _facts(
    manifest: Manifest, predictions: Predictions, settings: EvaluationSettings
) -> dict[str, NDArray[np.object_]]:
    """Return the columns by which songs are sliced and resampled."""
    duration = manifest.column("duration_s")
    duration = np.where(np.isnan(predictions.duration_s), duration, predictions.duration_s)
    facts: dict[str, NDArray[np.object_]] = {
        str(by): np.array([length_bin(seconds) for seconds in duration], object)
        if by == "length"
        else manifest.column(by)
        for by in settings.by
    }
    clusters = clusters_of(manifest, settings.cluster)
    if clusters is not None:
        facts["cluster"] = clusters
    return facts


def _mean_axis(
    labels: Labels, predictions: Predictions, baselines: Sequence[BaselineScores]
) -> AxisData | None:
    """Return the mean of the aesthetic axes as an axis of its own, where there are two or more.

    The means of a song, predicted and observed, are over the axes on which it has a label, two at
    least: raters leave axes out, such as the singing of instrumentals.
    """
    names = [axis for axis in AESTHETICS if axis in labels.axes and axis in predictions.axes]
    if len(names) < 2:
        return None
    k = [labels.axes.index(axis) for axis in names]
    predicted = predictions.predicted[:, [predictions.axes.index(axis) for axis in names]]
    known = ~np.isnan(labels.values[:, k]) & ~np.isnan(predicted)
    n = np.where(known.sum(axis=1) >= 2, known.sum(axis=1), 0)

    def mean(values: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(known, values, 0.0).sum(axis=1) / n, np.float64)

    nothing = np.full(len(labels.values), math.nan)
    return AxisData(
        axis=MEAN_AXIS,
        predicted=np.where(n > 0, mean(predicted), math.nan),
        low=nothing,
        high=nothing,
        observed=np.where(n > 0, mean(labels.values[:, k]), math.nan),
        baselines=tuple(
            (
                str(baseline.summary.name),
                np.where(n > 0, mean(baseline.values[:, k]), math.nan),
                np.asarray((baseline.fallback[:, k] & known).any(axis=1), bool),
            )
            for baseline in baselines
        ),
    )
