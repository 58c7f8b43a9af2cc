"""Results of suites as text for a terminal: every number with its interval and its baselines."""

import json
import textwrap
from collections.abc import Sequence

from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.benchmarks.suites.leaderboard import Leaderboard
from plaudit.benchmarks.suites.promise import SuiteFacts
from plaudit.benchmarks.suites.record import SuiteResult, TaskMeasure
from plaudit.datasets.inspect.recording import copies_line
from plaudit.reports.look.number import Cell, Estimate, bracketed, cell, number

_POINTS = {"drop", "largest move", "median move", "largest sum of both margins"}
_SHARES = {
    "accuracy", "accuracy by prompt", "Acc+", "tied", "falls", "songs above it",
    "votes for neither", "votes for a tie",
}  # fmt: skip


def is_share(measure: str) -> bool:
    """Return whether a measure is shown in percent."""
    return measure in _SHARES


def unit_of(measure: str) -> str:
    """Return the unit of a measure; those of one unit may be drawn on one scale."""
    if is_share(measure):
        return "share"
    return "points" if measure in _POINTS else "correlation"


def _unit(measure: str) -> tuple[float, int]:
    """Return what a measure is multiplied by where it is shown, and its decimals."""
    return (100.0, 1) if is_share(measure) else (1.0, 3)


def shown(measure: str, value: float | None) -> str:
    """Return a value in the unit of its measure: shares in percent, the others as they are."""
    scale, places = _unit(measure)
    return number(None if value is None else scale * value, places)


def shown_cell(measure: str, estimate: Estimate) -> Cell:
    """Return a value with its interval for a page, in the unit of its measure."""
    scale, places = _unit(measure)
    return cell(estimate, places, scale=scale)


def with_interval(estimate: Estimate | None, measure: str, *, signed: bool = False) -> str:
    """Return a value with its interval for a terminal, such as "61.2 [57.9, 64.4]"."""
    scale, places = _unit(measure)
    return bracketed(estimate, places, signed=signed, scale=scale)


def title_of(measure: str) -> str:
    """Return the name of a measure with its unit."""
    if is_share(measure):
        return f"{measure} %"
    return f"{measure} (points)" if measure in _POINTS else measure


def judge_name(result: SuiteResult) -> str:
    """Return who was measured, in a few words."""
    judge = result.judge
    return judge.name if judge.version is None else f"{judge.name} {judge.version}"


def headline(result: SuiteResult) -> str:
    """Return who was measured on what, in a sentence."""
    return (
        f"{judge_name(result)} on {result.title} (suite {result.suite}, version"
        f" {result.suite_version}): {result.n_predicted:,} of {result.n_items:,} predicted."
    )


def clean_measure(result: SuiteResult, measure: TaskMeasure) -> TaskMeasure | None:
    """Return a measure on the songs that did not teach the judge, where others did."""
    key = (measure.task, measure.slice, measure.measure)
    found = (m for m in result.clean if (m.task, m.slice, m.measure) == key)
    return next(found, None)


def dropped_lines(result: SuiteResult) -> list[str]:
    """Return how many items are copies, and what was left out and why, a line for each reason."""
    lines = [copies_line(result.copies).rstrip(".")] if result.copies else []
    for dropped in result.dropped:
        names = dict.fromkeys(dropped.examples)
        named = [name for name in names if name != "left out by the reader"][:3]
        line = f"Left out, {dropped.reason} ({dropped.n:,})"
        if named:
            line += f": {', '.join(named)}{' ...' if dropped.n > len(named) else ''}"
        lines.append(line)
    return lines


def settings_line(result: SuiteResult | Leaderboard) -> str:
    """Return where intervals come from and what ties are worth, in a sentence."""
    settings = result.settings
    rule = {
        "half": "an equal score is worth one half",
        "drop": "pairs of equal scores are left out",
        "toolkit": "an equal score predicts B, as in CMI-RewardBench's program",
    }[settings.ties]
    return (
        f"Intervals of {100 * settings.confidence:g} %, of shares after Wilson, of the rest from"
        f" {settings.draws:,} resamples (seed {settings.seed}); {rule} (ties: {settings.ties})."
    )


def result_text(result: SuiteResult) -> str:
    """Return a result as lines of text, without a newline at the end."""
    lines = first_lines(result.contamination, headline(result))
    lines += [settings_line(result), *dropped_lines(result), ""]
    measures = result.measures
    labels = max((len(_label(measure)) for measure in measures), default=10)
    titles = max((len(title_of(measure.measure)) for measure in measures), default=10)
    for measure in measures:
        line = f"{_label(measure):<{labels}}  {title_of(measure.measure):<{titles}}"
        line += f"  {with_interval(measure, measure.measure):<24} n {measure.n:<6,}"
        new = clean_measure(result, measure)
        if new is not None:
            line += f" on new songs: {with_interval(new, new.measure):<24} n {new.n:<6,}"
        beside = [f"{name} {shown(measure.measure, v)}" for name, v in measure.baselines.items()]
        if beside:
            line += f" beside: {', '.join(beside)}"
        if measure.reason and (measure.value is None or measure.low is None):
            line += f"  {measure.reason}"
        lines.append(line.rstrip())
    if result.published:
        lines += ["", "Published (not measured here):"]
    for published in result.published:
        slice_ = "" if published.slice == "all" else f" {published.slice}"
        value = shown(published.measure, published.value)
        lines.append(f"  {published.task}{slice_}, {published.measure}: {published.judge} {value}")
    return "\n".join(lines)


def _label(measure: TaskMeasure) -> str:
    return measure.task if measure.slice == "all" else f"{measure.task} [{measure.slice}]"


def contaminated_lines(comparison: Leaderboard) -> list[str]:
    """Return a sentence for each judge that some of the items taught, or may have taught."""
    judges = zip(comparison.names, comparison.contamination, strict=False)
    return [
        f"{name}: {known}"
        for name, known in judges
        if known is not None and (known.taught or known.status == "not known")
    ]


def comparison_text(comparison: Leaderboard) -> str:
    """Return a comparison: for each measure every judge, and its difference to the first."""
    names = comparison.names
    lines = [
        *contaminated_lines(comparison),
        f"{comparison.title} (suite {comparison.suite}, version {comparison.suite_version}):"
        f" {len(names)} judges. Differences are to {names[0]}, on the items that both predict.",
        settings_line(comparison),
    ]
    width = max(map(len, names))
    for row in comparison.rows:
        slice_ = "" if row.slice == "all" else f" [{row.slice}]"
        lines += ["", f"{row.task}{slice_}, {title_of(row.measure)}"]
        for name, measure, difference in zip(names, row.cells, row.differences, strict=True):
            line = f"  {name:<{width}}  {with_interval(measure, row.measure):<24}"
            if difference is not None:
                text = with_interval(difference, row.measure, signed=True)
                line += f"  difference {text}, n {difference.n:,}"
            lines.append(line.rstrip())
    return "\n".join(lines)


def suites_text(facts: Sequence[SuiteFacts]) -> str:
    """Return all suites as text: name, version, title, data, licence, citation."""
    lines = []
    for suite in facts:
        lines.append(f"{suite.name} (version {suite.version}): {suite.title}")
        for name, text in (
            ("data", suite.data),
            ("from", suite.where),
            ("licence", suite.licence),
            ("cite", suite.citation),
        ):
            lines += textwrap.wrap(
                text, 92, initial_indent=f"    {name:<8}", subsequent_indent=" " * 12
            )
    return "\n".join(lines)


def suites_json(facts: Sequence[SuiteFacts]) -> str:
    """Return the facts of all suites as a JSON array."""
    return json.dumps([suite.model_dump(mode="json") for suite in facts], indent=2)
