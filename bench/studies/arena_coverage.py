"""Do the intervals of rated and of scored systems hold the truth?

Backs docs/arena-results.md, "Means by mixed models": how often the 95 % intervals of the means of
systems, of the differences of two systems and of each system's lead on the next one hold the truth,
on simulated answers.

Ratings: four systems have a song for each prompt. Voters rate songs one at a time in balanced
blocks, which `plaudit.arena.pairing.block` deals out as in a test. An answer is the mean of its
system, two of which are equal, and a normal deviation each of the voter, the prompt, the song, the
voter's taste for the system, and the answer itself. "1 to 5" rounds it to a whole number inside the
scale, as answers are; the truth is then the expected answer.

MUSHRA: listeners score a hidden reference, an anchor and three systems for each item, 0 to 100. The
deviations of the reference are a tenth of those of a system, as listeners know it; scores end at
the ends of the scale. For comparison they are fitted by the model of ratings as well.

Every test draws its voters and songs anew: the truth is that of all voters and prompts there could
be, not of those drawn. A share has the interval of Dean and Pagano (`plaudit.metrics.share`), a
test being a cluster. `bench/studies/standings_taste.py` does the like for battles.

Run: .venv/bin/python bench/studies/arena_coverage.py [--tests 200]
"""

import argparse
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from plaudit.arena.pairing.block import least_asked
from plaudit.arena.results.scale import Answered, ScaleFit, fit_ratings, fit_scores
from plaudit.metrics.interval import Estimate
from plaudit.metrics.share import share_of

Floats = NDArray[np.float64]
MEANS = np.array([3.7, 3.4, 3.4, 2.9])


class Size(NamedTuple):
    """How many voters and prompts a test has, and how many tasks each voter does."""

    voters: int
    tasks: int
    prompts: int


class World(NamedTuple):
    """Variances of the deviations of ratings."""

    title: str
    voter: float = 0.3
    prompt: float = 0.15
    song: float = 0.1
    taste: float = 0.1
    error: float = 0.5
    rounded: bool = False
    raised: float = 0.0  #: By how much all means lie higher.

    @property
    def means(self) -> Floats:
        """Means of the systems before answers are rounded."""
        return MEANS + self.raised

    @property
    def spread(self) -> float:
        """Standard deviation of answers about a system, of all voters and prompts."""
        return math.sqrt(self.voter + self.prompt + self.song + self.taste + self.error)


SIZES = (Size(5, 8, 4), Size(8, 12, 12), Size(20, 16, 16), Size(60, 20, 20))
WORLDS = (
    World("normal"),
    World("1 to 5", rounded=True),
    World("1 to 5, strong tastes", taste=0.4, rounded=True),
    World("1 to 5, near the end of the scale", raised=1.2, rounded=True),
    World("1 to 5, voters and songs alike", voter=0.0, prompt=0.0, song=0.0, taste=0.0,
          rounded=True),
)  # fmt: skip
SCORED = (Size(6, 4, 4), Size(10, 6, 6), Size(20, 10, 10))
#: Of MUSHRA: the anchor, the hidden reference, three systems; standard deviations of the voter, the
#: item, the song, the taste and the answer, and what of them each version has.
LEVELS = np.array([22.0, 99.0, 72.0, 66.0, 66.0])
DEVIATIONS = (7.0, 5.0, 6.0, 6.0, 10.0)
SHARES = np.array([0.6, 0.1, 1.0, 1.0, 1.0])


def rating_truth(world: World) -> Floats:
    """Return the expected rating of each system, (4,)."""
    spread = np.full(len(MEANS), world.spread)
    return _rounded(world.means, spread, 1, 5) if world.rounded else world.means


def score_truth() -> Floats:
    """Return the expected score of each version, (5,)."""
    spread = SHARES * math.sqrt(sum(each**2 for each in DEVIATIONS))
    return _rounded(LEVELS, spread, 0, 100)


def _rounded(means: Floats, spread: Floats, low: int, high: int) -> Floats:
    """Return the means of normal numbers that are rounded to whole ones from low to high."""
    # The number is above n where it lies above n + 0.5 before; so many steps it is above low.
    ends = np.arange(low, high) + 0.5
    steps = np.asarray(norm.sf(ends, means[:, None], spread[:, None]), np.float64)
    return np.asarray(low + steps.sum(axis=1), np.float64)


def ratings(world: World, size: Size, rng: np.random.Generator) -> list[Answered]:
    """Return the ratings of one test."""
    n = len(MEANS)

    def drawn(variance: float, *shape: int) -> Floats:
        return math.sqrt(variance) * rng.normal(size=shape)

    voter, prompt = drawn(world.voter, size.voters), drawn(world.prompt, size.prompts)
    song, taste = drawn(world.song, size.prompts, n), drawn(world.taste, size.voters, n)
    asked: Counter[tuple[int, int]] = Counter()
    rows = []
    for v in range(size.voters):
        own: Counter[int] = Counter()
        left = [(p, s) for p in range(size.prompts) for s in range(n)]
        for task in range(size.tasks):
            system = least_asked(sorted({s for _, s in left}), own, rng)
            p, s = least_asked([pair for pair in left if pair[1] == system], asked, rng)
            left.remove((p, s))
            own[s] += 1
            asked[p, s] += 1
            value = world.means[s] + voter[v] + prompt[p] + song[p, s] + taste[v, s]
            value += math.sqrt(world.error) * rng.normal()
            if world.rounded:
                value = float(np.clip(round(value), 1, 5))
            rows.append(answer(s, p, v, float(value), f"{v}-{task}"))
    return rows


def scores(size: Size, rng: np.random.Generator) -> list[Answered]:
    """Return the scores of one test: of each listener, item and version."""
    n, whole = len(LEVELS), (size.voters, size.prompts, len(LEVELS))
    shapes = ((size.voters, 1, 1), (1, size.prompts, 1), (1, size.prompts, n),
              (size.voters, 1, n), whole)  # fmt: skip
    drawn = sum(
        (by * rng.normal(size=shape) for by, shape in zip(DEVIATIONS, shapes, strict=True)),
        np.zeros(whole),
    )
    table = np.clip(np.rint(LEVELS + SHARES * drawn), 0, 100)
    return [answer(s, p, v, float(value), f"{v}-{p}") for (v, p, s), value in np.ndenumerate(table)]


def answer(system: int, prompt: int, voter: int, value: float, task: str) -> Answered:
    """Return an answer; systems are named in their order."""
    return Answered(
        "x", f"s{system}", f"p{prompt}-{system}", f"p{prompt}", f"v{voter}", value, task
    )


def estimates(fit: ScaleFit, truth: Floats) -> Iterator[tuple[str, Estimate, float]]:
    """Yield what a board can say, and the truth: each mean, each difference, each lead."""
    means = [fit.mean(k) for k in range(len(truth))]
    for k, mean in enumerate(means):
        given = len(truth) == len(LEVELS) and k < 2
        yield "reference, anchor" if given else "means", mean, truth[k]
    for a, b in combinations(range(len(truth)), 2):
        yield "differences", fit.lead(a, b), truth[a] - truth[b]
    order = sorted(range(len(truth)), key=lambda k: -means[k].value)
    for a, b in pairwise(order):
        yield "leads", fit.lead(a, b), truth[a] - truth[b]


def line(fits: Iterator[ScaleFit], truth: Floats, kinds: tuple[str, ...]) -> str:
    """Return how often intervals of tests hold the truth, by kind, and how many there are not."""
    seen: dict[str, tuple[list[bool], list[int]]] = {kind: ([], []) for kind in kinds}
    missing = 0
    for test, fit in enumerate(fits):
        for kind, estimate, true in estimates(fit, truth):
            if math.isnan(estimate.low):
                missing += 1
                continue
            seen[kind][0].append(estimate.low <= true <= estimate.high)
            seen[kind][1].append(test)
    text = ""
    for kind in kinds:
        share = share_of(*seen[kind])
        value, low, high = (100 * x for x in (share.value, share.low, share.high))
        text += f"{value:.1f} % [{low:.1f}, {high:.1f}]".rjust(22)
    return f"{text}{missing:>6}"


def main() -> None:
    """Print how often intervals hold the truth, world by world and size by size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--tests", type=int, default=200)
    tests = range(parser.parse_args().tests)
    started = time.perf_counter()
    print(f"{len(tests)} tests each; intervals promise 95 %; shares of intervals with the truth")
    kinds: tuple[str, ...] = ("means", "differences", "leads")
    print(f"\n{'ratings, 4 systems':34}" + "".join(f"{k:>22}" for k in kinds) + f"{'none':>6}")
    for world in WORLDS:
        print(world.title)
        for size in SIZES:
            rng = np.random.default_rng([*size])
            fits = (fit_ratings(ratings(world, size, rng)) for _ in tests)
            held = line(fits, rating_truth(world), kinds)
            name = f"  {size.voters} voters x {size.tasks}, {size.prompts} prompts"
            print(f"{name:34}{held}", flush=True)
    kinds = ("means", "reference, anchor", "differences", "leads")
    print(f"\n{'MUSHRA, 3 systems':34}" + "".join(f"{k:>22}" for k in kinds) + f"{'none':>6}")
    models: dict[str, Callable[[list[Answered]], ScaleFit]] = {
        "a model for each version": fit_scores, "one model, as of ratings": fit_ratings
    }  # fmt: skip
    for title, fitted in models.items():
        print(title)
        for size in SCORED:
            rng = np.random.default_rng([*size])
            held = line((fitted(scores(size, rng)) for _ in tests), score_truth(), kinds)
            print(f"{f'  {size.voters} listeners x {size.prompts} items':34}{held}", flush=True)
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
