"""Judges on clips of ranked systems as one HTML page; its bytes depend on the record alone."""

from dataclasses import dataclass

from plaudit.benchmarks.reality.record import ALL, COPIES, RealityResult
from plaudit.reports.look.number import Cell, Row, cell
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import capital
from plaudit.reports.reality.plot import reality_plots
from plaudit.reports.reality.table import (
    Found,
    facts,
    headline,
    label,
    left_lines,
    method,
    pairs_text,
    reasons,
    rows_of,
)


@dataclass(frozen=True)
class _Block:
    """The rows of one judge, or of the baselines."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class _Part:
    """The table of one group."""

    anchor: str
    title: str
    blocks: list[_Block]
    lines: list[str]


def reality_page(result: RealityResult) -> str:
    """Return a result as one HTML file."""
    groups = (ALL, *result.groups)
    return html_page(
        "reality",
        title="Better systems first?",
        headline=headline(result),
        counts=_counts(result),
        lines=facts(result),
        plots=reality_plots(result),
        parts=[_part(result, group, f"part-{k}") for k, group in enumerate(groups)],
        method=method(result),
        left=left_lines(result.left_out),
        result=result,
    )


def _counts(result: RealityResult) -> list[tuple[str, str, str]]:
    left = len({own.path for own in result.left_out})
    return [
        (f"{len(result.clips):,}", "clips in pairs", f"of {result.n_rows:,} in the manifest"),
        (f"{sum(system.n_clips > 0 for system in result.systems):,}", "systems", "with a rank"),
        (f"{result.n_pairs:,}", "pairs", f"of {result.n_prompts:,} prompts"),
        (f"{left:,}", "clips left out", "of all, or of one copy or judge"),
    ]


def _part(result: RealityResult, group: str, anchor: str) -> _Part:
    blocks = [
        _Block(
            judge.name,
            [
                _row(label(judge, score), found, "judge" if place == 0 else "")
                for place, (score, found) in enumerate(rows_of(result, judge.name, group).items())
            ],
        )
        for judge in result.judges
    ]
    baselines = rows_of(result, None, group).items()
    blocks.append(_Block("baselines", [_row(score, found) for score, found in baselines]))
    title = "All pairs" if group == ALL else capital(group)
    return _Part(anchor, title, blocks, reasons(result, group))


def _row(name: str, found: Found, kind: str = "") -> Row:
    """Return the cells of both copies, the number of pairs, and the difference to a baseline."""
    cells = [cell(found[copies], 1, scale=100) for copies in COPIES]
    own = found["as is"]
    above = Cell("")
    if own.difference is not None:
        above = cell(own.difference, 1, signed=True, scale=100, note=own.baseline or "")
    return Row(name, "", [*cells, Cell(pairs_text(found)), above], kind)
