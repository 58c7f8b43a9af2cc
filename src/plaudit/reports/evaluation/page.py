"""An evaluation as one HTML page: plots, tables, slices, best and worst songs."""

from dataclasses import dataclass

from plaudit.benchmarks.evaluation.axis import LEAST_OF_SLICE
from plaudit.benchmarks.evaluation.record import MEAN_AXIS, AxisResult, By, Case, Evaluation
from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.core.axes import POPULARITY
from plaudit.reports.evaluation.plot import evaluation_plots
from plaudit.reports.evaluation.table import (
    OFF_SCALE,
    TITLES,
    axis_title,
    ceiling_line,
    clean_axis,
    coverage_line,
    digits,
    dropped_line,
    group_sizes,
    headline,
    interval_line,
    measures_of,
    tiny_line,
    without_interval,
)
from plaudit.reports.look.number import Cell, Row, cell, number
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import UNDEFINED, capital, count_text

_GROUPS_AT_MOST = 40


@dataclass(frozen=True)
class _AxisPart:
    """The table of one axis, and the sentences beneath it."""

    title: str
    family: str
    n: str
    heads: list[str]
    rows: list[Row]
    lines: list[str]


@dataclass(frozen=True)
class _SlicePart:
    """A table of slices: groups down, axes across."""

    by: By
    axes: list[str]
    rows: list[Row]
    left_out: str


@dataclass(frozen=True)
class _SongLine:
    """One song with its predicted and observed score, and their difference, as text."""

    song: str
    predicted: str
    observed: str
    difference: str


@dataclass(frozen=True)
class _SongPart:
    """The songs of one axis that are farthest off and closest."""

    title: str
    farthest: list[_SongLine]
    closest: list[_SongLine]


def evaluation_page(result: Evaluation) -> str:
    """Return an evaluation as one HTML file; its bytes depend on the record alone."""
    judge = result.judge
    name = result.source if judge is None else f"{judge.name} {judge.version}"
    return html_page(
        "evaluation",
        title=f"{name}, measured",
        result=result,
        headline=" ".join(first_lines(result.contamination, headline(result))),
        lines=[dropped_line(result), interval_line(result), *result.notes],
        counts=_counts(result),
        plots=evaluation_plots(result),
        parts=[_axis_part(axis, clean_axis(result, axis.axis)) for axis in result.axes],
        slices=[part for by in result.settings.by if (part := _slice_part(result, by))],
        songs=[_song_part(axis) for axis in result.axes if axis.farthest],
    )


def _counts(result: Evaluation) -> list[tuple[str, str, str]]:
    """Return the headline numbers: value, what it counts, a detail."""
    left = sum(result.dropped.values())
    counts = [(f"{result.judged:,}", "songs measured", f"{left:,} more could not be")]
    axes, new = (result.clean, " of new songs") if result.clean else (result.axes, "")
    # A correlation of a few songs is no headline.
    ordered = [axis for axis in axes if axis.judge.spearman.low is not None]
    if ordered:
        best = max(ordered, key=lambda axis: axis.judge.spearman.value or 0.0)
        worst = min(ordered, key=lambda axis: axis.judge.spearman.value or 0.0)
        for axis, name in ((best, "best in order"), (worst, "worst in order")):
            value = number(axis.judge.spearman.value, 2)
            counts.append((value, name, f"Spearman of {axis_title(axis.axis)}{new}"))
    beaten = [_beaten(axis) for axis in axes if axis.differences]
    if beaten:
        detail = f"by Spearman{new}, with the interval clear of zero"
        counts.append((f"{sum(beaten)} of {len(beaten)}", "axes above all baselines", detail))
    return counts


def _beaten(axis: AxisResult) -> bool:
    tests = (test for test in axis.differences if test.measure == "spearman")
    return any(test.difference.low is not None and test.difference.low > 0 for test in tests)


def _axis_part(axis: AxisResult, clean: AxisResult | None) -> _AxisPart:
    names = measures_of(axis)
    rows = []
    for measured in (axis.judge, *axis.baselines):
        remark = f"{measured.fallback:,} by the mean" if measured.fallback else ""
        cells = [cell(getattr(measured, name), digits(name, axis.axis)) for name in names]
        rows.append(Row(measured.name, remark, cells, "judge" if measured is axis.judge else ""))
        if measured is axis.judge and clean is not None:
            cells = [cell(getattr(clean.judge, name), digits(name, axis.axis)) for name in names]
            rows.append(Row("new songs", count_text(clean.n), cells, "judge"))
    if axis.differences:
        differences = {test.measure: test for test in axis.differences}
        cells = [Cell(UNDEFINED)] * len(names)
        for place, name in enumerate(names):
            if name in differences:
                best = differences[name]
                places = digits(name, axis.axis)
                cells[place] = cell(best.difference, places, signed=True, note=best.baseline)
        rows.append(Row("judge minus the best", "", cells, "difference"))
    lines = [*without_interval(axis), coverage_line(axis), ceiling_line(axis)]
    lines = [line for line in lines if line]
    if axis.slope is not None and axis.intercept is not None:
        lines.append(f"truth rises by {axis.slope:.2f} for each 1.00 of score")
    if not axis.on_scale:
        lines.append(OFF_SCALE)
    n = count_text(axis.n)
    if axis.unlabelled:
        n += f", {axis.unlabelled:,} more without a truth"
    return _AxisPart(
        capital(axis_title(axis.axis)),
        "popularity" if axis.axis in POPULARITY else "aesthetics",
        n,
        [TITLES[name] for name in names],
        rows,
        [capital(f"{line}.") for line in lines],
    )


def _slice_part(result: Evaluation, by: By) -> _SlicePart | None:
    axes = [axis for axis in result.axes if any(part.by == by for part in axis.slices)]
    sizes = group_sizes(result, by)
    if not sizes:
        return None
    parts = {(part.group, axis.axis): part for axis in axes for part in axis.slices
             if part.by == by}  # fmt: skip
    large = [group for group, n in sizes.items() if n >= LEAST_OF_SLICE]
    kept = sorted(large, key=lambda group: -sizes[group])[:_GROUPS_AT_MOST]
    rows = []
    for group in (group for group in large if group in kept):
        cells = []
        for axis in axes:
            part = parts.get((group, axis.axis))
            if part is None:
                cells.append(Cell(""))
                continue
            few = "" if part.n == sizes[group] else f"n = {part.n:,}"
            cells.append(cell(part.spearman, 2, note=few))
        small = "small" if sizes[group] < result.settings.small else ""
        rows.append(Row(group or "unknown", count_text(sizes[group]), cells, small))
    names = ["Their mean" if axis.axis == MEAN_AXIS else capital(axis.axis) for axis in axes]
    left_out = tiny_line(sizes)
    if len(large) > len(kept):
        left_out += f" {len(large) - len(kept)} more groups are in the JSON record."
    return _SlicePart(by, names, rows, left_out.strip())


def _song_part(axis: AxisResult) -> _SongPart:
    return _SongPart(
        capital(axis_title(axis.axis)),
        [_song(case, axis.axis) for case in axis.farthest],
        [_song(case, axis.axis) for case in axis.closest],
    )


def _song(case: Case, axis: str) -> _SongLine:
    places = 0 if axis in POPULARITY else 2
    return _SongLine(
        case.song_id,
        number(case.predicted, places),
        number(case.observed, places),
        number(case.predicted - case.observed, places, signed=True),
    )
