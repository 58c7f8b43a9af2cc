"""Several results of one suite in one table, with paired differences.

A difference is a judge minus the first of the results, on the items that both predict and the same
resamples, so that the difficulty of an item cancels out. Results on other data, of another version
of the suite or with another tie rule cannot be compared.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.benchmarks.suites.measure import pair_credit, statistic_of
from plaudit.benchmarks.suites.record import (
    Contender,
    Published,
    RunSettings,
    SuiteFile,
    SuiteResult,
    TaskMeasure,
    TaskPredictions,
)
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.metrics.bootstrap import bootstrap, paired_difference
from plaudit.metrics.interval import Estimate
from plaudit.metrics.measurement import CountedMeasurement

_VALUES: dict[str, Callable[[object], float]] = {
    "falls": lambda x: float(np.mean(np.asarray(x))),
    "monotone": lambda x: float(np.median(np.asarray(x))),
    "median move": lambda x: float(np.median(np.asarray(x))),
}


class LeaderboardRow(Record):
    """One measure of all judges, in their order.

    ``differences`` are to the first judge, on ``n`` common items; None for the first, and where a
    difference is not possible.
    """

    task: str
    slice: str
    measure: str
    cells: tuple[TaskMeasure | None, ...]
    differences: tuple[CountedMeasurement | None, ...]


class Leaderboard(Record):
    """Several judges on one suite."""

    schema_version: Literal[3] = 3
    suite: str
    suite_version: str
    title: str
    plaudit: str
    citation: str
    licence: str
    protocol: tuple[str, ...]
    data: tuple[SuiteFile, ...]
    settings: RunSettings
    judges: tuple[Contender, ...]
    names: tuple[str, ...]
    n_predicted: tuple[int, ...]
    n_items: int
    rows: tuple[LeaderboardRow, ...]
    published: tuple[Published, ...]
    contamination: tuple[Contamination | None, ...] = ()  #: Of the judges.


def compare_results(results: Sequence[SuiteResult]) -> Leaderboard:
    """Compare results in one table.

    Raises
    ------
    InputError
        They cannot be compared; the sentence says why.
    """
    _check(results)
    first = results[0]
    measures = [{(m.task, m.slice, m.measure): m for m in result.measures} for result in results]
    keys = list(dict.fromkeys(key for own in measures for key in own))
    predictions = [_by_measure(result) for result in results]
    rows = [
        LeaderboardRow(
            task=key[0],
            slice=key[1],
            measure=key[2],
            cells=tuple(own.get(key) for own in measures),
            differences=tuple(
                None if k == 0 else _difference(key, predictions[0], own, first.settings)
                for k, own in enumerate(predictions)
            ),
        )
        for key in keys
    ]
    return Leaderboard(
        suite=first.suite,
        suite_version=first.suite_version,
        title=first.title,
        plaudit=first.plaudit,
        citation=first.citation,
        licence=first.licence,
        protocol=first.protocol,
        data=first.data,
        settings=first.settings,
        judges=tuple(result.judge for result in results),
        names=_names(results),
        n_predicted=tuple(result.n_predicted for result in results),
        n_items=max(result.n_items for result in results),
        rows=tuple(rows),
        published=first.published,
        contamination=tuple(result.contamination for result in results),
    )


def _check(results: Sequence[SuiteResult]) -> None:
    if len(results) < 2:
        raise InputError(f"Expected two or more results to compare, got {len(results)}.")
    first = results[0]
    for other in results[1:]:
        for what, a, b in (
            ("of one suite", first.suite, other.suite),
            ("of one version of the suite", first.suite_version, other.suite_version),
            ("with one rule for ties", first.settings.ties, other.settings.ties),
        ):
            if a != b:
                raise InputError(f"Expected results {what}, got {a} and {b}; run one again.")
        if first.data_hash != other.data_hash:
            names = [", ".join(f.name for f in result.data) for result in (first, other)]
            raise InputError(
                f"Expected results on the same data, but the files of {_name(first.judge)}"
                f" ({names[0]}) and {_name(other.judge)} ({names[1]}) have other bytes; run both"
                " on one copy."
            )


def _name(judge: Contender) -> str:
    return judge.name if judge.version is None else f"{judge.name} {judge.version}"


def _names(results: Sequence[SuiteResult]) -> tuple[str, ...]:
    """Return a unique name of each judge."""
    names: list[str] = []
    for result in results:
        name, k = _name(result.judge), 2
        while name in names:
            name, k = f"{_name(result.judge)} ({k})", k + 1
        names.append(name)
    return tuple(names)


def _by_measure(result: SuiteResult) -> dict[tuple[str, str], TaskPredictions]:
    return {(own.task, name): own for own in result.predictions for name in own.measures}


def _difference(
    key: tuple[str, str, str],
    first: dict[tuple[str, str], TaskPredictions],
    other: dict[tuple[str, str], TaskPredictions],
    settings: RunSettings,
) -> CountedMeasurement | None:
    task, slice_, measure = key
    a, b = first.get((task, measure)), other.get((task, measure))
    if slice_ != "all" or a is None or b is None:
        return None
    place = {name: k for k, name in enumerate(b.ids)}
    common = [(k, place[name]) for k, name in enumerate(a.ids) if name in place]
    if not common:
        return None
    mine, yours = (np.array(side) for side in zip(*common, strict=True))
    groups = np.array(a.groups, object)[mine].astype(str)
    predicted_a, predicted_b = np.array(a.predicted)[mine], np.array(b.predicted)[yours]
    rng = np.random.default_rng(settings.seed)
    draws, confidence = settings.draws, settings.confidence
    if a.kind == "song":
        difference = paired_difference(
            statistic_of(measure, a.threshold), predicted_b, predicted_a,
            np.array(a.observed)[mine], rng=rng, groups=groups, draws=draws, confidence=confidence,
        )  # fmt: skip
        return _record(difference, len(common))
    if a.kind == "pair":
        share = np.array(a.observed)[mine]
        gain = pair_credit(predicted_b, share, settings.ties)
        gain -= pair_credit(predicted_a, share, settings.ties)
        known = ~np.isnan(gain)
        if not known.any():
            return None
        difference = bootstrap(_mean, gain[known], rng=rng, groups=groups[known], draws=draws,
                               confidence=confidence)  # fmt: skip
        return _record(difference, int(known.sum()))
    statistic = _VALUES[measure]
    difference = bootstrap(lambda x, y: statistic(x) - statistic(y), predicted_b, predicted_a,
                           rng=rng, groups=groups, draws=draws,
                           confidence=confidence)  # fmt: skip
    return _record(difference, len(common))


def _mean(values: object) -> float:
    return float(np.mean(np.asarray(values)))


def _record(difference: Estimate, n: int) -> CountedMeasurement:
    return CountedMeasurement.of(
        difference.value, difference.low, difference.high, n=n, reason=difference.reason
    )
