"""The measures of a task: correlations of songs, accuracies of pairs, each beside what is cheap.

Conventions: a score of nan was not given; a pair needs both. Intervals are bootstrap percentiles
over groups (prompts where they are known), with the same resamples for all measures of a task.
"""

import hashlib
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.suites.promise import PairTask, Slices, SongTask
from plaudit.benchmarks.suites.record import Measure, RunSettings, TaskAnswers, Ties
from plaudit.benchmarks.suites.system_identity import system_margins, system_means
from plaudit.core.outcome import Outcome
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.choice import credit
from plaudit.metrics.correlation import kendall, pearson, spearman
from plaudit.metrics.reliability import ceiling, split_half
from plaudit.metrics.threshold import tta_f1

Floats = NDArray[np.float64]
CORRELATIONS: dict[str, Callable[..., float]] = {
    "LCC": pearson,
    "SRCC": spearman,
    "KTAU": kendall,
}
FOLDS = 5
LEAST_OF_SLICE = 5  # songs below which a slice has no correlation
SHARE = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0}
EQUAL = {Outcome.TIE, Outcome.NEITHER}


def statistic_of(name: str, threshold: float | None) -> Callable[..., float]:
    """Return the function of a measure by its name: ``statistic(said, true)``."""
    if name in CORRELATIONS:
        return CORRELATIONS[name]
    limit = math.nan if threshold is None else threshold
    return lambda said, true: tta_f1(said, true, limit)


def pair_credit(margin: Floats, share: Floats, ties: Ties) -> Floats:
    """Return what each pair is worth to a judge.

    Parameters
    ----------
    margin : ndarray of float64, (n,)
        Score of the first minus that of the second.
    share : ndarray of float64, (n,)
        1 where people preferred the first, 0 the second, 0.5 where they saw a tie.
    ties : {"half", "drop", "toolkit"}
        What an equal score is worth: one half, nothing (the pair is left out), or an answer for
        the second.

    Returns
    -------
    ndarray of float64, (n,)
        0 to 1, nan where left out. A pair that people called equal is worth one half to a judge
        that decides, and one to a judge that says equal under "half".
    """
    found = np.asarray(credit(margin, share > 0.5, ties), np.float64).copy()
    equal = share == 0.5
    found[equal] = 0.5
    level = equal & (margin == 0)
    if ties != "toolkit":
        found[level] = 1.0 if ties == "half" else math.nan
    return found


def song_measures(
    task: SongTask, said: Floats, used: str | None, why: str | None, settings: RunSettings
) -> tuple[list[Measure], TaskAnswers | None]:
    """Measure one task of songs.

    Parameters
    ----------
    task : SongTask
        Songs and truth.
    said : ndarray of float64, (n,)
        Scores of the judge; nan where there is none.
    used : str, optional
        Name of the score that answers.
    why : str, optional
        Why there is none at all.
    settings : RunSettings
        Seed, draws and confidence.

    Returns
    -------
    list of Measure, TaskAnswers or None
        All slices, and the answers for pairing.
    """
    names = (*CORRELATIONS, *(("TTA-F1",) if task.threshold is not None else ()))
    known = ~np.isnan(said)
    groups = np.array(task.groups, object)
    rng = np.random.default_rng(settings.seed)
    reliability = math.nan if task.ratings is None else split_half(task.ratings, rng)
    top = ceiling(reliability) if reliability > 0 else None  # below 0 raters agree on nothing
    by_system = system_means(task.true, task.systems, folds_of(task.groups))

    def beside(keep: NDArray[np.bool_], name: str) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        if name == "TTA-F1":
            good = float(np.mean(task.true[keep] >= (task.threshold or 0))) if keep.any() else 0
            found["constant (all good)"] = 2 * good / (1 + good) if good else None
        else:
            found["constant"] = None  # one answer for all has no correlation
        told = keep & ~np.isnan(by_system)
        if told.any():
            value = statistic_of(name, task.threshold)(by_system[told], task.true[told])
            found["system identity"] = None if math.isnan(value) else value
        if top is not None and name in ("LCC", "SRCC"):
            found["ceiling"] = top
        return found

    everything = np.ones(len(said), bool)
    measures = [
        _measured(
            statistic_of(name, task.threshold), (said[known], task.true[known]),
            groups[known], settings, task=task.name, measure=name, used=used, why=why,
            beside=beside(known if known.any() else everything, name),
        )
        for name in names
    ]  # fmt: skip
    if not math.isnan(reliability):
        measures.append(_reliability(task, reliability))
    measures += _system_level(task, said, names, used, why, settings)
    if known.any():
        for label, keep in _slices(task.slices, known):
            few = "fewer than 5 songs" if keep.sum() < LEAST_OF_SLICE else None
            measures.append(
                _measured(
                    spearman, (said[keep], task.true[keep]), groups[keep], settings,
                    task=task.name, slice=label, measure="SRCC", used=used, why=few,
                    beside=beside(keep, "SRCC"),
                )
            )  # fmt: skip
    if not known.any():
        return measures, None
    picked = np.flatnonzero(known)
    return measures, TaskAnswers(
        task=task.name,
        kind="song",
        measures=names,
        ids=tuple(task.items[k] for k in picked),
        groups=tuple(task.groups[k] for k in picked),
        said=tuple(said[known].tolist()),
        true=tuple(task.true[known].tolist()),
        threshold=task.threshold,
    )


def pair_measures(
    task: PairTask, margin: Floats, used: str | None, why: str | None, settings: RunSettings
) -> tuple[list[Measure], TaskAnswers | None]:
    """Measure one task of pairs; ``margin`` is (n,), nan where the judge does not answer.

    Parameters
    ----------
    task : PairTask
        Pairs that count: decided ones, and ties where the task keeps them.
    margin : ndarray of float64, (n,)
        Score of the first minus that of the second.
    used, why : str, optional
        As for `song_measures`.
    settings : RunSettings
        Also says what a tie is worth.

    Returns
    -------
    list of Measure, TaskAnswers or None
        All slices, and the answers for pairing.
    """
    share = np.array([SHARE.get(pair.outcome, 0.5) for pair in task.pairs])
    groups = np.array([pair.group for pair in task.pairs], object)
    known = ~np.isnan(margin)
    decided = share != 0.5
    names = [pair.systems for pair in task.pairs]
    alone = system_margins(names, share, decided, folds_of([str(g) for g in groups]))
    worth = np.full(len(share), math.nan)
    worth[known] = pair_credit(margin[known], share[known], settings.ties)
    cheap = {
        "constant A": pair_credit(np.ones(len(share)), share, settings.ties),
        "constant B": pair_credit(-np.ones(len(share)), share, settings.ties),
    }
    if not np.isnan(alone).all():
        told = np.nan_to_num(alone)  # an unknown system is worth a tie
        cheap["system identity"] = pair_credit(told, share, settings.ties)

    def beside(keep: NDArray[np.bool_]) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, values in cheap.items():
            own = values[keep & ~np.isnan(values)]
            found[name] = float(own.mean()) if len(own) else None
        return found if task.ceiling is None else {**found, "people": task.ceiling}

    counted = known & ~np.isnan(worth)
    if known.any() and not counted.any():
        why = "every pair is a tie, and ties are dropped"
    everything = np.ones(len(share), bool)
    measures = [
        _measured(
            _mean, (worth[counted],), groups[counted], settings, task=task.name,
            measure="accuracy", used=used, why=why,
            beside=beside(counted if counted.any() else everything),
        )
    ]  # fmt: skip
    if known.any():
        level = (margin[known] == 0).astype(np.float64)
        measures.append(
            _measured(_mean, (level,), groups[known], settings, task=task.name,
                      measure="tied", used=used)
        )  # fmt: skip
        measures += _by_group(task.name, worth[counted], groups[counted], used, settings)
        for label, keep in _slices(tuple(pair.slices for pair in task.pairs), counted):
            measures.append(
                _measured(
                    _mean, (worth[keep],), groups[keep], settings, task=task.name, slice=label,
                    measure="accuracy", used=used, beside=beside(keep),
                )
            )  # fmt: skip
    if not known.any():
        return measures, None
    picked = np.flatnonzero(known)
    return measures, TaskAnswers(
        task=task.name,
        kind="pair",
        measures=("accuracy",),
        ids=tuple(task.pairs[k].id for k in picked),
        groups=tuple(task.pairs[k].group for k in picked),
        said=tuple(margin[known].tolist()),
        true=tuple(share[known].tolist()),
    )


def _by_group(
    task: str, worth: Floats, groups: NDArray[np.object_], used: str | None, settings: RunSettings
) -> list[Measure]:
    """Return accuracy averaged over prompts, and the share of prompts answered without a fault."""
    names, group, times = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    if not len(names) or times.max() < 2:
        return []  # with one pair a prompt both are the accuracy again
    mean = np.bincount(group, worth) / times
    whole = (np.bincount(group, worth == 1) == times).astype(np.float64)
    return [
        _measured(_mean, (values,), names.astype(object), settings, task=task, measure=name,
                  used=used)
        for name, values in (("accuracy by prompt", mean), ("Acc+", whole))
    ]  # fmt: skip


def folds_of(groups: Sequence[str]) -> NDArray[np.intp]:
    """Return the fold of each group's members, (n,): the same whatever else is in the data."""
    digests = (hashlib.sha256(group.encode()).digest() for group in groups)
    return np.array([int.from_bytes(digest[:4]) % FOLDS for digest in digests], np.intp)


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _slices(
    slices: Sequence[Slices], keep: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.bool_]]]:
    found: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for place, own in enumerate(slices):
        for kind, names in own.items():
            for name in names:
                mask = found.setdefault((kind, name), np.zeros(len(slices), bool))
                mask[place] = keep[place]
    return [(f"{kind}={name}", mask) for (kind, name), mask in sorted(found.items()) if mask.any()]


def _system_level(
    task: SongTask, said: Floats, names: Sequence[str], used: str | None, why: str | None,
    settings: RunSettings,
) -> list[Measure]:  # fmt: skip
    systems = np.array([one or "" for one in task.systems], object)
    kept = (systems != "") & ~np.isnan(said)
    if not (systems != "").any():
        if task.threshold is None:
            return []
        why = "which system made which song is not known"
    order = sorted(set(systems[kept]))
    means = [
        np.array([values[kept & (systems == name)].mean() for name in order], np.float64)
        for values in (said, task.true)
    ]
    return [
        _measured(
            statistic_of(name, task.threshold), (means[0], means[1]),
            np.array(order, object), settings, task=task.name, slice="system", measure=name,
            used=used, why=why,
        )
        for name in names
    ]  # fmt: skip


def _reliability(task: SongTask, value: float) -> Measure:
    return Measure(
        task=task.name, measure="split-half reliability of raters", value=value, n=len(task.items)
    )


def _measured(
    statistic: Callable[..., float], arrays: tuple[Floats, ...], groups: NDArray[np.object_],
    settings: RunSettings, *, task: str, measure: str, slice: str = "all", used: str | None = None,
    why: str | None = None, beside: dict[str, float | None] | None = None,
) -> Measure:  # fmt: skip
    n = len(arrays[0])
    value = low = high = None
    units = 0
    if why is None and n:
        found = bootstrap(
            statistic, *arrays, rng=np.random.default_rng(settings.seed),
            groups=groups.astype(str), draws=settings.draws, confidence=settings.confidence,
        )  # fmt: skip
        value, low, high = (
            None if math.isnan(x) else x for x in (found.value, found.low, found.high)
        )
        units = found.n
        if value is None:
            why = (
                "fewer than 2 of them" if n < 2 else "all scores (or all truths) are the same"
                if measure in CORRELATIONS else "nothing is good, in truth and in the scores"
            )  # fmt: skip
    elif why is None:
        why = "no item was answered"
    return Measure(
        task=task, slice=slice, measure=measure, value=value, low=low, high=high, n=n,
        units=units, reason=why, used=used, beside=beside or {},
    )  # fmt: skip
