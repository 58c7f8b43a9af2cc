"""Boards over time as plain text."""

from plaudit.benchmarks.standings.board import Board, BoardRow
from plaudit.benchmarks.standings.history_record import BoardHistory, BoardOrder, BoardStep

UNDEFINED = "-"


def boards_text(history: BoardHistory) -> str:
    """Return boards as text: each board, how sure its order is, and what changed since the last.

    Parameters
    ----------
    history : BoardHistory
        The record.

    Returns
    -------
    str
        Tables and sentences.
    """
    steps = {step.after: step for step in history.steps}
    parts = []
    for board, order in zip(history.boards, history.orders, strict=True):
        step = steps.get(board.label) if board.day else None
        parts.append("\n".join([board.label, *_rows(board, step), *_lines(order, step)]))
    return "\n\n".join(parts)


def order_line(order: BoardOrder) -> str:
    """Return how many places of a board are sure."""
    if not order.pairs:
        return "No two systems have an interval."
    text = f"{order.apart} of {order.pairs} pairs have intervals that do not meet"
    if order.unknown:
        text += f"; {', '.join(order.unknown)} have none"
    return f"{text}."


def step_line(step: BoardStep) -> str:
    """Return what changed since the board before."""
    said = [f"Since {step.before}:"]
    if step.entered:
        said.append(f"{', '.join(step.entered)} entered;")
    if step.left:
        said.append(f"{', '.join(step.left)} left;")
    said.append(f"{step.reversed_pairs} of {step.shared_pairs} pairs turned round")
    clear = [one.system for one in step.moved if one.clear]
    if clear:
        said.append(f"; the intervals of {', '.join(clear)} do not meet their earlier ones")
    text = " ".join(said).replace(" ;", ";") + "."
    if step.fewer_votes:
        text += (
            f" {len(step.fewer_votes)} of {len(step.moved)} have fewer votes than before, so this"
            " board does not count all battles of the earlier one."
        )
    return text


def row_change(step: BoardStep | None, system: str) -> str:
    """Return places won or lost since the board before, "new" or nothing."""
    if step is None:
        return ""
    if system in step.entered:
        return "new"
    change = next(one.rank_change for one in step.moved if one.system == system)
    return f"{change:+d}" if change else "="


def interval_text(row: BoardRow) -> str:
    """Return the interval of a row as text."""
    if row.low is None or row.high is None:
        return UNDEFINED
    return f"{row.low:.0f} to {row.high:.0f}"


def _rows(board: Board, step: BoardStep | None) -> list[str]:
    cells = [("rank", "change", "system", "score", "interval", "votes")]
    cells += [
        (
            f"{row.rank}", row_change(step, row.system), row.system, f"{row.score:.0f}",
            interval_text(row), UNDEFINED if row.votes is None else f"{row.votes:,}",
        )
        for row in board.rows
    ]  # fmt: skip
    wide = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
    return [
        "  ".join(
            cell.ljust(width) if k == 2 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, wide, strict=True))
        )
        for row in cells
    ]


def _lines(order: BoardOrder, step: BoardStep | None) -> list[str]:
    return [order_line(order), *([step_line(step)] if step else [])]
