"""One axis of an evaluation: the table, the difference to the best baseline, intervals, slices."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    By,
    Case,
    Coverage,
    Difference,
    EvaluationSettings,
    Measure,
    Measured,
    MeasureName,
    ScoreBin,
    Slice,
)
from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.datasets.manifest.songs import Manifest
from plaudit.metrics.bootstrap import Estimate, bootstrap, paired
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.coverage import bins_by_score, coverage, reliability_curve
from plaudit.metrics.error import mae, mse
from plaudit.metrics.reliability import ceiling
from plaudit.metrics.share import wilson

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Facts = dict[str, NDArray[np.object_]]
MEASURES: dict[MeasureName, Callable[..., float]] = {
    "mse": mse,
    "mae": mae,
    "pearson": pearson,
    "spearman": spearman,
}
ERRORS = ("mse", "mae")
LEAST_OF_SLICE = 5  # songs below which a slice has no correlation: of 2 songs it is always 1 or -1


@dataclass(frozen=True, eq=False)
class AxisData:
    """One axis of all songs of a manifest, nan where unknown; all arrays are (n_songs,).

    Parameters
    ----------
    axis : str
        Name, or `MEAN_AXIS`.
    said, low, high : ndarray of float64
        Score and interval of the judge.
    true : ndarray of float64
        What is so.
    baselines : tuple of (str, ndarray, ndarray of bool)
        Name, scores, and where the training mean stands in.
    """

    axis: str
    said: Floats
    low: Floats
    high: Floats
    true: Floats
    baselines: tuple[tuple[str, Floats, Mask], ...]


def axis_result(
    data: AxisData,
    judged: Mask,
    facts: Facts,
    settings: EvaluationSettings,
    seed: int,
    manifest: Manifest,
) -> list[AxisResult]:
    """Measure one axis.

    Parameters
    ----------
    data : AxisData
        Scores and truth.
    judged : ndarray of bool, (n_songs,)
        Songs of the split that the judge scored.
    facts : dict
        Columns of groups; "cluster" says what is drawn together.
    settings : EvaluationSettings
        What to measure.
    seed : int
        Of this axis: judge, baselines and slices are measured on the same resamples.
    manifest : Manifest
        Names of songs, and reliability of the raters.

    Returns
    -------
    list of AxisResult
        One, or none where no song has both a score and a truth.
    """
    scored = judged & ~np.isnan(data.said)
    used = np.flatnonzero(scored & ~np.isnan(data.true))
    if not len(used):
        return []
    meter = _Meter(settings, seed, facts.get("cluster"))
    scale = _on_scale(data.axis, data.true[used])
    said, true = data.said[used], data.true[used]
    baselines = [
        (name, values[used], int(np.count_nonzero(fallback[used])))
        for name, values, fallback in data.baselines
        if not np.isnan(values[used]).any()
    ]
    slope, intercept = _line(said, true) if scale else (None, None)
    # It is the reliability of mean ratings, and says nothing of a truth from other columns.
    reliability = None if settings.truth_columns else _reliability(data.axis, manifest)
    order = np.argsort(np.abs(said - true), kind="stable")
    ends = settings.extremes if scale else 0
    return [
        AxisResult(
            axis=data.axis,
            n=len(used),
            unlabelled=int(np.count_nonzero(scored)) - len(used),
            on_scale=scale,
            judge=meter.measured("judge", said, true, used, scale, 0),
            baselines=tuple(
                meter.measured(name, values, true, used, scale, fallback)
                for name, values, fallback in baselines
            ),
            differences=_differences(meter, said, true, used, baselines, scale),
            slope=slope,
            intercept=intercept,
            bins=_bins(said, true) if scale else (),
            coverage=_coverage(meter, data, used, settings) if scale else None,
            reliability=reliability,
            ceiling=None if reliability is None else ceiling(reliability),
            slices=tuple(
                one
                for by in settings.by
                for one in _slices(meter, by, facts[by], data, used, settings, scale)
            ),
            closest=tuple(_case(used[k], data, manifest) for k in order[:ends]),
            farthest=tuple(_case(used[k], data, manifest) for k in order[::-1][:ends]),
        )
    ]


class _Meter:
    """Takes measures with intervals, each from the same seed, so that all share the resamples."""

    def __init__(
        self, settings: EvaluationSettings, seed: int, cluster: NDArray[np.object_] | None
    ) -> None:
        self._settings, self._seed, self._cluster = settings, seed, cluster

    def groups(self, songs: NDArray[np.intp]) -> NDArray[np.str_] | None:
        return None if self._cluster is None else self._cluster[songs].astype(str)

    def of(
        self, statistic: Callable[..., float], songs: NDArray[np.intp], *arrays: Floats
    ) -> Measure:
        s = self._settings
        found = bootstrap(
            statistic, *arrays, rng=np.random.default_rng(self._seed), groups=self.groups(songs),
            draws=s.draws, confidence=s.confidence,
        )  # fmt: skip
        return measure(found)

    def difference(
        self, statistic: Callable[..., float], songs: NDArray[np.intp], true: Floats, a: Floats,
        b: Floats,
    ) -> Measure:  # fmt: skip
        s = self._settings
        found = paired(
            statistic, true, a, b, rng=np.random.default_rng(self._seed),
            groups=self.groups(songs), draws=s.draws, confidence=s.confidence,
        )  # fmt: skip
        return measure(found)

    def measured(
        self, name: str, said: Floats, true: Floats, songs: NDArray[np.intp], scale: bool,
        fallback: int,
    ) -> Measured:  # fmt: skip
        return Measured(
            name=name,
            mse=self.of(mse, songs, said, true) if scale else None,
            mae=self.of(mae, songs, said, true) if scale else None,
            pearson=self.of(pearson, songs, said, true),
            spearman=self.of(spearman, songs, said, true),
            fallback=fallback,
        )


def measure(found: Estimate) -> Measure:
    """Return an estimate as it stands in the record: undefined numbers are None."""
    value, low, high = (None if math.isnan(v) else v for v in (found.value, found.low, found.high))
    return Measure(value=value, low=low, high=high, n=found.n)


def _differences(
    meter: _Meter,
    said: Floats,
    true: Floats,
    songs: NDArray[np.intp],
    baselines: list[tuple[str, Floats, int]],
    scale: bool,
) -> tuple[Difference, ...]:
    found = []
    for name in get_args(MeasureName):
        statistic, sign = MEASURES[name], -1 if name in ERRORS else 1
        if name in ERRORS and not scale:
            continue
        reached = [
            (sign * statistic(values, true), k) for k, (_, values, _) in enumerate(baselines)
        ]
        known = [(value, -k) for value, k in reached if not math.isnan(value)]
        if known:
            best, values, _ = baselines[-max(known)[1]]
            difference = meter.difference(statistic, songs, true, said, values)
            found.append(Difference(measure=name, baseline=best, difference=difference))
    return tuple(found)


def _coverage(
    meter: _Meter, data: AxisData, used: NDArray[np.intp], settings: EvaluationSettings
) -> Coverage | None:
    own = used[~np.isnan(data.low[used]) & ~np.isnan(data.high[used])]
    if not len(own):
        return None
    low, value, high, true = (x[own] for x in (data.low, data.said, data.high, data.true))
    share = meter.of(coverage, own, low, high, true)
    if share.value is not None and meter.groups(own) is None:
        # A bootstrap of a share of 0 or 1 has no width; Wilson's interval has (it is of 95 %).
        bottom, top = wilson(share.value * len(own), len(own))
        share = Measure(value=share.value, low=bottom, high=top, n=len(own))
    width = float((high - low).mean())
    if settings.level is None:
        return Coverage(
            level=None, coverage=share, width=width, promised=None, observed=None, stretch=None
        )
    curve = reliability_curve(low, value, high, true, level=settings.level)
    return Coverage(
        level=settings.level,
        coverage=share,
        width=width,
        promised=tuple(curve.promised.tolist()),
        observed=tuple(curve.observed.tolist()),
        stretch=curve.stretch if math.isfinite(curve.stretch) else None,
    )


def _slices(
    meter: _Meter,
    by: By,
    column: NDArray[np.object_],
    data: AxisData,
    used: NDArray[np.intp],
    settings: EvaluationSettings,
    scale: bool,
) -> list[Slice]:
    own = column[used]
    names = sorted({str(name) for name in own if name is not None})
    if by == "length":
        names.sort(key=lambda name: float("".join(c for c in name.split("-")[0] if c.isdigit())))
        names.sort(key=lambda name: not name.startswith("under"))
    found = []
    for name in [*names, None]:
        mine = used[[one is None for one in own]] if name is None else used[own == name]
        if not len(mine):
            continue
        said, true = data.said[mine], data.true[mine]
        found.append(
            Slice(
                by=by,
                group=name,
                n=len(mine),
                small=len(mine) < settings.small,
                bias=float((said - true).mean()) if scale else None,
                mse=meter.of(mse, mine, said, true) if scale else None,
                pearson=_in_slice(meter, pearson, mine, said, true),
                spearman=_in_slice(meter, spearman, mine, said, true),
            )
        )
    return found if len(found) > 1 or (found and found[0].group is not None) else []


def _in_slice(
    meter: _Meter,
    statistic: Callable[..., float],
    songs: NDArray[np.intp],
    said: Floats,
    true: Floats,
) -> Measure:
    if len(songs) < LEAST_OF_SLICE:
        return Measure(value=None, n=len(songs))
    return meter.of(statistic, songs, said, true)


def _bins(said: Floats, true: Floats) -> tuple[ScoreBin, ...]:
    return tuple(
        ScoreBin(
            said=one.said,
            true=one.true,
            spread=None if math.isnan(one.spread) else one.spread,
            n=one.n,
        )
        for one in bins_by_score(said, true, min(10, max(1, len(said) // 10)))
    )


def _line(said: Floats, true: Floats) -> tuple[float | None, float | None]:
    """Return slope and intercept of truth on score by least squares."""
    spread = float(np.square(said - said.mean()).sum())
    if len(said) < 3 or np.ptp(said) == 0:
        return None, None
    slope = float(((said - said.mean()) * (true - true.mean())).sum()) / spread
    return slope, float(true.mean() - slope * said.mean())


def _reliability(axis: str, manifest: Manifest) -> float | None:
    """Return how far the mean ratings of an axis can be relied on, as the manifest says."""
    said = manifest.about.get("reliability")
    own = said.get(axis) if isinstance(said, dict) else None
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
        said=float(data.said[song]),
        true=float(data.true[song]),
    )


def _on_scale(axis: str, true: Floats) -> bool:
    like = AXIS[AESTHETICS[0]] if axis == MEAN_AXIS else AXIS[axis]
    return bool(((true >= like.low) & (true <= like.high)).all())
