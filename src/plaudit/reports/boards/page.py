"""Boards over time as one HTML page: lines of scores, then every board, the latest first."""

from dataclasses import dataclass
from datetime import date

from plaudit.benchmarks.standings.board import Board
from plaudit.benchmarks.standings.history_record import BoardHistory, BoardOrder, BoardStep
from plaudit.reports.boards.plot import boards_plots, by_name
from plaudit.reports.boards.table import board_lines, row_cells, steps_of
from plaudit.reports.look.shell import html_page
from plaudit.reports.look.wording import count_text


@dataclass(frozen=True)
class _Line:
    """A row of a board: what stands in its cells."""

    system: str
    rank: int
    change: str
    score: str
    interval: str
    votes: str
    meets: str


@dataclass(frozen=True)
class _Part:
    """A board with the sentences beneath it."""

    label: str
    rows: list[_Line]
    sentences: list[str]


def boards_page(history: BoardHistory) -> str:
    """Return boards over time as one HTML file; its bytes depend on the record alone."""
    steps = steps_of(history)
    orders = zip(history.boards, history.orders, strict=True)
    # By day, so that boards of two names stand side by side.
    latest = sorted(orders, key=lambda pair: pair[0].day or date.min, reverse=True)
    return html_page(
        "boards",
        title="Boards over time",
        history=history,
        headline=_headline(history),
        plots=boards_plots(history),
        parts=[_part(board, order, steps.get(board.label)) for board, order in latest],
    )


def _headline(history: BoardHistory) -> str:
    """Return in a sentence who leads the latest board of each name."""
    orders = {order.label: order for order in history.orders}
    leaders = []
    for name, boards in by_name(history).items():
        order = orders[boards[-1].label]
        leaders.append(
            f"{name}: {boards[-1].rows[0].system} leads, and {order.apart} of"
            f" {count_text(order.pairs, 'pair')} have intervals that do not meet"
        )
    return f"On the latest boards - {'; '.join(leaders)}."


def _part(board: Board, order: BoardOrder, step: BoardStep | None) -> _Part:
    rank = {row.system: row.rank for row in board.rows}
    rows = []
    for row in board.rows:
        meets = sorted(rank[other] for other in order.overlaps.get(row.system, ()))
        rows.append(_Line(row.system, row.rank, *row_cells(row, step), _ranks_text(meets)))
    return _Part(board.label, rows, board_lines(order, step))


def _ranks_text(ranks: list[int]) -> str:
    """Return ranks as text, neighbours as a span: "2, 5-7"."""
    spans: list[list[int]] = []
    for rank in ranks:
        if spans and rank == spans[-1][-1] + 1:
            spans[-1].append(rank)
        else:
            spans.append([rank])
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in spans]
    return ", ".join(texts) or "none"
