"""A comparison of two songs as text."""

from plaudit.judging.comparison import AxisPart, Comparison, Side
from plaudit.reports.look.wording import chance_text, duration_text, safe_text, score_text


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as lines of text, ending in a newline; names of files are safe."""
    first, second = comparison.first, comparison.second
    heading = "" if comparison.margin is None else "speaks for A"
    lines = [
        _title("A", first),
        _title("B", second),
        "",
        verdict_text(comparison),
        "",
        f"{'axis':<14}{'A':>7}{'B':>7}{'A - B':>8}{heading:>14}",
        *map(_axis_line, comparison.axes),
    ]
    if comparison.margin is not None:
        whole = "" if comparison.parts_add_up else " (parts of this model do not add up)"
        lines.append(f"{'margin':<14}{comparison.margin:>+36.2f}{whole}")
    lines += ["", comparison.note]
    for letter, side in (("A", first), ("B", second)):
        lines += [f"{letter}: warning: {safe_text(text)}" for text in side.warnings]
    return "\n".join(lines) + "\n"


def _title(letter: str, side: Side) -> str:
    length = "" if side.duration_s is None else f"  {duration_text(side.duration_s)}"
    return f"{letter}  {_name(side)}{length}"


def _axis_line(part: AxisPart) -> str:
    first, second = score_text(part.axis, part.first), score_text(part.axis, part.second)
    margin = "" if part.part is None else f"{part.part:>+14.2f}"
    return f"{part.axis:<14}{first:>7}{second:>7}{part.difference:>+8.2f}{margin}"


def verdict_text(comparison: Comparison) -> str:
    """Return who is preferred, A or B, and with which chance: one sentence."""
    p, low, high = comparison.probability, comparison.probability_low, comparison.probability_high
    if p is None:
        return "No probability: the judge cannot tell."
    interval = ""
    if low is not None and high is not None:
        interval = f", 95 % interval {low:.2f} to {high:.2f}"
    leader, chance = ("A", p) if p >= 0.5 else ("B", 1 - p)
    if comparison.verdict == "cannot tell":
        leaning = "" if p == 0.5 else f", leaning to {leader}"
        return (
            f"The judge cannot tell: a chance of {chance_text(p)} for A{interval}{leaning}"
            f" (sure from {comparison.sure:.2f} on)."
        )
    return (
        f"{leader} is preferred with a chance of {chance_text(chance)}"
        f" (for A: {chance_text(p)}{interval})."
    )


def _name(side: Side) -> str:
    return safe_text(side.path or "an array")
