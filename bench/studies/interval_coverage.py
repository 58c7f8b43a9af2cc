"""How often do the intervals of `plaudit.metrics` hold the truth, by the number of songs?

Backs docs/measures.md, "Intervals": from how many songs, systems or prompts on a measure has an
interval (`plaudit.metrics.bootstrap.least_units`). Each world draws songs from a population whose
measure is known, and counts the intervals of 95 % that hold it. The limit is lifted here, so that
the table shows what is refused too; a world without an interval (all resamples alike) does not
count.

Run: .venv/bin/python bench/studies/interval_coverage.py
"""

import argparse
import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.bootstrap import LEAST, bootstrap, paired_difference
from plaudit.metrics.correlation import kendall, pearson, spearman
from plaudit.metrics.error import mae, mse
from plaudit.metrics.interval import Estimate, median_of
from plaudit.metrics.reliability import icc
from plaudit.metrics.share import share_of
from plaudit.metrics.threshold import tta_f1

Floats = NDArray[np.float64]
SIZES = (3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50)
TRUTH = 200_000  # songs of the population that gives the truth


class World(NamedTuple):
    """A population of songs, with a judge of some agreement."""

    title: str
    rho: float = 0.6
    tails: float = math.inf  #: Degrees of freedom of Student's t.
    rated: bool = False  #: Whether truth is a mean of three ratings, whole numbers from 1 to 5.
    per_group: int = 1  #: Songs of a group.
    alike: float = 0.0  #: Share of the variance that a group has in common.


WORLDS = (
    World("normal, no agreement", rho=0.0),
    World("normal", rho=0.6),
    World("normal, close", rho=0.9),
    World("heavy tails", rho=0.6, tails=4),
    World("ratings", rho=0.6, rated=True),
    World("groups of five", rho=0.6, per_group=5, alike=0.5),
)


def songs(world: World, units: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return scores of two judges and the truth, each (units * per_group,)."""
    n = units * world.per_group

    def normal() -> Floats:
        shared = np.repeat(rng.standard_normal(units), world.per_group)
        own = rng.standard_normal(n)
        return math.sqrt(world.alike) * shared + math.sqrt(1 - world.alike) * own

    def noise() -> Floats:
        if math.isinf(world.tails):
            return normal()
        return normal() / np.sqrt(rng.chisquare(world.tails, n) / world.tails)

    truth = normal()
    rest = math.sqrt(1 - world.rho**2)
    first = world.rho * truth + rest * noise()
    second = 0.8 * world.rho * truth + rest * noise()
    if world.rated:
        ratings = np.round(3 + truth[:, None] + rng.standard_normal((n, 3)))
        return 3 + first, 3 + second, np.clip(ratings, 1, 5).mean(axis=1)
    return first, second, truth


Taken = Callable[[Floats, Floats, Floats, NDArray[np.intp], np.random.Generator, int], Estimate]


def _of(statistic: Callable[..., float]) -> Taken:
    return lambda a, _b, y, group, rng, draws: bootstrap(
        statistic, a, y, rng=rng, groups=group, draws=draws
    )


def _difference(statistic: Callable[..., float]) -> Taken:
    return lambda a, b, y, group, rng, draws: paired_difference(
        statistic, a, b, y, rng=rng, groups=group, draws=draws
    )


def _table(a: Floats, b: Floats, y: Floats) -> Floats:
    """Return ratings of songs by three raters, (n, 3)."""
    return np.stack([a, b, y], axis=1)


def _f1(a: Floats, y: Floats) -> float:
    return tta_f1(a, y, float(0 if y.mean() < 2 else 3))


def _median(values: Floats) -> float:
    return float(np.median(values))


MEASURES: dict[str, tuple[Taken, Callable[[Floats, Floats, Floats], float]]] = {
    "MAE": (_of(mae), lambda a, _b, y: mae(a, y)),
    "MSE": (_of(mse), lambda a, _b, y: mse(a, y)),
    "Pearson": (_of(pearson), lambda a, _b, y: pearson(a, y)),
    "Spearman": (_of(spearman), lambda a, _b, y: spearman(a, y)),
    "Kendall": (_of(kendall), lambda a, _b, y: kendall(a[:20_000], y[:20_000])),
    "F1 at a threshold": (_of(_f1), lambda a, _b, y: _f1(a, y)),
    "ICC": (
        lambda a, b, y, group, rng, draws: bootstrap(
            icc, _table(a, b, y), rng=rng, groups=group, draws=draws
        ),
        lambda a, b, y: icc(_table(a, b, y)),
    ),
    "median": (
        lambda a, _b, y, _group, _rng, _draws: median_of(np.abs(a - y)),
        lambda a, _b, y: _median(np.abs(a - y)),
    ),
    "share": (
        lambda a, _b, y, group, _rng, _draws: share_of((a - y) < 1, group),
        lambda a, _b, y: float(((a - y) < 1).mean()),
    ),
    "difference of MAE": (_difference(mae), lambda a, b, y: mae(a, y) - mae(b, y)),
    "difference of MSE": (_difference(mse), lambda a, b, y: mse(a, y) - mse(b, y)),
    "difference of Pearson": (_difference(pearson), lambda a, b, y: pearson(a, y) - pearson(b, y)),
    "difference of Spearman": (
        _difference(spearman),
        lambda a, b, y: spearman(a, y) - spearman(b, y),
    ),
}
SLOW = ("Kendall", "F1 at a threshold", "ICC", "median")


def held(name: str, world: World, units: int, boards: int, draws: int) -> tuple[float, float]:
    """Return how many of the intervals hold the truth, and how many worlds give an interval."""
    taken, truth_of = MEASURES[name]

    truth = truth_of(*songs(world, TRUTH // world.per_group, np.random.default_rng(0)))
    rng = np.random.default_rng([units, *name.encode()])
    hits = given = 0
    for _ in range(boards):
        a, b, y = songs(world, units, rng)
        group = np.repeat(np.arange(units), world.per_group)
        estimate = taken(a, b, y, group, rng, draws)
        if not math.isnan(estimate.low):
            given += 1
            hits += estimate.low - 1e-9 <= truth <= estimate.high + 1e-9
    return (hits / given if given else math.nan), given / boards


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--boards", type=int, default=400)
    parser.add_argument("--draws", type=int, default=600)
    parser.add_argument("--measure", action="append", choices=MEASURES)
    options = parser.parse_args()
    start = time.perf_counter()
    LEAST.update(dict.fromkeys((mae, mse, pearson, spearman, kendall, icc, _f1), 2))
    for name in options.measure or MEASURES:
        boards = options.boards // 2 if name in SLOW else options.boards
        print(f"\n{name}: intervals of 95 % that hold the truth, of {boards} boards")
        print(f"{'':24}" + "".join(f"{n:>6}" for n in SIZES))
        for world in WORLDS:
            shares = [held(name, world, n, boards, options.draws) for n in SIZES]
            cells = ["     -" if given < 0.5 else f"{100 * share:6.0f}" for share, given in shares]
            print(f"{world.title:24}" + "".join(cells), flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
