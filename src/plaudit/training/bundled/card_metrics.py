"""How good the bundled judge is on songs of systems it never heard: the numbers of its card."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS, AXES, POPULARITY
from plaudit.metrics.bootstrap import Estimate, bootstrap, paired_difference
from plaudit.metrics.correlation import spearman
from plaudit.metrics.coverage import coverage
from plaudit.metrics.error import mae
from plaudit.model.card import Interval, Metric
from plaudit.training.bundled.composed_example import Example
from plaudit.training.calibration import bounds

Floats = NDArray[np.float32]
DATA = "songs of the eleven held-out systems"
_AXES = tuple(axis.name for axis in AXES)


def measure_judge(
    songs: Sequence[Example],
    said: Floats,
    spread: Floats,
    interval: Interval,
    learned: Sequence[Example],
    rng: np.random.Generator,
) -> tuple[Metric, ...]:
    """Measure scores and intervals against what is true of the songs.

    Parameters
    ----------
    songs : sequence of Example
        Songs of the eleven.
    said, spread : ndarray of float32, (n_songs, 7)
        What the judge said of them.
    interval : Interval
        Of the judge.
    learned : sequence of Example
        What it learned from: baselines know that and no sound.
    rng : numpy.random.Generator
        Draws the resamples of the intervals, by song.

    Returns
    -------
    tuple of Metric
        Correlation with the true knob and their mean; popularity against a baseline that knows
        platform, style and whether somebody sings, but no sound; errors; coverage.
    """
    knob = np.stack([one.knobs for one in songs])
    true = np.stack([one.single for one in songs])
    rated = np.stack([one.rated for one in songs])
    constant = np.nanmean(
        [one.targets for one in learned if one.music and not one.strength], axis=0
    )
    blind = _blind(songs, learned)
    low, high = bounds(interval, said, spread, _AXES)
    found: list[Metric] = []

    def add(measure: str, axis: str, got: Estimate, baseline: float | None) -> None:
        found.append(
            Metric(
                measure=measure, axis=axis, data=DATA, value=got.value, low=got.low, high=got.high,
                baseline=baseline, n=got.n,
            )
        )  # fmt: skip

    for place, axis in enumerate(AESTHETICS, start=len(POPULARITY)):
        here = ~np.isnan(knob[:, place - len(POPULARITY)])
        add(
            "Spearman with the knob",
            axis,
            bootstrap(spearman, said[here, place], knob[here, place - len(POPULARITY)], rng=rng),
            0.0,
        )
    whole = np.where(np.isnan(knob), np.nan, said[:, len(POPULARITY) :])
    add(
        "Spearman with the knob",
        "their mean",
        bootstrap(spearman, np.nanmean(whole, axis=1), np.nanmean(knob, axis=1), rng=rng),
        0.0,
    )
    for place, axis in enumerate(POPULARITY):
        base = spearman(blind[:, place], true[:, place])
        add("Spearman", axis, bootstrap(spearman, said[:, place], true[:, place], rng=rng), base)
        more = paired_difference(spearman, said[:, place], blind[:, place], true[:, place], rng=rng)
        add("Spearman above no sound", axis, more, 0.0)
    for place, axis in enumerate(_AXES):
        here = ~np.isnan(true[:, place])
        base = mae(np.full(int(here.sum()), constant[place]), true[here, place])
        add(
            "mean absolute error",
            axis,
            bootstrap(mae, said[here, place], true[here, place], rng=rng),
            float(base),
        )
    for name, truth in (("interval coverage", true), ("coverage of four raters", rated)):
        for place, axis in enumerate(_AXES):
            if truth is rated and axis in POPULARITY:
                continue
            here = ~np.isnan(truth[:, place])
            ends = low[here, place], high[here, place], truth[here, place]
            add(name, axis, bootstrap(coverage, *ends, rng=rng), interval.coverage)
    return tuple(found)


def _blind(songs: Sequence[Example], learned: Sequence[Example]) -> Floats:
    """Return popularity (n_songs, 2) as known without a sound: the mean of what is alike.

    Songs learned from of the same style, each style drawn towards the mean of all as if it had ten
    more songs of that mean.
    """
    known = [one for one in learned if one.music and not one.strength]
    mean = np.mean([one.targets[:2] for one in known], axis=0)
    styles: dict[str, list[Floats]] = {}
    for one in known:
        styles.setdefault(one.style, []).append(one.targets[:2])
    guess = {
        style: (np.sum(rows, axis=0) + 10 * mean) / (len(rows) + 10)
        for style, rows in styles.items()
    }
    return np.array([guess.get(one.style, mean) for one in songs], dtype=np.float32)
