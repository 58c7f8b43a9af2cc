"""Are the intervals of standings honest? How often they hold a truth that is known.

Backs docs/standings.md, "Intervals": how often the intervals hold the truth in four worlds; and the
example at the top of that page.

Simulated listeners of the proving ground vote on songs of eight systems, many times over, and each
board's intervals are compared with the ratings that endless votes would give (made here from fifty
times as many). The worlds: every vote by somebody else on another song; few voters, each with
habits of his own; few prompts, so that the same songs come back. No audio is made.

Run: .venv/bin/python bench/studies/standings_coverage.py
The example: .venv/bin/python bench/studies/standings_coverage.py --write battles.csv
"""

import argparse
import csv
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.record import Standings, standings_settings
from plaudit.benchmarks.votes.cell import FaultyRows
from plaudit.benchmarks.votes.systems import BattleLine, DataFile, code_battles
from plaudit.core.axes import AESTHETICS
from plaudit.metrics.share import wilson
from plaudit.synth.public.audience import SongTruth
from plaudit.synth.public.battle import Contender, Taste, hold_battles
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import draw_voters

CLUSTERS = ("battle", "prompt", "voter", "both")
FAME = np.linspace(-1.4, 1.4, 8)
DATA = DataFile(path="made", sha256="0" * 64, files=1, kind="made")


class World(NamedTuple):
    """How votes come about: prompts with a song of each system, voters, and what they go by."""

    title: str
    prompts: int
    voters: int
    taste: Taste


WORLDS = (
    World("votes of many on many songs", 2000, 5000, Taste(0.2, 0.1, 0.3, 0.4)),
    World("12 voters", 2000, 12, Taste(0.2, 0.1, 0.3, 0.4)),
    World("12 prompts", 12, 5000, Taste(0.3, 0.2, 0.3, 0.2)),
    World("50 prompts", 50, 5000, Taste(0.3, 0.2, 0.3, 0.2)),
)


def contenders(prompts: int, rng: np.random.Generator) -> list[Contender]:
    """Return a song of each system for each prompt, of drawn quality."""
    songs = []
    for prompt in range(prompts):
        for k, fame in enumerate(FAME):
            knobs = dict(zip(AESTHETICS, rng.uniform(size=5), strict=True))
            energy, pitch, intro = rng.normal((0.68, 60, 0.1), (0.07, 6, 0.05))
            traits = Traits(float(energy), 14.0, float(pitch), "minor", float(intro), 0.48)
            truth = SongTruth(knobs, "pop", 100.0, instrumental=prompt % 5 == 0, traits=traits)
            songs.append(
                Contender(f"{prompt}-{k}", f"system-{k}", f"p{prompt}", float(fame), truth, 30.0)
            )
    return songs


def battles(world: World, votes: int, seed: int) -> list[BattleLine]:
    rng = np.random.default_rng(seed)
    voters = draw_voters(rng, world.voters)
    held = hold_battles(contenders(world.prompts, rng), votes, voters, world.taste, rng)
    return [
        BattleLine(
            k,
            battle.first_system,
            battle.second_system,
            battle.outcome,
            battle.prompt_id,
            battle.voter,
        )
        for k, battle in enumerate(held)
    ]


def board(rows: list[BattleLine], seed: int, cluster: str, draws: int) -> Standings:
    settings = standings_settings(cluster=cluster, draws=draws, seed=seed)
    table = code_battles(rows, FaultyRows("made here"))
    return make_standings(table, DATA, settings, np.random.default_rng(seed))


@cache
def endless(taste: Taste, votes: int) -> dict[str, float]:
    """Return the ratings that many votes of many voters on many songs give."""
    rows = battles(World("", 2000, 5000, taste), votes, 10_000)
    return {system.system: system.rating for system in board(rows, 0, "battle", 0).systems}


def write(path: Path, votes: int) -> None:
    """Write the battles of one board, to try the command on."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "outcome", "prompt", "voter"])
        world = WORLDS[0]._replace(voters=120, prompts=60)
        writer.writerows(row[1:6] for row in battles(world, votes, 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--boards", type=int, default=30)
    parser.add_argument("--votes", type=int, default=600)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--write", type=Path, help="only write the battles of one board to a CSV")
    given = parser.parse_args()
    if given.write:
        write(given.write, given.votes)
        return
    started = time.perf_counter()
    print(f"{given.boards} boards of 8 systems, {given.votes} votes each; intervals promise 95 %")
    print(f"{'world':30} {'resampled':10} {'they hold':>24} {'width':>8} {'failed':>8}")
    for world in WORLDS:
        true = endless(world.taste, 50 * given.votes)
        intervals: dict[str, list[tuple[bool, float]]] = {name: [] for name in CLUSTERS}
        failed = dict.fromkeys(CLUSTERS, 0)
        for seed in range(given.boards):
            rows = battles(world, given.votes, seed)
            for cluster in CLUSTERS:
                standings = board(rows, seed, cluster, given.draws)
                failed[cluster] += standings.resampling.failed
                intervals[cluster] += [
                    (system.low <= true[system.system] <= system.high, system.high - system.low)
                    for system in standings.systems
                    if system.low is not None and system.high is not None
                ]
        for cluster, each in intervals.items():
            held, width = sum(inside for inside, _ in each), sum(wide for _, wide in each)
            low, high = wilson(held, len(each))
            share = f"{100 * held / len(each):.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
            print(
                f"{world.title:30} {cluster:10} {share:>24} {width / len(each):8.0f}"
                f" {failed[cluster]:8}"
            )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
