"""Strengths from battles: closed forms, laws, planted truths, and counts that tell nothing."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics.borda import borda
from plaudit.metrics.bradley_terry import arena_scale, bradley_terry
from plaudit.metrics.checked import Floats
from plaudit.metrics.davidson import _bounded, davidson, tie_share
from plaudit.metrics.elo import elo, elo_orders
from plaudit.metrics.tally import OUTCOMES, UnplacedError, require_placed, tally

count = st.integers(1, 60)


@st.composite
def tables(draw: st.DrawFn) -> Floats:
    """Wins of systems that all met and all lost once."""
    size = draw(st.integers(2, 6))
    flat = draw(st.lists(st.integers(1, 30), min_size=size * size, max_size=size * size))
    return np.array(flat, np.float64).reshape(size, size) * (1 - np.eye(size))


@given(count, count)
def test_two_systems_of_bradley_and_terry_are_the_odds(won: int, lost: int) -> None:
    fitted = bradley_terry([[0, won], [lost, 0]])
    assert fitted.strength[0] - fitted.strength[1] == pytest.approx(math.log(won / lost), abs=1e-9)
    assert fitted.strength.sum() == pytest.approx(0, abs=1e-12)
    share = won / (won + lost)
    entropy = won * math.log(share) + lost * math.log(1 - share)
    assert fitted.log_likelihood == pytest.approx(entropy)
    assert fitted.gradient < 1e-6


@given(count, count, count)
def test_two_systems_of_davidson_are_the_odds_and_the_share_of_ties(
    won: int, lost: int, tied: int
) -> None:
    fitted = davidson([[0, won], [lost, 0]], [[0, tied], [tied, 0]])
    # The model has as many parameters as answers, so it says exactly what was counted.
    assert fitted.strength[0] - fitted.strength[1] == pytest.approx(math.log(won / lost), abs=1e-8)
    assert fitted.tie == pytest.approx(tied / math.sqrt(won * lost), rel=1e-8)


@settings(max_examples=40)
@given(tables(), st.integers(0, 9))
def test_laws_of_strength(wins: Floats, seed: int) -> None:
    ties = np.minimum(wins, wins.T)
    order = np.random.default_rng(seed).permutation(len(wins))
    for fit in (bradley_terry, lambda table: davidson(table, np.minimum(table, table.T))):
        strength = fit(wins).strength
        shuffled = fit(wins[np.ix_(order, order)]).strength
        np.testing.assert_allclose(shuffled, strength[order], atol=1e-7)
        np.testing.assert_allclose(fit(wins.T).strength, -strength, atol=1e-7)  # losing is winning
    once, twice = davidson(wins, ties), davidson(3 * wins, 3 * ties)
    np.testing.assert_allclose(once.strength, twice.strength, atol=1e-7)
    assert once.tie == pytest.approx(twice.tie, rel=1e-7)


@settings(max_examples=40)
@given(tables())
def test_strengths_explain_what_was_won(wins: Floats) -> None:
    """At the maximum each system wins as often as the model says it should."""
    fitted = bradley_terry(wins)
    chance = 1 / (1 + np.exp(fitted.strength[None, :] - fitted.strength[:, None]))
    games = wins + wins.T
    np.testing.assert_allclose((games * chance).sum(axis=1), wins.sum(axis=1), atol=1e-6)


@settings(max_examples=40)
@given(tables(), st.integers(1, 20))
def test_davidson_explains_wins_and_ties(wins: Floats, tied: int) -> None:
    ties = tied * (1 - np.eye(len(wins)))
    fitted = davidson(wins, ties)
    worth = np.exp(fitted.strength)
    both = fitted.tie * np.sqrt(np.outer(worth, worth))
    total = worth[:, None] + worth[None, :] + both
    games = wins + wins.T + ties
    points = games * (worth[:, None] + both / 2) / total
    expected = (wins + ties / 2).sum(axis=1)
    np.fill_diagonal(points, 0)
    np.testing.assert_allclose(points.sum(axis=1), expected, atol=1e-5)
    assert (games * both / total).sum() == pytest.approx(ties.sum(), abs=1e-5)


def test_a_start_changes_only_the_steps() -> None:
    wins = np.array([[0, 30, 9], [7, 0, 20], [3, 11, 0]], float)
    ties = np.array([[0, 3, 9], [3, 0, 1], [9, 1, 0]], float)
    cold, plain = davidson(wins, ties), bradley_terry(wins)
    warm = davidson(wins, ties, start=cold)
    np.testing.assert_allclose(warm.strength, cold.strength, atol=1e-9)
    assert warm.steps < cold.steps
    assert bradley_terry(wins, start=plain.strength).steps < plain.steps


def test_without_ties_davidson_is_bradley_terry() -> None:
    wins = np.array([[0, 30, 9], [7, 0, 20], [3, 11, 0]], float)
    fitted = davidson(wins, np.zeros((3, 3)))
    np.testing.assert_array_equal(fitted.strength, bradley_terry(wins).strength)
    assert fitted.tie == 0


def test_planted_strengths_come_back() -> None:
    rng = np.random.default_rng(5)
    size, n = 8, 200_000
    strength = rng.normal(size=size)
    strength -= strength.mean()
    first = rng.integers(size, size=n)
    second = (first + rng.integers(1, size, size=n)) % size
    half, nu = (strength[first] - strength[second]) / 2, 0.7
    weights = np.stack([np.exp(half), np.exp(-half), np.full(n, nu)])
    edges = np.cumsum(weights / weights.sum(axis=0), axis=0)
    outcome = (rng.random(n) > edges).sum(axis=0)
    counted = tally(first, second, outcome, size)
    fitted = davidson(counted.wins, counted.ties)
    np.testing.assert_allclose(fitted.strength, strength, atol=0.04)
    assert fitted.tie == pytest.approx(nu, abs=0.02)
    assert tie_share(fitted.tie) == pytest.approx(nu / (2 + nu), abs=0.01)


def test_a_penalty_pulls_together_and_always_answers() -> None:
    wins = np.array([[0, 5, 5], [0, 0, 5], [0, 0, 0]], float)
    with pytest.raises(UnplacedError):
        bradley_terry(wins)
    spread = [float(np.ptp(bradley_terry(wins, penalty=p).strength)) for p in (0.1, 1.0, 10.0)]
    assert spread == sorted(spread, reverse=True)
    apart = np.kron(np.eye(2), [[0, 3], [1, 0]])
    assert np.isfinite(bradley_terry(apart, penalty=1.0).strength).all()


def test_a_million_to_one_still_converges() -> None:
    fitted = bradley_terry(np.array([[0, 1e6], [1, 0]]))
    assert fitted.strength[0] - fitted.strength[1] == pytest.approx(math.log(1e6), rel=1e-9)
    chain = np.diag(np.full(29, 1e4), 1) + np.diag(np.ones(29), -1)  # 30 systems, each far above
    strength = bradley_terry(chain).strength
    np.testing.assert_allclose(-np.diff(strength), math.log(1e4), rtol=1e-8)


@pytest.mark.parametrize(
    ("wins", "message"),
    [
        ([[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], "fall into 2 groups"),
        ([[0, 2, 0], [1, 0, 0], [0, 0, 0]], "fall into 2 groups .*: a, b; c"),
        ([[0, 2, 1], [0, 0, 1], [0, 1, 0]], "a never lost .* and b, c never won"),
        ([[0, 2, 1], [1, 0, 1], [0, 0, 0]], "a, b never lost .* and c never won"),
        ([[0, 3], [0, 0]], "a never lost .* and b never won"),
    ],
)
def test_systems_that_cannot_be_placed_are_named(wins: list[list[float]], message: str) -> None:
    table = np.array(wins, float)
    with pytest.raises(UnplacedError, match=message):
        bradley_terry(table, names="abcd")
    with pytest.raises(UnplacedError, match=message):
        davidson(table, np.zeros_like(table), names="abcd")


def test_one_system_is_no_board() -> None:
    with pytest.raises(UnplacedError, match="at least two systems"):
        require_placed(np.zeros((1, 1)))


def test_ties_alone_do_not_place_anybody() -> None:
    ties = np.array([[0, 5], [5, 0]], float)
    with pytest.raises(UnplacedError, match="beside the ties, wins go one way only"):
        davidson([[0, 3], [0, 0]], ties)
    with pytest.raises(UnplacedError, match="wins go one way only"):
        davidson(np.zeros((2, 2)), ties)
    # Half wins can place the first; the model says so itself.
    assert bradley_terry(np.array([[0, 3], [0, 0]]) + ties / 2).strength[0] > 0


@settings(max_examples=150)
@given(st.integers(2, 4), st.data())
def test_the_check_of_davidson_is_what_a_linear_program_says(
    size: int, data: st.DataObject
) -> None:
    """A way in which the likelihood never falls, found by SciPy, or none."""
    from scipy.optimize import linprog

    pairs = [(i, j) for i in range(size) for j in range(i)]
    kind = data.draw(st.lists(st.integers(0, 5), min_size=len(pairs), max_size=len(pairs)))
    won, tied = np.zeros((size, size)), np.zeros((size, size))
    for (i, j), code in zip(pairs, kind, strict=True):
        won[i, j] += code in {1, 3, 5}
        won[j, i] += code in {2, 5}
        tied[i, j] = tied[j, i] = float(code in {3, 4})
    assume(tied.any())
    try:
        require_placed(won + tied)
    except UnplacedError:
        return
    rows = []  # gap of a win at least 2, of a tie at most 2, where log nu grows by 1
    for i in range(size):
        for j in range(size):
            gap = np.eye(size)[j] - np.eye(size)[i]
            rows += [(gap, -2.0)] if won[i, j] else []
            rows += [(gap, 2.0)] if tied[i, j] else []
    solution = linprog(np.zeros(size), np.array([row for row, _ in rows]),
                    [end for _, end in rows], bounds=(None, None))  # fmt: skip
    assert _bounded(won, tied) == (solution.status == 2)
    if _bounded(won, tied):
        assert np.isfinite(davidson(won, tied).strength).all()


def test_tally_puts_both_orders_together() -> None:
    first, second = [0, 1, 0, 1, 2, 2], [1, 0, 1, 0, 0, 1]
    words = ("first", "first", "tie", "tie", "neither", "second")
    outcome = [OUTCOMES.index(Outcome(word)) for word in words]
    counted = tally(first, second, outcome, 3)
    assert counted.wins.tolist() == [[0, 1, 0], [1, 0, 1], [0, 0, 0]]
    assert counted.ties.tolist() == [[0, 2, 0], [2, 0, 0], [0, 0, 0]]
    assert counted.neither.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert counted.points.sum() == 5
    double = tally(first, second, outcome, 3, weight=[2] * 6)
    np.testing.assert_array_equal(double.wins, 2 * counted.wins)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_tally_does_not_notice_the_order_of_playing(
    made: list[tuple[int, int, int]],
) -> None:
    made = [battle for battle in made if battle[0] != battle[1]]
    first, second, outcome = np.array(made, int).reshape(-1, 3).T
    swap = np.array([1, 0, 2, 3])
    tallied, swapped = tally(first, second, outcome, 4), tally(second, first, swap[outcome], 4)
    for table in ("wins", "ties", "neither"):
        np.testing.assert_array_equal(getattr(tallied, table), getattr(swapped, table))


def test_counts_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="against itself"):
        tally([1], [1], [0], 2)
    with pytest.raises(InputError, match="0 to 3, got 4 to 4"):
        tally([0], [1], [4], 2)
    with pytest.raises(InputError, match="each system as a number from 0 to 1"):
        tally([0], [2], [0], 2)
    with pytest.raises(InputError, match="shapes"):
        tally([0, 1], [1], [0], 2)
    square = np.array([[0, 1], [1, 0]], float)
    for table, message in (
        (np.zeros((2, 3)), "shape"), (-square, "at least 0"), (np.eye(2), "diagonal"),
        (np.where(square, math.nan, 0), "finite"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            bradley_terry(table)
    with pytest.raises(InputError, match="symmetric"):
        davidson([[0, 1], [1, 0]], [[0, 1], [2, 0]])
    with pytest.raises(InputError, match="penalty of at least 0"):
        bradley_terry([[0, 1], [1, 0]], penalty=-1)


def test_borda_is_defined_for_who_never_lost() -> None:
    assert borda([[0, 3], [0, 0]]).tolist() == [1, 0]
    shares = borda([[0, 3, 0], [0, 0, 0], [0, 0, 0]])
    assert shares[:2].tolist() == [1, 0]
    assert math.isnan(shares[2])


@given(tables())
def test_borda_of_equals_is_a_half(wins: Floats) -> None:
    np.testing.assert_allclose(borda(wins + wins.T), 0.5)
    np.testing.assert_allclose(borda(wins) + borda(wins.T), 1)


def test_arena_scale() -> None:
    ratings = arena_scale(np.array([math.log(10), 0.0]))
    assert ratings.mean() == pytest.approx(1000)
    assert ratings[0] - ratings[1] == pytest.approx(400)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([0, 0.5, 1])),
                max_size=25))  # fmt: skip
def test_elo_moves_points_and_makes_none(made: list[tuple[int, int, float]]) -> None:
    made = [battle for battle in made if battle[0] != battle[1]]
    first, second = [battle[0] for battle in made], [battle[1] for battle in made]
    won = [battle[2] for battle in made]
    ratings = elo(first, second, won, 4)
    assert ratings.mean() == pytest.approx(1000)
    swapped = elo(second, first, [1 - score for score in won], 4)
    np.testing.assert_allclose(ratings, swapped)
    np.testing.assert_allclose(2000 - ratings, elo(first, second, [1 - score for score in won], 4))
    orders = np.stack([np.arange(len(made)), np.arange(len(made))[::-1]])
    both = elo_orders(first, second, won, 4, orders)
    np.testing.assert_allclose(both[0], ratings)
    np.testing.assert_allclose(both[1], elo(first[::-1], second[::-1], won[::-1], 4))


def test_elo_depends_on_the_order_and_on_k() -> None:
    first, second, won = [0] * 20, [1] * 20, [1.0] * 10 + [0.0] * 10
    there, back = elo(first, second, won, 2, k=32), elo(first, second, won[::-1], 2, k=32)
    assert there[0] < 1000 < back[0]
    assert elo(first, second, won, 2, k=4)[0] > there[0]
    shorter = elo_orders(first, second, won, 2, np.array([[0, 1, -1], [0, 1, 2]]))
    np.testing.assert_allclose(shorter[0], elo([0, 0], [1, 1], [1, 1], 2))


def test_elo_refuses() -> None:
    with pytest.raises(InputError, match="k above 0"):
        elo([0], [1], [1], 2, k=0)
    with pytest.raises(InputError, match="against itself"):
        elo([0], [0], [1], 2)
    with pytest.raises(InputError, match="0 to 1"):
        elo([0], [2], [1], 2)
    with pytest.raises(InputError, match="leave votes for neither out"):
        elo([0], [1], [math.nan], 2)
    with pytest.raises(InputError, match="shapes"):
        elo([0], [1], [1, 0], 2)
    with pytest.raises(InputError, match="orders of battles"):
        elo_orders([0], [1], [1], 2, np.array([[1]]))
