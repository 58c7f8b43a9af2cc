"""How many votes does informative pairing save, and does it bend ratings?

Backs docs/arena-tests.md, "Who is asked what": votes until a board is as precise as one of uniform
pairing, and tests of bias.

Eleven simulated systems with strengths from a normal distribution answer battles as Davidson's
model says (20 % ties and 10 % NEITHER between equals). ``saved``: of the votes after which uniform
pairing has its precision (root mean variance of strengths, by the information at the true
strengths), the share that another policy does without. One joins ten: ten systems have votes of
uniform pairing, the eleventh joins; counted are the votes from then on. Intervals are 95 % over
seeds (Student). No policy can save more than what the votes would give if all pairs were asked
equally often, and each battle said as much as one of equal systems.

Bias is tested on the fits of all votes (`plaudit.metrics.davidson`): the slope of fitted on true
strengths, the paired difference of slopes to uniform pairing (Student), the largest of eleven
Student tests of a system's error by rank (Bonferroni), and the share of strengths within their 95 %
interval.

Run: .venv/bin/python bench/studies/arena_pairing.py [--seeds 20] [--votes 550]
"""

import argparse
import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from plaudit.arena.pairing import informative, least_seen, uniform
from plaudit.arena.pairing.board import Counts
from plaudit.arena.pairing.policy import Policy, shown_order
from plaudit.metrics.davidson import davidson
from plaudit.metrics.tally import ConvergenceError, UnplacedError

Floats = NDArray[np.float64]
K = 11
STEP = 5  # votes between two looks at the precision
NU, NEITHER = 0.5, 0.1  # two equal systems tie with nu / (2 + nu)
OUTCOMES = ("first", "second", "tie", "neither")
POLICIES: dict[str, Policy] = {
    "uniform": uniform.choose,
    "least-seen": least_seen.choose,
    "informative": partial(informative.choose, floor=0.2),
    "informative, no floor": partial(informative.choose, floor=0.0),
}


def chances(gap: float) -> Floats:
    """Of the four outcomes, for a gap of strengths in logits."""
    weights = np.array([math.exp(gap / 2), math.exp(-gap / 2), NU])
    return np.append((1 - NEITHER) * weights / weights.sum(), NEITHER)


def information(asked: Floats, strength: Floats) -> Floats:
    """On centred strengths, (k, k), from what was asked, by Davidson's model with nu known."""
    gap = strength[:, None] - strength[None, :]
    won, lost = np.exp(gap / 2), np.exp(-gap / 2)
    total = won + lost + NU
    pair = (1 - NEITHER) * asked * (1 - NU / total - ((won - lost) / total) ** 2) / 4
    return np.asarray(np.diag(pair.sum(axis=1)) - pair)


def imprecision(asked: Floats, strength: Floats) -> float:
    """Root mean variance of strengths; infinite where votes do not join all systems."""
    known = np.linalg.eigvalsh(information(asked, strength))[1:]
    return math.sqrt((1 / known).mean()) if known[0] > 1e-9 else math.inf


def limit(n: int) -> float:
    """Precision that no n votes exceed: all pairs alike, and each battle as good as the best."""
    even = np.full((K, K), n / (K * (K - 1) / 2))
    np.fill_diagonal(even, 0)
    return imprecision(even, np.zeros(K))


def cast(
    counts: Counts, policy: Policy, strength: Floats, n: int, there: int, rng: np.random.Generator
) -> Floats:
    """Cast n votes on the first systems; return the root mean variance after each."""
    allowed = np.zeros((K, K))
    allowed[:there, :there] = 1
    np.fill_diagonal(allowed, 0)
    course = np.full(n, math.inf)
    for vote in range(n):
        first, second = shown_order(counts, policy(counts, allowed, rng), rng)
        gap = float(strength[first] - strength[second])
        counts.add(first, second, OUTCOMES[rng.choice(4, p=chances(gap))])
        if (vote + 1) % STEP == 0:
            course[vote] = imprecision(counts.asked[:there, :there], strength[:there])
    return course


def saved(course: Floats, goal: float) -> float:
    """Share of the votes after which a course was as precise as the goal."""
    reached = np.flatnonzero(course <= goal)
    return 1 - (reached[0] + 1) / len(course) if len(reached) else math.nan


def student(values: Sequence[float], centre: float = 0.0) -> str:
    """Mean, 95 % interval, and p against a mean."""
    from scipy.stats import t, ttest_1samp

    x = np.asarray(values)[~np.isnan(values)]
    half = t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    p = ttest_1samp(x, centre).pvalue
    return f"{x.mean():+.3f} [{x.mean() - half:+.3f}, {x.mean() + half:+.3f}], p = {p:.2f}"


def together(spread: float, n: int, seeds: int) -> None:
    """All systems are there from the first vote on."""
    from scipy.stats import ttest_1samp

    won: dict[str, list[float]] = {name: [] for name in POLICIES}
    most: list[float] = []
    slopes: dict[str, list[float]] = {name: [] for name in POLICIES}
    errors: dict[str, list[Floats]] = {name: [] for name in POLICIES}
    within: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in range(seeds):
        drawn = np.sort(np.random.default_rng([seed, 1]).normal(0, spread, K))[::-1]
        strength = drawn - drawn.mean()
        goal = math.nan
        for place, (name, policy) in enumerate(POLICIES.items()):
            counts = Counts.empty([str(k) for k in range(K)])
            rng = np.random.default_rng([seed, 2, place])
            course = cast(counts, policy, strength, n, K, rng)
            goal = course[-1] if name == "uniform" else goal
            won[name].append(saved(course, goal))
            if name == "uniform":
                most.append(1 - (limit(n) / goal) ** 2)
            try:
                fit = davidson(counts.wins, counts.ties).strength
            except (UnplacedError, ConvergenceError):  # a system that never lost
                fit = np.full(K, math.nan)
            slopes[name].append(float(fit @ strength / (strength @ strength)))
            errors[name].append(fit - strength)
            deviation = np.sqrt(np.diag(np.linalg.pinv(information(counts.asked, strength))))
            inside = float((np.abs(fit - strength) < 1.96 * deviation).mean())
            within[name].append(math.nan if np.isnan(fit).any() else inside)
    print(f"\nAll from the start, strengths of spread {spread:g} logits, {n:,} votes")
    print(f"  no policy can save more than {np.mean(most):.3f}")
    for name in POLICIES:
        error = np.array([row for row in errors[name] if not np.isnan(row).any()])
        p = float(np.min(ttest_1samp(error, 0).pvalue)) * K
        rmse = math.sqrt(np.mean(np.square(error)))
        lost = sum(map(math.isnan, won[name]))
        print(f"  {name:22} saved {_saved(won[name])}{f' ({lost} never)' if lost else ''}")
        if len(error) < seeds:
            print(f"  {'':22} {seeds - len(error)} boards not placed, left out below")
        print(f"  {'':22} slope {student(slopes[name], 1.0)}; RMSE {rmse:.3f}")
        if name != "uniform":
            paired = np.subtract(slopes[name], slopes["uniform"])
            print(f"  {'':22} slope minus uniform's {student(list(paired))}")
        print(
            f"  {'':22} largest error of a rank: Bonferroni p = {min(p, 1):.2f};"
            f" within 95 % interval: {np.nanmean(within[name]):.3f}"
        )


def joining(spread: float, before: int, n: int, seeds: int) -> None:
    """One system joins ten that have votes."""
    won: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in range(seeds):
        drawn = np.random.default_rng([seed, 3]).normal(0, spread, K)
        strength = drawn - drawn.mean()
        goal = math.nan
        for name, policy in POLICIES.items():
            counts = Counts.empty([str(k) for k in range(K)])
            rng = np.random.default_rng([seed, 4])
            cast(counts, uniform.choose, strength, before, K - 1, rng)
            course = cast(counts, policy, strength, n, K, rng)
            goal = course[-1] if name == "uniform" else goal
            won[name].append(saved(course, goal))
    print(
        f"\nOne joins ten with {before:,} votes, spread {spread:g} logits, {n:,} votes from then on"
    )
    for name in POLICIES:
        print(f"  {name:22} saved {_saved(won[name])}")


def _saved(values: Sequence[float]) -> str:
    reached = [value for value in values if not math.isnan(value)]
    return student(reached).split(", p")[0] if len(reached) > 1 else "nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--votes", type=int, default=550)
    parser.add_argument("--spreads", type=float, nargs="*", default=[0.5, 1.0, 2.0])
    arguments = parser.parse_args()
    for spread in arguments.spreads:
        together(spread, arguments.votes, arguments.seeds)
    joining(0.5, arguments.votes, arguments.votes // 2, arguments.seeds)


if __name__ == "__main__":
    main()
