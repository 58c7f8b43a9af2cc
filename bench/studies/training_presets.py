"""Which recipe helps: all presets of `plaudit train` on one composed corpus.

Backs docs/train.md, "The recipes on composed songs": its table. The commands that compose,
prepare and embed the corpus stand there; FOLDER has its ``corpus``, ``songs.parquet``, ``store``.

All learn from the songs of the two training systems: labels are the means of four raters; battles
are five votes of simulated listeners on each pair of songs by both systems out of four songs of one
split, which answer no prompt. All have the same epochs, batches and rate, mostly not the published
ones, since at HEAR's 1e-5 or in batches of 512 so few songs would hardly be learned from; all else
is the preset's own, but for intervals, which none fits.

They are measured on songs of the eleven unseen systems, four for each prompt. The first prompts are
kept for what is fitted after the training, the anchors of systems and the constant of each system;
measured is on the others: the mean Spearman over the aesthetic axes, and the share of decided votes
(five on each pair of songs of one prompt) that the mean of the aesthetic axes, or the score of
preference, predicts. Both are means over the seeds, with 95 % intervals that resample prompts, and
so are the differences from apex, on the same resamples.

Run: .venv/bin/python bench/studies/training_presets.py FOLDER [--seeds 3] [--draws 500]
"""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyarrow import parquet

from plaudit.core.axes import AESTHETICS
from plaudit.core.outcome import Outcome
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.correlation import spearman
from plaudit.metrics.interval import Estimate
from plaudit.synth.corpus.battles import contender_of
from plaudit.synth.public.battle import Battle, Contender, Taste, hold_battles
from plaudit.synth.public.listener import draw_voters
from plaudit.training.anchor import fit_anchors
from plaudit.training.battles import Votes
from plaudit.training.data import TrainingSet
from plaudit.training.preset import PRESETS
from plaudit.training.run import load_data, train
from plaudit.training.settings import TrainSettings, with_preset

Floats = NDArray[np.float64]
VOTES, SEED, FITTED_ON = 5, 24, 15  # votes a pair; seed; prompts that anchors are fitted to
SHARED: dict[str, Any] = {
    "mix": "mean", "batch": 32, "learning_rate": 5e-4, "epochs": 40, "patience": 40,
    "device": "cpu", "interval": "none",
}  # fmt: skip


class World(NamedTuple):
    """The held-out songs, and the votes on them."""

    place: dict[str, int]  #: Row of each measured song.
    label: Floats  #: (n_songs, 5) mean ratings; nan where nobody sings.
    true: Floats  #: (n_songs,) what the songs are worth on average, without any rater's noise.
    prompt: NDArray[np.str_]
    system: NDArray[np.str_]
    kept: NDArray[np.bool_]  #: Whether a song's prompt is kept for what is fitted afterwards.
    fitted: list[Battle]  #: Decided votes of those prompts.
    measured: list[Battle]  #: Decided votes of the others.


def hold(contenders: list[Contender], rng: np.random.Generator, prefix: str) -> list[Battle]:
    voters = draw_voters(rng.spawn(1)[0])
    by_prompt: dict[str, list[str]] = {}
    for contender in contenders:
        by_prompt.setdefault(contender.prompt_id, []).append(contender.system)
    n = sum(a != b for own in by_prompt.values() for k, a in enumerate(own) for b in own[:k])
    return list(
        hold_battles(contenders, VOTES * n, voters, Taste(), rng.spawn(1)[0], prefix=prefix)
    )


def battles_of(folder: Path, data: TrainingSet) -> tuple[list[Battle], list[dict[str, Any]]]:
    """Hold the battles of all splits; return them, and the rows of the songs."""
    rows = parquet.read_table(folder / "corpus" / "songs.parquet").to_pylist()
    split = dict(zip(data.song_ids.tolist(), data.split.tolist(), strict=True))
    rng = np.random.default_rng(SEED)
    battles = []
    for name in ("train", "validation", "test"):
        own = [row for row in rows if split.get(row["song_id"]) == name]
        if name != "test":  # four songs in a row stand for a prompt
            own = [row | {"prompt_id": f"{name}-{k // 4}"} for k, row in enumerate(own)]
        battles += hold([contender_of(row) for row in own], rng, f"{name}-")
    return battles, rows


def votes_of(battles: list[Battle]) -> Votes:
    rows = [(b.first, b.second, b.outcome, b.prompt_id) for b in battles]
    first, second, outcome, prompt = zip(*rows, strict=True)
    return Votes(first, second, outcome, prompt, hashlib.sha256(repr(rows).encode()).hexdigest())


def world_of(data: TrainingSet, battles: list[Battle], rows: list[dict[str, Any]]) -> World:
    test = data.of_split("test")
    ids = data.song_ids[test].tolist()
    of = {row["song_id"]: row for row in rows}
    prompt = np.array([of[song]["prompt_id"] for song in ids])
    kept = np.isin(prompt, np.unique(prompt)[:FITTED_ON])
    kept_prompts = set(prompt[kept].tolist())
    decided = [b for b in battles if b.outcome.decided and b.first in set(ids)]
    expected = [[of[song][f"expected_{axis}"] for axis in AESTHETICS] for song in ids]
    return World(
        {song: k for k, song in enumerate(ids)},
        data.with_axes(AESTHETICS).targets[test].astype(np.float64),
        np.nanmean(np.array(expected, np.float64), axis=1),
        prompt,
        np.array([of[song]["system"] for song in ids]),
        kept,
        [b for b in decided if b.prompt_id in kept_prompts],
        [b for b in decided if b.prompt_id not in kept_prompts],
    )


def trained(folder: Path, preset: str, seed: int, data: TrainingSet, votes: Votes) -> Path:
    settings = {
        "manifest": folder / "songs.parquet", "store": folder / "store", "seed": seed,
        "out": folder / "runs" / f"{preset}-{seed}", "preset": preset, **SHARED,
    }  # fmt: skip
    fights = "objective" in PRESETS[preset]
    settings |= {"battles": "votes"} if fights else {"axes": "aesthetics"}
    chosen = with_preset(settings, preset)
    train(chosen, lambda _: None, data, votes if fights else None)
    return chosen.out / "predictions.parquet"


def predicted(path: Path, world: World) -> tuple[Floats | None, Floats]:
    """Return predictions of the aesthetic axes (n_songs, 5), and the score that decides battles."""
    table = parquet.read_table(path).to_pydict()
    axes = [axis for axis in (*AESTHETICS, "preference") if axis in table]
    values = np.full((len(world.place), len(axes)), np.nan)
    for row, song in enumerate(table["song_id"]):
        if song in world.place:
            values[world.place[song]] = [table[axis][row] for axis in axes]
    return (values, values.mean(axis=1)) if len(axes) > 1 else (None, values[:, 0])


def margins(score: Floats, world: World, battles: list[Battle]) -> Floats:
    first, second = (
        [world.place[getattr(b, side)] for b in battles] for side in ("first", "second")
    )
    return score[first] - score[second]


def won(battles: list[Battle]) -> NDArray[np.bool_]:
    return np.array([battle.outcome is Outcome.FIRST for battle in battles])


def anchored(score: Floats, world: World) -> Floats:
    """Return scores corrected by the intercepts of their systems, fitted to the kept prompts."""
    own = world.fitted
    first, second = [b.first_system for b in own], [b.second_system for b in own]
    b = fit_anchors(margins(score, world, own), first, second, won(own))
    less: Floats = np.array([b.get(system, 0.0) for system in world.system.tolist()])
    return score - less


class Measured(NamedTuple):
    """A row: predictions of each seed (None without axes), and scores that decide battles."""

    name: str
    axes: list[Floats] | None
    scores: list[Floats]


def on_songs(row: Measured, world: World, songs: NDArray[np.intp]) -> float:
    if row.axes is None:
        return float("nan")
    values = []
    for axes in row.axes:
        for place in range(len(AESTHETICS)):
            known = songs[~np.isnan(world.label[songs, place])]
            values.append(spearman(axes[known, place], world.label[known, place]))
    return float(np.mean(values))


def credits_of(row: Measured, world: World) -> Floats:
    """Return the credit of each measured vote, (n,), the mean over the seeds."""
    first = won(world.measured)
    gaps = np.array([margins(score, world, world.measured) for score in row.scores])
    credit: Floats = np.where(gaps == 0, 0.5, (gaps > 0) == first)
    return np.asarray(credit.mean(axis=0))


def report(rows: list[Measured], world: World, draws: int) -> None:
    apex = rows[0]
    songs = np.flatnonzero(~world.kept)
    prompts = np.array([battle.prompt_id for battle in world.measured])
    print("| | Spearman | difference | battles predicted | difference |\n|---|---|---|---|---|")
    for row in rows:
        cells = []
        if row.axes is None:
            cells += ["", ""]
        else:
            for other in (None, apex):

                def measure(picked: Floats, other: Measured | None = other) -> float:
                    chosen = picked.astype(np.intp)
                    less = 0.0 if other is None else on_songs(other, world, chosen)
                    return on_songs(row, world, chosen) - less  # noqa: B023

                cells.append(cell(bootstrap(
                    measure, songs, rng=np.random.default_rng(1), groups=world.prompt[songs],
                    draws=draws,
                ), other))  # fmt: skip
        own, base = credits_of(row, world), credits_of(apex, world)
        for other, values in ((None, own), (apex, own - base)):
            cells.append(cell(bootstrap(
                lambda x: float(np.mean(x)), values, rng=np.random.default_rng(1), groups=prompts,
                draws=draws,
            ), other))  # fmt: skip
        if row is apex:
            cells[1] = cells[3] = ""
        print(f"| `{row.name}` | {' | '.join(cells)} |")


def cell(estimate: Estimate, other: object) -> str:
    sign = "" if other is None else "+"
    if np.isnan(estimate.low):
        return f"{estimate.value:{sign}.3f}"
    clear = other is not None and (estimate.low > 0 or estimate.high < 0)
    return (
        f"{estimate.value:{sign}.3f} ({estimate.low:{sign}.3f} to {estimate.high:{sign}.3f})"
        f"{' *' * clear}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=500)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    folder = options.folder
    paths = {"manifest": folder / "songs.parquet", "store": folder / "store", "out": folder}
    data = load_data(TrainSettings(**paths))
    battles, rows = battles_of(folder, data)
    world, votes = world_of(data, battles, rows), votes_of(battles)
    measured = []
    for preset in PRESETS:
        made = []
        for seed in range(options.seeds):
            made.append(predicted(trained(folder, preset, seed, data, votes), world))
            print(f"{preset}, seed {seed}", file=sys.stderr)
        axes = [a for a, _ in made if a is not None]
        scores = [score for _, score in made]
        measured.append(Measured(preset, axes or None, scores))
        if not axes:
            corrected = [anchored(score, world) for score in scores]
            measured.append(Measured(f"{preset}, anchored", None, corrected))
    nothing = np.zeros(len(world.place))
    means = {
        name: np.nanmean(world.label[world.kept & (world.system == name)], axis=0)
        for name in np.unique(world.system).tolist()
    }
    of_system = np.array([means[name] for name in world.system.tolist()])
    measured += [
        Measured("always the same", None, [nothing]),
        Measured("system alone", [of_system], [anchored(nothing, world)]),
        Measured("what songs are worth", None, [world.true]),
    ]
    n_prompts = len(np.unique(world.prompt[~world.kept]))
    counts = {name: int((data.split == name).sum()) for name in ("train", "validation", "test")}
    print(f"songs {counts}; {len(battles)} votes; anchors on K = {len(world.fitted)} decided")
    print(
        f"measured on {int((~world.kept).sum())} songs of {n_prompts} prompts,"
        f" {len(world.measured)} decided votes; {options.seeds} seeds"
    )
    report(measured, world, options.draws)


if __name__ == "__main__":
    main()
