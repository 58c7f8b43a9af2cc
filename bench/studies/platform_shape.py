"""Are plays and likes on the simulated platforms shaped like real ones?

Backs docs/proving-ground.md, "People": the archive is shaped after 4,237 tracks of the Free Music
Archive; the feed is different on purpose.

Prints quantiles, zero shares, ties, tails and rank correlations of a real library and of the two
simulated platforms, each with as many songs, and 95 % intervals from 200 bootstraps over songs
where a figure is a statistic; then how charm is spread over composed songs.

The real library is the Free Music Archive (FMA: Defferrard, Benzi, Vandergheynst, Bresson, 2017,
arXiv 1612.01840; metadata CC-BY 4.0): 4,237 tracks, at most 30 a genre, chosen among the well
known. "archive" is meant to be close to it. "feed" is unlike it on purpose: songs of weeks rather
than of years, one in ten never shown, most played a few times and never liked, a heavier tail (the
top hundredth has two fifths of all plays), and age telling how often a song was played.

``--fma FILE`` computes the real figures from a CSV with the columns ``track_listens``,
``track_favorites`` and ``track_date_created``; without it they are those we computed from it,
written down below. ``--picture FILE.png`` draws survival curves and quantiles against quantiles.

Run: .venv/bin/python bench/studies/platform_shape.py [--fma FILE]
"""

import argparse
import csv
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.compose import compose
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.public.audience import charm, truth_of
from plaudit.synth.public.charm import WITHIN_PROMPT
from plaudit.synth.public.platform import PLATFORMS, population_appeal, publish
from plaudit.synth.system import HELD_OUT, SYSTEMS

N, SEED, BOOTSTRAP, PROMPTS = 4_237, 3, 200, 100
AT = (0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9)
NAN = float("nan")
Floats = NDArray[np.float64]

# Of the FMA file, as printed with --fma: quantiles at AT, then figure, low and high of each row.
FMA_PLAYS: tuple[float, ...] = (
    142,
    760,
    1929,
    2821,
    5052,
    9287,
    18594,
    37823,
    58383,
    160290,
    422380,
)
FMA_LIKES: tuple[float, ...] = (0, 0, 1, 3, 6, 13, 29, 60, 97, 275, 625)
FMA_FIGURES: dict[str, tuple[float, float, float]] = {
    "plays: share of zero": (0.0, 0.0, 0.0),
    "plays: sd of log(1 + n)": (1.056, 1.033, 1.091),
    "plays: tail exponent": (1.714, 1.536, 1.948),
    "plays: share of top 1 %": (0.1392, 0.1211, 0.1552),
    "plays: share tied": (0.1397, NAN, NAN),
    "likes: share of zero": (0.0177, 0.0144, 0.02195),
    "likes: sd of log(1 + n)": (1.129, 1.105, 1.156),
    "likes: tail exponent": (1.635, 1.464, 1.814),
    "likes: share of top 1 %": (0.1604, 0.1412, 0.1784),
    "likes: share tied": (0.9773, NAN, NAN),
    "likes per 1,000 plays, 25 %": (0.7743, 0.7428, 0.8105),
    "likes per 1,000 plays, 50 %": (1.453, 1.396, 1.502),
    "likes per 1,000 plays, 95 %": (4.503, 4.252, 4.697),
    "rank corr. plays, likes": (0.7119, 0.695, 0.7274),
    "rank corr. age, plays": (-0.04206, -0.07552, -0.009913),
    "rank corr. age, likes": (0.1965, 0.1642, 0.225),
    "age: median days": (1587.0, 1568.0, 1613.0),
}


class Counted(NamedTuple):
    """Plays, likes and age in days of songs."""

    plays: Floats
    likes: Floats
    age: Floats


class Shape(NamedTuple):
    """What is compared: quantiles at `AT`, and figures with their intervals."""

    plays: Floats
    likes: Floats
    figures: dict[str, tuple[float, float, float]]


def rank(x: Floats, y: Floats) -> float:
    return float(spearmanr(x, y).statistic)


def hill(values: Floats) -> float:
    """Tail exponent over the top 5 % (Hill, 1975): the lower, the heavier."""
    top = np.sort(values)[-(len(values) // 20) :]
    return float(1 / np.mean(np.log(top / top[0])))


def top_share(values: Floats) -> float:
    return float(np.sort(values)[-(len(values) // 100) :].sum() / values.sum())


def tied(values: Floats) -> float:
    """Share of songs whose count another song has too."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    return float(np.mean(times[place] > 1))


def per_play(songs: Counted, q: float) -> float:
    played = songs.plays > 0
    return 1000 * float(np.percentile(songs.likes[played] / songs.plays[played], q))


def spread(values: Floats) -> float:
    return float(np.log(values + 1).std())


FIGURES: dict[str, Callable[[Counted], float]] = {
    "plays: share of zero": lambda s: float(np.mean(s.plays == 0)),
    "plays: sd of log(1 + n)": lambda s: spread(s.plays),
    "plays: tail exponent": lambda s: hill(s.plays),
    "plays: share of top 1 %": lambda s: top_share(s.plays),
    "plays: share tied": lambda s: tied(s.plays),
    "likes: share of zero": lambda s: float(np.mean(s.likes == 0)),
    "likes: sd of log(1 + n)": lambda s: spread(s.likes),
    "likes: tail exponent": lambda s: hill(s.likes),
    "likes: share of top 1 %": lambda s: top_share(s.likes),
    "likes: share tied": lambda s: tied(s.likes),
    "likes per 1,000 plays, 25 %": lambda s: per_play(s, 25),
    "likes per 1,000 plays, 50 %": lambda s: per_play(s, 50),
    "likes per 1,000 plays, 95 %": lambda s: per_play(s, 95),
    "rank corr. plays, likes": lambda s: rank(s.plays, s.likes),
    "rank corr. age, plays": lambda s: rank(s.age, s.plays),
    "rank corr. age, likes": lambda s: rank(s.age, s.likes),
    "age: median days": lambda s: float(np.median(s.age)),
}
# Resampling songs makes ties of its own, so this one has no interval.
WITHOUT_INTERVAL = {"plays: share tied", "likes: share tied"}


def shape_of(songs: Counted, rng: np.random.Generator) -> Shape:
    draws = rng.integers(len(songs.plays), size=(BOOTSTRAP, len(songs.plays)))
    figures = {}
    for name, figure in FIGURES.items():
        low = high = NAN
        if name not in WITHOUT_INTERVAL:
            again = [figure(Counted(*(column[draw] for column in songs))) for draw in draws]
            low, high = (float(q) for q in np.percentile(again, [2.5, 97.5]))
        figures[name] = (figure(songs), low, high)
    return Shape(np.percentile(songs.plays, AT), np.percentile(songs.likes, AT), figures)


def read_fma(path: Path) -> Counted:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    made = [datetime.strptime(r["track_date_created"], "%m/%d/%Y %I:%M:%S %p") for r in rows]
    age = [(max(made) - day).days for day in made]
    plays = [float(row["track_listens"]) for row in rows]
    likes = [float(row["track_favorites"]) for row in rows]
    return Counted(np.array(plays), np.array(likes), np.array(age, dtype=np.float64))


def simulate(name: str, rng: np.random.Generator) -> tuple[Counted, float]:
    """Songs of a platform's population, and the rank correlation of their appeal with plays."""
    platform = PLATFORMS[name]
    appeal = population_appeal(platform, N, rng)
    got = publish(platform, appeal, rng)
    columns = (got.plays, got.likes, got.age_days)
    return Counted(*(c.astype(np.float64) for c in columns)), rank(
        appeal, columns[0].astype(np.float64)
    )


def table(shapes: dict[str, Shape], n: int) -> None:
    print(f"n = {n:,} (FMA), {N:,} (archive), {N:,} (feed)")
    print(f"{'':<30}" + "".join(f"{name:<26}" for name in shapes))
    for kind in ("plays", "likes"):
        for k, q in enumerate(AT):
            cells = [f"{getattr(shape, kind)[k]:<26,.0f}" for shape in shapes.values()]
            print(f"{f'{kind}: {q:g} %':<30}" + "".join(cells))
    for name in FIGURES:
        cells = []
        for shape in shapes.values():
            value, low, high = shape.figures[name]
            digits = 0 if abs(value) >= 100 else 2 if abs(value) >= 2 else 3
            inside = "" if np.isnan(low) else f" [{low:,.{digits}f}, {high:,.{digits}f}]"
            cells.append(f"{f'{value:,.{digits}f}{inside}':<26}")
        print(f"{name:<30}" + "".join(cells))
    real = shapes["FMA"]
    for name, shape in shapes.items():
        off = [
            np.max(np.abs(np.log10((getattr(shape, k) + 1) / (getattr(real, k) + 1)))[1:-1])
            for k in ("plays", "likes")
        ]
        if name != "FMA":
            print(
                f"{name}: largest distance from FMA of a quantile, 1 % to 99 %: a factor of "
                f"{10 ** off[0]:,.2f} (plays), {10 ** off[1]:,.2f} (likes + 1)"
            )


def charm_spread() -> None:
    rng = np.random.default_rng(SEED)
    charms, knobs = [], []
    for _ in range(PROMPTS):
        prompt = draw_prompt(rng)
        for name in rng.choice(HELD_OUT, 4, replace=False):
            system = SYSTEMS[str(name)]
            knobs.append(system.draw_knobs(rng))
            score = compose(
                rng,
                30.0,
                knobs[-1],
                system.answer(prompt, rng),
                preference=system.preference,
                instrumental=prompt.instrumental,
            )
            charms.append(charm(truth_of(score)))
    values = np.reshape(charms, (PROMPTS, 4))

    def figures(rows: Floats) -> tuple[float, float, float]:
        return float(rows.mean()), float(rows.std()), float(np.sqrt(rows.var(1, ddof=1).mean()))

    again = [figures(values[rng.integers(PROMPTS, size=PROMPTS)]) for _ in range(BOOTSTRAP)]
    lows, highs = np.percentile(again, [2.5, 97.5], axis=0)
    print(f"\nCharm of {values.size} songs of 30 s by the eleven systems, {PROMPTS} prompts")
    wanted = ("mean", 0.0), ("sd", 1.0), ("sd within a prompt", WITHIN_PROMPT)
    for (name, want), value, low, high in zip(wanted, figures(values), lows, highs, strict=True):
        print(f"{name:<22}{value:6.3f} [{low:.3f}, {high:.3f}]  written down as {want:g}")
    for axis in AESTHETICS:
        r = float(np.corrcoef(charms, [k[axis] for k in knobs])[0, 1])
        half = 1.96 / np.sqrt(values.size)
        print(f"{'r with ' + axis:<22}{r:6.3f} [{r - half:.3f}, {r + half:.3f}]")


# Okabe and Ito's colours, told apart by most colour-blind eyes; dashes and markers say it again.
LOOK = {
    "FMA": {"color": "#000000", "linestyle": "-", "linewidth": 2.4},
    "archive": {"color": "#0072B2", "linestyle": "--", "linewidth": 1.8},
    "feed": {"color": "#D55E00", "linestyle": "-.", "linewidth": 1.8},
}


def draw(shapes: dict[str, Shape], songs: dict[str, Counted], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    label = {"FMA": "FMA (real)", "archive": "archive (simulated)", "feed": "feed (simulated)"}
    figure, axes = pyplot.subplots(2, 2, figsize=(11, 8.5), layout="constrained")
    for row, kind in enumerate(("plays", "likes")):
        survival, quantile = axes[row]
        for name, shape in shapes.items():
            if name in songs:
                values = np.sort(getattr(songs[name], kind))
                above = 1 - np.arange(len(values)) / len(values)
                survival.plot(values + 1, above, label=label[name], **LOOK[name])
            else:
                at = np.asarray(getattr(shape, kind)) + 1
                survival.plot(
                    at, 1 - np.array(AT) / 100, marker="o", label=label[name], **LOOK[name]
                )
        survival.set(xscale="log", yscale="log", ylim=(2e-4, 1.3))
        survival.set(xlabel=f"1 + {kind}", ylabel="share of songs with at least as many")
        survival.set_title(f"{kind.capitalize()}: how many songs reach a count", loc="left")
        real = np.log10(np.asarray(getattr(shapes["FMA"], kind)) + 1)
        quantile.plot([-2.5, 2.5], [-2.5, 2.5], color="#999999", linewidth=1)
        for name, marker in (("archive", "s"), ("feed", "D")):
            ours = np.log10(np.asarray(getattr(shapes[name], kind)) + 1)
            quantile.plot(
                real - real[5], ours - ours[5], marker=marker, label=label[name], **LOOK[name]
            )
        for k in (1, 5, 9):
            quantile.annotate(
                f"{AT[k]:g} %", (real[k] - real[5], -2.35), ha="center", fontsize=9, color="#555555"
            )
        quantile.set(xlim=(-1.8, 2.1), ylim=(-2.5, 2.9))
        quantile.set(xlabel="FMA: log10 above its median", ylabel="simulated: log10 above median")
        quantile.set_title(f"{kind.capitalize()}: shape, medians taken out", loc="left")
        for panel in (survival, quantile):
            panel.grid(alpha=0.25)
            panel.spines[["top", "right"]].set_visible(False)
            panel.legend(frameon=False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fma", type=Path, help="CSV of real counts")
    parser.add_argument("--picture", type=Path, help="PNG to draw")
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    songs: dict[str, Counted] = {}
    n = N
    if options.fma:
        songs["FMA"] = read_fma(options.fma)
        n = len(songs["FMA"].plays)
        shapes = {"FMA": shape_of(songs["FMA"], rng)}
    else:
        shapes = {"FMA": Shape(np.array(FMA_PLAYS), np.array(FMA_LIKES), FMA_FIGURES)}
    pull = {}
    for name in PLATFORMS:
        songs[name], pull[name] = simulate(name, rng)
        shapes[name] = shape_of(songs[name], rng)
    table(shapes, n)
    for name, value in pull.items():
        print(f"{name}: rank correlation of appeal with plays {value:.3f}")
    if options.picture:
        draw(shapes, songs, options.picture)
        print(f"Drawn: {options.picture}")
    charm_spread()


if __name__ == "__main__":
    main()
