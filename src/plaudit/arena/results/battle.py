"""Votes on two songs, and orders of several, as the battles that standings are made of.

An order of N takes counts as N (N - 1) / 2 battles, the better take against each worse one. Ratings
by Davidson's model of these pairs are close to those of Plackett and Luce, which needs a fit of its
own, and the same code, page and intervals serve both kinds of test. The pairs of one order are not
independent; resampling voters keeps them together, so the intervals know it. Borda's count, which
needs no model, is the column "share of points".
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import combinations

import numpy as np

from plaudit.arena.results.record import Moment
from plaudit.arena.results.row import VoteRow
from plaudit.benchmarks.standings.board import Board, standings_rows
from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.history import compare_boards
from plaudit.benchmarks.standings.history_record import BoardStep
from plaudit.benchmarks.standings.record import Standings, StandingsSettings
from plaudit.benchmarks.votes.cell import FaultyRows
from plaudit.benchmarks.votes.systems import BattleLine, DataFile, code_battles
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome

_MOMENTS, _FEW_DRAWS = 8, 100


def pairs_of(row: VoteRow) -> Iterator[tuple[int, int, Outcome]]:
    """Yield the battles in an answer: places of both sides among those shown, and who won."""
    if row.outcome is not None:
        yield 0, 1, row.outcome
    placed = [(side.place, k) for k, side in enumerate(row.sides) if side.place is not None]
    for (place, a), (other, b) in combinations(placed, 2):
        if row.sides[a].system != row.sides[b].system:
            yield a, b, Outcome.FIRST if place < other else Outcome.SECOND


def standings_of(
    rows: Sequence[VoteRow], settings: StandingsSettings, *, name: str = "votes"
) -> Standings:
    """Return the standings of answers, exactly as ``plaudit bench standings`` makes them of a file.

    Raises
    ------
    InputError
        There is no battle, or the battles cannot place some system.
    """
    lines = [
        BattleLine(number, row.sides[a].system, row.sides[b].system, outcome,
                   row.prompt_id, row.voter, row.instrumental)
        for number, row in enumerate(rows, start=1)
        for a, b, outcome in pairs_of(row)
    ]  # fmt: skip
    table = code_battles(
        lines,
        FaultyRows("the test", skip=settings.skip_faulty, unit="vote"),
        only=settings.only,
        merge_variants=settings.merge_variants,
        without=settings.without,
    )
    digest = hashlib.sha256(repr(sorted(repr(line[1:]) for line in lines)).encode()).hexdigest()
    data = DataFile(path=name, sha256=digest, files=1, kind="listening test")
    return make_standings(table, data, settings, np.random.default_rng(settings.seed))


def moments_of(rows: Sequence[VoteRow], settings: StandingsSettings) -> tuple[Moment, ...]:
    """Return the board after each eighth of the votes; eighths that cannot be rated are left out.

    Their intervals are rough ones, from 100 resamples of voters.
    """
    ordered = sorted(rows, key=lambda row: (row.received, row.task))
    few = _rough(settings)
    moments = []
    for end in sorted({round(len(ordered) * k / _MOMENTS) for k in range(1, _MOMENTS + 1)} - {0}):
        try:
            board = standings_of(ordered[:end], few)
        except InputError:  # some system has not lost yet, or not won
            continue
        moments.append(
            Moment(
                votes=end,
                until=ordered[end - 1].received,
                ratings={each.system: (each.rating, each.low, each.high) for each in board.systems},
            )
        )
    return tuple(moments)


def change_of(rows: Sequence[VoteRow], settings: StandingsSettings) -> BoardStep | None:
    """Compare the boards of the first and second half of the votes; None where one has none."""
    ordered = sorted(rows, key=lambda row: (row.received, row.task))
    half = len(ordered) // 2
    boards = []
    for part in (ordered[:half], ordered[half:]):
        try:
            standings = standings_of(part, _rough(settings))
        except InputError:
            return None
        boards.append(
            Board(
                name="votes",
                day=datetime.fromtimestamp(part[-1].received, UTC).date(),
                path="",
                sha256=standings.data.sha256,
                rows=standings_rows(standings),
            )
        )
    return compare_boards(boards).steps[0]


def _rough(settings: StandingsSettings) -> StandingsSettings:
    draws = min(settings.draws, _FEW_DRAWS)
    return settings.model_copy(update={"draws": draws, "cluster": "voter"})


def battles(rows: Iterable[VoteRow]) -> list[VoteRow]:
    """Return the answers that hold a battle."""
    return [row for row in rows if any(True for _ in pairs_of(row))]
