"""Several results of one suite in one table, with differences measured pair by pair.

A difference is a judge minus the first of the results, on the items that both answered and the
same resamples, so that what is hard about an item cancels out. Results of other data, another
version of the suite or another tie rule are refused: their numbers have no common meaning.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from plaudit.benchmarks.suites.measure import pair_credit, statistic_of
from plaudit.benchmarks.suites.record import (
    Contender,
    DataFile,
    Measure,
    Published,
    RunSettings,
    SuiteResult,
    TaskAnswers,
)
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.metrics.bootstrap import Estimate, bootstrap, paired_difference

_VALUES: dict[str, Callable[[object], float]] = {
    "falls": lambda x: float(np.mean(np.asarray(x))),
    "monotone": lambda x: float(np.median(np.asarray(x))),
    "median move": lambda x: float(np.median(np.asarray(x))),
}


class Difference(Record):
    """A judge minus the first, on ``n`` common items; None where one of them is undefined."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class ComparisonRow(Record):
    """One measure of all judges, in their order; the first has no difference to itself."""

    task: str
    slice: str
    measure: str
    cells: tuple[Measure | None, ...]
    differences: tuple[Difference | None, ...]


class Comparison(Record):
    """Several judges on one suite."""

    schema_version: Literal[1] = 1
    suite: str
    suite_version: str
    title: str
    plaudit: str
    citation: str
    licence: str
    protocol: tuple[str, ...]
    data: tuple[DataFile, ...]
    settings: RunSettings
    judges: tuple[Contender, ...]
    names: tuple[str, ...]
    answered: tuple[int, ...]
    items: int
    rows: tuple[ComparisonRow, ...]
    published: tuple[Published, ...]


def compare_results(results: Sequence[SuiteResult]) -> Comparison:
    """Bring results into one table.

    Parameters
    ----------
    results : sequence of SuiteResult
        Two or more, of one suite, version, data and tie rule; the first is what the others are
        compared with.

    Returns
    -------
    Comparison
        The record.

    Raises
    ------
    InputError
        They cannot be compared; the sentence says why.
    """
    _check(results)
    first = results[0]
    found = [{(m.task, m.slice, m.measure): m for m in one.measures} for one in results]
    keys = list(dict.fromkeys(key for own in found for key in own))
    answers = [_by_measure(one) for one in results]
    rows = [
        ComparisonRow(
            task=key[0],
            slice=key[1],
            measure=key[2],
            cells=tuple(own.get(key) for own in found),
            differences=tuple(
                None if k == 0 else _difference(key, answers[0], own, first.settings)
                for k, own in enumerate(answers)
            ),
        )
        for key in keys
    ]
    return Comparison(
        suite=first.suite,
        suite_version=first.suite_version,
        title=first.title,
        plaudit=first.plaudit,
        citation=first.citation,
        licence=first.licence,
        protocol=first.protocol,
        data=first.data,
        settings=first.settings,
        judges=tuple(one.judge for one in results),
        names=_names(results),
        answered=tuple(one.answered for one in results),
        items=max(one.items for one in results),
        rows=tuple(rows),
        published=first.published,
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
                raise InputError(f"Expected results {what}, got {a} and {b}; run one of them anew.")
        if first.data_hash != other.data_hash:
            names = [", ".join(f.name for f in one.data) for one in (first, other)]
            raise InputError(
                f"Expected results on the same data, but the files of {_name(first.judge)}"
                f" ({names[0]}) and {_name(other.judge)} ({names[1]}) have other bytes; run both"
                " on one copy."
            )


def _name(judge: Contender) -> str:
    return judge.name if judge.version is None else f"{judge.name} {judge.version}"


def _names(results: Sequence[SuiteResult]) -> tuple[str, ...]:
    """Return a name of each that no other has."""
    names: list[str] = []
    for one in results:
        name, k = _name(one.judge), 2
        while name in names:
            name, k = f"{_name(one.judge)} ({k})", k + 1
        names.append(name)
    return tuple(names)


def _by_measure(result: SuiteResult) -> dict[tuple[str, str], TaskAnswers]:
    return {(own.task, name): own for own in result.answers for name in own.measures}


def _difference(
    key: tuple[str, str, str],
    first: dict[tuple[str, str], TaskAnswers],
    other: dict[tuple[str, str], TaskAnswers],
    settings: RunSettings,
) -> Difference | None:
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
    said_a, said_b = np.array(a.said)[mine], np.array(b.said)[yours]
    rng = np.random.default_rng(settings.seed)
    draws, confidence = settings.draws, settings.confidence
    if a.kind == "song":
        true = np.array(a.true)[mine]
        return _record(
            paired_difference(statistic_of(measure, a.threshold), said_b, said_a, true, rng=rng,
                              groups=groups, draws=draws, confidence=confidence),
            len(common),
        )  # fmt: skip
    if a.kind == "pair":
        share = np.array(a.true)[mine]
        gain = pair_credit(said_b, share, settings.ties) - pair_credit(said_a, share, settings.ties)
        known = ~np.isnan(gain)
        if not known.any():
            return None
        found = bootstrap(_mean, gain[known], rng=rng, groups=groups[known], draws=draws,
                          confidence=confidence)  # fmt: skip
        return _record(found, int(known.sum()))
    statistic = _VALUES[measure]
    found = bootstrap(lambda x, y: statistic(x) - statistic(y), said_b, said_a, rng=rng,
                      groups=groups, draws=draws, confidence=confidence)  # fmt: skip
    return _record(found, len(common))


def _mean(values: object) -> float:
    return float(np.mean(np.asarray(values)))


def _record(found: Estimate, n: int) -> Difference:
    value, low, high = (None if math.isnan(x) else x for x in (found.value, found.low, found.high))
    return Difference(value=value, low=low, high=high, n=n)
