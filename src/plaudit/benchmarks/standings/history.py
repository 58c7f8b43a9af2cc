"""Boards over time: changes of rank, and which differences exceed the intervals.

Two systems whose intervals overlap may still differ (an interval of each is wider than that of the
difference), and two whose intervals are apart surely do; a board that publishes only intervals
allows no finer answer. Scores are about the mean of the systems of a board, so they move when
others enter or leave: `plaudit.benchmarks.standings.history_record.SystemStep` states changes about
the mean of the systems that both boards share.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise

from plaudit import __version__
from plaudit.benchmarks.standings.board import Board, BoardRow
from plaudit.benchmarks.standings.history_record import (
    BoardHistory,
    BoardOrder,
    BoardStep,
    SystemStep,
)
from plaudit.core.errors import InputError


def compare_boards(boards: Sequence[Board]) -> BoardHistory:
    """Compare boards over time, in the order of name and day that ``read_boards`` gives."""
    if not boards:
        raise InputError("Expected at least one board, got none.")
    steps = [
        _step(before, after)
        for _, kind in groupby(boards, key=lambda board: board.name)
        for before, after in pairwise(kind)
    ]
    return BoardHistory(
        plaudit=__version__,
        boards=tuple(boards),
        orders=tuple(_order(board) for board in boards),
        steps=tuple(steps),
    )


def _overlap(row: BoardRow, other: BoardRow) -> bool | None:
    """Return whether the intervals of two rows meet; None where a row has none."""
    if row.low is None or row.high is None or other.low is None or other.high is None:
        return None
    return row.low <= other.high and other.low <= row.high


def _shifted(row: BoardRow, by: float) -> BoardRow:
    """Return a row with its interval moved, so that two boards are about one mean."""
    if row.low is None or row.high is None:
        return row
    return row.model_copy(update={"low": row.low + by, "high": row.high + by})


def _order(board: Board) -> BoardOrder:
    known = [row for row in board.rows if row.low is not None]
    overlaps = {
        row.system: tuple(
            other.system for other in known if other is not row and _overlap(row, other)
        )
        for row in known
    }
    pairs = len(known) * (len(known) - 1) // 2
    return BoardOrder(
        label=board.label,
        name=board.name,
        overlaps=overlaps,
        apart=pairs - sum(len(met) for met in overlaps.values()) // 2,
        pairs=pairs,
        unknown=tuple(row.system for row in board.rows if row.low is None),
    )


def _step(before: Board, after: Board) -> BoardStep:
    old, new = ({row.system: row for row in board.rows} for board in (before, after))
    shared = [row.system for row in after.rows if row.system in old]
    old_order = sorted(shared, key=lambda system: old[system].rank)
    old_mean, new_mean = (
        sum(rows[system].score for system in shared) / max(len(shared), 1) for rows in (old, new)
    )
    moved = []
    for place, system in enumerate(shared):
        was, now = old[system], new[system]
        votes = None if was.votes is None or now.votes is None else now.votes - was.votes
        moved.append(
            SystemStep(
                system=system,
                rank_before=was.rank,
                rank_after=now.rank,
                rank_change=old_order.index(system) - place,
                score_before=was.score,
                score_after=now.score,
                score_change=(now.score - new_mean) - (was.score - old_mean),
                votes_change=votes,
                clear=_overlap(was, _shifted(now, old_mean - new_mean)) is False,
            )
        )
    turned = sum(
        old_order.index(shared[i]) > old_order.index(shared[j])
        for i in range(len(shared))
        for j in range(i + 1, len(shared))
    )
    return BoardStep(
        name=after.name,
        before=before.label,
        after=after.label,
        entered=tuple(row.system for row in after.rows if row.system not in old),
        left=tuple(row.system for row in before.rows if row.system not in new),
        moved=tuple(moved),
        reversed_pairs=turned,
        shared_pairs=len(shared) * (len(shared) - 1) // 2,
        fewer_votes=tuple(
            step.system for step in moved if step.votes_change is not None and step.votes_change < 0
        ),
    )
