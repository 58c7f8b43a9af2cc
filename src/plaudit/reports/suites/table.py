"""Results of suites as text for a terminal: every number with its interval and its baselines."""

import json
import textwrap
from collections.abc import Sequence

from plaudit.benchmarks.suites.leaderboard import Leaderboard
from plaudit.benchmarks.suites.promise import SuiteFacts
from plaudit.benchmarks.suites.record import SuiteResult, TaskMeasure
from plaudit.metrics.measurement import Measurement

UNDEFINED = "n/a"
_POINTS = {"drop", "largest move", "median move", "largest sum of both margins"}


def number(value: float | None, places: int = 3, *, signed: bool = False) -> str:
    """Return a number as text, "n/a" where it is undefined."""
    if value is None:
        return UNDEFINED
    value = round(value, places) + 0.0  # no "-0"
    return f"{value:+.{places}f}" if signed and value else f"{value:.{places}f}"


def shown(measure: str, value: float | None, *, signed: bool = False) -> str:
    """Return a value in the unit of its measure: shares in percent, the others as they are."""
    if value is not None and is_share(measure):
        return number(100 * value, 1, signed=signed)
    return number(value, 3, signed=signed)


def is_share(measure: str) -> bool:
    """Tell a measure that is shown in percent."""
    return measure in {
        "accuracy", "accuracy by prompt", "Acc+", "tied", "falls", "songs above it",
        "votes for neither", "votes for a tie",
    }  # fmt: skip


def with_interval(
    one: TaskMeasure | Measurement | None, measure: str, *, signed: bool = False
) -> str:
    """Return a value with its interval, such as "61.2 [57.9, 64.4]"."""
    if one is None or one.value is None:
        return UNDEFINED
    value = shown(measure, one.value, signed=signed)
    if one.low is None or one.high is None:
        return value
    return f"{value} [{shown(measure, one.low)}, {shown(measure, one.high)}]"


def title_of(measure: str) -> str:
    """Return the name of a measure with its unit."""
    if is_share(measure):
        return f"{measure} %"
    return f"{measure} (points)" if measure in _POINTS else measure


def judge_name(result: SuiteResult) -> str:
    """Return who was measured, in a few words."""
    one = result.judge
    return one.name if one.version is None else f"{one.name} {one.version}"


def headline(result: SuiteResult) -> str:
    """Return who was measured on what, in a sentence."""
    return (
        f"{judge_name(result)} on {result.title} (suite {result.suite}, version"
        f" {result.suite_version}): {result.n_predicted:,} of {result.n_items:,} answered."
    )


def dropped_lines(result: SuiteResult) -> list[str]:
    """Return what was left out and why, a line for each reason."""
    lines = []
    for one in result.dropped:
        named = [name for name in dict.fromkeys(one.examples) if name != "left out by the reader"]
        examples = f": {', '.join(named[:3])}{' ...' if one.n > len(named[:3]) else ''}"
        lines.append(f"Left out, {one.reason} ({one.n:,}){examples if named else ''}")
    return lines


def settings_line(result: SuiteResult | Leaderboard) -> str:
    """Return where intervals come from and what ties are worth, in a sentence."""
    s = result.settings
    rule = {
        "half": "an equal score is worth one half",
        "drop": "pairs of equal scores are left out",
        "toolkit": "an equal score is an answer for B, as in CMI-RewardBench's program",
    }[s.ties]
    return (
        f"Intervals of {100 * s.confidence:g} % from {s.draws:,} resamples (seed {s.seed}); {rule}"
        f" (ties: {s.ties})."
    )


def result_text(result: SuiteResult) -> str:
    """Return a result as text.

    Parameters
    ----------
    result : SuiteResult
        The record.

    Returns
    -------
    str
        Lines, without a newline at the end.
    """
    lines = [headline(result), settings_line(result), *dropped_lines(result), ""]
    measures = result.measures
    first = max((len(_label(one)) for one in measures), default=10)
    second = max((len(title_of(one.measure)) for one in measures), default=10)
    for one in measures:
        cell = with_interval(one, one.measure)
        beside = ", ".join(
            f"{name} {shown(one.measure, value)}" for name, value in one.baselines.items()
        )
        tail = f"  {one.reason}" if one.value is None and one.reason else ""
        text = (
            f"{_label(one):<{first}}  {title_of(one.measure):<{second}}  {cell:<24} n {one.n:<6,}"
        )
        lines.append(f"{text}{f' beside: {beside}' if beside else ''}{tail}".rstrip())
    if result.published:
        lines += ["", "Published (not measured here):"]
        lines += [
            f"  {p.task}{'' if p.slice == 'all' else f' {p.slice}'}, {p.measure}: {p.judge}"
            f" {shown(p.measure, p.value)}"
            for p in result.published
        ]
    return "\n".join(lines)


def _label(one: TaskMeasure) -> str:
    return one.task if one.slice == "all" else f"{one.task} [{one.slice}]"


def comparison_text(found: Leaderboard) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    found : Leaderboard
        The record.

    Returns
    -------
    str
        A block for each measure: every judge, and its difference to the first.
    """
    lines = [
        f"{found.title} (suite {found.suite}, version {found.suite_version}): {len(found.names)}"
        f" judges. Differences are to {found.names[0]}, on the items that both answered.",
        settings_line(found),
    ]
    width = max(len(name) for name in found.names)
    for row in found.rows:
        slice_ = "" if row.slice == "all" else f" [{row.slice}]"
        lines += ["", f"{row.task}{slice_}, {title_of(row.measure)}"]
        for name, cell, difference in zip(found.names, row.cells, row.differences, strict=True):
            text = f"  {name:<{width}}  {with_interval(cell, row.measure):<24}"
            if difference is not None:
                said = with_interval(difference, row.measure, signed=True)
                text += f"  difference {said}, n {difference.n:,}"
            lines.append(text.rstrip())
    return "\n".join(lines)


def suites_text(facts: Sequence[SuiteFacts]) -> str:
    """Return all suites as text: name, version, title, data, licence, citation."""
    lines = []
    for one in facts:
        lines.append(f"{one.name} (version {one.version}): {one.title}")
        for name, text in (
            ("data", one.data), ("from", one.where), ("licence", one.licence),
            ("cite", one.citation),
        ):  # fmt: skip
            lines += textwrap.wrap(
                text, 92, initial_indent=f"    {name:<8}", subsequent_indent=" " * 12
            )
    return "\n".join(lines)


def suites_json(facts: Sequence[SuiteFacts]) -> str:
    """Return the facts of all suites as a JSON array."""
    return json.dumps([one.model_dump(mode="json") for one in facts], indent=2)
