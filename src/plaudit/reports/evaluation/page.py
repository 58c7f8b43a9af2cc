"""An evaluation as one HTML page that works offline: plots, tables, slices, best and worst songs.

The page holds no script and asks for nothing; its bytes depend on the record alone.
"""

from dataclasses import dataclass

from plaudit.benchmarks.evaluation.axis import LEAST_OF_SLICE
from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    By,
    Case,
    Evaluation,
)
from plaudit.core.axes import POPULARITY
from plaudit.metrics.measurement import Measurement
from plaudit.reports.evaluation.plot import evaluation_plots
from plaudit.reports.evaluation.table import (
    TITLES,
    UNDEFINED,
    axis_title,
    ceiling_line,
    coverage_line,
    digits,
    dropped_line,
    group_sizes,
    headline,
    interval_line,
    number,
    tiny_line,
)
from plaudit.reports.look.cell import Cell, Row
from plaudit.reports.look.panel import counted
from plaudit.reports.look.shell import html_page

GROUPS_AT_MOST = 40


@dataclass(frozen=True)
class AxisPart:
    """What the page says about one axis."""

    title: str
    family: str
    n: str
    heads: list[str]
    rows: list[Row]
    lines: list[str]


@dataclass(frozen=True)
class SlicePart:
    """A table of slices: groups down, axes across."""

    by: By
    axes: list[str]
    rows: list[Row]
    left_out: str


@dataclass(frozen=True)
class SongLine:
    """One song with its predicted and observed score, and the residual, as text."""

    song: str
    predicted: str
    observed: str
    residual: str


@dataclass(frozen=True)
class SongPart:
    """The songs of one axis that are farthest off and closest."""

    title: str
    farthest: list[SongLine]
    closest: list[SongLine]


def evaluation_page(result: Evaluation) -> str:
    """Return an evaluation as one HTML file.

    Parameters
    ----------
    result : Evaluation
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    judge = result.judge
    name = result.source if judge is None else f"{judge.name} {judge.version}"
    return html_page(
        "evaluation",
        title=f"{name}, measured",
        result=result,
        headline=headline(result),
        lines=[dropped_line(result), interval_line(result), *result.notes],
        counts=_counts(result),
        plots=evaluation_plots(result),
        parts=[_axis_part(axis) for axis in result.axes],
        slices=[part for by in result.settings.by if (part := _slice_part(result, by))],
        songs=[songs for axis in result.axes if (songs := _song_part(axis))],
    )


def _counts(result: Evaluation) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, a detail."""
    left = sum(result.dropped.values())
    found = [(f"{result.judged:,}", "songs measured", f"{left:,} more could not be")]
    ordered = [axis for axis in result.axes if axis.judge.spearman.value is not None]
    if ordered:
        best = max(ordered, key=lambda axis: axis.judge.spearman.value or 0.0)
        worst = min(ordered, key=lambda axis: axis.judge.spearman.value or 0.0)
        for axis, name in ((best, "best in order"), (worst, "worst in order")):
            value = number(axis.judge.spearman.value, 2)
            found.append((value, name, f"Spearman of {axis_title(axis.axis)}"))
    beaten = [_beaten(axis) for axis in result.axes if axis.differences]
    if beaten:
        detail = "by Spearman, with the interval clear of zero"
        found.append((f"{sum(beaten)} of {len(beaten)}", "axes above all baselines", detail))
    return found


def _beaten(axis: AxisResult) -> bool:
    own = next((one.difference for one in axis.differences if one.measure == "spearman"), None)
    return own is not None and own.low is not None and own.low > 0


def _axis_part(axis: AxisResult) -> AxisPart:
    names = list(TITLES) if axis.on_scale else ["pearson", "spearman"]
    rows = []
    for one in (axis.judge, *axis.baselines):
        remark = f"{one.fallback:,} by the mean" if one.fallback else ""
        cells = [_cell(getattr(one, name), digits(name, axis.axis)) for name in names]
        rows.append(Row(one.name, remark, cells, "judge" if one is axis.judge else ""))
    if axis.differences:
        by_name = {one.measure: one for one in axis.differences}
        cells = []
        for name in names:
            if name not in by_name:
                cells.append(Cell(UNDEFINED))
                continue
            cell = _cell(by_name[name].difference, digits(name, axis.axis), signed=True)
            cells.append(Cell(cell.value, cell.interval, by_name[name].baseline))
        rows.append(Row("judge minus the best", "", cells, "difference"))
    lines = [line for line in (coverage_line(axis), ceiling_line(axis)) if line]
    if axis.slope is not None and axis.intercept is not None:
        lines.append(f"truth rises by {axis.slope:.2f} for each 1.00 of score")
    if not axis.on_scale:
        lines.append("the truth is not on the scale of this axis, so errors would mean nothing")
    n = counted(axis.n)
    if axis.unlabelled:
        n += f", {axis.unlabelled:,} more without a truth"
    family = "popularity" if axis.axis in POPULARITY else "aesthetics"
    heads = [TITLES[name] for name in names]
    return AxisPart(_capital(axis_title(axis.axis)), family, n, heads, rows,
                    [_capital(f"{line}.") for line in lines])  # fmt: skip


def _slice_part(result: Evaluation, by: By) -> SlicePart | None:
    axes = [axis for axis in result.axes if any(one.by == by for one in axis.slices)]
    sizes = group_sizes(result, by)
    if not sizes:
        return None
    found = {(one.group, axis.axis): one for axis in axes for one in axis.slices if one.by == by}
    large = [group for group, n in sizes.items() if n >= LEAST_OF_SLICE]
    kept = sorted(large, key=lambda group: -sizes[group])[:GROUPS_AT_MOST]
    rows = []
    for group in (group for group in large if group in kept):
        cells = []
        for axis in axes:
            own = found.get((group, axis.axis))
            cell = Cell("") if own is None else _cell(own.spearman, 2)
            few = "" if own is None or own.n == sizes[group] else f"n = {own.n:,}"
            cells.append(Cell(cell.value, cell.interval, few))
        small = "small" if sizes[group] < result.settings.small else ""
        rows.append(Row(group or "unknown", counted(sizes[group]), cells, small))
    names = ["Their mean" if axis.axis == MEAN_AXIS else _capital(axis.axis) for axis in axes]
    left_out = tiny_line(sizes)
    if len(large) > len(kept):
        left_out += f" {len(large) - len(kept)} more groups are in the JSON record."
    return SlicePart(by, names, rows, left_out.strip())


def _song_part(axis: AxisResult) -> SongPart | None:
    if not axis.farthest:
        return None
    return SongPart(
        _capital(axis_title(axis.axis)),
        [_song(case, axis.axis) for case in axis.farthest],
        [_song(case, axis.axis) for case in axis.closest],
    )


def _song(case: Case, axis: str) -> SongLine:
    places = 0 if axis in POPULARITY else 2
    residual = number(case.predicted - case.observed, places, signed=True)
    return SongLine(
        case.song_id, number(case.predicted, places), number(case.observed, places), residual
    )


def _cell(measure: Measurement | None, places: int, *, signed: bool = False) -> Cell:
    if measure is None or measure.value is None:
        return Cell(UNDEFINED)
    value = number(measure.value, places, signed=signed)
    if measure.low is None or measure.high is None:
        return Cell(value)
    return Cell(value, f"{number(measure.low, places)} to {number(measure.high, places)}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
