"""Pairing policies: what each asks next, and that pairs and sides are shared out."""

from collections import Counter

import numpy as np
import pytest

from arena_pairing import K, cast, imprecision, limit
from plaudit.arena.definition.record import Tasks
from plaudit.arena.pairing import informative, least_seen, uniform
from plaudit.arena.pairing.board import Counts, Floats
from plaudit.arena.pairing.policy import policy_of, shown_order
from plaudit.metrics.bradley_terry import bradley_terry

NAMES = ("a", "b", "c", "d")
ALL = np.ones((4, 4)) - np.eye(4)


def asked(pairs: dict[tuple[int, int], tuple[int, int, int]]) -> Counts:
    """Counts from (wins of the first, wins of the second, neither) by pair."""
    counts = Counts.empty(NAMES)
    for (a, b), numbers in pairs.items():
        for outcome, n in zip(("first", "second", "neither"), numbers, strict=True):
            counts.add(a, b, outcome, n)
    return counts


def chosen(
    policy: str, counts: Counts, allowed: Floats = ALL, n: int = 300
) -> Counter[tuple[int, int]]:
    rng = np.random.default_rng(1)
    choose = policy_of(Tasks(pairing=policy, floor=0.2))  # type: ignore[arg-type]
    return Counter(choose(counts, allowed, rng) for _ in range(n))


@pytest.mark.parametrize("policy", ["uniform", "least-seen", "informative"])
def test_only_pairs_that_are_allowed_are_asked(policy: str) -> None:
    allowed = np.zeros((4, 4))
    allowed[1, 3] = allowed[3, 1] = allowed[0, 2] = allowed[2, 0] = 1
    assert set(chosen(policy, Counts.empty(NAMES), allowed)) == {(1, 3), (0, 2)}


def test_uniform_asks_all_pairs_alike() -> None:
    counts = chosen("uniform", asked({(0, 1): (50, 0, 0)}), n=1200)
    assert set(counts) == {(a, b) for a in range(4) for b in range(a + 1, 4)}
    assert max(counts.values()) < 1.3 * min(counts.values())


def test_least_seen_asks_what_was_asked_least() -> None:
    even = {(a, b): (2, 2, 0) for a in range(4) for b in range(a + 1, 4)}
    assert set(chosen("least-seen", asked({**even, (1, 2): (1, 1, 1), (0, 3): (3, 0, 0)}))) == {
        (1, 2), (0, 3),
    }  # fmt: skip


def test_the_expected_fall_is_what_one_battle_brings() -> None:
    counts = asked({(0, 1): (9, 1, 0), (1, 2): (4, 4, 0), (2, 3): (2, 3, 5), (0, 3): (3, 3, 0)})
    falls = informative.expected_fall(counts)
    strengths = bradley_terry(counts.wins + counts.ties / 2, penalty=1.0).strength
    chance = 1 / (1 + np.exp(strengths[None] - strengths[:, None]))
    decided = counts.wins + counts.wins.T + counts.ties
    weight = (decided + 2) / (decided + counts.neither + 2) * chance * (1 - chance)

    def trace(table: Floats) -> float:
        return float(np.trace(informative.covariance_of(table, 1.0)))

    for a, b in ((0, 1), (1, 2), (2, 3), (0, 2)):
        more = counts.asked * weight
        more[a, b] += weight[a, b]
        more[b, a] += weight[a, b]
        fall = trace(counts.asked * weight) - trace(more)
        assert falls[[a, b], [b, a]] == pytest.approx(fall)


def test_informative_asks_close_pairs_and_newcomers_and_starves_none() -> None:
    even = {(a, b): (10, 10, 0) for a in range(3) for b in range(a + 1, 3)}
    newcomer = chosen("informative", asked(even))
    assert sum(n for pair, n in newcomer.items() if 3 in pair) > 0.95 * 300
    ladder = {(0, 2): (18, 2, 0), (0, 3): (18, 2, 0), (2, 1): (18, 2, 0), (3, 1): (18, 2, 0)}
    counts = asked({**ladder, (0, 1): (20, 0, 0), (2, 3): (10, 10, 0)})
    falls = informative.expected_fall(counts)
    best = {(int(a), int(b)) for a, b in np.argwhere(np.triu(falls, 1) >= falls.max() - 1e-9)}
    assert falls[0, 1] < 0.5 * falls[0, 2]  # everybody tells these apart
    assert (0, 1) not in best
    n_best = sum(n for pair, n in chosen("informative", counts).items() if pair in best)
    assert 0.75 * 300 < n_best < 300  # the rest is the floor


def test_a_pair_of_bad_songs_says_less() -> None:
    even = {(a, b): (10, 10, 0) for a in range(4) for b in range(a + 1, 4)}
    falls = informative.expected_fall(asked({**even, (0, 1): (1, 1, 18)}))
    assert falls[0, 1] < 0.5 * falls[2, 3]


def test_the_floor_is_the_share_of_the_pair_seen_least() -> None:
    even = {(a, b): (10, 10, 0) for a in range(4) for b in range(a + 1, 4)}
    counts = asked({**even, (0, 1): (0, 0, 19)})  # least seen, and next to nothing said
    rng = np.random.default_rng(2)
    picked = [informative.choose(counts, ALL, rng, floor=0.3) for _ in range(1000)]
    assert picked.count((0, 1)) == pytest.approx(300, abs=45)
    assert (0, 1) not in [informative.choose(counts, ALL, rng, floor=0.0) for _ in range(50)]


def test_sides_are_balanced_for_each_pair() -> None:
    rng = np.random.default_rng(3)
    counts = Counts.empty(NAMES)
    for _ in range(400):
        first, second = shown_order(counts, uniform.choose(counts, ALL, rng), rng)
        counts.add(first, second, None)
    assert np.abs(counts.first - counts.first.T).max() <= 1
    firsts = [shown_order(Counts.empty(NAMES), (0, 1), rng)[0] for _ in range(200)]
    assert 60 < sum(firsts) < 140


def test_the_study_counts_what_a_policy_saves() -> None:
    """A newcomer is where pairing matters: most votes of uniform pairing say nothing of it."""
    strength = np.linspace(0.5, -0.5, K)
    precisions = {}
    for name, policy in (("uniform", uniform.choose), ("least-seen", least_seen.choose)):
        counts = Counts.empty([str(k) for k in range(K)])
        rng = np.random.default_rng(4)
        cast(counts, uniform.choose, strength, 200, K - 1, rng)
        assert imprecision(counts.asked, strength) == np.inf
        cast(counts, policy, strength, 40, K, rng)
        precisions[name] = imprecision(counts.asked, strength)
    assert precisions["least-seen"] < 0.9 * precisions["uniform"]
    even = np.full((K, K), 10.0)
    np.fill_diagonal(even, 0)
    assert imprecision(even, strength) > limit(10 * K * (K - 1) // 2)
    assert imprecision(even, np.zeros(K)) == pytest.approx(limit(10 * K * (K - 1) // 2))
