"""The record of boards over time, enough to redraw every table and figure."""

from typing import Literal

from plaudit.benchmarks.standings.board import Board
from plaudit.core.settings import Record


class SystemStep(Record):
    """A system on two boards, one after the other.

    ``rank_change`` is places won (above 0) or lost among the systems of both boards;
    ``score_change`` in points, about the mean of those. ``clear`` says that the intervals of the
    two boards, about that mean, do not meet. ``votes_change`` is None where a board does not say.
    """

    system: str
    rank_before: int
    rank_after: int
    rank_change: int
    score_before: float
    score_after: float
    score_change: float
    votes_change: int | None
    clear: bool


class BoardStep(Record):
    """From one board to the next of the same name.

    ``reversed_pairs`` counts pairs of systems whose order turned round, of ``shared_pairs``.
    ``fewer_votes`` are systems that lost votes: then the later board does not count all battles of
    the earlier one.
    """

    name: str
    before: str
    after: str
    entered: tuple[str, ...]
    left: tuple[str, ...]
    moved: tuple[SystemStep, ...]
    reversed_pairs: int
    shared_pairs: int
    fewer_votes: tuple[str, ...]


class BoardOrder(Record):
    """The order of one board: ``overlaps`` lists by system those whose intervals its own meets.

    ``apart`` of ``pairs`` pairs of systems have intervals that do not meet. ``unknown`` are systems
    without an interval, which are in no pair.
    """

    label: str
    name: str
    overlaps: dict[str, tuple[str, ...]]
    apart: int
    pairs: int
    unknown: tuple[str, ...]


class BoardHistory(Record):
    """Boards, the certainty of their ranks, and the changes from one to the next."""

    schema_version: Literal[1] = 1
    plaudit: str
    boards: tuple[Board, ...]
    orders: tuple[BoardOrder, ...]
    steps: tuple[BoardStep, ...]
