"""The table of a sweep: every measure of every condition over seeds, against the published recipe.

Intervals are Student's t over seeds (95 %). They say what another seed would change, not what other
songs would: for that, evaluate the judge. Differences are taken seed by seed, so that luck which
two conditions share drops out. No torch here.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from pydantic import JsonValue

from plaudit.core.settings import Record
from plaudit.training.result import RunResult, averaged

CONFIDENCE = 0.95


class SweepRow(Record):
    """One measure of one axis of one condition, on one split.

    ``mean`` over ``n`` seeds, with its interval from ``low`` to ``high``; ``difference`` from the
    reference likewise. None where it is undefined: an interval needs two seeds, and a reference
    does not differ from itself.
    """

    label: str
    split: str
    measure: str
    axis: str
    n: int
    mean: float | None
    low: float | None
    high: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None


class SweepTable(Record):
    """Everything a sweep found: rows, and per condition the settings that make it.

    Parameters
    ----------
    schema_version : int
        Of this record.
    reference : str
        Label of the condition that the others are compared with.
    seeds : tuple of int
        Seeds of every condition.
    data : str
        SHA-256 of the training set.
    changes : dict
        By label: the settings in which it differs from the reference.
    rows : tuple of SweepRow
        By label, split, measure and axis.
    """

    schema_version: Literal[1] = 1
    reference: str
    seeds: tuple[int, ...]
    data: str
    changes: dict[str, dict[str, JsonValue]]
    rows: tuple[SweepRow, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Conditions in the order of the sweep."""
        return tuple(self.changes)

    def row(self, label: str, split: str, measure: str, axis: str) -> SweepRow | None:
        """Return one row, None if the condition has no such axis."""
        for row in self.rows:
            if (row.label, row.split, row.measure, row.axis) == (label, split, measure, axis):
                return row
        return None


class MeanInterval(NamedTuple):
    """A mean over seeds and its interval, nan where undefined."""

    mean: float
    low: float
    high: float


def mean_interval(values: list[float]) -> MeanInterval:
    """Return the mean of some values with Student's t interval.

    Parameters
    ----------
    values : list of float
        One per seed.

    Returns
    -------
    MeanInterval
        Entries are nan where a value is nan; the interval is nan for fewer than two values.

    Examples
    --------
    >>> [round(x, 3) for x in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    from scipy.special import stdtrit

    if not values:
        return MeanInterval(np.nan, np.nan, np.nan)
    mean = float(np.mean(values))
    if len(values) < 2:
        return MeanInterval(mean, np.nan, np.nan)
    t = float(stdtrit(len(values) - 1, 0.5 + CONFIDENCE / 2))
    half = t * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return MeanInterval(mean, mean - half, mean + half)


def make_table(results: Mapping[str, list[RunResult]], reference: str) -> SweepTable:
    """Make the table of finished runs.

    Parameters
    ----------
    results : mapping of str to list of RunResult
        By label, one per seed, with the same seeds in the same order for every label.
    reference : str
        Label to compare with.

    Returns
    -------
    SweepTable
        Axes that a condition does not learn have no row, and means over other axes no difference.
    """
    first = results[reference]
    rows = []
    for label, runs in results.items():
        for one in runs[0].measures:
            key = (one.split, one.measure, one.axis)
            values = [run.value(*key) for run in runs]
            other = [run.value(*key) for run in first]
            alike = averaged(one.axis, runs[0].axes) == averaged(one.axis, first[0].axes)
            compared = label != reference and alike and not np.isnan(other).any()
            gaps = [a - b for a, b in zip(values, other, strict=True)] if compared else []
            here, gap = mean_interval(values), mean_interval(gaps)
            rows.append(
                SweepRow(
                    label=label, split=one.split, measure=one.measure, axis=one.axis,
                    n=len(values),
                    mean=_or_none(here.mean), low=_or_none(here.low), high=_or_none(here.high),
                    difference=_or_none(gap.mean),
                    difference_low=_or_none(gap.low),
                    difference_high=_or_none(gap.high),
                )
            )  # fmt: skip
    base = first[0].settings
    return SweepTable(
        reference=reference,
        seeds=tuple(_seed(run) for run in first),
        data=first[0].data,
        changes={
            label: {
                key: value
                for key, value in runs[0].settings.items()
                if key not in ("out", "seed", "preset") and value != base.get(key)
            }
            for label, runs in results.items()
        },
        rows=tuple(rows),
    )


def _seed(run: RunResult) -> int:
    seed = run.settings["seed"]
    if not isinstance(seed, int):
        raise AssertionError("settings are read strictly")
    return seed


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
