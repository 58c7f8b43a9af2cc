"""Standings of many battles: seconds to read, to fit and to resample, beside scikit-learn's fit.

The battles are made up by the model of Davidson, written to a CSV in a temporary folder, and read
back as a user's would be. The same regression is then fitted by scikit-learn on one row a battle,
in the same run, so that the ratio does not depend on the machine.

Run: .venv/bin/python bench/speed/standings.py --draws 1000
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from plaudit.benchmarks.standings.compute import make_standings
from plaudit.benchmarks.standings.record import standings_settings
from plaudit.benchmarks.votes.systems import BattleTable, DataFile, read_battles
from plaudit.metrics.bradley_terry import arena_scale, bradley_terry
from plaudit.metrics.tally import tally
from table import Row, make_parser, report

T = TypeVar("T")
WORDS = np.array(["first", "second", "tie", "neither"])


def write(path: Path, n: int, size: int, voters: int, seed: int) -> None:
    """Write battles of systems of drawn strength, 8 % of them both bad."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=size)
    first = rng.integers(size, size=n)
    second = (first + rng.integers(1, size, size=n)) % size
    half = (strength[first] - strength[second]) / 2
    weight = np.stack([np.exp(half), np.exp(-half), np.full(n, 0.6)])
    outcome = (rng.random(n) > np.cumsum(weight / weight.sum(axis=0), axis=0)).sum(axis=0)
    outcome[rng.random(n) < 0.08] = 3
    voter = rng.integers(voters, size=n)
    with path.open("w", encoding="utf-8") as file:
        file.write("first,second,outcome,voter\n")
        rows = zip(first.tolist(), second.tolist(), WORDS[outcome], voter.tolist(), strict=True)
        file.writelines(f"system-{a:03},system-{b:03},{word},v{v}\n" for a, b, word, v in rows)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started


def by_scikit_learn(table: BattleTable) -> np.ndarray:
    """Fit the regression of the Music Arena board on one row a battle, ties as two of a half."""
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    voted = table.outcome != 3
    tied = np.flatnonzero(table.outcome == 2)
    row = np.concatenate([np.flatnonzero(voted), tied])
    n = len(row)
    answer = (table.outcome[row] != 1).astype(float)
    answer[len(row) - len(tied) :] = 0
    weight = np.where(table.outcome[row] == 2, 0.5, 1.0)
    columns = np.stack([table.first[row], table.second[row]], axis=1).ravel()
    values = np.tile([1.0, -1.0], n)
    design = csr_array((values, columns, np.arange(0, 2 * n + 1, 2)), shape=(n, len(table.systems)))
    model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-6, max_iter=10_000)
    model.fit(design, answer, sample_weight=weight)
    return np.asarray(arena_scale(model.coef_[0]))


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--battles", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--resampled", type=int, default=10_000, help="battles of the bootstrap")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "battles.csv"
        write(path, given.battles, given.systems, 20_000, given.seed)
        (table, data), read_s = timed(lambda: read_battles(path))
        rows = fits(table, data, rng)
        title = f"{given.battles:,} battles of {given.systems} systems"
        rows = [Row(f"{title}, read the CSV", read_s, "s"), *rows]
        for systems in (12, given.systems):
            write(path, given.resampled, systems, 800, given.seed)
            few, about = read_battles(path)
            for method in ("davidson", "music-arena", "elo"):
                drawn = standings_settings(method=method, draws=given.draws)
                made, s = timed(partial(make_standings, few, about, drawn, rng))
                failed = made.resampling.failed
                size = f"{given.resampled:,} battles, {systems} systems"
                title = f"{given.draws:,} resamples of {size}, {method}"
                rows.append(Row(title, s, "s", error=f"{failed} not fitted" if failed else ""))
    report(rows, as_json=given.json)


def fits(table: BattleTable, data: DataFile, rng: np.random.Generator) -> list[Row]:
    """Fit one table by every method, and by scikit-learn."""
    plain = standings_settings(draws=0)
    arena = standings_settings(method="elo", order="file", draws=0)
    _, davidson_s = timed(lambda: make_standings(table, data, plain, rng))
    size = len(table.systems)
    ours, fast_s = timed(
        lambda: bradley_terry(
            tally(table.first, table.second, table.outcome, size).points, penalty=1.0
        )
    )
    theirs, slow_s = timed(lambda: by_scikit_learn(table))
    apart = np.abs(arena_scale(ours.strength) - theirs).max()
    _, elo_s = timed(lambda: make_standings(table, data, arena, rng))
    return [
        Row("scikit-learn, a row a battle", slow_s, "s", 1.0),
        Row("music-arena: count, fit", fast_s, "s", fast_s / slow_s, f"{apart:.3f} points"),
        Row("davidson: count, fit, record", davidson_s, "s"),
        Row("elo in the order of the file", elo_s, "s"),
    ]


if __name__ == "__main__":
    main()
