"""Plots of an evaluation: order, error, coverage and calibration, beside baselines.

Brass squares are popularity and blue circles aesthetics, as on every page. Each plot is a plate of
one column's width (`plaudit.reports.look.svg`), so that its letters can be read on a phone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.evaluation.record import MEAN_AXIS, AxisResult, Evaluation
from plaudit.core.axes import POPULARITY
from plaudit.reports.evaluation.table import ceiling_line
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, ROSE, SOFT, bare
from plaudit.reports.look.plot import Plot, interval_dot, mark_key, name_rows, to_percent
from plaudit.reports.look.svg import plate, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 0.36  # inches


def evaluation_plots(result: Evaluation) -> list[Plot]:
    """Return all plots of an evaluation, in the order of the page; what is unknown has none."""
    plots = (_correlations(result), _errors(result), _coverage(result), _curves(result),
             _calibration(result))  # fmt: skip
    return [plot for plot in plots if plot is not None]


def _correlations(result: Evaluation) -> Plot | None:
    shown = [axis for axis in result.axes if axis.judge.spearman.value is not None]
    if not shown:
        return None
    with plate("evaluation-spearman", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, axis in enumerate(shown):
            if axis.ceiling is not None:
                axes.plot(
                    axis.ceiling, row, marker="D", color="none", markersize=5.5,
                    markeredgecolor=ROSE, markeredgewidth=1.3,
                )  # fmt: skip
            baselines = [each.spearman.value for each in axis.baselines]
            best = max((value for value in baselines if value is not None), default=None)
            if best is not None:
                axes.plot(best, row + 0.22, marker="|", color=SOFT, markersize=8, markeredgewidth=2)
            interval_dot(axes, axis.judge.spearman, row, *_look(axis))
        _name_rows(axes, shown)
        axes.axvline(0, color=HAIR, linewidth=0.8, zorder=0)
        axes.set_xlabel("Spearman's correlation with the truth")
        entries = [("judge", "o", BLUE), ("best baseline", "|", SOFT), ("ceiling", "D", ROSE)]
        mark_key(axes, entries, hollow="D")
        svg = svg_of(figure, "Spearman's correlation of each axis with its interval")
    text = "Right is better; bars are the intervals. "
    text += (
        "The ceiling is what a judge would reach that knew what all raters think."
        if any(map(ceiling_line, result.axes))
        else "The manifest does not say how far its raters agree, so there is no ceiling."
    )
    return Plot("In the right order?", svg, text)


def _errors(result: Evaluation) -> Plot | None:
    """Show the root mean square error as a share of the constant's."""
    shown = []
    for axis in result.axes:
        constant = next((each for each in axis.baselines if each.name == "constant"), None)
        if constant is not None and constant.mse is not None and constant.mse.value:
            shown.append((axis, constant.mse.value))
    if not shown:
        return None
    names = [each.name for each in shown[0][0].baselines if each.name != "constant"]
    marks = dict(zip(names, ("|", "x", "+"), strict=False))
    with plate("evaluation-error", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, (axis, unit) in enumerate(shown):

            def share(mse: float, unit: float = unit) -> float:
                return float(np.sqrt(max(mse, 0.0) / unit))

            for each in axis.baselines:
                if each.name in marks and each.mse is not None and each.mse.value is not None:
                    axes.plot(
                        share(each.mse.value), row + 0.22, color=SOFT, marker=marks[each.name],
                        markersize=6.5, markeredgewidth=1.7,
                    )  # fmt: skip
            if axis.judge.mse is not None:
                interval_dot(axes, axis.judge.mse, row, *_look(axis), place=share)
        _name_rows(axes, [axis for axis, _ in shown])
        axes.axvline(1, color=HAIR, linewidth=0.8, zorder=0)
        axes.set_xlabel("error as a share of that of the mean")
        mark_key(axes, [("judge", "o", BLUE), *((name, marks[name], SOFT) for name in names)])
        svg = svg_of(figure, "Root mean square error of each axis as a share of the constant's")
    text = "Left is better; 1 is the error of predicting the training mean for every song."
    return Plot("How far off?", svg, text)


def _coverage(result: Evaluation) -> Plot | None:
    shown = [(axis, axis.coverage) for axis in result.axes if axis.coverage is not None]
    if not shown:
        return None
    level = shown[0][1].level
    with plate("evaluation-coverage", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, (axis, coverage) in enumerate(shown):
            interval_dot(axes, coverage.coverage, row, *_look(axis), place=to_percent)
        if level is not None:
            axes.axvline(100 * level, color=ROSE, linewidth=1.2, zorder=0)
        _name_rows(axes, [axis for axis, _ in shown])
        axes.set_xlim(None, 101)
        axes.set_xlabel("% of songs inside their interval")
        svg = svg_of(figure, "Share of songs inside their interval, by axis")
    if level is None:
        return Plot("Intervals", svg, "The nominal coverage of these intervals is not stated.")
    text = (
        f"The line is stated, {100 * level:.0f} %. Left of it intervals are too narrow,"
        " right of it wider than necessary."
    )
    return Plot("Coverage of intervals", svg, text)


def _curves(result: Evaluation) -> Plot | None:
    shown = [axis for axis in result.axes if axis.coverage and axis.coverage.empirical]
    if not shown:
        return None
    with plate("evaluation-curve", height=3.6) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=1)
        for axis in shown:
            coverage = axis.coverage
            if coverage is not None and coverage.nominal and coverage.empirical:
                colour, mark = _look(axis)
                axes.plot(
                    100 * np.array(coverage.nominal), 100 * np.array(coverage.empirical),
                    color=colour, linewidth=1.2, marker=mark, markersize=3, alpha=0.8,
                )  # fmt: skip
        axes.set_xlabel("stated coverage, %")
        axes.set_ylabel("% of songs inside")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_aspect("equal")
        bare(axes, "left", "bottom")
        mark_key(axes, [("popularity", "s", BRASS), ("aesthetics", "o", BLUE)])
        svg = svg_of(figure, "Stated against observed coverage, a line for each axis")
    text = (
        "Intervals of other levels, scaled from the stated ones for normal errors; a"
        " line for each axis. On the diagonal they cover as stated, below it less."
    )
    return Plot("Coverage at every level", svg, text)


def _calibration(result: Evaluation) -> Plot | None:
    shown = [axis for axis in result.axes if len(axis.bins) > 1]
    if not shown:
        return None
    rows = (len(shown) + 1) // 2
    with plate("evaluation-calibration", height=0.25 + 1.55 * rows) as figure:
        for place, axis in enumerate(shown):
            _calibration_panel(figure.add_subplot(rows, 2, place + 1), axis)
        svg = svg_of(
            figure, "Mean truth against mean score in bins of songs, a panel for each axis"
        )
    text = (
        "Truth (upwards) of songs with about the same score (to the right), in bins of equally many"
        " songs; bars are one standard error. On the diagonal the mean score equals the mean truth."
    )
    return Plot("Are scores calibrated?", svg, text)


def _calibration_panel(axes: "Axes", axis: AxisResult) -> None:
    colour, mark = _look(axis)
    predicted = np.array([part.predicted for part in axis.bins])
    observed = np.array([part.observed for part in axis.bins])
    spread = np.array([part.spread or 0.0 for part in axis.bins])
    error = spread / np.sqrt([part.n for part in axis.bins])
    low, high = observed - error, observed + error
    ends = min(predicted.min(), low.min()), max(predicted.max(), high.max())
    axes.plot(ends, ends, color=HAIR, linewidth=1, zorder=0)
    axes.vlines(predicted, low, high, color=colour, alpha=0.35, linewidth=3)
    axes.plot(predicted, observed, mark, color=colour, markersize=4)
    name = "mean" if axis.axis == MEAN_AXIS else axis.axis
    axes.set_title(name, loc="left", fontsize=10, color=INK, pad=3)
    axes.locator_params(nbins=4)
    bare(axes, "left", "bottom")


def _look(axis: AxisResult) -> tuple[str, str]:
    return (BRASS, "s") if axis.axis in POPULARITY else (BLUE, "o")


def _name_rows(axes: "Axes", shown: Sequence[AxisResult]) -> None:
    names = ["their mean" if axis.axis == MEAN_AXIS else axis.axis for axis in shown]
    name_rows(axes, dict(enumerate(names)))
