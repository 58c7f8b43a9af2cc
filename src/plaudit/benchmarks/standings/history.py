"""Boards over time: who rose, who fell, and which differences their intervals can bear.

Two systems whose intervals overlap may still differ (an interval of each is wider than that of the
difference), and two whose intervals are apart surely do; a board that publishes only intervals
allows no finer answer. Scores are about the mean of the systems of a board, so they move when
others enter or leave: `plaudit.benchmarks.standings.history_record.SystemStep` tells changes about
those that both boards share.
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
    """Compare boards over time.

    Parameters
    ----------
    boards : sequence of Board
        In order of name and day, as `plaudit.benchmarks.standings.board.read_boards` gives them.

    Returns
    -------
    BoardHistory
        The record.

    Raises
    ------
    InputError
        There is no board.
    """
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


def overlap(one: BoardRow, two: BoardRow) -> bool | None:
    """Tell whether the intervals of two rows meet; None where one has none."""
    if one.low is None or one.high is None or two.low is None or two.high is None:
        return None
    return one.low <= two.high and two.low <= one.high


def _shifted(row: BoardRow, by: float) -> BoardRow:
    """Return a row with its interval moved, so that two boards are about one mean."""
    if row.low is None or row.high is None:
        return row
    return row.model_copy(update={"low": row.low + by, "high": row.high + by})


def _order(board: Board) -> BoardOrder:
    known = [row for row in board.rows if row.low is not None]
    overlaps = {
        row.system: tuple(
            other.system for other in known if other is not row and overlap(row, other)
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
    was = sorted(shared, key=lambda system: old[system].rank)
    old_mean, new_mean = (
        sum(rows[system].score for system in shared) / max(len(shared), 1) for rows in (old, new)
    )
    moved = []
    for place, system in enumerate(shared):
        one, two = old[system], new[system]
        votes = None if one.votes is None or two.votes is None else two.votes - one.votes
        moved.append(
            SystemStep(
                system=system,
                rank_before=one.rank,
                rank_after=two.rank,
                rank_change=was.index(system) - place,
                score_before=one.score,
                score_after=two.score,
                score_change=(two.score - new_mean) - (one.score - old_mean),
                votes_change=votes,
                clear=overlap(one, _shifted(two, old_mean - new_mean)) is False,
            )
        )
    turned = sum(
        was.index(shared[i]) > was.index(shared[j])
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
            one.system for one in moved if one.votes_change is not None and one.votes_change < 0
        ),
    )
