"""A result of a suite, or several as a leaderboard, as one HTML page that works offline.

The page holds no script and asks for nothing; its bytes depend on the record alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plaudit.benchmarks.suites.leaderboard import Leaderboard, LeaderboardRow
from plaudit.benchmarks.suites.record import Published, SuiteResult, TaskMeasure
from plaudit.reports.look.shell import html_page
from plaudit.reports.suites.table import (
    dropped_lines,
    headline,
    is_share,
    judge_name,
    number,
    settings_line,
    shown,
    title_of,
    with_interval,
)

SLICES_AT_MOST = 60


@dataclass(frozen=True)
class Tick:
    """A mark of something cheap, or of people, on a strip: its place in percent and its kind."""

    x: str
    kind: str
    text: str


@dataclass(frozen=True)
class Strip:
    """A number drawn: its place and its interval, in percent of the width."""

    x: str
    low: str = ""
    width: str = ""
    ticks: list[Tick] = field(default_factory=list)
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Row:
    """One number of a table: its name, text, interval, picture, and what stands beside it."""

    name: str
    value: str
    interval: str
    n: str
    strip: Strip | None
    beside: list[str]
    kind: str = ""


@dataclass(frozen=True)
class Part:
    """A table with its heading and a line beneath."""

    title: str
    head: str
    rows: list[Row]
    anchor: str
    note: str = ""


def result_page(result: SuiteResult) -> str:
    """Return a result as one HTML file.

    Parameters
    ----------
    result : SuiteResult
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    whole = [one for one in result.measures if one.slice in ("all", "system")]
    parts = [
        Part(_capital(task), "", [_row(one) for one in whole if one.task == task], f"task-{k}")
        for k, task in enumerate(dict.fromkeys(one.task for one in whole))
    ]
    return html_page(
        "suites",
        title=f"{judge_name(result)} on {result.title}",
        kind="Benchmark",
        deck=headline(result),
        lines=[settings_line(result), *(f"{line}." for line in dropped_lines(result))],
        counts=_counts(result),
        parts=parts,
        slices=_slices(result.measures),
        ladders=_ladders(result.measures, result.published, judge_name(result)),
        record=result,
    )


def comparison_page(found: Leaderboard) -> str:
    """Return several results as a leaderboard page.

    Parameters
    ----------
    found : Leaderboard
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8.
    """
    rows = [row for row in found.rows if row.slice in ("all", "system")]
    parts = [
        Part(
            f"{_capital(row.task)}, {title_of(row.measure)}",
            "" if row.slice == "all" else "means of systems",
            _ranked(found, row),
            f"task-{k}",
        )
        for k, row in enumerate(rows)
        if any(cell is not None and cell.value is not None for cell in row.cells)
    ]
    n = len(found.names)
    return html_page(
        "suites",
        title=f"{found.title}: {n} judges",
        kind="Leaderboard",
        deck=f"Suite {found.suite}, version {found.suite_version}. Differences are to"
        f" {found.names[0]}, on the items that both answered and the same resamples.",
        lines=[
            settings_line(found),
            "The order of a table is that of its numbers; where an interval of a difference holds"
            " 0, the order of these two is not settled.",
        ],
        counts=[(str(n), "judges", f"{found.n_items:,} items")],
        parts=parts,
        slices=[],
        ladders=[],
        record=found,
    )


def _counts(result: SuiteResult) -> list[tuple[str, str, str]]:
    left = sum(one.n for one in result.dropped)
    tasks = len({one.task for one in result.measures})
    return [
        (f"{result.n_predicted:,}", "answered", f"of {result.n_items:,}"),
        (f"{left:,}", "left out", "each counted with its reason"),
        (str(tasks), "tasks", f"{len(result.measures)} numbers"),
    ]


def _row(one: TaskMeasure) -> Row:
    name = title_of(one.measure) + ("" if one.slice == "all" else ", means of systems")
    if one.value is None:
        return Row(name, "n/a", one.reason or "", f"{one.n:,}", None, _beside(one))
    interval = (
        "" if one.low is None or one.high is None
        else f"{shown(one.measure, one.low)} to {shown(one.measure, one.high)}"
    )  # fmt: skip
    value = shown(one.measure, one.value)
    return Row(name, value, interval, f"{one.n:,}", _strip(one), _beside(one))


def _beside(one: TaskMeasure) -> list[str]:
    return [
        f"{name} {shown(one.measure, value)}"
        for name, value in one.baselines.items()
        if value is not None
    ]


def _scale(one: TaskMeasure) -> tuple[float, float]:
    """Return the range of a strip: shares 0 to 1, correlations to -1 where something is below 0."""
    values = [v for v in (one.value, one.low, one.high, *one.baselines.values()) if v is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    if is_share(one.measure) or (low >= 0 and high <= 1):
        return 0.0, 1.0
    return (-1.0, 1.0) if low >= -1 and high <= 1 else (low, high)


def _strip(one: TaskMeasure) -> Strip:
    low, high = _scale(one)

    def place(value: float) -> float:
        return 100 * min(max((value - low) / (high - low or 1), 0), 1)

    ticks = [
        Tick(f"{place(value):.1f}%", "people" if name in ("people", "ceiling") else "cheap",
             f"{name} {shown(one.measure, value)}")
        for name, value in one.baselines.items()
        if value is not None
    ]  # fmt: skip
    ends = (_end(one.measure, low), _end(one.measure, high))
    x = f"{place(one.value or 0):.1f}%"
    if one.low is None or one.high is None:
        return Strip(x, ticks=ticks, ends=ends)
    left, right = place(one.low), place(one.high)
    return Strip(x, f"{left:.1f}%", f"{right - left:.1f}%", ticks, ends)


def _end(measure: str, value: float) -> str:
    return f"{100 * value:g} %" if is_share(measure) else number(value, 1)


def _slices(measures: Iterable[TaskMeasure]) -> list[Part]:
    own = [one for one in measures if "=" in one.slice]
    found = []
    for k, (task, kind) in enumerate(
        dict.fromkeys((one.task, one.slice.partition("=")[0]) for one in own)
    ):
        mine = [one for one in own if one.task == task and one.slice.startswith(f"{kind}=")]
        rows = []
        for one in mine[:SLICES_AT_MOST]:
            row = _row(one)
            name = one.slice.partition("=")[2]
            rows.append(Row(name, row.value, row.interval, row.n, row.strip, row.beside))
        left = len(mine) - len(rows)
        note = f"{left} more are in the JSON record." if left else ""
        title = f"{_capital(task)} by {kind}"
        found.append(Part(title, title_of(mine[0].measure), rows, f"slice-{k}", note))
    return found


def _ladders(
    measures: Sequence[TaskMeasure], published: Sequence[Published], name: str
) -> list[Part]:
    """Return published numbers and ours in one order, a table a measure."""
    found = []
    keys = dict.fromkeys((one.task, one.slice, one.measure) for one in published)
    for k, key in enumerate(keys):
        ours = next((m for m in measures if (m.task, m.slice, m.measure) == key), None)
        entries: list[tuple[float, Row]] = [
            (one.value, Row(one.judge, shown(one.measure, one.value), "", "", None, [one.source]))
            for one in published
            if (one.task, one.slice, one.measure) == key
        ]
        if ours is not None and ours.value is not None:
            row = _row(ours)
            entries.append(
                (ours.value, Row(name, row.value, row.interval, row.n, None, [], "judge"))
            )
        entries.sort(key=lambda entry: -entry[0])
        slice_ = "" if key[1] == "all" else f", {key[1]}"
        found.append(
            Part(f"{_capital(key[0])}{slice_}", title_of(key[2]), [row for _, row in entries],
                 f"published-{k}")
        )  # fmt: skip
    return found


def _ranked(found: Leaderboard, row: LeaderboardRow) -> list[Row]:
    lower = row.measure in ("monotone", "largest move", "median move", "tied")
    entries = []
    for name, cell, difference in zip(found.names, row.cells, row.differences, strict=True):
        if cell is None:
            continue
        own = _row(cell)
        beside = list(own.beside)
        if difference is not None and difference.value is not None:
            said = with_interval(difference, row.measure, signed=True)
            beside.insert(0, f"difference {said}, n {difference.n:,}")
        key = float("inf") if cell.value is None else cell.value if lower else -cell.value
        kind = "judge" if name == found.names[0] else ""
        entries.append((key, Row(name, own.value, own.interval, own.n, own.strip, beside, kind)))
    return [one for _, one in sorted(entries, key=lambda entry: entry[0])]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
