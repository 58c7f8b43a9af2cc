"""Do the intervals of standings hold where voters and prompts have tastes of their own?

Backs docs/standings.md, "Intervals": how often intervals of ratings, of ranks and of rates hold the
truth where voters, prompts or both prefer some systems, press "both bad" more or less often, or
favour the song presented first.

Votes follow Davidson's model. A voter and a prompt each add a normal deviation to the strength of
every system, a prompt one to the chance that both are bad, a voter one to the song presented first.
The truth is a board of 60,000 votes by 3,000 voters on 3,000 prompts.

Run: .venv/bin/python bench/studies/standings_taste.py
"""

import argparse
import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.record import Rate, Standings, standings_settings
from plaudit.benchmarks.votes.cell import FaultyRows
from plaudit.benchmarks.votes.systems import BattleLine, DataFile, code_battles
from plaudit.metrics.share import wilson

STRENGTH = np.array([0.6, 0.2, -0.2, -0.6])
TIE = 0.5  # Davidson's nu
FLOOR = -2.0  # log odds that both are bad
DATA = DataFile(path="made", sha256="0" * 64, files=1, kind="made")
WORDS = np.array(["first", "second", "tie", "neither"])


class World(NamedTuple):
    """Standard deviations of tastes, and how many voters and prompts a board has."""

    title: str
    voters: int
    prompts: int
    by_voter: float = 0.0
    by_prompt: float = 0.0
    floor_by_prompt: float = 0.0
    side_by_voter: float = 0.0
    share_of_one: float = 0.0  #: Share of the votes that one voter casts.


WORLDS = (
    World("no tastes", 200, 200),
    World("25 voters with tastes", 25, 200, by_voter=1.0),
    World("25 prompts with tastes", 200, 25, by_prompt=1.0, floor_by_prompt=1.5),
    World("25 voters and 30 prompts", 25, 30, by_voter=1.0, by_prompt=1.0, floor_by_prompt=1.0),
    World("25 voters with sides", 25, 300, side_by_voter=1.5),
    World("one of 30 has half the votes", 30, 300, by_voter=1.0, share_of_one=0.5),
)


def battles(world: World, votes: int, rng: np.random.Generator) -> list[BattleLine]:
    """Return votes of one board."""
    size = len(STRENGTH)
    first = rng.integers(size, size=votes)
    second = (first + rng.integers(1, size, size=votes)) % size
    chance = np.full(world.voters, 1 / world.voters)
    if world.share_of_one:
        chance[:] = (1 - world.share_of_one) / (world.voters - 1)
        chance[0] = world.share_of_one
    voter = rng.choice(world.voters, votes, p=chance)
    prompt = rng.integers(world.prompts, size=votes)
    taste = world.by_voter * rng.normal(size=(world.voters, size))[voter]
    taste += world.by_prompt * rng.normal(size=(world.prompts, size))[prompt]
    strength = STRENGTH + taste
    gap = np.take_along_axis(strength, np.stack([first, second], axis=1), axis=1)
    half = (gap[:, 0] - gap[:, 1] + world.side_by_voter * rng.normal(size=world.voters)[voter]) / 2
    weight = np.stack([np.exp(half), np.exp(-half), np.full(votes, TIE)])
    outcome = (rng.random(votes) > np.cumsum(weight / weight.sum(axis=0), axis=0)).sum(axis=0)
    both_bad = FLOOR + world.floor_by_prompt * rng.normal(size=world.prompts)[prompt]
    outcome[rng.random(votes) < 1 / (1 + np.exp(-both_bad))] = 3
    rows = zip(first, second, WORDS[outcome], prompt, voter, strict=True)
    return [
        BattleLine(k, f"s{a}", f"s{b}", str(word), f"p{p}", f"v{v}")
        for k, (a, b, word, p, v) in enumerate(rows)
    ]


def board(rows: list[BattleLine], draws: int, cluster: str = "auto") -> Standings:
    """Return the standings of votes."""
    table = code_battles(rows, FaultyRows("made here"))
    settings = standings_settings(draws=draws, cluster=cluster)
    return make_standings(table, DATA, settings, np.random.default_rng(1))


def holds(low: float | None, value: float | None, high: float | None) -> bool:
    """Return whether an interval holds a value; one that is missing holds nothing."""
    if low is None or value is None or high is None:
        return False
    return low <= value <= high


def counted(world: World, boards: int, votes: int, draws: int) -> dict[str, NDArray[np.bool_]]:
    """Return whether each interval of each board held the truth, by what it is of."""
    wide = world._replace(voters=3000, prompts=3000, share_of_one=0.0)
    truth = board(battles(wide, 60_000, np.random.default_rng(99)), 0, "battle")
    true = {system.system: system for system in truth.systems}
    held: dict[str, list[bool]] = {"ratings": [], "ranks": [], "both bad": [], "first won": []}

    def holds_rate(rate: Rate, truth: Rate) -> bool:
        return holds(rate.low, truth.rate, rate.high)

    rng = np.random.default_rng(7)
    for _ in range(boards):
        standings = board(battles(world, votes, rng), draws)
        for system in standings.systems:
            known = true[system.system]
            held["ratings"].append(holds(system.low, known.rating, system.high))
            held["ranks"].append(holds(system.rank_low, known.rank, system.rank_high))
        held["both bad"].append(holds_rate(standings.neither, truth.neither))
        held["first won"].append(holds_rate(standings.first_wins, truth.first_wins))
    return {name: np.array(each) for name, each in held.items()}


def main() -> None:
    """Print how often intervals hold the truth, world by world."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--boards", type=int, default=60)
    parser.add_argument("--votes", type=int, default=300)
    parser.add_argument("--draws", type=int, default=200)
    given = parser.parse_args()
    started = time.perf_counter()
    print(f"{given.boards} boards of 4 systems, {given.votes} votes each; intervals promise 95 %")
    print(f"{'world':28}" + "".join(f"{name:>20}" for name in ("ratings", "ranks")), end="")
    print("".join(f"{name:>20}" for name in ("both bad", "first won")))
    for world in WORLDS:
        line = f"{world.title:28}"
        for held in counted(world, given.boards, given.votes, given.draws).values():
            low, high = wilson(float(held.sum()), len(held))
            line += f"{100 * held.mean():.0f} % [{100 * low:.0f}, {100 * high:.0f}]".rjust(20)
        print(line, flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
