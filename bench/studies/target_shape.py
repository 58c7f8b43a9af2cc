"""What targets look like on real plays, likes and ratings, and what the exponent does.

Backs docs/targets.md: all figures and pictures of that page.

Of the Free Music Archive (FMA: Defferrard, Benzi, Vandergheynst, Bresson, 2017, arXiv 1612.01840;
metadata CC-BY 4.0): the cohorts, what age tells before and after, and for several exponents how
much of the target is common to an artist's songs (intraclass correlation of artists) and to plays
and likes (Pearson). Of the two simulated platforms, where the truth is known: the share of the
target's variance that the songs' appeal explains, fitted on one population and told on another.
Differences to exponent 1 have 95 % intervals from resampling artists (songs, where simulated).

Of AES-PAM's music and of AES natural music (Audiobox Aesthetics, Tjandra et al. 2025, arXiv
2502.05139; CC-BY 4.0), ten raters each: split-half reliability and intraclass correlations.

Without ``--fma`` and ``--aes`` only what needs no file is printed.

Run: .venv/bin/python bench/studies/target_shape.py --fma fma_popularity.csv --aes AES_PAM.jsonl \
AES_natural_music.jsonl --out docs/_static/targets
"""

import argparse
import csv
import json
import os
from datetime import datetime
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import pearson, spearman
from plaudit.metrics.interval import Estimate
from plaudit.metrics.reliability import icc, spearman_brown, split_half
from plaudit.reports.look.canvas import BLUE, BRASS, HAIR, ROSE, SOFT, TEAL, bare, save, sheet
from plaudit.synth.public.platform import PLATFORMS, population_appeal, publish
from plaudit.targets.popularity import EXPONENT, PopularityRule, popularity_targets
from plaudit.targets.rating import rating_targets

Floats = NDArray[np.float64]
EXPONENTS = (0.25, 0.5, 0.7, 0.8, 0.9, 1.0)
DRAWS, SEED, POPULATION, BINS = 400, 11, 20_000, 100
PLAIN = PopularityRule(exponent=1)
KINDS = ("plays", "likes")
TICKS = ((0, "1"), (1, "10"), (2, "100"), (3, "1k"), (4, "10k"), (5, "100k"))


def read_fma(path: Path) -> tuple[dict[str, Floats], Floats, NDArray[np.str_]]:
    """Counts by kind, age in days at the newest track, and artists."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    made = [datetime.strptime(r["track_date_created"], "%m/%d/%Y %I:%M:%S %p") for r in rows]
    counts = {
        kind: np.array([float(row[column]) for row in rows])
        for kind, column in zip(KINDS, ("track_listens", "track_favorites"), strict=True)
    }
    age = np.array([(max(made) - day).days for day in made], np.float64)
    return counts, age, np.array([row["artist_id"] for row in rows])


def interval(estimate: Estimate, digits: int = 3) -> str:
    return f"{estimate.value:+.{digits}f} [{estimate.low:+.{digits}f}, {estimate.high:+.{digits}f}]"


def artist_share(values: Floats, artist: NDArray[np.str_]) -> tuple[float, Floats]:
    """Intraclass correlation of artists, and that of resamples of artists, each drawn anew."""
    _, place, times = np.unique(artist, return_inverse=True, return_counts=True)
    mean = np.bincount(place, values) / times
    inner = np.bincount(place, np.square(values - mean[place]))
    rng = np.random.default_rng(SEED)
    n = len(times)
    drawn = rng.integers(n, size=(DRAWS, n))
    counts = np.stack([np.bincount(row, minlength=n) for row in drawn]).astype(np.float64)

    def of(weight: Floats) -> float:
        total = weight @ times
        grand = weight @ (times * mean) / total
        between = weight @ (times * np.square(mean - grand)) / (weight.sum() - 1)
        within = weight @ inner / (total - weight.sum())
        per = (total - weight @ np.square(times) / total) / (weight.sum() - 1)
        return float((between - within) / (between + (per - 1) * within))

    return of(np.ones(n)), np.array([of(row) for row in counts])


def print_cohorts(counts: dict[str, Floats], age: Floats) -> None:
    young = [int(np.count_nonzero(age < days)) for days in (30, 90)]
    print(f"\nyounger than 30 days: {young[0]}, than 90 days: {young[1]}")
    for kind, values in counts.items():
        summary = popularity_targets(values, "FMA", age).summary
        print(f"\n{kind}: {summary.scored:,} of {summary.n:,} songs scored")
        print(f"{'days':<14}{'songs':>7}{'zero':>8}{'tied':>8}{'median':>9}{'highest':>10}")
        for row in summary.cohorts:
            span = f"{row.from_days:g}-{'' if row.to_days is None else format(row.to_days, 'g')}"
            print(
                f"{span:<14}{row.n:>7,}{row.zeros:>8.1%}{row.tied:>8.1%}{row.median:>9,.0f}"
                f"{row.highest:>10,.0f}"
            )
        alone = popularity_targets(values, "FMA").values
        cohort = popularity_targets(values, "FMA", age).values
        rng = np.random.default_rng(SEED)
        for name, score in (("whole platform", alone), ("age windows", cohort)):
            estimate = bootstrap(spearman, age, score, rng=rng)
            print(f"Spearman of age and score, {name:<15} {interval(estimate)}")


def appeal_share(exponent: float) -> dict[str, tuple[float, Floats, Floats]]:
    """By platform and kind: share explained, and each test song's squared errors and values."""
    appeal_shares = {}
    for name, platform in PLATFORMS.items():
        rng = np.random.default_rng(SEED)
        sides = []
        for _ in range(2):
            appeal = population_appeal(platform, POPULATION, rng)
            sides.append((appeal, publish(platform, appeal, rng)))
        (train_appeal, train), (test_appeal, test) = sides
        edges = np.quantile(train_appeal, np.linspace(0, 1, BINS + 1)[1:-1])
        bins, test_bins = np.searchsorted(edges, train_appeal), np.searchsorted(edges, test_appeal)
        for kind in KINDS:
            rule = PopularityRule(exponent=exponent)
            known = popularity_targets(getattr(train, kind), name, rule=rule).values
            value = popularity_targets(getattr(test, kind), name, rule=rule).values
            mean = np.bincount(bins, known, BINS) / np.bincount(bins, minlength=BINS)
            error = np.square(value - mean[test_bins])
            appeal_shares[f"{name} {kind}"] = (1 - error.mean() / value.var(), error, value)
    return appeal_shares


def print_appeal() -> dict[str, list[float]]:
    plain = appeal_share(1.0)
    shares: dict[str, list[float]] = {}
    print(f"\nshare of the target explained by known appeal, n = {POPULATION:,}, minus exponent 1")
    print(f"{'exponent':<10}" + "".join(f"{name:<31}" for name in plain))
    for exponent in EXPONENTS:
        cells = []
        for name, (share, error, value) in appeal_share(exponent).items():
            _, error_1, value_1 = plain[name]

            def gain(e: Floats, v: Floats, e1: Floats, v1: Floats) -> float:
                return float(e1.mean() / v1.var() - e.mean() / v.var())

            rng = np.random.default_rng(SEED)
            estimate = bootstrap(gain, error, value, error_1, value_1, rng=rng, draws=200)
            cells.append(f"{share:.3f} {interval(estimate)}")
            shares.setdefault(name, []).append(estimate.value)
        print(f"{exponent:<10g}" + "".join(f"{cell:<31}" for cell in cells))
    return shares


def print_exponents(
    counts: dict[str, Floats], age: Floats, artist: NDArray[np.str_]
) -> dict[str, list[tuple[float, float, float]]]:
    plain = {
        k: popularity_targets(v, "FMA", age, rule=PLAIN).values / 100 for k, v in counts.items()
    }
    artists = len(set(artist.tolist()))
    print(f"\nFMA by exponent, n = {len(age):,} songs of {artists:,} artists, minus exponent 1")
    print(f"{'exponent':<10}{'mean':>6}{'skew':>7}  {'artists, plays':<30}{'artists, likes':<30}"
          f"{'plays and likes':<30}")  # fmt: skip
    table: dict[str, list[tuple[float, float, float]]] = {}
    for exponent in EXPONENTS:
        bent = plain["plays"] ** exponent
        skew = float(((bent - bent.mean()) ** 3).mean() / bent.std() ** 3)
        cells = []
        for kind in KINDS:
            value, drawn = artist_share(plain[kind] ** exponent, artist)
            value_1, drawn_1 = artist_share(plain[kind], artist)
            low, high = np.percentile(drawn - drawn_1, [2.5, 97.5])
            cells.append((value, Estimate(value - value_1, low, high, artists)))

        def gain(p: Floats, q: Floats, exponent: float = exponent) -> float:
            return pearson(p**exponent, q**exponent) - pearson(p, q)

        rng = np.random.default_rng(SEED)
        both = bootstrap(gain, plain["plays"], plain["likes"], rng=rng, groups=artist, draws=DRAWS)
        value = pearson(plain["plays"] ** exponent, plain["likes"] ** exponent)
        cells.append((value, both))
        print(f"{exponent:<10g}{100 * bent.mean():>6.1f}{skew:>7.2f}  "
              + "".join(f"{f'{v:.3f} {interval(e)}':<30}" for v, e in cells))  # fmt: skip
        names = ("artists, plays", "artists, likes", "plays and likes")
        for name, (_, estimate) in zip(names, cells, strict=True):
            table.setdefault(name, []).append((estimate.value, estimate.low, estimate.high))
    decile = np.minimum(9, (10 * plain["plays"]).astype(int))
    inside = [spearman(plain["plays"][decile == k], plain["likes"][decile == k]) for k in range(10)]
    print("Spearman of plays and likes inside each tenth of plays, from the least played: "
          + " ".join(f"{r:.2f}" for r in inside))  # fmt: skip
    return table


def print_ratings(paths: list[Path]) -> dict[str, Floats]:
    print(f"\n{'clips':<22}{'axis':<24}{'n':>6}{'split-half':>12}{'same, persons':>15}"
          f"{'ICC(1,k) [95 %]':>26}{'ICC(1,1)':>10}{'ceiling':>9}")  # fmt: skip
    tables = {}
    for path in paths:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        music = [line for line in lines if "/music/" in line["data_path"]] or lines
        for axis in [key for key in music[0] if key != "data_path"]:
            table = np.array([line[axis] for line in music], np.float64)
            reliability = rating_targets(
                table, np.random.default_rng(SEED), scale=(0, 10)
            ).reliability
            persons = split_half(table, np.random.default_rng(SEED), crossed=True)
            inside = (
                f"{reliability.icc:.3f} [{reliability.icc_low:.3f}, {reliability.icc_high:.3f}]"
            )
            print(
                f"{path.stem:<22}{axis:<24}{reliability.songs:>6}"
                f"{reliability.split_half:>12.3f}{persons:>15.3f}"
                f"{inside:>26}{reliability.icc_single:>10.3f}{np.sqrt(reliability.icc or 0):>9.3f}"
            )
            tables[f"{path.stem} {axis}"] = table
    return tables


def draw_scores(counts: dict[str, Floats], age: Floats, path: Path) -> None:
    """Counts as they are, and what becomes of them."""
    with sheet(9.6, 6.0) as figure:
        grid = figure.add_gridspec(
            2, 3, left=0.06, right=0.985, top=0.93, bottom=0.09, hspace=0.48, wspace=0.26
        )
        for row, (kind, colour) in enumerate(zip(KINDS, (BRASS, BLUE), strict=True)):
            values = counts[kind]
            left, middle, right = (figure.add_subplot(grid[row, k]) for k in range(3))
            left.hist(np.log10(values + 1), bins=48, color=colour)
            ticks = [k for k, _ in TICKS if k <= np.log10(values.max() + 1)]
            names = [name for k, name in TICKS if k in ticks]
            left.set_xticks(ticks, names)
            left.set_xlabel(f"{kind} + 1, logarithmic")
            left.set_ylabel("songs")
            order = np.argsort(values)
            for exponent, style in ((1.0, HAIR), (EXPONENT, colour), (0.5, SOFT)):
                rule = PopularityRule(exponent=exponent)
                score = popularity_targets(values, "FMA", rule=rule).values
                middle.plot(
                    np.log10(values[order] + 1), score[order], color=style, linewidth=1.6,
                    label=f"{exponent:g}",
                )  # fmt: skip
            middle.legend(frameon=False, title="exponent", fontsize=8.5, loc="upper left")
            middle.set_xticks(ticks, names)
            middle.set_xlabel(f"{kind} + 1, logarithmic")
            middle.set_ylabel("score")
            score = popularity_targets(values, "FMA", age).values
            right.hist(score, bins=40, range=(0, 100), color=colour)
            right.set_xlabel(f"score of {kind}, exponent {EXPONENT:g}, age windows")
            right.set_ylabel("songs")
            titles = (kind.capitalize(), "What exponents make of them", "The target")
            for axes, title in zip((left, middle, right), titles, strict=True):
                axes.set_title(title, loc="left", fontsize=10)
                bare(axes, "left", "bottom")
        save(figure, path)


def draw_exponents(
    table: dict[str, list[tuple[float, float, float]]], shares: dict[str, list[float]], path: Path
) -> None:
    """What each exponent gains and costs."""
    with sheet(9.6, 3.9) as figure:
        grid = figure.add_gridspec(1, 2, left=0.075, right=0.99, top=0.86, bottom=0.14, wspace=0.2)
        left, right = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
        colours = {"artists, plays": BRASS, "artists, likes": BLUE, "plays and likes": ROSE}
        for k, (name, rows) in enumerate(table.items()):
            value, low, high = np.array(rows).T
            x = np.array(EXPONENTS) + 0.006 * (k - 1)
            left.errorbar(x, value, [value - low, high - value], color=colours[name], fmt="o-",
                         markersize=4, linewidth=1.4, elinewidth=1, label=name)  # fmt: skip
        for (name, values), colour in zip(shares.items(), (BRASS, BLUE, TEAL, ROSE), strict=True):
            right.plot(
                EXPONENTS, values, "o-", color=colour, markersize=4, linewidth=1.4, label=name
            )
        left.set_ylabel("correlation, minus that of exponent 1")
        right.set_ylabel("share explained, minus that of exponent 1")
        left.set_title(
            "FMA: what an artist's songs share,\nwhat plays and likes share",
            loc="left",
            fontsize=10,
        )
        right.set_title("Simulated platforms:\nwhat known appeal explains", loc="left", fontsize=10)
        for axes in (left, right):
            axes.axhline(0, color=HAIR, linewidth=0.8)
            axes.axvline(EXPONENT, color=HAIR, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.set_xlabel("exponent")
            axes.legend(frameon=False, fontsize=8.5, loc="lower right")
            bare(axes, "left", "bottom")
        save(figure, path)


def draw_ratings(tables: dict[str, Floats], path: Path) -> None:
    """Reliability of the mean of few and many raters, measured, and as Spearman-Brown has it."""
    with sheet(9.6, 3.7) as figure:
        grid = figure.add_gridspec(
            1, 2, left=0.065, right=0.985, top=0.86, bottom=0.15, wspace=0.18
        )
        names = list(dict.fromkeys(name.split(" ")[0] for name in tables))
        for place, file in enumerate(names[:2]):
            axes = figure.add_subplot(grid[place])
            own = {n.split(" ", 1)[1]: t for n, t in tables.items() if n.startswith(file + " ")}
            for (axis, table), colour in zip(own.items(), (BRASS, BLUE, ROSE, TEAL), strict=False):
                rng = np.random.default_rng(SEED)
                some = (2, 4, 6, 8, 10)
                measured = [
                    np.mean(
                        [split_half(rng.permuted(table, axis=1)[:, :k], rng, 10) for _ in range(12)]
                    )
                    for k in some
                ]
                raters = np.linspace(1, 20, 100)
                single = icc(table, "1,1")
                axes.plot(raters, [spearman_brown(single, k) for k in raters], color=colour,
                          linewidth=1.4)  # fmt: skip
                axes.plot(some, measured, "o", color=colour, markersize=4.5,
                          label=axis.replace("_", " ").lower())  # fmt: skip
            axes.set_title(
                f"{file.replace('_', ' ')}, {len(next(iter(own.values()))):,} clips",
                loc="left",
                fontsize=10,
            )
            axes.set_xlabel("raters of a clip")
            axes.set_ylabel("reliability of their mean")
            axes.set_ylim(0, 1)
            axes.set_xlim(0, 20.4)
            axes.set_xticks(range(0, 21, 4))
            axes.legend(frameon=False, fontsize=8.5, loc="lower right")
            bare(axes, "left", "bottom")
        save(figure, path)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--fma", type=Path, help="CSV of the Free Music Archive's counts")
parser.add_argument("--aes", type=Path, nargs="+", default=[], help="AES_PAM.jsonl and others")
parser.add_argument("--out", type=Path, help="folder for the pictures")
options = parser.parse_args()
explained = print_appeal()
if options.fma:
    fma, days, artists = read_fma(options.fma)
    print_cohorts(fma, days)
    gains = print_exponents(fma, days, artists)
    if options.out:
        draw_scores(fma, days, options.out / "popularity.png")
        draw_exponents(gains, explained, options.out / "exponent.png")
if options.aes:
    rated = print_ratings(options.aes)
    if options.out:
        draw_ratings(rated, options.out / "reliability.png")
