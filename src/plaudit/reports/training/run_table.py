"""The measures of a training run, as text."""

import math

from plaudit.training.result import ACCURACY, LOG_LOSS, MEASURES, Measured, RunResult


def result_text(result: RunResult) -> str:
    """Return the measures of a run, a line for each split and axis; "-" where undefined."""
    if any(measure.measure == ACCURACY for measure in result.measures):
        return "\n".join(map(_battle_line, result.measures))
    lines = [f"{'':<12}{'':<14}" + "".join(f"{name:>10}" for name in MEASURES) + f"{'songs':>8}"]
    for split in dict.fromkeys(measure.split for measure in result.measures):
        own = [measure for measure in result.measures if measure.split == split]
        # The mean over all axes comes last: of errors, which are measured first, there is none.
        for axis in dict.fromkeys(measure.axis for measure in own):
            values = [result.value(split, name, axis) for name in MEASURES]
            n = max(measure.n for measure in own if measure.axis == axis)
            lines.append(f"{split:<12}{axis:<14}" + "".join(map(_cell, values)) + f"{n:>8}")
    return "\n".join(lines)


def _battle_line(measured: Measured) -> str:
    what = {
        ACCURACY: "share of decided battles predicted", LOG_LOSS: "mean log loss of all battles",
    }  # fmt: skip
    value = float("nan") if measured.value is None else measured.value
    name = what[measured.measure]
    return f"{measured.split:<12}{name:<36}{_cell(value)}{measured.n:>8} battles"


def _cell(value: float) -> str:
    return f"{'-' if math.isnan(value) else f'{value:.3f}':>10}"
