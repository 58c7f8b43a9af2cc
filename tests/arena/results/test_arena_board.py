"""The board of a test: what it is made of, with and without careless voters."""

import numpy as np
import pytest

from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.record import ArenaBoard, TestFacts
from plaudit.arena.results.row import Check, SongFact, Speed, VoteRow
from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.core.outcome import Outcome
from voting_rows import STRENGTH, SYSTEMS, battle, honest

FEW = StandingsSettings(draws=40)
SONGS = {
    name: SongFact(song=name, system="alpha", path=f"{name}.wav", duration_s=18.0, made_in_s=s)
    for name, s in (("p0-alpha", 6.0), ("p1-alpha", 12.0), ("p2-alpha", None))
}


def board_of(rows: list[VoteRow], **more: object) -> ArenaBoard:
    facts = TestFacts(name="trial", title="A trial", kind="battle", gate_s=4.0)
    return make_board(Answers(test=facts, rows=rows, **more), FEW)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rows() -> list[VoteRow]:
    rng = np.random.default_rng(0)
    votes = honest(24, 25, rng)
    for k in range(60):
        pair = ("gamma", ("alpha", "beta")[k % 2])
        votes.append(battle(k, f"friend{k // 20}", Outcome.FIRST, pair, prompt=f"p{k % 12}"))
    votes.append(battle(99, "v00", Outcome.TIE, ("alpha", "alpha"), check=Check(kind="damaged")))
    votes.append(votes[0].model_copy(update={"purpose": "training", "task": "t"}))
    decided = next(row for row in votes if row.outcome is not None and row.outcome.decided)
    repeat = Check(kind="repeat", repeats=decided.task)
    votes.append(decided.model_copy(update={"check": repeat, "task": "again"}))
    return votes


@pytest.fixture(scope="module")
def board(rows: list[VoteRow]) -> ArenaBoard:
    return board_of(rows, songs=SONGS)


def test_only_votes_are_counted_as_votes(board: ArenaBoard) -> None:
    counts = board.counts
    assert (counts.votes, counts.voters, counts.training, counts.checks, counts.repeats) == (
        660, 27, 1, 1, 1,
    )  # fmt: skip
    assert board.everyone.standings is not None
    assert board.everyone.standings.battles == 660


def test_without_careless_voters_the_board_is_nearer_to_the_truth(board: ArenaBoard) -> None:
    assert board.careless.names == {"friend0", "friend1", "friend2"}
    assert (board.kept.votes, board.everyone.votes) == (600, 660)

    def distance(standings: object) -> float:
        ratings = {s.system: s.rating for s in standings.systems}  # type: ignore[attr-defined]
        truth = 1000 + 400 / np.log(10) * STRENGTH
        return float(np.abs([ratings[n] for n in SYSTEMS] - truth).max())

    assert distance(board.kept.standings) < distance(board.everyone.standings)
    assert distance(board.kept.standings) < 60


def test_it_says_how_it_came_to_be_and_how_people_agree(board: ArenaBoard) -> None:
    assert board.kept.moments[-1].votes == 600
    assert [m.votes for m in board.kept.moments] == sorted(m.votes for m in board.kept.moments)
    assert board.kept.change is not None
    assert board.kept.change.shared_pairs == 3
    agreement, halves, repeats = board.kept.reliability
    assert agreement.value is not None
    assert 0.5 < agreement.value < 0.9
    assert agreement.n > 100
    assert halves.value is not None
    assert halves.value > 0.8
    assert (repeats.value, repeats.n) == (1.0, 1)
    assert board.speeds == (Speed(system="alpha", songs=2, seconds=9.0, real_time=2.25),)


def test_the_record_reads_back_and_the_order_of_rows_is_nothing(
    rows: list[VoteRow], board: ArenaBoard
) -> None:
    again = board_of(rows[::-1], songs=SONGS)
    assert again.kept.standings == board.kept.standings
    assert again.careless == board.careless
    assert ArenaBoard.model_validate_json(board.model_dump_json()) == board


def test_a_test_without_votes_and_one_that_cannot_be_rated_have_a_board_that_says_why() -> None:
    assert board_of([]).everyone.reasons == ("Nobody has voted yet.",)
    rows = [battle(k, "v", Outcome.FIRST) for k in range(3)]
    early = board_of(rows, deleted=2)
    assert early.everyone.standings is None
    assert "alpha never lost" in early.everyone.reasons[0]
    assert "2 votes of their own" in early.notes[0]
