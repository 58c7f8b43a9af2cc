"""One axis of an evaluation: measures, differences to the best baseline, coverage, slices."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    BaselineDifference,
    By,
    Case,
    Coverage,
    EvaluationSettings,
    MeasureName,
    PredictorMeasures,
    SongSlice,
)
from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.datasets.manifest.songs import Manifest
from plaudit.metrics.bootstrap import bootstrap, paired_difference
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.coverage import bins_by_score, reliability_curve
from plaudit.metrics.error import mae, mse
from plaudit.metrics.interval import Estimate
from plaudit.metrics.measurement import CountedMeasurement, or_none
from plaudit.metrics.reliability import ceiling
from plaudit.metrics.share import share_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_Facts = dict[str, NDArray[np.object_]]
_MEASURES: dict[MeasureName, Callable[..., float]] = {
    "mse": mse,
    "mae": mae,
    "pearson": pearson,
    "spearman": spearman,
}
_ERRORS = ("mse", "mae")
LEAST_OF_SLICE = 5  # songs; of 2 a correlation is always 1 or -1


@dataclass(frozen=True, eq=False)
class AxisData:
    """One axis of all songs of a manifest, nan where unknown; all arrays are (n_songs,)."""

    axis: str  #: Name, or `MEAN_AXIS`.
    predicted: Floats  #: Score and interval of the judge.
    low: Floats
    high: Floats
    observed: Floats  #: Labels.
    #: Name, scores, and where a score is only the training mean.
    baselines: tuple[tuple[str, Floats, Mask], ...]


def axis_result(
    data: AxisData,
    judged: Mask,
    facts: _Facts,
    settings: EvaluationSettings,
    seed: int,
    manifest: Manifest,
) -> list[AxisResult]:
    """Measure one axis; the list is empty where no song has both a score and a label.

    ``judged`` (n_songs,) marks the songs of the split that the judge scored. ``facts`` are columns
    of groups; songs of one "cluster" are resampled together. Judge, baselines and slices have one
    ``seed``. The manifest names songs and states the reliability of the raters.
    """
    scored = judged & ~np.isnan(data.predicted)
    used = np.flatnonzero(scored & ~np.isnan(data.observed))
    if not len(used):
        return []
    # In order of their ids, so that the order of rows changes no digit.
    used = used[np.argsort(manifest.column("song_id")[used].astype(str), kind="stable")]
    meter = _Meter(settings, seed, facts.get("cluster"))
    scale = _on_scale(data.axis, data.observed[used])
    predicted, observed = data.predicted[used], data.observed[used]
    baselines = [
        (name, values[used], int(np.count_nonzero(fallback[used])))
        for name, values, fallback in data.baselines
        if not np.isnan(values[used]).any()
    ]
    slope, intercept = _line(predicted, observed) if scale else (None, None)
    # The manifest states the reliability of mean ratings, not that of other truth columns.
    reliability = None if settings.truth_columns else _reliability(data.axis, manifest)
    order = np.argsort(np.abs(predicted - observed), kind="stable")
    ends = settings.extremes if scale else 0
    n_bins = min(10, max(1, len(used) // 10))
    return [
        AxisResult(
            axis=data.axis,
            n=len(used),
            unlabelled=int(np.count_nonzero(scored)) - len(used),
            on_scale=scale,
            judge=meter.measured("judge", predicted, observed, used, scale, 0),
            baselines=tuple(
                meter.measured(name, values, observed, used, scale, fallback)
                for name, values, fallback in baselines
            ),
            differences=_differences(meter, predicted, observed, used, baselines, scale),
            slope=slope,
            intercept=intercept,
            bins=bins_by_score(predicted, observed, n_bins) if scale else (),
            coverage=_coverage(meter, data, used, settings) if scale else None,
            reliability=reliability,
            ceiling=None if reliability is None else ceiling(reliability),
            slices=tuple(
                part
                for by in settings.by
                for part in _slices(meter, by, facts[by], data, used, settings, scale)
            ),
            closest=tuple(_case(used[k], data, manifest) for k in order[:ends]),
            farthest=tuple(_case(used[k], data, manifest) for k in order[::-1][:ends]),
        )
    ]


class _Meter:
    """Takes measures with intervals, each from the same seed."""

    def __init__(
        self, settings: EvaluationSettings, seed: int, cluster: NDArray[np.object_] | None
    ) -> None:
        self._settings, self._seed, self._cluster = settings, seed, cluster

    def groups(self, songs: NDArray[np.intp]) -> NDArray[np.str_] | None:
        return None if self._cluster is None else self._cluster[songs].astype(str)

    def of(
        self, statistic: Callable[..., float], songs: NDArray[np.intp], *arrays: Floats
    ) -> CountedMeasurement:
        s = self._settings
        estimate = bootstrap(
            statistic, *arrays, rng=np.random.default_rng(self._seed), groups=self.groups(songs),
            draws=s.draws, confidence=s.confidence,
        )  # fmt: skip
        return _record(estimate)

    def difference(
        self, statistic: Callable[..., float], songs: NDArray[np.intp], a: Floats, b: Floats,
        observed: Floats,
    ) -> CountedMeasurement:  # fmt: skip
        s = self._settings
        estimate = paired_difference(
            statistic, a, b, observed, rng=np.random.default_rng(self._seed),
            groups=self.groups(songs), draws=s.draws, confidence=s.confidence,
        )  # fmt: skip
        return _record(estimate)

    def measured(
        self, name: str, predicted: Floats, observed: Floats, songs: NDArray[np.intp], scale: bool,
        fallback: int,
    ) -> PredictorMeasures:  # fmt: skip
        return PredictorMeasures(
            name=name,
            mse=self.of(mse, songs, predicted, observed) if scale else None,
            mae=self.of(mae, songs, predicted, observed) if scale else None,
            pearson=self.of(pearson, songs, predicted, observed),
            spearman=self.of(spearman, songs, predicted, observed),
            fallback=fallback,
        )


def _record(estimate: Estimate) -> CountedMeasurement:
    return CountedMeasurement.of(
        estimate.value, estimate.low, estimate.high, n=estimate.n, reason=estimate.reason
    )


def _differences(
    meter: _Meter,
    predicted: Floats,
    observed: Floats,
    songs: NDArray[np.intp],
    baselines: list[tuple[str, Floats, int]],
    scale: bool,
) -> tuple[BaselineDifference, ...]:
    differences = []
    for name in get_args(MeasureName):
        statistic, sign = _MEASURES[name], -1 if name in _ERRORS else 1
        if name in _ERRORS and not scale:
            continue
        reached = [
            (sign * statistic(values, observed), k) for k, (_, values, _) in enumerate(baselines)
        ]
        known = [(value, -k) for value, k in reached if not math.isnan(value)]
        if known:
            best, values, _ = baselines[-max(known)[1]]
            difference = meter.difference(statistic, songs, predicted, values, observed)
            differences.append(
                BaselineDifference(measure=name, baseline=best, difference=difference)
            )
    return tuple(differences)


def _coverage(
    meter: _Meter, data: AxisData, used: NDArray[np.intp], settings: EvaluationSettings
) -> Coverage | None:
    own = used[~np.isnan(data.low[used]) & ~np.isnan(data.high[used])]
    if not len(own):
        return None
    low, value, high = data.low[own], data.predicted[own], data.high[own]
    observed = data.observed[own]
    inside = (low <= observed) & (observed <= high)
    share = _record(share_of(inside, meter.groups(own), confidence=settings.confidence))
    width = float((high - low).mean())
    if settings.level is None:
        return Coverage(
            level=None, coverage=share, width=width, nominal=None, empirical=None, stretch=None
        )
    curve = reliability_curve(low, value, high, observed, level=settings.level)
    return Coverage(
        level=settings.level,
        coverage=share,
        width=width,
        nominal=tuple(curve.nominal.tolist()),
        empirical=tuple(curve.empirical.tolist()),
        stretch=or_none(curve.stretch),
    )


def _slices(
    meter: _Meter,
    by: By,
    column: NDArray[np.object_],
    data: AxisData,
    used: NDArray[np.intp],
    settings: EvaluationSettings,
    scale: bool,
) -> list[SongSlice]:
    own = column[used]
    names = sorted({str(name) for name in own if name is not None})
    if by == "length":
        names.sort(key=lambda name: float("".join(c for c in name.split("-")[0] if c.isdigit())))
        names.sort(key=lambda name: not name.startswith("under"))
    slices = []
    for name in [*names, None]:
        mine = used[[group is None for group in own]] if name is None else used[own == name]
        if not len(mine):
            continue
        predicted, observed = data.predicted[mine], data.observed[mine]
        slices.append(
            SongSlice(
                by=by,
                group=name,
                n=len(mine),
                small=len(mine) < settings.small,
                bias=float((predicted - observed).mean()) if scale else None,
                mse=meter.of(mse, mine, predicted, observed) if scale else None,
                pearson=_in_slice(meter, pearson, mine, predicted, observed),
                spearman=_in_slice(meter, spearman, mine, predicted, observed),
            )
        )
    return slices if len(slices) > 1 or (slices and slices[0].group is not None) else []


def _in_slice(
    meter: _Meter,
    statistic: Callable[..., float],
    songs: NDArray[np.intp],
    predicted: Floats,
    observed: Floats,
) -> CountedMeasurement:
    if len(songs) < LEAST_OF_SLICE:
        return CountedMeasurement(value=None, n=len(songs))
    return meter.of(statistic, songs, predicted, observed)


def _line(predicted: Floats, observed: Floats) -> tuple[float | None, float | None]:
    """Return slope and intercept of observed on predicted scores by least squares."""
    spread = float(np.square(predicted - predicted.mean()).sum())
    if len(predicted) < 3 or np.ptp(predicted) == 0:
        return None, None
    slope = float(((predicted - predicted.mean()) * (observed - observed.mean())).sum()) / spread
    return slope, float(observed.mean() - slope * predicted.mean())


def _reliability(axis: str, manifest: Manifest) -> float | None:
    """Return the reliability of the mean ratings of an axis, as the manifest states it."""
    reliabilities = manifest.about.get("reliability")
    own = reliabilities.get(axis) if isinstance(reliabilities, dict) else None
    if not isinstance(own, dict):
        return None
    for name in ("icc", "split_half"):
        value = own.get(name)
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
    return None


def _case(song: np.intp, data: AxisData, manifest: Manifest) -> Case:
    path = manifest.column("path")[song]
    return Case(
        song_id=str(manifest.column("song_id")[song]),
        path=None if path is None else str(path),
        predicted=float(data.predicted[song]),
        observed=float(data.observed[song]),
    )


def _on_scale(axis: str, observed: Floats) -> bool:
    like = AXIS[AESTHETICS[0]] if axis == MEAN_AXIS else AXIS[axis]
    return bool(((observed >= like.low) & (observed <= like.high)).all())
