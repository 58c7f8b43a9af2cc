"""A comparison of two songs, written for people."""

from plaudit.judging.comparison import AxisPart, Comparison, Side
from plaudit.reports.look.wording import duration_text, safe_text, score_text


def comparison_text(found: Comparison) -> str:
    """Return a comparison as lines of text.

    Parameters
    ----------
    found : Comparison
        What the judge says.

    Returns
    -------
    str
        Several lines, ending in a newline, without control characters from file names.
    """
    lines = [
        _title("A", found.first),
        _title("B", found.second),
        "",
        _sentence(found),
        "",
        f"{'axis':<14}{'A':>7}{'B':>7}{'A - B':>8}{_heading(found):>14}",
    ]
    lines += [_axis_line(one) for one in found.axes]
    if found.margin is not None:
        whole = "" if found.parts_add_up else " (parts of this model do not add up)"
        lines.append(f"{'margin':<14}{found.margin:>+36.2f}{whole}")
    lines += ["", found.note]
    for letter, side in (("A", found.first), ("B", found.second)):
        lines += [f"{letter}: warning: {safe_text(text)}" for text in side.warnings]
    return "\n".join(lines) + "\n"


def _title(letter: str, side: Side) -> str:
    length = "" if side.duration_s is None else f"  {duration_text(side.duration_s)}"
    return f"{letter}  {_name(side)}{length}"


def _axis_line(one: AxisPart) -> str:
    first, second = score_text(one.axis, one.first), score_text(one.axis, one.second)
    part = "" if one.part is None else f"{one.part:>+14.2f}"
    return f"{one.axis:<14}{first:>7}{second:>7}{one.difference:>+8.2f}{part}"


def _heading(found: Comparison) -> str:
    return "" if found.margin is None else "speaks for A"


def _sentence(found: Comparison) -> str:
    p = found.probability
    if p is None:
        return "No probability: the judge cannot tell."
    leader, chance = ("A", p) if p >= 0.5 else ("B", 1 - p)
    if found.verdict == "cannot tell":
        leaning = "" if p == 0.5 else f", leaning to {leader}"
        return (
            f"The judge cannot tell: a chance of {p:.2f} for A{leaning}"
            f" (sure from {found.sure:.2f} on)."
        )
    return f"{leader} is preferred with a chance of {chance:.2f} (for A: {p:.2f})."


def _name(side: Side) -> str:
    return safe_text(side.path or "an array")
