"""Means of ratings and of MUSHRA, and who is screened out."""

import numpy as np
import pytest
from scipy import stats

from plaudit.arena.results.board import Answers, make_board
from plaudit.arena.results.mushra import screen_listeners
from plaudit.arena.results.rating import means_of
from plaudit.arena.results.record import TestFacts
from plaudit.arena.results.row import SideRow, VoteRow
from plaudit.benchmarks.standings.record import StandingsSettings
from voting_rows import mushra, rating

TRUTH = {"alpha": 4.0, "beta": 3.0}


@pytest.fixture(scope="module")
def ratings() -> list[VoteRow]:
    rng = np.random.default_rng(0)
    voters, items = rng.normal(0, 0.6, 10), rng.normal(0, 0.5, 8)
    return [
        rating(
            f"v{v}", f"p{i}-{system}", system, f"p{i}",
            {"musicality": float(mean + voters[v] + items[i] + rng.normal(0, 0.4)), "clarity": 3.0},
        )
        for v in range(10)
        for i in range(8)
        for system, mean in TRUTH.items()
        if rng.uniform() < 0.6
    ]  # fmt: skip


def test_a_table_for_each_axis_with_where_the_answers_vary(ratings: list[VoteRow]) -> None:
    musicality, clarity = means_of(ratings)
    assert (musicality.axis, clarity.axis) == ("musicality", "clarity")
    assert [each.system for each in musicality.systems] == ["alpha", "beta"]
    first, second = musicality.systems
    for system in (first, second):
        low, high = system.mean.low, system.mean.high
        assert low is not None
        assert high is not None
        assert low < TRUTH[system.system] < high
        assert (system.voters, system.items) == (10, 8)
    gap = first.above_next
    assert gap is not None
    assert gap.low is not None
    assert 0.6 < gap.low < gap.value < 1.4  # type: ignore[operator]
    # Both systems were heard by the same voters on the same items: the gap is surer than a mean.
    assert gap.high - gap.low < first.mean.high - first.mean.low  # type: ignore[operator]
    assert second.above_next is None
    assert {"voter", "item", "error"} <= set(musicality.variance)
    assert clarity.systems[0].mean.value == pytest.approx(3.0)


def test_answers_of_one_voter_are_not_independent(ratings: list[VoteRow]) -> None:
    scale = means_of(ratings)[0]
    values = [row.ratings["musicality"] for row in ratings if row.sides[0].system == "alpha"]
    plain = 2 * 1.96 * np.std(values, ddof=1) / np.sqrt(len(values))
    mean = scale.systems[0].mean
    assert mean.high - mean.low > 1.5 * plain  # type: ignore[operator]


def test_a_board_of_ratings_has_reliability_by_axis(ratings: list[VoteRow]) -> None:
    facts = TestFacts(name="r", title="R", kind="rating")
    board = make_board(Answers(test=facts, rows=ratings), StandingsSettings(draws=20))
    assert board.everyone.standings is None
    named = {(each.axis, each.measure[:8]): each for each in board.everyone.reliability}
    single, mean = named["musicality", "ICC(1,1)"], named["musicality", "ICC(1,k)"]
    assert single.value is not None
    assert mean.value is not None
    assert 0.2 < single.value < mean.value < 1
    assert named["clarity", "ICC(1,1)"].value is None  # all ratings are equal


def test_a_song_that_nobody_else_made_has_a_mean_and_says_why_it_has_no_interval() -> None:
    rows = [rating("v", "s", "alpha", "p", {"x": 3.0})]
    (scale,) = means_of(rows)
    assert scale.systems == ()
    assert "more scores than groups" in str(scale.reason)


def item(voter: str, k: int, hidden: float, middle: float = 60.0, low: float = 20.0) -> VoteRow:
    sides = [
        ("hidden reference", "original", hidden),
        ("anchor", "3.5 kHz", low),
        ("anchor", "7 kHz", middle),
        ("contestant", "alpha", 70.0 + k),
        ("contestant", "beta", 55.0 - k),
    ]
    row = mushra(voter, f"p{k}", sides)
    open_reference = SideRow(system="original", song="r", role="reference")
    return row.model_copy(update={"sides": (open_reference, *row.sides)})


def one_item(scores: np.ndarray) -> list[VoteRow]:
    """Scores of listeners, (n, 2), for the hidden reference and a system."""
    sides = (("hidden reference", "o"), ("contestant", "alpha"))
    return [
        mushra(f"v{v}", "p", [(*side, x) for side, x in zip(sides, pair, strict=True)])
        for v, pair in enumerate(scores.tolist())
    ]


def test_each_version_of_mushra_varies_as_its_own_scores_do() -> None:
    rng = np.random.default_rng(0)
    scores = np.stack([rng.uniform(96, 100, 12), rng.normal(60, 12, 12)], axis=1)
    (scale,) = means_of(one_item(scores))
    reference, system = scale.systems
    # With one item there is nothing but listeners: the interval is Student's.
    for found, values in ((reference.mean, scores[:, 0]), (system.mean, scores[:, 1]),
                          (reference.above_next, scores[:, 0] - scores[:, 1])):  # fmt: skip
        assert found is not None
        low, high = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-3)
    assert scale.variance == {"error": pytest.approx(scores[:, 1].var(ddof=1))}


def test_a_lead_of_mushra_is_of_answers_that_score_both() -> None:
    rows = one_item(np.array([[100.0, 50.0], [98.0, 52.0], [99.0, 60.0]]))
    alone = rows[2].model_copy(update={"sides": rows[2].sides[1:]})
    (scale,) = means_of([*rows[:2], alone])
    gap = scale.systems[0].above_next
    assert gap is not None
    assert gap.value == pytest.approx(48.0)
    assert scale.systems[1].mean.value == pytest.approx(54.0)
    (scale,) = means_of([rows[0]])
    assert scale.systems[0].mean.low is None
    assert "fewer than two scores" in str(scale.systems[0].mean.reason)


def test_listeners_are_screened_by_the_rules_of_the_standard() -> None:
    rows = [item("good", k, 100) for k in range(8)]
    rows += [item("one slip", k, 89 if k == 0 else 100) for k in range(8)]  # 12.5 %
    rows += [item("deaf", k, 89 if k < 2 else 100) for k in range(8)]  # 25 %
    rows += [item("generous", k, 100, middle=91) for k in range(8)]
    rows += [item("low anchor", k, 100, low=95) for k in range(8)]  # not the middle one
    listeners = {each.voter: each for each in screen_listeners(rows)}
    excluded = {name for name, each in listeners.items() if each.excluded}
    assert excluded == {"deaf", "generous"}
    assert (listeners["deaf"].reference_low, listeners["deaf"].items) == (2, 8)
    assert listeners["good"].medians["7 kHz"] == 60.0
    assert screen_listeners([rating("v", "s", "alpha", "p", {"x": 1.0})]) == ()


def test_a_board_of_mushra_leaves_screened_listeners_out_of_the_means() -> None:
    rows = [item(f"v{v}", k, 100) for v in range(4) for k in range(6)]
    rows += [item("deaf", k, 10) for k in range(6)]
    facts = TestFacts(name="m", title="M", kind="mushra")
    board = make_board(Answers(test=facts, rows=rows), StandingsSettings(draws=20))
    (scale,) = board.everyone.means
    order = [each.system for each in scale.systems]
    assert order == ["hidden reference", "alpha", "7 kHz", "beta", "3.5 kHz"]
    assert scale.systems[0].median == 100.0
    assert (board.everyone.voters, board.counts.voters) == (4, 5)
    assert [each.voter for each in board.everyone.listeners if each.excluded] == ["deaf"]
