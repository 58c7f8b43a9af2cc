"""The measures of a task: correlations of songs, accuracies of pairs, each beside baselines.

Conventions: a score of nan is missing; a pair needs both scores. Intervals are over groups (prompts
where they are known): of shares by `plaudit.metrics.share`, of the rest by
`plaudit.metrics.bootstrap`.
"""

import hashlib
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.suites.promise import PairTask, Slices, SongTask
from plaudit.benchmarks.suites.record import RunSettings, TaskMeasure, TaskPredictions
from plaudit.benchmarks.suites.system_identity import system_margins, system_means
from plaudit.core.choice import TiePolicy
from plaudit.core.outcome import Outcome
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import kendall, pearson, spearman
from plaudit.metrics.measurement import or_none
from plaudit.metrics.pairwise import credit
from plaudit.metrics.reliability import ceiling, split_half
from plaudit.metrics.share import share_of
from plaudit.metrics.threshold import tta_f1

Floats = NDArray[np.float64]
_CORRELATIONS: dict[str, Callable[..., float]] = {
    "LCC": pearson,
    "SRCC": spearman,
    "KTAU": kendall,
}
_FOLDS = 5
_LEAST_OF_SLICE = 5  # songs below which a slice has no correlation
_SHARE = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0}


def statistic_of(name: str, threshold: float | None) -> Callable[..., float]:
    """Return the function of a measure by its name: ``statistic(predicted, observed)``."""
    if name in _CORRELATIONS:
        return _CORRELATIONS[name]
    limit = math.nan if threshold is None else threshold
    return lambda predicted, observed: tta_f1(predicted, observed, limit)


def pair_credit(margin: Floats, share: Floats, ties: TiePolicy) -> Floats:
    """Return the credit of a judge for each pair, (n,): 0 to 1, nan where left out.

    ``margin`` (n,) is the score of the first minus that of the second; ``share`` (n,) is 1 where
    people preferred the first, 0 the second, 0.5 for a tie. Equal scores give one half ("half"),
    leave the pair out ("drop"), or choose the second ("toolkit"). A pair that people called equal
    gives one half for unequal scores, and one for equal scores under "half".
    """
    gain = np.asarray(credit(margin, share > 0.5, ties), np.float64).copy()
    equal = share == 0.5
    gain[equal] = 0.5
    level = equal & (margin == 0)
    if ties != "toolkit":
        gain[level] = 1.0 if ties == "half" else math.nan
    return gain


def song_measures(
    task: SongTask, predicted: Floats, score: str | None, why: str | None, settings: RunSettings
) -> tuple[list[TaskMeasure], TaskPredictions | None]:
    """Measure one task of songs and its slices; return the predictions for paired comparisons too.

    ``predicted`` (n,) is the judge's score of the name ``score``, nan where missing; ``why`` says
    why there are no scores at all.
    """
    names = (*_CORRELATIONS, *(("TTA-F1",) if task.threshold is not None else ()))
    known = ~np.isnan(predicted)
    groups = np.array(task.groups, object)
    rng = np.random.default_rng(settings.seed)
    reliability = math.nan if task.ratings is None else split_half(task.ratings, rng)
    top = ceiling(reliability) if reliability > 0 else None
    by_system = system_means(task.observed, task.systems, _folds_of(task.groups))

    def baselines(keep: NDArray[np.bool_], name: str) -> dict[str, float | None]:
        values: dict[str, float | None] = {}
        if name == "TTA-F1":
            good = float(np.mean(task.observed[keep] >= (task.threshold or 0))) if keep.any() else 0
            values["constant (all good)"] = 2 * good / (1 + good) if good else None
        else:
            values["constant"] = None  # a constant has no correlation
        named = keep & ~np.isnan(by_system)
        if named.any():
            statistic = statistic_of(name, task.threshold)
            values["system identity"] = or_none(statistic(by_system[named], task.observed[named]))
        if top is not None and name in ("LCC", "SRCC"):
            values["ceiling"] = top
        return values

    everything = np.ones(len(predicted), bool)
    measures = [
        _measured(
            statistic_of(name, task.threshold), (predicted[known], task.observed[known]),
            groups[known], settings, task=task.name, measure=name, score=score, why=why,
            baselines=baselines(known if known.any() else everything, name),
        )
        for name in names
    ]  # fmt: skip
    if task.ratings is not None:
        measures.append(_reliability(task, reliability))
    measures += _system_level(task, predicted, names, score, why, settings)
    if known.any():
        for label, keep in _slices(task.slices, known):
            few = "fewer than 5 songs" if keep.sum() < _LEAST_OF_SLICE else None
            measures.append(
                _measured(
                    spearman, (predicted[keep], task.observed[keep]), groups[keep], settings,
                    task=task.name, slice=label, measure="SRCC", score=score, why=few,
                    baselines=baselines(keep, "SRCC"),
                )
            )  # fmt: skip
    if not known.any():
        return measures, None
    picked = np.flatnonzero(known)
    return measures, TaskPredictions(
        task=task.name,
        kind="song",
        measures=names,
        ids=tuple(task.items[k] for k in picked),
        groups=tuple(task.groups[k] for k in picked),
        predicted=tuple(predicted[known].tolist()),
        observed=tuple(task.observed[known].tolist()),
        threshold=task.threshold,
    )


def pair_measures(
    task: PairTask, margin: Floats, score: str | None, why: str | None, settings: RunSettings
) -> tuple[list[TaskMeasure], TaskPredictions | None]:
    """Measure one task of pairs, with its slices; the rest is as for `song_measures`.

    ``margin`` (n,) is the score of the first minus that of the second, nan where missing.
    """
    share = np.array([_SHARE.get(pair.outcome, 0.5) for pair in task.pairs])
    groups = np.array([pair.group for pair in task.pairs], object)
    known = ~np.isnan(margin)
    decided = share != 0.5
    names = [pair.systems for pair in task.pairs]
    by_system = system_margins(names, share, decided, _folds_of([str(g) for g in groups]))
    gain = np.full(len(share), math.nan)
    gain[known] = pair_credit(margin[known], share[known], settings.ties)
    credits = {
        "constant A": pair_credit(np.ones(len(share)), share, settings.ties),
        "constant B": pair_credit(-np.ones(len(share)), share, settings.ties),
    }
    if not np.isnan(by_system).all():
        # A pair with an unknown system counts as a tie.
        credits["system identity"] = pair_credit(np.nan_to_num(by_system), share, settings.ties)

    def baselines(keep: NDArray[np.bool_]) -> dict[str, float | None]:
        means: dict[str, float | None] = {}
        for name, values in credits.items():
            own = values[keep & ~np.isnan(values)]
            means[name] = float(own.mean()) if len(own) else None
        return means if task.ceiling is None else {**means, "people": task.ceiling}

    counted = known & ~np.isnan(gain)
    if known.any() and not counted.any():
        why = "every pair is a tie, and ties are dropped"
    everything = np.ones(len(share), bool)
    measures = [
        _measured(
            None, (gain[counted],), groups[counted], settings, task=task.name,
            measure="accuracy", score=score, why=why,
            baselines=baselines(counted if counted.any() else everything),
        )
    ]  # fmt: skip
    if known.any():
        level = (margin[known] == 0).astype(np.float64)
        measures.append(
            _measured(None, (level,), groups[known], settings, task=task.name,
                      measure="tied", score=score)
        )  # fmt: skip
        measures += _by_group(task.name, gain[counted], groups[counted], score, settings)
        for label, keep in _slices(tuple(pair.slices for pair in task.pairs), counted):
            measures.append(
                _measured(
                    None, (gain[keep],), groups[keep], settings, task=task.name, slice=label,
                    measure="accuracy", score=score, baselines=baselines(keep),
                )
            )  # fmt: skip
    if not known.any():
        return measures, None
    picked = np.flatnonzero(known)
    return measures, TaskPredictions(
        task=task.name,
        kind="pair",
        measures=("accuracy",),
        ids=tuple(task.pairs[k].id for k in picked),
        groups=tuple(task.pairs[k].group for k in picked),
        predicted=tuple(margin[known].tolist()),
        observed=tuple(share[known].tolist()),
    )


def _by_group(
    task: str, gain: Floats, groups: NDArray[np.object_], score: str | None, settings: RunSettings
) -> list[TaskMeasure]:
    """Return the mean accuracy of prompts, and the share of prompts with every pair right."""
    names, group, times = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    if not len(names) or times.max() < 2:
        return []  # with one pair per prompt both equal the accuracy
    mean = np.bincount(group, gain) / times
    whole = (np.bincount(group, gain == 1) == times).astype(np.float64)
    return [
        _measured(None, (values,), names.astype(object), settings, task=task, measure=name,
                  score=score)
        for name, values in (("accuracy by prompt", mean), ("Acc+", whole))
    ]  # fmt: skip


def _folds_of(groups: Sequence[str]) -> NDArray[np.intp]:
    """Return the fold of each item, (n,), by the hash of its group alone."""
    digests = (hashlib.sha256(group.encode(errors="surrogatepass")).digest() for group in groups)
    return np.array([int.from_bytes(digest[:4]) % _FOLDS for digest in digests], np.intp)


def _slices(
    slices: Sequence[Slices], keep: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.bool_]]]:
    masks: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for place, own in enumerate(slices):
        for kind, names in own.items():
            for name in names:
                mask = masks.setdefault((kind, name), np.zeros(len(slices), bool))
                mask[place] = keep[place]
    return [(f"{kind}={name}", mask) for (kind, name), mask in sorted(masks.items()) if mask.any()]


def _system_level(
    task: SongTask, predicted: Floats, names: Sequence[str], score: str | None, why: str | None,
    settings: RunSettings,
) -> list[TaskMeasure]:  # fmt: skip
    systems = np.array([name or "" for name in task.systems], object)
    kept = (systems != "") & ~np.isnan(predicted)
    if not (systems != "").any():
        if task.threshold is None:
            return []
        why = "which system made which song is not known"
    order = sorted(set(systems[kept]))
    means = [
        np.array([values[kept & (systems == name)].mean() for name in order], np.float64)
        for values in (predicted, task.observed)
    ]
    return [
        _measured(
            statistic_of(name, task.threshold), (means[0], means[1]),
            np.array(order, object), settings, task=task.name, slice="system", measure=name,
            score=score, why=why,
        )
        for name in names
    ]  # fmt: skip


def _reliability(task: SongTask, value: float) -> TaskMeasure:
    why = "the halves of the raters do not agree, so their reliability is undefined"
    return TaskMeasure(
        task=task.name, measure="split-half reliability of raters", value=or_none(value),
        reason=why if math.isnan(value) else None, n=len(task.items),
    )  # fmt: skip


def _measured(
    statistic: Callable[..., float] | None, arrays: tuple[Floats, ...],
    groups: NDArray[np.object_], settings: RunSettings, *, task: str, measure: str,
    slice: str = "all", score: str | None = None, why: str | None = None,
    baselines: dict[str, float | None] | None = None,
) -> TaskMeasure:  # fmt: skip
    """Return a measure with its interval; that of no ``statistic`` is a share."""
    n = len(arrays[0])
    value = low = high = None
    units = 0
    if why is None and n:
        names, confidence = groups.astype(str), settings.confidence
        estimate = (
            share_of(arrays[0], names, confidence=confidence) if statistic is None
            else bootstrap(
                statistic, *arrays, rng=np.random.default_rng(settings.seed), groups=names,
                draws=settings.draws, confidence=confidence,
            )
        )  # fmt: skip
        value, low, high = map(or_none, (estimate.value, estimate.low, estimate.high))
        units, why = estimate.n, estimate.reason
        if value is None:
            why = (
                "fewer than 2 of them" if n < 2 else "all scores (or all truths) are the same"
                if measure in _CORRELATIONS else "nothing is good, in truth and in the scores"
            )  # fmt: skip
    elif why is None:
        why = "no item was predicted"
    return TaskMeasure(
        task=task, slice=slice, measure=measure, value=value, low=low, high=high, n=n,
        units=units, reason=why, score=score, baselines=baselines or {},
    )  # fmt: skip
