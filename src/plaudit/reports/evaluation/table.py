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
from plaudit.core.axes import POPULARITY
from plaudit.metrics.measurement import Measurement

UNDEFINED = "n/a"
_NAME, _CELL = 12, 21
TITLES = {"mse": "MSE", "mae": "MAE", "pearson": "Pearson", "spearman": "Spearman"}


def axis_title(axis: str) -> str:
    """Return the name of an axis as it stands in tables; the mean of several says what it is."""
    return "mean of the aesthetic axes" if axis == MEAN_AXIS else axis


def digits(measure: str, axis: str) -> int:
    """Return the decimals that a measure is shown with: errors on 0-100 need fewer."""
    if measure in ("pearson", "spearman") or axis not in POPULARITY:
        return 2
    return 0 if measure == "mse" else 1


def number(value: float | None, places: int, *, signed: bool = False) -> str:
    """Return a number as text, "n/a" where it is undefined."""
    if value is None:
        return UNDEFINED
    value = round(value, places) + 0.0  # no "-0"
    return f"{value:+,.{places}f}" if signed and value else f"{value:,.{places}f}"


def with_interval(measure: Measurement | None, places: int, *, signed: bool = False) -> str:
    """Return a measure with its interval, such as "0.42 [0.31, 0.53]"."""
    if measure is None or measure.value is None:
        return UNDEFINED
    value = number(measure.value, places, signed=signed)
    if measure.low is None or measure.high is None:
        return value
    return f"{value} [{number(measure.low, places)}, {number(measure.high, places)}]"


def evaluation_text(result: Evaluation) -> str:
    """Return the whole evaluation as text.

    Parameters
    ----------
    result : Evaluation
        The record.

    Returns
    -------
    str
        Lines of about 100 cells.
    """
    lines = [headline(result), dropped_line(result), interval_line(result)]
    lines += [f"Baseline {one.name}: {one.text}, {one.songs:,} songs." for one in result.baselines]
    lines += list(result.notes)
    for axis in result.axes:
        lines += ["", *_axis_lines(axis)]
    lines += _slice_lines(result)
    return "\n".join(line for line in lines if line is not None) + "\n"


def headline(result: Evaluation) -> str:
    """Return who was measured on what, in a sentence."""
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
    said = ", ".join(f"{reason} ({n:,})" for reason, n in result.dropped.items())
    return f"Left out: {said}."


def interval_line(result: Evaluation) -> str:
    """Return where the intervals come from, in a sentence."""
    s = result.settings
    unit = "songs" if s.cluster == "song" else f"groups of one {s.cluster}"
    return (
        f"Intervals are of {100 * s.confidence:g} %, from {s.draws:,} resamples of {unit} (seed"
        f" {s.seed})."
    )


def coverage_line(axis: AxisResult) -> str | None:
    """Return what the intervals of an axis promise and hold, in a sentence."""
    found = axis.coverage
    if found is None or found.coverage.value is None:
        return None
    share = with_interval(
        Measurement(
            value=100 * found.coverage.value,
            low=_percent(found.coverage.low),
            high=_percent(found.coverage.high),
        ),
        0,
    )
    if found.level is None:
        return f"intervals hold {share} % of songs; what they promise is unknown"
    text = f"intervals promise {100 * found.level:.0f} % and hold {share} % of songs"
    return (
        text if found.stretch is None else f"{text}; honest at {found.stretch:.2f} times the width"
    )


def ceiling_line(axis: AxisResult) -> str | None:
    """Return what the raters' reliability allows, in a sentence."""
    if axis.ceiling is None or axis.reliability is None:
        return None
    return (
        f"raters: reliability {axis.reliability:.2f}, so no judge can expect to correlate above"
        f" {axis.ceiling:.2f}"
    )


def group_sizes(result: Evaluation, by: By) -> dict[str | None, int]:
    """Return the songs of each group of a slicing, by name or length, the unknown last."""
    sizes: dict[str | None, int] = {}
    for axis in result.axes:
        for one in axis.slices:
            if one.by == by:
                sizes[one.group] = max(sizes.get(one.group, 0), one.n)

    def order(name: str | None) -> tuple[bool, float, str]:
        text = name or ""
        first = re.search(r"\d+", text) if by == "length" else None
        return (
            name is None,
            -1.0 if text.startswith("under") or not first else float(first[0]),
            text,
        )

    return {name: sizes[name] for name in sorted(sizes, key=order)}


def tiny_line(sizes: dict[str | None, int], most: int = 40) -> str:
    """Return which groups have too few songs to correlate, in a sentence; empty for none."""
    tiny = [f"{group or 'unknown'} ({n})" for group, n in sizes.items() if n < LEAST_OF_SLICE]
    if not tiny:
        return ""
    more = f" and {len(tiny) - most} more" if len(tiny) > most else ""
    named = ", ".join(tiny[:most])
    return f"Too few songs to correlate (below {LEAST_OF_SLICE}): {named}{more}."


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _axis_lines(axis: AxisResult) -> list[str]:
    head = f"{axis_title(axis.axis)} (n = {axis.n:,}"
    head += f"; {axis.unlabelled:,} more without a truth)" if axis.unlabelled else ")"
    names = list(TITLES) if axis.on_scale else ["pearson", "spearman"]
    lines = [head, _line("", [TITLES[name] for name in names])]
    for one in (axis.judge, *axis.baselines):
        cells = [with_interval(getattr(one, name), digits(name, axis.axis)) for name in names]
        lines.append(_line(one.name, cells) + _fallback(one, axis.n))
    if axis.differences:
        by_name = {one.measure: one for one in axis.differences}
        cells = [
            with_interval(by_name[name].difference, digits(name, axis.axis), signed=True)
            if name in by_name
            else UNDEFINED
            for name in names
        ]
        lines.append(_line("judge minus", cells))
        lines.append(
            _line("  the best", [by_name[n].baseline if n in by_name else "" for n in names])
        )
    said = [coverage_line(axis), ceiling_line(axis)]
    if not axis.on_scale:
        said.append("the truth is not on the scale of this axis, so errors would mean nothing")
    return lines + [f"  {line}" for line in said if line]


def _fallback(one: PredictorMeasures, n: int) -> str:
    return f"  ({one.fallback:,} of {n:,} by the mean)" if one.fallback else ""


def _line(name: str, cells: Sequence[str]) -> str:
    return f"  {name:<{_NAME}}" + "".join(f"{cell:<{_CELL}} " for cell in cells).rstrip()


def _slice_lines(result: Evaluation) -> list[str]:
    lines: list[str] = []
    width = 13
    for by in result.settings.by:
        sizes = group_sizes(result, by)
        groups = [group for group, n in sizes.items() if n >= LEAST_OF_SLICE]
        if not sizes:
            continue
        axes = [axis for axis in result.axes if any(one.by == by for one in axis.slices)]
        names = [axis.axis[: width - 1] for axis in axes]
        lines += ["", f"Spearman by {by} (n; * below {result.settings.small} songs)"]
        lines.append(f"  {'':<18}" + "".join(f"{name:<{width}}" for name in names).rstrip())
        for group in groups:
            cells = []
            for axis in axes:
                own = [one for one in axis.slices if one.by == by and one.group == group]
                text = ""
                if own:
                    star = "*" if own[0].small else ""
                    text = f"{number(own[0].spearman.value, 2)} ({own[0].n:,}{star})"
                cells.append(f"{text:<{width}}")
            lines.append(f"  {(group or 'unknown')[:17]:<18}" + "".join(cells).rstrip())
        lines += [f"  {line}" for line in textwrap.wrap(tiny_line(sizes), 98)]
    return lines
