"""Plots of an evaluation: what the judge reaches beside baselines and ceiling, and its honesty.

Brass squares are popularity and blue circles aesthetics, as on every page. Each plot is a plate of
one column's width (`plaudit.reports.look.vector`), so that its letters can be read on a phone.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    Evaluation,
    PredictorMeasures,
)
from plaudit.core.axes import POPULARITY
from plaudit.reports.evaluation.table import ceiling_line
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, INK, LINE, ROSE, SOFT, bare
from plaudit.reports.look.panel import Plot
from plaudit.reports.look.vector import plate, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 0.36  # inches


def evaluation_plots(result: Evaluation) -> list[Plot]:
    """Return all plots of an evaluation; what is not known there has none.

    Parameters
    ----------
    result : Evaluation
        The record.

    Returns
    -------
    list of Plot
        In the order of the page.
    """
    found = [_correlations(result), _errors(result), _coverage(result), _curves(result)]
    return [plot for plot in (*found, _calibration(result)) if plot is not None]


def _correlations(result: Evaluation) -> Plot | None:
    axes_shown = [axis for axis in result.axes if axis.judge.spearman.value is not None]
    if not axes_shown:
        return None
    with plate("evaluation-spearman", height=0.75 + _ROW * len(axes_shown)) as figure:
        axes = figure.add_subplot()
        for row, axis in enumerate(axes_shown):
            _ceiling(axes, axis, row)
            best = _best(axis.baselines)
            if best is not None:
                axes.plot(best, row + 0.22, marker="|", color=SOFT, markersize=8, markeredgewidth=2)
            _dot(axes, axis, axis.judge, "spearman", row)
        _rows(axes, axes_shown)
        axes.axvline(0, color=HAIR, linewidth=0.8, zorder=0)
        axes.set_xlabel("Spearman's correlation with the truth")
        _key(axes, [("judge", "o", BLUE), ("best baseline", "|", SOFT), ("ceiling", "D", ROSE)])
        svg = _svg(figure, "Spearman's correlation of each axis with its interval")
    text = "Right is better; bars are the intervals. "
    lines = [line for line in map(ceiling_line, result.axes) if line]
    text += (
        "The ceiling is what a judge would reach that knew what all raters think."
        if lines
        else "The manifest does not say how far its raters agree, so there is no ceiling."
    )
    return Plot("In the right order?", svg, text)


def _ceiling(axes: "Axes", axis: AxisResult, row: int) -> None:
    if axis.ceiling is not None:
        axes.plot(
            axis.ceiling,
            row,
            marker="D",
            color="none",
            markersize=5.5,
            markeredgecolor=ROSE,
            markeredgewidth=1.3,
        )


def _best(baselines: Sequence[PredictorMeasures]) -> float | None:
    known = [one.spearman.value for one in baselines if one.spearman.value is not None]
    return max(known, default=None)


def _errors(result: Evaluation) -> Plot | None:
    """Show the root mean square error as a share of the constant's."""
    shown = []
    for axis in result.axes:
        constant = next((one for one in axis.baselines if one.name == "constant"), None)
        if constant is not None and constant.mse is not None and constant.mse.value:
            shown.append((axis, constant.mse.value))
    if not shown:
        return None
    names = [one.name for one in shown[0][0].baselines if one.name != "constant"]
    marks = dict(zip(names, ("|", "x", "+"), strict=False))
    with plate("evaluation-error", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, (axis, unit) in enumerate(shown):
            for one in axis.baselines:
                if one.name in marks and one.mse is not None and one.mse.value is not None:
                    axes.plot(
                        float(np.sqrt(one.mse.value / unit)),
                        row + 0.22,
                        color=SOFT,
                        marker=marks[one.name],
                        markersize=6.5,
                        markeredgewidth=1.7,
                    )
            _dot(axes, axis, axis.judge, "mse", row, unit)
        _rows(axes, [axis for axis, _ in shown])
        axes.axvline(1, color=HAIR, linewidth=0.8, zorder=0)
        axes.set_xlabel("error as a share of that of the mean")
        _key(axes, [("judge", "o", BLUE), *((name, marks[name], SOFT) for name in names)])
        svg = _svg(figure, "Root mean square error of each axis as a share of the constant's")
    text = "Left is better; 1 is what saying the training mean of every song gets."
    return Plot("How far off?", svg, text)


def _dot(
    axes: "Axes",
    axis: AxisResult,
    one: PredictorMeasures,
    name: str,
    row: int,
    unit: float | None = None,
) -> None:
    found = getattr(one, name)

    def place(value: float) -> float:
        return value if unit is None else float(np.sqrt(max(value, 0.0) / unit))

    colour, mark = _look(axis.axis)
    if found.low is not None and found.high is not None:
        axes.hlines(row, place(found.low), place(found.high), color=colour, linewidth=4, alpha=0.35)
    axes.plot(place(found.value), row, marker=mark, color=colour, markersize=6)


def _coverage(result: Evaluation) -> Plot | None:
    shown = [(axis, axis.coverage) for axis in result.axes if axis.coverage is not None]
    if not shown:
        return None
    with plate("evaluation-coverage", height=0.75 + _ROW * len(shown)) as figure:
        axes = figure.add_subplot()
        for row, (axis, found) in enumerate(shown):
            share, (colour, mark) = found.coverage, _look(axis.axis)
            if share.low is not None and share.high is not None:
                axes.hlines(
                    row, 100 * share.low, 100 * share.high, color=colour, linewidth=4, alpha=0.35
                )
            if share.value is not None:
                axes.plot(100 * share.value, row, marker=mark, color=colour, markersize=6)
        level = shown[0][1].level
        if level is not None:
            axes.axvline(100 * level, color=ROSE, linewidth=1.2, zorder=0)
        _rows(axes, [axis for axis, _ in shown])
        axes.set_xlim(None, 101)
        axes.set_xlabel("% of songs inside their interval")
        svg = _svg(figure, "Share of songs inside their interval, by axis")
    if level is None:
        return Plot("Intervals", svg, "Nobody says what these intervals promise to hold.")
    text = (
        f"The line is what is promised, {100 * level:.0f} %. Left of it intervals are too narrow,"
        " right of it wider than they need be."
    )
    return Plot("Are intervals honest?", svg, text)


def _curves(result: Evaluation) -> Plot | None:
    shown = [axis for axis in result.axes if axis.coverage and axis.coverage.empirical]
    if not shown:
        return None
    with plate("evaluation-curve", height=3.6) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=HAIR, linewidth=1)
        for axis in shown:
            found = axis.coverage
            if found is not None and found.nominal and found.empirical:
                colour, mark = _look(axis.axis)
                axes.plot(
                    100 * np.array(found.nominal),
                    100 * np.array(found.empirical),
                    color=colour,
                    linewidth=1.2,
                    marker=mark,
                    markersize=3,
                    alpha=0.8,
                )
        axes.set_xlabel("% promised")
        axes.set_ylabel("% of songs inside")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.set_aspect("equal")
        bare(axes, "left", "bottom")
        _key(axes, [("popularity", "s", BRASS), ("aesthetics", "o", BLUE)])
        svg = _svg(figure, "Promised against observed coverage, a line for each axis")
    text = (
        "Intervals of other levels, made from the stated ones as normal errors would have it; a"
        " line for each axis. On the diagonal they hold what they promise, below it less."
    )
    return Plot("At every level", svg, text)


def _calibration(result: Evaluation) -> Plot | None:
    shown = [axis for axis in result.axes if len(axis.bins) > 1]
    if not shown:
        return None
    rows = (len(shown) + 1) // 2
    with plate("evaluation-calibration", height=0.25 + 1.55 * rows) as figure:
        for place, axis in enumerate(shown):
            axes = figure.add_subplot(rows, 2, place + 1)
            colour, mark = _look(axis.axis)
            x = np.array([part.predicted for part in axis.bins])
            y = np.array([part.observed for part in axis.bins])
            spread = np.array([part.spread or 0.0 for part in axis.bins])
            error = spread / np.sqrt([part.n for part in axis.bins])
            ends = (min(x.min(), (y - error).min()), max(x.max(), (y + error).max()))
            axes.plot(ends, ends, color=HAIR, linewidth=1, zorder=0)
            axes.vlines(x, y - error, y + error, color=colour, alpha=0.35, linewidth=3)
            axes.plot(x, y, mark, color=colour, markersize=4)
            axes.set_title(
                "mean" if axis.axis == MEAN_AXIS else axis.axis,
                loc="left",
                fontsize=10,
                color=INK,
                pad=3,
            )
            axes.locator_params(nbins=4)
            bare(axes, "left", "bottom")
        svg = _svg(figure, "Mean truth against mean score in bins of songs, a panel for each axis")
    text = (
        "Truth (upwards) of songs with about the same score (to the right), in bins of equally many"
        " songs; bars are one standard error. On the diagonal a score can be taken at its word."
    )
    return Plot("Can a score be taken at its word?", svg, text)


def _svg(figure: "Figure", label: str) -> str:
    """Return a figure as SVG whose marks take their colour where they are used.

    A mark is drawn once and used many times; a colour of its own would stay that of the light page,
    since a rule of the page's style does not reach inside.
    """
    return re.sub(
        r"<defs>.*?</defs>",
        lambda found: re.sub(r' stroke="#[0-9a-f]{6}"', "", found[0]),
        svg_of(figure, label),
        flags=re.DOTALL,
    )


def _look(axis: str) -> tuple[str, str]:
    return (BRASS, "s") if axis in POPULARITY else (BLUE, "o")


def _rows(axes: "Axes", shown: Sequence[AxisResult]) -> None:
    names = ["their mean" if axis.axis == MEAN_AXIS else axis.axis for axis in shown]
    axes.set_yticks(range(len(shown)), names)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(axis="y", color=LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    bare(axes, "bottom", "left")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _key(axes: "Axes", entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=mark,
            color=colour,
            label=name,
            markersize=6,
            markerfacecolor="none" if mark == "D" else colour,
            markeredgecolor=colour,
            markeredgewidth=1.5 if mark in "|x+D" else 0,
        )
        for name, mark, colour in entries
    ]
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        frameon=False,
        ncols=len(handles),
        handletextpad=0.2,
        columnspacing=1.2,
        borderaxespad=0.1,
    )
