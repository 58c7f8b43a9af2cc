"""Battles of systems whose strengths are planted, as rows and as a file."""

import csv
from pathlib import Path

import numpy as np

from plaudit.benchmarks.votes.cell import FaultyRows
from plaudit.benchmarks.votes.systems import BattleLine, BattleTable, code_battles
from plaudit.metrics.checked import Floats

WORDS = ("first", "second", "tie", "neither")
TIE = 0.7  # Davidson's nu


def drawn_battles(
    rng: np.random.Generator,
    strength: Floats,
    n: int,
    *,
    voters: int = 40,
    prompts: int = 30,
    floor: float = 0.08,
) -> list[BattleLine]:
    """Return battles as the model of Davidson has them, some of them both bad."""
    size = len(strength)
    first = rng.integers(size, size=n)
    second = (first + rng.integers(1, size, size=n)) % size
    half = (strength[first] - strength[second]) / 2
    weight = np.stack([np.exp(half), np.exp(-half), np.full(n, TIE)])
    outcome = (rng.random(n) > np.cumsum(weight / weight.sum(axis=0), axis=0)).sum(axis=0)
    outcome[rng.random(n) < floor] = 3
    voter, prompt = rng.integers(voters, size=n), rng.integers(prompts, size=n)
    return [
        BattleLine(k + 2, f"s{a}", f"s{b}", WORDS[o], f"p{p}", f"v{v}", bool(p % 2))
        for k, (a, b, o, p, v) in enumerate(zip(first, second, outcome, prompt, voter, strict=True))
    ]


def table_of(rows: list[BattleLine]) -> BattleTable:
    """Return rows as a table."""
    return code_battles(rows, FaultyRows("made here"))


def write_battles(path: Path, rows: list[BattleLine]) -> Path:
    """Write rows as a CSV."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["first", "second", "outcome", "prompt", "voter", "instrumental"])
        writer.writerows(row[1:] for row in rows)
    return path
