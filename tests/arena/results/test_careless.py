"""Each rule finds what it names, counts it, and leaves attentive voters alone."""

import numpy as np
import pytest

from plaudit.arena.results.careless import differs, find_careless
from plaudit.arena.results.row import Check, SideRow, VoteRow
from plaudit.arena.results.rule import CarelessReport, CarelessRules
from plaudit.core.outcome import Outcome
from voting_rows import battle, honest, mushra, rating

FIRST, SECOND, TIE = Outcome.FIRST, Outcome.SECOND, Outcome.TIE


def flags(report: CarelessReport) -> set[tuple[str, str]]:
    return {(flag.voter, flag.rule) for flag in report.flags}


def alternating(voter: str, n: int, **how: object) -> list[VoteRow]:
    """Votes without a habit."""
    pairs = [("alpha", "beta"), ("beta", "gamma"), ("gamma", "alpha")]
    return [
        battle(k, voter, (FIRST, SECOND)[k // 3 % 2], pairs[k % 3], **how)  # type: ignore[arg-type]
        for k in range(n)
    ]


def test_attentive_voters_are_left_alone() -> None:
    report = find_careless(honest(40, 25, np.random.default_rng(0)), CarelessRules(), gate_s=4)
    assert not report.flags
    assert (report.voters, report.votes, report.votes_flagged) == (40, 1000, 0)


def test_too_fast_is_after_the_gate_of_all_sides() -> None:
    quick = alternating("quick", 12, seconds=9.5)
    report = find_careless(quick + alternating("calm", 12, seconds=11.0), CarelessRules(), gate_s=4)
    assert flags(report) == {("quick", "too fast")}
    # Without a gate nobody had to wait, so the same seconds are not fast.
    assert not find_careless(quick, CarelessRules()).flags
    assert flags(find_careless(quick, CarelessRules(fastest_s=10.0))) == {("quick", "too fast")}


def test_where_no_time_is_known_seconds_heard_stand_for_it() -> None:
    rows = alternating("deaf", 12, seconds=None, heard_s=0.5)
    assert ("deaf", "too fast") in flags(find_careless(rows, CarelessRules()))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_same_answer_every_time(outcome: Outcome) -> None:
    pairs = [("alpha", "beta"), ("beta", "alpha"), ("beta", "gamma"), ("gamma", "beta")]
    rows = [battle(k, "same", outcome, pairs[k % 4]) for k in range(20)]
    assert flags(find_careless(rows, CarelessRules())) == {("same", "same answer")}
    assert not find_careless(rows[:6], CarelessRules()).flags, "six votes show no habit"


def test_the_same_ratings_scores_and_orders_every_time() -> None:
    rows = [
        rating("flat", f"s{k}", "alpha", f"p{k}", {"musicality": 3, "clarity": 3}, k)
        for k in range(15)
    ]
    equal = [("contestant", "alpha", 50.0), ("contestant", "beta", 50.0)]
    rows += [mushra("level", f"p{k}", equal) for k in range(15)]
    takes = tuple(SideRow(system=f"t{k}", song=f"t{k}", place=k + 1) for k in range(4))
    rows += [
        VoteRow(task=f"o{k}", voter="in order", kind="rank", received=k, sides=takes)
        for k in range(15)
    ]
    found = flags(find_careless(rows, CarelessRules()))
    assert found == {(voter, "same answer") for voter in ("flat", "level", "in order")}


def test_failed_checks() -> None:
    def checks(voter: str, passed: list[bool]) -> list[VoteRow]:
        return [
            battle(50 + k, voter, FIRST, ("alpha", "alpha"), check=Check(kind="damaged", passed=p))
            for k, p in enumerate(passed)
        ]

    rows = alternating("deaf", 10) + checks("deaf", [False] * 4)
    rows += alternating("human", 10) + checks("human", [True, True, False, True])
    report = find_careless(rows, CarelessRules())
    assert flags(report) == {("deaf", "failed checks")}
    count = next(each for each in report.counts if each.rule == "failed checks")
    assert (count.tested, count.flagged, count.votes) == (2, 1, 10)
    # Checks are no votes.
    assert report.votes == 20


def test_repeats_that_are_answered_otherwise() -> None:
    rows = []
    for voter in ("fickle", "steady"):
        for k in range(8):
            answer = FIRST if k % 2 else SECOND
            # The songs have changed sides: the same button is now the other song.
            again = answer if voter == "fickle" else answer.swapped
            repeat = Check(kind="repeat", repeats=f"{voter}/{k}")
            rows += [
                battle(k, voter, answer, prompt=f"p{k}"),
                battle(20 + k, voter, again, ("beta", "alpha"), prompt=f"p{k}", check=repeat),
            ]
    report = find_careless(rows, CarelessRules())
    assert flags(report) == {("fickle", "changed answers")}
    assert (report.flags[0].count, report.flags[0].of) == (8, 8)


def test_answers_that_cannot_contradict_each_other_are_not_counted() -> None:
    a, b = battle(0, "v", FIRST), battle(1, "v", TIE)
    assert differs(a, b) is None
    assert differs(a, battle(2, "v", SECOND)) is True
    assert differs(a, battle(2, "v", SECOND, ("beta", "alpha"))) is False
    near = rating("v", "s", "alpha", "p", {"x": 3.0}), rating("v", "s", "alpha", "p", {"x": 4.0})
    assert differs(*near) is False
    far = rating("v", "s", "alpha", "p", {"x": 4.5})
    assert differs(near[0], far) is True
    scores = [mushra("v", "p", [("contestant", "alpha", s)]) for s in (50.0, 65.0, 80.0)]
    assert (differs(scores[0], scores[1]), differs(scores[0], scores[2])) == (False, True)


def test_songs_that_were_never_heard() -> None:
    rows = alternating("robot", 6, heard_s=0.0) + alternating("mute", 6, events=0)
    rows += alternating("person", 6) + alternating("of a file", 6, heard_s=None, events=None)
    report = find_careless(rows, CarelessRules())
    assert flags(report) == {("robot", "unheard"), ("mute", "unheard")}
    assert next(each for each in report.counts if each.rule == "unheard").tested == 3


def test_working_for_one_system_is_seen_against_the_votes_of_others() -> None:
    rng = np.random.default_rng(1)
    rows = honest(30, 25, rng)
    for friend in range(6):
        for k in range(24):
            pair = ("gamma", ("alpha", "beta")[k % 2])
            own = pair if k % 4 < 2 else pair[::-1]
            outcome = FIRST if own[0] == "gamma" else SECOND
            rows.append(battle(k, f"friend{friend}", outcome, own, prompt=f"p{k}"))
    report = find_careless(rows, CarelessRules())
    assert flags(report) == {(f"friend{k}", "one system") for k in range(6)}
    assert {flag.system for flag in report.flags} == {"gamma"}
    assert report.votes_flagged == 144
    # A voter may like a system more than others do.
    assert not find_careless(rows, CarelessRules(taste=200.0)).flags


def test_training_is_no_answer_and_rows_may_come_in_any_order() -> None:
    rows = honest(5, 12, np.random.default_rng(2)) + alternating("quick", 12, seconds=1.0)
    training = [row.model_copy(update={"purpose": "training"}) for row in rows[-12:]]
    assert not find_careless(rows[:-12] + training, CarelessRules()).flags
    report = find_careless(rows, CarelessRules())
    assert report == find_careless(rows[::-1], CarelessRules())
    assert report.names == {"quick"}


@pytest.mark.parametrize("setting", ["level", "too_fast"])
def test_every_rate_moves_what_is_flagged(setting: str) -> None:
    rows = alternating("quick", 12, seconds=1.0)
    lenient = {"level": 1e-12, "too_fast": 1.0}[setting]
    assert find_careless(rows, CarelessRules()).flags
    assert not find_careless(rows, CarelessRules.model_validate({setting: lenient})).flags
