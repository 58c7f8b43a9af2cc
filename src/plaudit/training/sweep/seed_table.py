"""The table of a sweep: every measure of every condition over seeds, against a reference.

Intervals are Student's t over seeds (95 %): the variation over seeds, not over songs, for which
evaluate the judge. Differences are taken seed by seed, so that the effect of a seed on both
conditions cancels. No torch here.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field, JsonValue

from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.training.result import RunResult, averaged

_CONFIDENCE = 0.95


class SweepRow(Record):
    """One measure of one axis of one condition, on one split.

    ``mean`` over ``n`` seeds, with its interval from ``low`` to ``high``; ``difference`` from the
    reference likewise. None where undefined: an interval needs two seeds, and the reference has no
    difference from itself.
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
    """Content of ``table.json``: rows, and the settings of each condition."""

    schema_version: Literal[1] = 1  #: Of this record.
    reference: str  #: Label of the condition that the others are compared with.
    seeds: tuple[int, ...]  #: Seeds of every condition.
    data: str  #: SHA-256 of the training set.
    #: By label: the settings in which it differs from the reference.
    changes: dict[str, dict[str, JsonValue]]
    rows: tuple[SweepRow, ...]  #: By label, split, measure and axis.
    #: Where the options of the command came from.
    option_sources: OptionSources = Field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """Conditions in the order of the sweep."""
        return tuple(self.changes)

    def row(self, label: str, split: str, measure: str, axis: str) -> SweepRow | None:
        """Return one row, None if it does not exist."""
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
    """Return the mean of values, one per seed, with Student's t interval.

    Parameters
    ----------
    values : list of float
        One per seed; nan gives nan.

    Returns
    -------
    MeanInterval
        The interval is nan for fewer than two values.

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
    t = float(stdtrit(len(values) - 1, 0.5 + _CONFIDENCE / 2))
    half_width = t * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return MeanInterval(mean, mean - half_width, mean + half_width)


def make_table(results: Mapping[str, list[RunResult]], reference: str) -> SweepTable:
    """Make the table of results, which have the same seeds in the same order for all labels."""
    first = results[reference]
    rows = []
    for label, runs in results.items():
        for measured in runs[0].measures:
            split, measure, axis = key = measured.split, measured.measure, measured.axis
            values = [run.value(*key) for run in runs]
            base = [run.value(*key) for run in first]
            same_axes = averaged(axis, runs[0].axes) == averaged(axis, first[0].axes)
            compared = label != reference and same_axes and not np.isnan(base).any()
            differences = [a - b for a, b in zip(values, base, strict=True)] if compared else []
            own, difference = mean_interval(values), mean_interval(differences)
            rows.append(
                SweepRow(
                    label=label, split=split, measure=measure, axis=axis, n=len(values),
                    mean=_or_none(own.mean), low=_or_none(own.low), high=_or_none(own.high),
                    difference=_or_none(difference.mean),
                    difference_low=_or_none(difference.low),
                    difference_high=_or_none(difference.high),
                )
            )  # fmt: skip
    reference_settings = first[0].settings
    return SweepTable(
        reference=reference,
        seeds=tuple(_seed(run) for run in first),
        data=first[0].data,
        changes={
            label: {
                key: value
                for key, value in runs[0].settings.items()
                if key not in ("out", "seed", "preset") and value != reference_settings.get(key)
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
