"""Are the chances that a model of preference states right, and do their intervals hold?

Backs docs/compare.md, "What a chance rests on": every model and calibration, fitted to 20 to 1,000
battles of listeners whose taste is known, then asked about 3,000 fresh pairs.

Songs have seven independent normal numbers. The listeners: of the song that is higher in the first
number, 60, 75, 90 or 100 % of them prefer it ("right 60 %" ...), or half ("coin"); "logistic" goes
by the sum of the first and half the second, by the logistic function; "prompts" are right 75 %, and
five battles share a prompt on which nearly all listeners are right or nearly all wrong.

For each world: the mean chance that the model states for its favourites, and how often they win,
which is computed and not drawn. Printed over worlds: both means, their difference with a 95 %
interval, the share of worlds whose mean interval holds the truth (Wilson's 95 % interval), the mean
width, and the largest chance stated in any world. Then reliability: pairs by stated chance.

Run: .venv/bin/python bench/studies/calibration_worlds.py
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from plaudit.core.choice import CALIBRATIONS, PREFERENCE_KINDS
from plaudit.metrics.share import wilson
from plaudit.training.preference_calibration import fit_calibration
from plaudit.training.preference_fit import fit_and_hold_out

Floats = NDArray[np.float64]
AXES, FRESH, PER_PROMPT = 7, 3000, 5
EDGES = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


def sign(right: float) -> Callable[[Floats], Floats]:
    return lambda x: np.where(x[:, 0] > 0, right, 1 - right)


# The chance that the first song wins, by the differences of the songs' numbers.
LISTENERS: dict[str, Callable[[Floats], Floats]] = {
    "coin": sign(0.5),
    "right 60 %": sign(0.6),
    "right 75 %": sign(0.75),
    "right 90 %": sign(0.9),
    "right 100 %": sign(1.0),
    "logistic": lambda x: expit(x[:, 0] + x[:, 1] / 2),
    "prompts": sign(0.75),
}


class Told(NamedTuple):
    """What one model of one world states of its favourites, and how often they win."""

    listener: str
    model: str
    calibration: str
    n: int
    stated: float
    true: float
    low: float
    high: float
    largest: float
    bins: Floats  # (5, 3) pairs, sum of stated chances, sum of true ones

    @property
    def held(self) -> bool:
        return self.low <= self.true <= self.high


def battles(listener: str, n: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return differences of songs (n, 7), whether the first won (n,), and prompts (n,)."""
    x, prompt = rng.normal(scale=np.sqrt(2), size=(n, AXES)), np.arange(n)
    chance = LISTENERS[listener](x)
    if listener == "prompts":
        prompt = np.arange(n) // PER_PROMPT
        right = np.where(rng.random(n) < 0.75, 0.95, 0.15)[prompt]
        chance = np.where(x[:, 0] > 0, right, 1 - right)
    return x, (rng.random(n) < chance).astype(float), prompt.astype(float)


def ask(listener: str, model: str, n: int, seed: int) -> Iterable[Told]:
    rng = np.random.default_rng([seed, n, list(LISTENERS).index(listener)])
    x, won, prompt = battles(listener, n, rng)
    ready, held_out = fit_and_hold_out(x, 0 * x, won, model=model, rng=rng, groups=prompt)
    fresh = rng.normal(scale=np.sqrt(2), size=(FRESH, AXES))
    margin, first = ready.margin(fresh, 0 * fresh), LISTENERS[listener](fresh)
    wins = np.where(margin > 0, first, np.where(margin < 0, 1 - first, 0.5))
    for calibration in CALIBRATIONS:
        curve, _ = fit_calibration(held_out, calibration, np.random.default_rng(seed))
        stated, low, high = (np.interp(np.abs(margin), curve.margin, line) for line in curve[1:])
        place = np.clip(np.searchsorted(EDGES, stated, side="right") - 1, 0, 4)
        sums = [np.bincount(place, v, 5) for v in (np.ones(FRESH), stated, wins)]
        yield Told(
            listener, model, calibration, n, stated.mean(), wins.mean(), low.mean(), high.mean(),
            stated.max(), np.array(sums, np.float64).T,
        )  # fmt: skip


def line(told: list[Told]) -> str:
    gap = np.array([world.stated - world.true for world in told])
    half = 1.96 * gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else float("nan")
    held = sum(world.held for world in told)
    low, high = wilson(held, len(told))
    stated, true = np.mean([[w.stated, w.true] for w in told], axis=0)
    width = np.mean([world.high - world.low for world in told])
    return (
        f"{stated:7.3f} {true:7.3f} {gap.mean():+7.3f} [{gap.mean() - half:+.3f},"
        f" {gap.mean() + half:+.3f}] {100 * held / len(told):6.0f} % [{100 * low:.0f},"
        f" {100 * high:.0f}] {width:6.2f} {max(world.largest for world in told):8.4f}"
    )


def table(told: list[Told], *columns: str) -> None:
    head = " ".join(f"{name:12}" for name in columns)
    print(f"\n{head}  stated    true  difference [95 %]          held [95 %]  width  largest")
    rows: dict[tuple[str, ...], list[Told]] = {}
    for world in told:
        rows.setdefault(tuple(str(getattr(world, name)) for name in columns), []).append(world)
    for key, worlds in rows.items():
        print(" ".join(f"{name:12}" for name in key) + " " + line(worlds))


def reliability(told: list[Told], sizes: list[int]) -> None:
    print("\nstated / true (share of pairs), by stated chance")
    ends = [f"{a:.1f} to {b:.1f}" for a, b in pairwise(EDGES)]
    print(f"{'calibration':12} {'n':>5} " + " ".join(f"{name:>18}" for name in ends))
    for calibration in CALIBRATIONS:
        for n in sizes:
            own = [w.bins for w in told if (w.calibration, w.n) == (calibration, n)]
            bins = np.sum(own, axis=0)
            cells = [
                f"{s / k:.3f} / {t / k:.3f} ({k / bins[:, 0].sum():.2f})" if k else "-"
                for k, s, t in bins
            ]
            print(f"{calibration:12} {n:>5} " + " ".join(f"{cell:>18}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument(
        "--worlds",
        type=int,
        default=20,
        help="a listener; three tenths of them from 200 battles on",
    )
    parser.add_argument("--battles", type=int, nargs="+", default=[20, 60, 200, 1000])
    parser.add_argument("--models", nargs="+", default=PREFERENCE_KINDS, choices=PREFERENCE_KINDS)
    parser.add_argument("--all", action="store_true", help="a row for every combination too")
    given = parser.parse_args()
    started = time.perf_counter()
    # Large worlds take long, and vary less.
    worlds = {n: given.worlds if n < 200 else max(3, given.worlds * 3 // 10) for n in given.battles}
    told = [
        answer
        for n in given.battles
        for listener in LISTENERS
        for model in given.models
        for seed in range(worlds[n])
        for answer in ask(listener, model, n, seed)
    ]
    counts = ", ".join(f"{count} of {n:,}" for n, count in worlds.items())
    print(f"worlds of each listener and model, by battles: {counts}")
    table(told, "calibration", "n")
    table([w for w in told if w.calibration == "temperature"], "listener", "n")
    table(told, "model", "calibration", "n")
    if given.all:
        table(told, "listener", "model", "calibration", "n")
    reliability(told, given.battles)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
