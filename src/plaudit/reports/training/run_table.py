"""What a training run ended with, as text."""

import math

from plaudit.training.result import MEASURES, RunResult


def result_text(result: RunResult) -> str:
    """Return the measures of a run as a table, one row per axis, mean and split.

    Parameters
    ----------
    result : RunResult
        What the run ended with.

    Returns
    -------
    str
        Lines without a line end after the last; "-" where a measure is undefined.
    """
    lines = [f"{'':<12}{'':<14}" + "".join(f"{name:>10}" for name in MEASURES) + f"{'songs':>8}"]
    for split in dict.fromkeys(one.split for one in result.measures):
        rows = [one.axis for one in result.measures if one.split == split]
        # The mean over all axes comes last: of errors, which are measured first, there is none.
        for axis in dict.fromkeys(rows):
            values = [result.value(split, name, axis) for name in MEASURES]
            n = max(o.n for o in result.measures if (o.split, o.axis) == (split, axis))
            lines.append(f"{split:<12}{axis:<14}" + "".join(map(_cell, values)) + f"{n:>8}")
    return "\n".join(lines)


def _cell(value: float) -> str:
    return f"{'-' if math.isnan(value) else f'{value:.3f}':>10}"
