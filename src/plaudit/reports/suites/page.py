"""A result of a suite, or several as a leaderboard, as one HTML page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from plaudit.benchmarks.scores.contamination import first_lines
from plaudit.benchmarks.suites.leaderboard import Leaderboard, LeaderboardRow
from plaudit.benchmarks.suites.record import Published, SuiteResult, TaskMeasure
from plaudit.reports.look.number import number
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import UNDEFINED, capital
from plaudit.reports.suites.table import (
    clean_measure,
    contaminated_lines,
    dropped_lines,
    headline,
    is_share,
    judge_name,
    settings_line,
    shown,
    shown_cell,
    title_of,
    unit_of,
    with_interval,
)

_SLICES_AT_MOST = 60
_PEOPLE = {"people", "ceiling"}
_BETTER_LOW = {"monotone", "largest move", "median move", "tied"}


@dataclass(frozen=True)
class _Tick:
    """A mark of a baseline, or of people, on a strip: its place in percent and its kind."""

    x: str
    kind: str
    text: str


@dataclass(frozen=True)
class _Strip:
    """A number drawn: its place and its interval, in percent of the width."""

    x: str
    low: str = ""
    width: str = ""
    ticks: list[_Tick] = field(default_factory=list)
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class _Row:
    """One number of a table: its name, text, interval, picture, and what stands beside it."""

    name: str
    value: str
    interval: str = ""
    n: str = ""
    strip: _Strip | None = None
    beside: list[str] = field(default_factory=list)
    kind: str = ""


@dataclass(frozen=True)
class _Part:
    """A table with its heading and a line beneath."""

    title: str
    head: str
    rows: list[_Row]
    anchor: str
    note: str = ""


def result_page(result: SuiteResult) -> str:
    """Return a result as one HTML file; its bytes depend on the record alone."""
    whole = [measure for measure in result.measures if measure.slice in ("all", "system")]
    tasks = dict.fromkeys(measure.task for measure in whole)
    parts = [
        _Part(
            capital(task),
            "",
            [_with_clean(m, result, whole) for m in whole if m.task == task],
            f"task-{k}",
        )
        for k, task in enumerate(tasks)
    ]
    return html_page(
        "suites",
        title=f"{judge_name(result)} on {result.title}",
        kind="Benchmark",
        deck=" ".join(first_lines(result.contamination, headline(result))),
        lines=[
            settings_line(result),
            *(f"{line}." for line in dropped_lines(result)),
        ],
        counts=_counts(result),
        parts=parts,
        slices=_slices(result.measures),
        ladders=_ladders(result.measures, result.published, judge_name(result)),
        record=result,
    )


def comparison_page(comparison: Leaderboard) -> str:
    """Return several results as a leaderboard page; its bytes depend on the record alone."""
    rows = [row for row in comparison.rows if row.slice in ("all", "system")]
    parts = [
        _Part(
            f"{capital(row.task)}, {title_of(row.measure)}",
            "" if row.slice == "all" else "means of systems",
            _ranked(comparison.names, row),
            f"task-{k}",
        )
        for k, row in enumerate(rows)
        if any(measure is not None and measure.value is not None for measure in row.cells)
    ]
    n = len(comparison.names)
    return html_page(
        "suites",
        title=f"{comparison.title}: {n} judges",
        kind="Leaderboard",
        deck=" ".join(
            (
                *contaminated_lines(comparison),
                f"Suite {comparison.suite}, version {comparison.suite_version}. Differences are to"
                f" {comparison.names[0]}, on the items that both predict and the same resamples.",
            )
        ),
        lines=[
            settings_line(comparison),
            "The order of a table is that of its numbers; where an interval of a difference holds"
            " 0, the order of these two is not settled.",
        ],
        counts=[(str(n), "judges", f"{comparison.n_items:,} items")],
        parts=parts,
        slices=[],
        ladders=[],
        record=comparison,
    )


def _counts(result: SuiteResult) -> list[tuple[str, str, str]]:
    left = sum(dropped.n for dropped in result.dropped)
    tasks = len({measure.task for measure in result.measures})
    return [
        (f"{result.n_predicted:,}", "predicted", f"of {result.n_items:,}"),
        (f"{left:,}", "left out", "each counted with its reason"),
        (str(tasks), "tasks", f"{len(result.measures)} numbers"),
    ]


def _row(measure: TaskMeasure, figure: Iterable[TaskMeasure | None]) -> _Row:
    """Return a row of a figure; rows of one figure and unit share one scale."""
    name = title_of(measure.measure) + ("" if measure.slice == "all" else ", means of systems")
    n = f"{measure.n:,}"
    beside = [
        f"{name} {shown(measure.measure, value)}"
        for name, value in measure.baselines.items()
        if value is not None
    ]
    if measure.value is None:
        return _Row(name, UNDEFINED, measure.reason or "", n, None, beside)
    cell = shown_cell(measure.measure, measure)
    interval = cell.interval or measure.reason or ""
    strip = _strip(measure, _scale(measure, figure))
    return _Row(name, cell.value, interval, n, strip, beside)


def _with_clean(measure: TaskMeasure, result: SuiteResult, whole: list[TaskMeasure]) -> _Row:
    row = _row(measure, [other for other in whole if other.task == measure.task])
    new = clean_measure(result, measure)
    if new is None:
        return row
    text = f"on new songs {with_interval(new, new.measure)}, n {new.n:,}"
    return replace(row, beside=[text, *row.beside])


def _scale(measure: TaskMeasure, figure: Iterable[TaskMeasure | None]) -> tuple[float, float]:
    """Return the range of a strip: shares 0 to 1, correlations to -1 where one is below 0."""
    if is_share(measure.measure):
        return 0.0, 1.0
    known = [
        value
        for row in figure
        if row is not None and unit_of(row.measure) == unit_of(measure.measure)
        for value in (row.value, row.low, row.high, *row.baselines.values())
        if value is not None
    ]
    low, high = min([0.0, *known]), max([0.0, *known])
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    return (-1.0, 1.0) if low >= -1 and high <= 1 else (low, high)


def _strip(measure: TaskMeasure, scale: tuple[float, float]) -> _Strip:
    low, high = scale

    def place(value: float) -> float:
        return 100 * min(max((value - low) / (high - low or 1), 0), 1)

    ticks = [
        _Tick(
            f"{place(value):.1f}%",
            "people" if name in _PEOPLE else "baseline",
            f"{name} {shown(measure.measure, value)}",
        )
        for name, value in measure.baselines.items()
        if value is not None
    ]
    ends = (_end(measure.measure, low), _end(measure.measure, high))
    x = f"{place(measure.value or 0):.1f}%"
    if measure.low is None or measure.high is None:
        return _Strip(x, ticks=ticks, ends=ends)
    left, right = place(measure.low), place(measure.high)
    return _Strip(x, f"{left:.1f}%", f"{right - left:.1f}%", ticks, ends)


def _end(measure: str, value: float) -> str:
    return f"{100 * value:g} %" if is_share(measure) else number(value, 1)


def _slices(measures: Iterable[TaskMeasure]) -> list[_Part]:
    tables: dict[tuple[str, str], list[TaskMeasure]] = {}
    for measure in measures:
        kind, equals, _ = measure.slice.partition("=")
        if equals:
            tables.setdefault((measure.task, kind), []).append(measure)
    parts = []
    for k, ((task, kind), own) in enumerate(tables.items()):
        kept = own[:_SLICES_AT_MOST]
        rows = [replace(_row(each, own), name=each.slice.partition("=")[2]) for each in kept]
        left = len(own) - len(kept)
        note = f"{left} more are in the JSON record." if left else ""
        title = f"{capital(task)} by {kind}"
        parts.append(_Part(title, title_of(own[0].measure), rows, f"slice-{k}", note))
    return parts


def _ladders(
    measures: Sequence[TaskMeasure], published: Sequence[Published], judge: str
) -> list[_Part]:
    """Return published numbers and ours in one order, a table for each measure."""
    tables: dict[tuple[str, str, str], list[tuple[float, _Row]]] = {}
    for each in published:
        row = _Row(each.judge, shown(each.measure, each.value), beside=[each.source])
        tables.setdefault((each.task, each.slice, each.measure), []).append((each.value, row))
    for measure in measures:
        table = tables.get((measure.task, measure.slice, measure.measure))
        if table is not None and measure.value is not None:
            row = replace(_row(measure, ()), name=judge, strip=None, beside=[], kind="judge")
            table.append((measure.value, row))
    parts = []
    for k, ((task, slice_, name), table) in enumerate(tables.items()):
        title = capital(task) if slice_ == "all" else f"{capital(task)}, {slice_}"
        rows = [row for _, row in sorted(table, key=lambda entry: -entry[0])]
        parts.append(_Part(title, title_of(name), rows, f"published-{k}"))
    return parts


def _ranked(names: Sequence[str], row: LeaderboardRow) -> list[_Row]:
    sign = 1 if row.measure in _BETTER_LOW else -1
    entries = []
    for name, measure, difference in zip(names, row.cells, row.differences, strict=True):
        if measure is None:
            continue
        own = _row(measure, row.cells)
        beside = own.beside
        if difference is not None and difference.value is not None:
            text = with_interval(difference, row.measure, signed=True)
            beside = [f"difference {text}, n {difference.n:,}", *beside]
        place = float("inf") if measure.value is None else sign * measure.value
        kind = "judge" if name == names[0] else ""
        entries.append((place, replace(own, name=name, beside=beside, kind=kind)))
    return [row for _, row in sorted(entries, key=lambda entry: entry[0])]
