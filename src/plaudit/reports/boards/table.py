"""Boards over time as plain text."""

from plaudit.benchmarks.standings.board import BoardRow
from plaudit.benchmarks.standings.history_record import BoardHistory, BoardOrder, BoardStep
from plaudit.reports.look.number import span
from plaudit.reports.look.wording import aligned

_HEAD = ("rank", "change", "system", "score", "interval", "votes")
_UNKNOWN = "-"


def boards_text(history: BoardHistory) -> str:
    """Return each board, the certainty of its order, and the changes since the board before."""
    steps = steps_of(history)
    parts = []
    for board, order in zip(history.boards, history.orders, strict=True):
        step = steps.get(board.label)
        rows = [_HEAD, *(_row(row, step) for row in board.rows)]
        lines = [board.label, *aligned(rows, left={2}), *board_lines(order, step)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def steps_of(history: BoardHistory) -> dict[str, BoardStep]:
    """Return what changed up to each board, by its label; boards without a day have no step."""
    dated = {board.label for board in history.boards if board.day}
    return {step.after: step for step in history.steps if step.after in dated}


def board_lines(order: BoardOrder, step: BoardStep | None) -> list[str]:
    """Return the sentences below a board: the certainty of its order, and the changes."""
    lines = [_order_line(order)]
    return lines if step is None else [*lines, _step_line(step)]


def _order_line(order: BoardOrder) -> str:
    if not order.pairs:
        return "No two systems have an interval."
    text = f"{order.apart} of {order.pairs} pairs have intervals that do not meet"
    if order.unknown:
        text += f"; {', '.join(order.unknown)} have none"
    return f"{text}."


def _step_line(step: BoardStep) -> str:
    text = f"Since {step.before}:"
    if step.entered:
        text += f" {', '.join(step.entered)} entered;"
    if step.left:
        text += f" {', '.join(step.left)} left;"
    text += f" {step.reversed_pairs} of {step.shared_pairs} pairs turned round"
    clear = [move.system for move in step.moved if move.clear]
    if clear:
        text += f"; the intervals of {', '.join(clear)} do not meet their earlier ones"
    text += "."
    if step.fewer_votes:
        text += (
            f" {len(step.fewer_votes)} of {len(step.moved)} have fewer votes than before, so this"
            " board does not count all battles of the earlier one."
        )
    return text


def row_cells(row: BoardRow, step: BoardStep | None) -> tuple[str, str, str, str]:
    """Return the change, score, interval and votes of a row as text."""
    votes = _UNKNOWN if row.votes is None else f"{row.votes:,}"
    interval = span(row.low, row.high, ".0f") or _UNKNOWN
    return _change(step, row.system), f"{row.score:.0f}", interval, votes


def _row(row: BoardRow, step: BoardStep | None) -> tuple[str, ...]:
    change, score, interval, votes = row_cells(row, step)
    return f"{row.rank}", change, row.system, score, interval, votes


def _change(step: BoardStep | None, system: str) -> str:
    """Return places won or lost since the board before, "new" or nothing."""
    if step is None:
        return ""
    if system in step.entered:
        return "new"
    change = next(move.rank_change for move in step.moved if move.system == system)
    return f"{change:+d}" if change else "="
