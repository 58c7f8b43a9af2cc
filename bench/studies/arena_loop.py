"""The loop with simulated listeners: a test, votes over HTTP, the board, a judge of one's own.

Backs docs/arena-tutorial.md: every command of that page is run here, in its order.

Two systems of the proving ground compose songs for prompts. Listeners come in over HTTP at
``plaudit arena serve`` and hear the songs in real time; what a song is worth to them is the mean of
its knobs, which stands in the test's database and nowhere that a page could see. Their votes make
the board, and, with the scores of the bundled judge, a model of preference. Then other listeners
vote on songs for other prompts, and it is counted how often the model names the song that they
prefer.

Run: .venv/bin/python bench/studies/arena_loop.py [--votes 300] [--out FOLDER]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from plaudit.arena.database.schema import Generation, StoredSong
from plaudit.arena.session.room import Room
from plaudit.benchmarks.preference.battle_table import preference_battles
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.database import reading
from plaudit.metrics.interval import Estimate
from plaudit.metrics.share import share_of
from plaudit.model.preference import load_preference
from plaudit.synth.public.listener import draw_voters
from voting.http_listener import KNOWN_BY, Ears, HttpListener

SYSTEMS = ("quillon", "larkspur")
THINKS_S = 3.2  # who answers at once is careless, by the rules of a test
STYLES = ("pop", "house", "folk", "rock", "lofi", "funk", "soul", "reggae", "techno", "country")
TEST = """
name = "{name}"
title = "Two systems"
kind = "battle"
[listening]
gate_s = {gate}
longest_s = 10.0
[tasks]
per_voter = {per_voter}
training = 1
checks = 0.1
repeats = 0.05
[contestants]
prompts = "{name}.csv"
duration_s = 10.0
seed = {seed}
[contestants.composers."{systems[0]}"]
system = "{systems[0]}"
[contestants.composers."{systems[1]}"]
system = "{systems[1]}"
"""


class Plan(NamedTuple):
    """One test: its prompts, its voters, and how many tasks each gets."""

    name: str
    prompts: int
    voters: int
    tasks: int
    seed: int


def plaudit(*words: object) -> str:
    """Run a command, show it and what it says, and return its output."""
    print(f"\n$ plaudit {' '.join(map(str, words))}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "plaudit", *map(str, words)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    print(done.stdout + done.stderr, flush=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout


def write_test(folder: Path, plan: Plan, gate_s: float) -> Path:
    path = folder / f"{plan.name}.toml"
    path.write_text(
        TEST.format(
            name=plan.name, gate=gate_s, per_voter=plan.tasks, seed=plan.seed, systems=SYSTEMS
        )
    )
    rows = [f"{plan.name}-{k},a {STYLES[k % 10]} song number {k}" for k in range(plan.prompts)]
    (folder / f"{plan.name}.csv").write_text("prompt_id,prompt\n" + "\n".join(rows) + "\n")
    return path


def ears_of(path: Path) -> Ears:
    """Return what every sound of a test is worth: the mean knob of its song, standardised."""
    with Room.open(path) as room, reading(room.engine) as session:
        knobs = {
            made: float(np.mean(list(details["knobs"].values())))
            for made, details in session.execute(
                select(Generation.path, Generation.details).where(Generation.error.is_(None))
            )
        }
        worth: dict[bytes, float] = {}
        damaged: list[tuple[bytes, str | None]] = []
        by_id: dict[str, float] = {}
        spread = float(np.std(list(knobs.values())))
        middle = float(np.mean(list(knobs.values())))
        for song in session.scalars(select(StoredSong)):
            with (room.folder.sounds / f"{song.sha256}.pcm").open("rb") as file:
                start = file.read(KNOWN_BY)
            if song.role == "damaged":
                damaged.append((start, song.of))
            else:
                name = Path(song.source).name
                value = next(v for made, v in knobs.items() if made and Path(made).name == name)
                by_id[song.id] = worth[start] = (value - middle) / spread
        for start, of in damaged:
            worth[start] = by_id[str(of)] - 3.0  # nobody misses the damage
    return Ears(worth)


def opened(log: Path, server: "subprocess.Popen[bytes]") -> str:
    """Wait until the server says where it is."""
    while server.poll() is None:
        found = re.search(r"is open at (\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.2)
    raise SystemExit(log.read_text())


def hold(path: Path, plan: Plan) -> int:
    """Serve a test and let listeners vote; return how many tasks were answered."""
    command = [sys.executable, "-m", "plaudit", "arena", "serve", str(path), "--port", "0"]
    print(f"\n$ plaudit arena serve {path}", flush=True)
    log = path.with_suffix(".log")  # a pipe that nobody reads would stop the server
    with log.open("w") as file, subprocess.Popen(command, stderr=file) as server:
        try:
            url = opened(log, server)
            ears, rng = ears_of(path), np.random.default_rng(plan.seed)
            voters = draw_voters(rng, plan.voters, careless=0.0)
            listeners = [
                HttpListener(url, voter, ears, own, thinks_s=THINKS_S)
                for voter, own in zip(voters, rng.spawn(len(voters)), strict=True)
            ]
            with ThreadPoolExecutor(len(listeners)) as pool:
                return sum(pool.map(lambda each: each.vote(plan.tasks + 1), listeners))
        finally:
            server.terminate()


def right(judge: Path, battles: Path, scores: Path) -> Estimate:
    """Return how often the model names the preferred song, by prompt; of decided battles."""
    data = preference_battles(read_votes(battles), read_scores(scores))
    chance = load_preference(judge).model.probability(data.first, data.second)
    return share_of((data.first_won == (chance > 0.5)).astype(float), data.block)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--votes", type=int, default=300, help="tasks that teach")
    parser.add_argument("--gate", type=float, default=1.0, help="s of each side to be heard")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    folder = given.out or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    voters = max(4, given.votes // 20)
    plans = (
        Plan("first", 24, voters, 20, 1),
        Plan("new", 12, max(3, voters // 2), 12, 2),
    )
    for plan in plans:
        test = write_test(folder, plan, given.gate)
        plaudit("arena", "add", test)
        print(f"{hold(test, plan)} tasks were answered.")
        scores = folder / f"{plan.name}-scores.jsonl"
        votes = folder / f"{plan.name}-votes"
        plaudit("arena", "export", test, "--out", votes)
        plaudit("score", "--manifest", votes / "songs.csv", "--format", "jsonl", "--output", scores)
    first = folder / "first.toml"
    plaudit("arena", "board", first, "--scores", folder / "first-scores.jsonl")
    judge = folder / "judge"
    plaudit("train-preference", "--battles", folder / "first-votes" / "battles-kept.csv",
            "--scores", folder / "first-scores.jsonl", "--out", judge)  # fmt: skip
    share = right(judge, folder / "new-votes" / "battles-kept.csv", folder / "new-scores.jsonl")
    print(
        f"\nNew votes on new songs: right in {100 * share.value:.1f} % [{100 * share.low:.1f},"
        f" {100 * share.high:.1f}] of the decided battles on {share.n} prompts."
    )


if __name__ == "__main__":
    main()
