"""Do battles carry what the shares of taste say, and nothing where they say nothing?

Backs docs/proving-ground.md, "Battles": with all four shares at 0, outcomes carry no information
beyond position bias; with aesthetics only, a perfect judge of the knobs reaches the accuracy that
the noise predicts.

Songs are drawn as truths only (knobs, traits, fame), nothing is composed or played: per seed 500
prompts, four songs each by four of eleven systems, 3,000 votes by 300 listeners.
24 seeds, 60 where nothing is to be found.

1. With all shares at 0: is each gap independent of the answers? Three Welch tests a gap and seed:
   the gap in FIRST against SECOND, its size in TIE against decided and in NEITHER against the rest.
   Printed: share of p-values below .05 with its 95 % interval (Wilson), Kolmogorov's distance from
   even p-values with its p, the AUC of the gap, and how often the first song was preferred.
2. With aesthetics only, at several shares and noises: accuracy of a perfect judge of the knobs
   among decided votes (95 % interval, Wilson) beside what integration of the settings predicts.
3. Each share alone and mixed: the AUC with which each gap predicts FIRST against SECOND, 95 %
   interval from 400 bootstraps over prompts (one seed, 6,000 votes).

Run: .venv/bin/python bench/studies/battle_law.py
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstest, rankdata, t, ttest_ind

from plaudit.core.outcome import Outcome
from plaudit.synth.public.audience import SongTruth
from plaudit.synth.public.battle import (
    NOISE,
    Battle,
    Contender,
    Taste,
    hold_battles,
)
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import Voter, draw_voters
from plaudit.synth.system import HELD_OUT, SYSTEMS
from voting.expectation import expected_accuracy, expected_outcomes

NULL_SEEDS, SEEDS, PROMPTS, VOTES, BOOTSTRAP = 60, 24, 500, 3_000, 400
GAPS = ("aesthetics", "appeal", "system")
Floats = NDArray[np.float64]


def contenders(rng: np.random.Generator) -> list[Contender]:
    songs = []
    for p in range(PROMPTS):
        for name in rng.choice(HELD_OUT, 4, replace=False):
            system = SYSTEMS[str(name)]
            # Spread and ties as among composed songs: full songs have long choruses, short intros.
            full, hook, opening = rng.standard_normal(3)
            traits = Traits(
                energy=float(0.68 + 0.06 * full),
                density=float(2 ** rng.normal(4, 0.2)),
                register=float(rng.normal(61, 6)),
                mode="major" if rng.uniform() < 0.42 else "minor",
                intro=float(0.09 - 0.05 * (0.4 * full + 0.92 * opening)),
                chorus=float(0.48 + 0.08 * (0.6 * full + 0.8 * hook)),
            )
            truth = SongTruth(system.draw_knobs(rng), "pop", 110.0, traits=traits)
            songs.append(Contender(f"{p}-{name}", system.name, f"{p}", system.fame, truth, 30.0))
    return songs


def world(seed: int) -> tuple[list[Contender], tuple[Voter, ...], np.random.Generator]:
    making, drawing, voting = np.random.default_rng(seed).spawn(3)
    return contenders(making), draw_voters(drawing), voting


def column(battles: Sequence[Battle], name: str) -> Floats:
    return np.array([getattr(battle, name) for battle in battles])


def wilson(right: float, n: int) -> tuple[float, float]:
    z, share = 1.959964, right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def auc(gap: Floats, first: NDArray[np.bool_]) -> float:
    ranks = rankdata(gap)
    n = int(first.sum())
    return float((ranks[first].sum() - n * (n + 1) / 2) / (n * (len(gap) - n)))


def auc_interval(
    battles: Sequence[Battle], gap: str, rng: np.random.Generator
) -> tuple[float, float, float]:
    values = column(battles, gap)
    first = np.array([battle.outcome is Outcome.FIRST for battle in battles])
    prompts = np.array([battle.prompt_id for battle in battles])
    rows = [np.flatnonzero(prompts == prompt) for prompt in np.unique(prompts)]
    again = []
    for _ in range(BOOTSTRAP):
        chosen = np.concatenate([rows[k] for k in rng.integers(len(rows), size=len(rows))])
        again.append(auc(values[chosen], first[chosen]))
    low, high = np.percentile(again, [2.5, 97.5])
    return auc(values, first), float(low), float(high)


def null() -> None:
    nothing = Taste(0, 0, 0, 0)
    tests: dict[str, list[float]] = {}
    areas: dict[str, list[float]] = {gap: [] for gap in GAPS}
    first_votes, decided_votes, predicted = 0, 0, []
    for seed in range(NULL_SEEDS):
        songs, voters, rng = world(seed)
        battles = hold_battles(songs, VOTES, voters, nothing, rng)
        kinds = column(battles, "outcome")
        decided = (kinds == "first") | (kinds == "second")
        for gap in GAPS:
            value = column(battles, f"gap_{gap}")
            areas[gap].append(auc(value[decided], kinds[decided] == "first"))
            for test, group, other, of in (
                ("first against second", kinds == "first", kinds == "second", value),
                ("tie against decided", kinds == "tie", decided, np.abs(value)),
                ("neither against rest", kinds == "neither", kinds != "neither", np.abs(value)),
            ):
                p = float(ttest_ind(of[group], of[other], equal_var=False).pvalue)
                tests.setdefault(f"{gap:<12}{test}", []).append(p)
        first_votes += int((kinds == "first").sum())
        decided_votes += int(decided.sum())
        chance = expected_outcomes(battles, songs, voters, nothing)
        predicted.append(chance[:, :2].sum(0))
    print(f"1. All shares 0: {NULL_SEEDS} seeds, {VOTES:,} votes each")
    print(f"{'gap         test':<36}{'n':>5}{'p < .05':>9}  95 % interval   distance from even (p)")
    everything = [p for p_values in tests.values() for p in p_values]
    for name, p_values in [*tests.items(), ("all", everything)]:
        low, high = wilson(sum(p < 0.05 for p in p_values), len(p_values))
        even = kstest(p_values, "uniform")
        print(
            f"{name:<36}{len(p_values):>5}{np.mean(np.array(p_values) < 0.05):>9.3f}"
            f"  [{low:.3f}, {high:.3f}]  {even.statistic:.3f} ({even.pvalue:.2f})"
        )
    for gap in GAPS:
        mean, error = np.mean(areas[gap]), np.std(areas[gap], ddof=1) / np.sqrt(NULL_SEEDS)
        low, high = t.interval(0.95, NULL_SEEDS - 1, mean, error)
        print(f"AUC of gap_{gap:<12}{mean:.4f}  [{low:.4f}, {high:.4f}] over seeds")
    low, high = wilson(first_votes, decided_votes)
    sums = np.sum(predicted, axis=0)
    print(
        f"first preferred in {first_votes / decided_votes:.4f} [{low:.4f}, {high:.4f}] of "
        f"{decided_votes:,} decided votes; the voters' settings predict {sums[0] / sums.sum():.4f}"
    )


def accuracy() -> None:
    print(
        f"\n2. Aesthetics only: a perfect judge of the knobs, {SEEDS} seeds, {VOTES:,} votes each"
    )
    print(
        f"{'share':>6}{'chance':>8}{'noise':>7}{'decided':>9}{'accuracy':>10}"
        "  95 % interval   predicted"
    )
    for share, chance, noise in (
        (1.0, 0.0, 0.25), (1.0, 0.0, NOISE), (1.0, 0.0, 1.0),
        (0.5, 0.5, NOISE), (0.5, 0.0, NOISE), (0.1, 0.9, NOISE),
    ):  # fmt: skip
        taste = Taste(share, 0, 0, chance)
        right, count, expected = 0, 0, []
        for seed in range(SEEDS):
            songs, voters, rng = world(100 + seed)
            battles = hold_battles(songs, VOTES, voters, taste, rng, noise=noise)
            decided = [battle for battle in battles if battle.outcome.decided]
            gap = column(decided, "gap_aesthetics")
            right += int(((gap > 0) == (column(decided, "outcome") == "first")).sum())
            count += len(decided)
            expected.append(expected_accuracy(battles, songs, voters, taste, noise))
        low, high = wilson(right, count)
        print(
            f"{share:>6.2f}{chance:>8.2f}{noise:>7.2f}{count:>9,}{right / count:>10.4f}"
            f"  [{low:.4f}, {high:.4f}]  {np.mean(expected):.4f}"
        )


def shares() -> None:
    print("\n3. AUC of each gap for FIRST against SECOND, 95 % interval over prompts; 6,000 votes")
    print(
        f"{'aesthetics appeal system chance':<33}"
        + "".join(f"{gap:<24}" for gap in GAPS)
        + "tie   neither"
    )
    for taste in (
        Taste(1, 0, 0, 0), Taste(0, 1, 0, 0), Taste(0, 0, 1, 0), Taste(0, 0, 0, 1),
        Taste(0, 0, 0, 0), Taste(0.5, 0.5, 0, 0), Taste(0.25, 0.25, 0.25, 0.25), Taste(),
        Taste(0.05, 0.3, 0.3, 0.35),
    ):  # fmt: skip
        songs, voters, rng = world(7)
        battles = hold_battles(songs, 6_000, voters, taste, rng)
        decided = [battle for battle in battles if battle.outcome.decided]
        cells = [
            f"{taste.aesthetics:>10.2f}{taste.appeal:>7.2f}{taste.system:>7.2f}"
            f"{taste.chance:>7.2f}  "
        ]
        for gap in GAPS:
            value, low, high = auc_interval(decided, f"gap_{gap}", np.random.default_rng(9))
            cells.append(f"{f'{value:.3f} [{low:.3f}, {high:.3f}]':<24}")
        kinds = column(battles, "outcome")
        print("".join(cells) + f"{np.mean(kinds == 'tie'):.3f} {np.mean(kinds == 'neither'):.3f}")


if __name__ == "__main__":
    null()
    accuracy()
    shares()
