"""Metrics of the bundled judge on songs of the held-out systems, for its card."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS, AXES, POPULARITY
from plaudit.metrics.bootstrap import bootstrap, paired_difference
from plaudit.metrics.correlation import spearman
from plaudit.metrics.error import mae
from plaudit.metrics.interval import Estimate
from plaudit.metrics.share import share_of
from plaudit.model.card import Interval, Metric
from plaudit.training.bundled.composed_example import Example
from plaudit.training.bundled.fit_data import column
from plaudit.training.calibration import bounds

Floats = NDArray[np.float32]
_DATA = "songs of the eleven held-out systems"
_AXES = tuple(axis.name for axis in AXES)
_FIRST = len(POPULARITY)  # place of the first aesthetic axis
_PRIOR_SONGS = 10  # of the mean over all styles, added to each style


def measure_judge(
    songs: Sequence[Example],
    predicted: Floats,
    spread: Floats,
    interval: Interval,
    learned: Sequence[Example],
    rng: np.random.Generator,
) -> tuple[Metric, ...]:
    """Return the metrics of scores and spreads (n_songs, 7); ``learned`` gives the baselines."""
    knobs, target, rated = (column(songs, name) for name in ("knobs", "single", "rated"))
    constant = np.nanmean(_music_targets(learned), axis=0)
    baseline = _popularity_by_style(songs, learned)
    low, high = bounds(interval, predicted, spread, _AXES)
    metrics: list[Metric] = []

    def add(measure: str, axis: str, estimate: Estimate, reference: float) -> None:
        metrics.append(
            Metric(
                measure=measure, axis=axis, data=_DATA, value=estimate.value, low=estimate.low,
                high=estimate.high, baseline=reference, n=estimate.n,
            )
        )  # fmt: skip

    def resample(statistic: Callable[..., float], *columns: Floats) -> Estimate:
        known = ~np.isnan(columns[-1])
        return bootstrap(statistic, *(values[known] for values in columns), rng=rng)

    for place, axis in enumerate(AESTHETICS):
        estimate = resample(spearman, predicted[:, _FIRST + place], knobs[:, place])
        add("Spearman with the knob", axis, estimate, 0.0)
    defined = np.where(np.isnan(knobs), np.nan, predicted[:, _FIRST:])
    means = np.nanmean(defined, axis=1), np.nanmean(knobs, axis=1)
    add("Spearman with the knob", "their mean", bootstrap(spearman, *means, rng=rng), 0.0)
    for place, axis in enumerate(POPULARITY):
        x, y, by_style = predicted[:, place], target[:, place], baseline[:, place]
        add("Spearman", axis, bootstrap(spearman, x, y, rng=rng), spearman(by_style, y))
        add(
            "Spearman above no sound",
            axis,
            paired_difference(spearman, x, by_style, y, rng=rng),
            0.0,
        )
    for place, axis in enumerate(_AXES):
        y = target[~np.isnan(target[:, place]), place]
        estimate = resample(mae, predicted[:, place], target[:, place])
        add("mean absolute error", axis, estimate, mae(np.full(len(y), constant[place]), y))
    for name, truth, axes in (
        ("interval coverage", target, _AXES),
        ("coverage of four raters", rated, AESTHETICS),
    ):
        for axis in (axis for axis in axes if axis in interval.half_width):
            place = _AXES.index(axis)
            y = truth[:, place]
            known = ~np.isnan(y)
            inside = (low[:, place] <= y) & (y <= high[:, place])
            add(name, axis, share_of(inside[known]), interval.coverage)
    return tuple(metrics)


def _music_targets(learned: Sequence[Example]) -> list[Floats]:
    return [example.targets for example in learned if example.music and not example.strength]


def _popularity_by_style(songs: Sequence[Example], learned: Sequence[Example]) -> Floats:
    """Return popularity (n_songs, 2) predicted without sound: the shrunken mean of its style."""
    mean = np.mean(_music_targets(learned), axis=0)[:2]
    styles: dict[str, list[Floats]] = {}
    for example in learned:
        if example.music and not example.strength:
            styles.setdefault(example.style, []).append(example.targets[:2])
    by_style = {
        style: (np.sum(rows, axis=0) + _PRIOR_SONGS * mean) / (len(rows) + _PRIOR_SONGS)
        for style, rows in styles.items()
    }
    return np.array([by_style.get(song.style, mean) for song in songs], dtype=np.float32)
