"""An evaluation as text for a terminal: every number with its interval and its n."""

import re
import textwrap
from collections.abc import Sequence

from plaudit.benchmarks.evaluation.axis import LEAST_OF_SLICE
from plaudit.benchmarks.evaluation.record import (
    MEAN_AXIS,
    AxisResult,
    By,
    Evaluation,
    PredictorMeasures,
)
from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.core.axes import POPULARITY
from plaudit.reports.look.number import bracketed, number
from plaudit.reports.look.wording import UNDEFINED

_NAME, _CELL, _SLICE_CELL = 12, 21, 13
OFF_SCALE = "the truth is not on the scale of this axis, so errors would mean nothing"
TITLES = {"mse": "MSE", "mae": "MAE", "pearson": "Pearson", "spearman": "Spearman"}


def axis_title(axis: str) -> str:
    """Return the name of an axis as it stands in tables; the mean of several says what it is."""
    return "mean of the aesthetic axes" if axis == MEAN_AXIS else axis


def measures_of(axis: AxisResult) -> list[str]:
    """Return the measures of an axis: errors only where the labels are on its scale."""
    return list(TITLES) if axis.on_scale else ["pearson", "spearman"]


def digits(measure: str, axis: str) -> int:
    """Return the decimals that a measure is shown with: errors on 0-100 need fewer."""
    if measure in ("pearson", "spearman") or axis not in POPULARITY:
        return 2
    return 0 if measure == "mse" else 1


def evaluation_text(result: Evaluation) -> str:
    """Return the whole evaluation as lines of about 100 cells."""
    lines = first_lines(result.contamination, headline(result))
    lines += [dropped_line(result), interval_line(result)]
    lines += [
        f"Baseline {baseline.name}: {baseline.text}, {baseline.songs:,} songs."
        for baseline in result.baselines
    ]
    lines += result.notes
    for axis in result.axes:
        lines += ["", *_axis_lines(axis, clean_axis(result, axis.axis))]
    lines += _slice_lines(result)
    return "\n".join(lines) + "\n"


def headline(result: Evaluation) -> str:
    """Return the judge and the songs of the evaluation, in a sentence."""
    judge = result.judge
    who = result.source if judge is None else f"{judge.name} {judge.version} ({judge.hash[:12]})"
    split = "all splits" if result.settings.split == "all" else f"split {result.settings.split}"
    return (
        f"Judge {who} on {result.manifest}, {split}: {result.judged:,} of {result.songs:,} songs"
        " have a score."
    )


def dropped_line(result: Evaluation) -> str:
    """Return why songs were left out, in a sentence."""
    if not result.dropped:
        return "No song was left out."
    return "Left out: " + ", ".join(f"{why} ({n:,})" for why, n in result.dropped.items()) + "."


def interval_line(result: Evaluation) -> str:
    """Return where the intervals come from, in a sentence."""
    settings = result.settings
    unit = "songs" if settings.cluster == "song" else f"groups of one {settings.cluster}"
    return (
        f"Intervals are of {100 * settings.confidence:g} %, from {settings.draws:,} resamples of"
        f" {unit} (seed {settings.seed})."
    )


def coverage_line(axis: AxisResult) -> str:
    """Return the stated and the observed coverage of an axis; empty without intervals."""
    coverage = axis.coverage
    if coverage is None or coverage.coverage.value is None:
        return ""
    share = bracketed(coverage.coverage, 0, scale=100)
    if coverage.level is None:
        return f"intervals cover {share} % of songs; their nominal coverage is unknown"
    level = f"{100 * coverage.level:.0f} %"
    text = f"intervals state {level} and cover {share} % of songs"
    if coverage.stretch is None:
        return text
    return f"{text}; at {coverage.stretch:.2f} times the width they would cover {level}"


def without_interval(axis: AxisResult) -> list[str]:
    """Return which measures of the judge on an axis have no interval, and why."""
    names: dict[str, list[str]] = {}
    for name in measures_of(axis):
        measurement = getattr(axis.judge, name)
        if measurement is not None and measurement.low is None and measurement.reason is not None:
            names.setdefault(measurement.reason, []).append(TITLES[name])
    return [f"no interval of {' and '.join(own)}: {reason}" for reason, own in names.items()]


def ceiling_line(axis: AxisResult) -> str:
    """Return the ceiling that the raters' reliability sets; empty where it is unknown."""
    if axis.ceiling is None or axis.reliability is None:
        return ""
    return (
        f"raters: reliability {axis.reliability:.2f}, so no judge can expect to correlate above"
        f" {axis.ceiling:.2f}"
    )


def group_sizes(result: Evaluation, by: By) -> dict[str | None, int]:
    """Return the songs of each group of a slicing, by name or length, the unknown last."""
    sizes: dict[str | None, int] = {}
    for axis in result.axes:
        for part in axis.slices:
            if part.by == by:
                sizes[part.group] = max(sizes.get(part.group, 0), part.n)

    def order(name: str | None) -> tuple[bool, float, str]:
        text = name or ""
        shortest = by != "length" or text.startswith("under")
        first = None if shortest else re.search(r"\d+", text)
        return name is None, float(first[0]) if first else -1.0, text

    return {name: sizes[name] for name in sorted(sizes, key=order)}


def tiny_line(sizes: dict[str | None, int], most: int = 40) -> str:
    """Return which groups have too few songs to correlate, in a sentence; empty for none."""
    tiny = [f"{group or 'unknown'} ({n})" for group, n in sizes.items() if n < LEAST_OF_SLICE]
    if not tiny:
        return ""
    more = f" and {len(tiny) - most} more" if len(tiny) > most else ""
    named = ", ".join(tiny[:most])
    return f"Too few songs to correlate (below {LEAST_OF_SLICE}): {named}{more}."


def clean_axis(result: Evaluation, axis: str) -> AxisResult | None:
    """Return an axis measured on the songs that did not teach the judge, where others did."""
    return next((clean for clean in result.clean if clean.axis == axis), None)


def _axis_lines(axis: AxisResult, clean: AxisResult | None) -> list[str]:
    head = f"{axis_title(axis.axis)} (n = {axis.n:,}"
    head += f"; {axis.unlabelled:,} more without a truth)" if axis.unlabelled else ")"
    names = measures_of(axis)
    lines = [head, _line("", [TITLES[name] for name in names])]
    for measured in (axis.judge, *axis.baselines):
        cells = [bracketed(getattr(measured, name), digits(name, axis.axis)) for name in names]
        lines.append(_line(measured.name, cells) + _fallback(measured, axis.n))
        if measured is axis.judge and clean is not None:
            cells = [bracketed(getattr(clean.judge, name, None), digits(name, axis.axis))
                     for name in names]  # fmt: skip
            lines.append(_line("new songs", cells) + f"  (n = {clean.n:,})")
    if axis.differences:
        differences = {test.measure: test for test in axis.differences}
        cells = [
            bracketed(differences[name].difference, digits(name, axis.axis), signed=True)
            if name in differences
            else UNDEFINED
            for name in names
        ]
        best = [differences[name].baseline if name in differences else "" for name in names]
        lines += [_line("judge minus", cells), _line("  the best", best)]
    texts = (*without_interval(axis), coverage_line(axis), ceiling_line(axis))
    lines += [f"  {line}" for line in texts if line]
    return lines if axis.on_scale else [*lines, f"  {OFF_SCALE}"]


def _fallback(measured: PredictorMeasures, n: int) -> str:
    return f"  ({measured.fallback:,} of {n:,} by the mean)" if measured.fallback else ""


def _line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:<{_NAME}}" + "".join(f"{cell:<{_CELL}} " for cell in cells).rstrip()


def _slice_lines(result: Evaluation) -> list[str]:
    lines: list[str] = []
    for by in result.settings.by:
        sizes = group_sizes(result, by)
        if not sizes:
            continue
        axes = [axis for axis in result.axes if any(part.by == by for part in axis.slices)]
        lines += ["", f"Spearman by {by} (n; * below {result.settings.small} songs)"]
        lines.append(_slice_line("", [axis.axis[: _SLICE_CELL - 1] for axis in axes]))
        for group in (group for group, n in sizes.items() if n >= LEAST_OF_SLICE):
            cells = [_slice_cell(axis, by, group) for axis in axes]
            lines.append(_slice_line((group or "unknown")[:17], cells))
        lines += [f"  {line}" for line in textwrap.wrap(tiny_line(sizes), 98)]
    return lines


def _slice_line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:<18}" + "".join(f"{cell:<{_SLICE_CELL}}" for cell in cells).rstrip()


def _slice_cell(axis: AxisResult, by: By, group: str | None) -> str:
    for part in axis.slices:
        if part.by == by and part.group == group:
            star = "*" if part.small else ""
            return f"{number(part.spearman.value, 2)} ({part.n:,}{star})"
    return ""
