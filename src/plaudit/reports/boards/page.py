"""Boards over time as one HTML page that works offline; see `plaudit.reports.standings.page`."""

from dataclasses import dataclass
from datetime import date

from plaudit.benchmarks.standings.board import Board
from plaudit.benchmarks.standings.history_record import BoardHistory, BoardOrder, BoardStep
from plaudit.reports.boards.plot import boards_plots, by_name
from plaudit.reports.boards.table import interval_text, order_line, row_change, step_line
from plaudit.reports.look.panel import counted
from plaudit.reports.look.shell import html_page


@dataclass(frozen=True)
class Line:
    """A row of a board: what stands in its cells."""

    system: str
    rank: int
    change: str
    score: str
    interval: str
    votes: str
    meets: str


@dataclass(frozen=True)
class Part:
    """A board with the sentences beneath it."""

    label: str
    lines: list[Line]
    said: list[str]


def boards_page(history: BoardHistory) -> str:
    """Return boards over time as one HTML file.

    Parameters
    ----------
    history : BoardHistory
        The record.

    Returns
    -------
    str
        HTML, to be written as UTF-8; the latest boards come first.
    """
    steps = {step.after: step for step in history.steps}
    orders = zip(history.boards, history.orders, strict=True)
    # By day, so that boards of two names stand side by side.
    latest = sorted(orders, key=lambda pair: pair[0].day or date.min, reverse=True)
    parts = [
        _part(board, order, steps.get(board.label) if board.day else None)
        for board, order in latest
    ]
    return html_page(
        "boards",
        title="Boards over time",
        history=history,
        headline=headline(history),
        plots=boards_plots(history),
        parts=parts,
    )


def headline(history: BoardHistory) -> str:
    """Return in a sentence who leads the latest board of each name."""
    said = []
    for name, boards in by_name(history).items():
        last = boards[-1]
        order = next(one for one in history.orders if one.label == last.label)
        said.append(
            f"{name}: {last.rows[0].system} leads, and {order.apart} of"
            f" {counted(order.pairs, 'pair')} have intervals that do not meet"
        )
    return f"On the latest boards - {'; '.join(said)}."


def _part(board: Board, order: BoardOrder, step: BoardStep | None) -> Part:
    rank = {row.system: row.rank for row in board.rows}
    lines = [
        Line(
            row.system,
            row.rank,
            row_change(step, row.system),
            f"{row.score:.0f}",
            interval_text(row),
            "-" if row.votes is None else f"{row.votes:,}",
            _meets(sorted(rank[other] for other in order.overlaps.get(row.system, ()))),
        )
        for row in board.rows
    ]
    said = [order_line(order), *([step_line(step)] if step else [])]
    return Part(board.label, lines, said)


def _meets(ranks: list[int]) -> str:
    """Return ranks as text, neighbours in a row as a span: "2, 5-7"."""
    spans: list[list[int]] = []
    for rank in ranks:
        if spans and rank == spans[-1][-1] + 1:
            spans[-1].append(rank)
        else:
            spans.append([rank])
    return (
        ", ".join(f"{span[0]}" if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans)
        or "none"
    )
