"""Does the study of preference find support where there is none?

Backs docs/study.md, "Does it tell the truth?": worlds in which nobody votes by the aesthetic
scores. In each, 80 prompts have four songs of eight systems, and 400 votes are cast on them.
Folds are five, and parts two, for speed.

- ``independent``: each vote is a coin;
- ``position``: the song presented first wins 7 of 10;
- ``prompts``: one prompt has a third of the votes, and its best song, by a quality that no score
  knows, wins nearly all of them;
- ``tails``: scores have heavy tails, so that a few battles carry most of their spread;
- ``voters``: 20 voters have tastes of their own for single songs;
- ``copies``: each prompt's four recordings stand under three more prompts and other names. Votes
  follow a quality of each recording;
- ``few copies``: ten recordings under 320 names, as above; no fold can part them;
- ``systems``: votes go by the system, and so do scores, each by an order of its own;
- ``plain``, ``trap``, ``coin``: the listeners of the proving ground (`voting.world`). They vote by
  charm, the system's name and the moment, and popularity scores are of charm (plain), or of charm
  and quality, so that aesthetic scores help by taking quality out of them (trap); or they do vote
  by quality, and then each outcome is dealt by a coin.

Printed: how many studies find "supported" under folds of prompts and for unknown systems, with
Wilson's 95 % interval; how many say that the battles support the claim; how many p-values are below
.05 with both better; how many are refused.

Run: .venv/bin/python bench/studies/null_worlds.py [--worlds 200] [--kind NAME] [--jobs 2]
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.record import StudySettings
from plaudit.benchmarks.preference.study import study_preference
from plaudit.benchmarks.preference.study_data import gather
from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics.share import wilson
from voting.world import NOTHING, SOMETHING, World, draw_world

Floats = NDArray[np.float64]
KINDS = (
    "independent", "position", "prompts", "tails", "voters", "copies", "few copies", "systems",
    "plain", "trap", "coin",
)  # fmt: skip
PROMPTS, ANSWERS, SYSTEMS, VOTES, VOTERS = 80, 4, 8, 400, 20


GROUND = {
    "plain": World(VOTES, PROMPTS, taste=NOTHING, popularity="charm"),
    "trap": World(VOTES, PROMPTS, taste=NOTHING, popularity="appeal"),
    "coin": World(VOTES, PROMPTS, taste=SOMETHING),
}


class Outcomes(NamedTuple):
    """What one study said."""

    prompt: str = "refused"
    unknown: str = "refused"
    supports: bool = False
    better: bool = False


def world(kind: str, rng: np.random.Generator) -> tuple[Battles, Numbers]:
    """Draw battles and the numbers of their songs."""
    if kind in GROUND:
        return draw_world(GROUND[kind], rng)
    n = PROMPTS * ANSWERS
    song = np.arange(n)
    system = np.concatenate([rng.choice(SYSTEMS, ANSWERS, replace=False) for _ in range(PROMPTS)])
    recording = song
    if kind == "copies":
        recording = song % (n // 4)
    elif kind == "few copies":
        recording = np.concatenate([rng.choice(10, ANSWERS, replace=False) for _ in range(PROMPTS)])
    quality = rng.normal(size=n)[recording]
    aesthetics = rng.normal(size=(n, len(AESTHETICS)))[recording]
    popularity = rng.normal(size=(n, len(POPULARITY)))[recording]
    if kind == "tails":
        aesthetics = np.clip(rng.standard_t(1.2, aesthetics.shape), -50, 50) / 15
    if kind == "systems":
        quality = 1.5 * rng.normal(size=SYSTEMS)[system]
        aesthetics = rng.normal(size=(SYSTEMS, 1))[system] + 0.3 * aesthetics
    prompt = rng.integers(PROMPTS, size=VOTES)
    if kind == "prompts":
        prompt[: VOTES // 3] = 0
    sides = np.array([rng.choice(ANSWERS, 2, replace=False) for _ in range(VOTES)])
    first, second = prompt * ANSWERS + sides[:, 0], prompt * ANSWERS + sides[:, 1]
    voter = rng.integers(VOTERS, size=VOTES)
    strength = {"prompts": 3.0, "copies": 1.0, "few copies": 1.0, "systems": 1.0}
    margin = strength.get(kind, 0.0) * (quality[first] - quality[second])
    if kind == "position":
        margin = margin + np.log(7 / 3)
    if kind == "voters":
        taste = 2 * rng.normal(size=(VOTERS, n))
        margin = taste[voter, first] - taste[voter, second]
    won = rng.uniform(size=VOTES) < 1 / (1 + np.exp(-margin))
    names = [f"song {k}" for k in song]
    battles = Battles(
        first=[names[k] for k in first],
        second=[names[k] for k in second],
        outcome=[Outcome.FIRST if one else Outcome.SECOND for one in won],
        prompt=[f"prompt {k}" for k in prompt],
        voter=[f"voter {k}" for k in voter],
        first_system=[f"system {k}" for k in system[first]],
        second_system=[f"system {k}" for k in system[second]],
    )
    columns = {
        "popularity": (POPULARITY, np.clip(50 + 20 * popularity, 0, 100)),
        "aesthetics": (AESTHETICS, np.clip(3 + 0.6 * aesthetics, 1, 5)),
        "duration": (("duration_s",), rng.uniform(20, 60, (n, 1))[recording]),
    }
    return battles, Numbers(tuple(names), columns, tuple(recording.tolist()))


def studied(kind: str, seed: int) -> Outcomes:
    """Return what the study says of one world."""
    rng = np.random.default_rng([seed, *kind.encode()])
    settings = StudySettings(
        models=("logistic",),
        schemes=("prompt", "leave-one-system-out"),
        folds=5,
        parts=2,
        draws=400,
        seed=seed,
        permuted=kind == "coin",
    )
    try:
        result, _ = study_preference(gather(*world(kind, rng)), settings)
    except InputError:
        return Outcomes()
    prompt, unknown = (v.finding for v in result.verdicts if not v.controlled)
    tests = [c for c in result.comparisons if c.question == "claim" and c.scheme == "prompt"]
    better = any((c.p or 1) < 0.05 and (c.auc.value or 0) > 0 for c in tests)
    return Outcomes(prompt, unknown, "battles support the claim" in result.summary, better)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    start = time.perf_counter()
    print(f"{options.worlds} worlds of each kind, {VOTES} votes, logistic regression")
    print(f"{'':13}{'supported, prompts':>26}{'unknown systems':>22}{'claim':>7}{'p<.05':>7}"
          f"{'refused':>9}")  # fmt: skip
    with ProcessPoolExecutor(options.jobs) as pool:
        for kind in options.kind or KINDS:
            results = list(pool.map(partial(studied, kind), range(options.worlds), chunksize=4))
            cells = []
            for scheme in ("prompt", "unknown"):
                n = sum(getattr(result, scheme) == "supported" for result in results)
                low, high = wilson(n, len(results))
                cells.append(f"{n:>6} [{low:.3f}, {high:.3f}]")
            claim = sum(result.supports for result in results)
            better = np.mean([result.better for result in results])
            refused = sum(result.prompt == "refused" for result in results)
            print(f"{kind:13}{cells[0]:>26}{cells[1]:>22}{claim:>7}{better:>7.3f}{refused:>9}",
                  flush=True)  # fmt: skip
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
