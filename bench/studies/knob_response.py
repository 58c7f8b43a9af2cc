"""How faults and knobs move what can be measured: one correlate per fault, and knobs by axes.

Backs docs/proving-ground.md, "Five knobs": every fault moves a measure of its own, and turning one
knob moves the measures of its own axis and hardly any other.

First table: for each fault, the Spearman correlation over its doses within a song, median over
songs with a bootstrap interval over songs, and the correlate's mean at each dose. Second table:
turning the row's knob from 1 to 0, what happens to the column's axis: the same correlation (1 on
the diagonal is wanted, 0 elsewhere), and the change from clean to worst in standard deviations of
clean songs.

Run: .venv/bin/python bench/studies/knob_response.py
"""

import argparse
import json
import multiprocessing
import os
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # songs run side by side

import numpy as np
from scipy.stats import spearmanr

from listening.correlate import CORRELATES, axis_measured, measured
from listening.hearing import hear
from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.compose import compose
from plaudit.synth.music.knob import FAULTS

GRID = (0.0, 1 / 3, 2 / 3, 1.0)
AXIS = {fault.name: fault.axis for fault in FAULTS}


def measure_song(task: tuple[int, bool], seconds: float) -> dict[str, Any]:
    """Measure one song at every position of each knob and, if asked, at every dose of each fault.

    ``task`` is the song's seed and whether its faults are measured one by one.
    """
    seed, singly = task
    clean = hear(seed, seconds)
    faults = {}
    for name, own in CORRELATES.items() if singly else ():
        sound = own.listens_to == "sound"
        turned = [hear(seed, seconds, doses={name: dose}, sound=sound) for dose in GRID[1:]]
        faults[name] = [measured(song, name) for song in (clean, *turned)]
    worst = dict.fromkeys(AESTHETICS, 0.0)
    weights = compose(np.random.default_rng(seed).spawn(1)[0], seconds, worst).faults
    knobs = {}
    for turned_axis in AESTHETICS:
        songs = [clean, *(hear(seed, seconds, {turned_axis: 1 - lack}) for lack in GRID[1:])]
        knobs[turned_axis] = [
            [axis_measured(song, axis, weights) for song in songs] for axis in AESTHETICS
        ]
    return {"faults": faults, "knobs": knobs}


def correlations(values: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Return Spearman's rho of each row; 0 where a row does not change, nan where undefined."""
    out = []
    for row in values:
        if not np.isfinite(row).all():
            out.append(np.nan)
        elif np.ptp(row) == 0:
            out.append(0.0)
        else:
            out.append(float(spearmanr(row, against).statistic))
    return np.array(out)


def interval(values: np.ndarray, statistic: Any, rng: np.random.Generator) -> dict[str, float]:
    """Return a statistic over songs with its 95 % bootstrap interval."""
    kept = values[np.isfinite(values)]
    if not len(kept):
        return {"n": 0, "value": float("nan"), "low": float("nan"), "high": float("nan")}
    again = statistic(kept[rng.integers(len(kept), size=(2000, len(kept)))], axis=1)
    low, high = np.percentile(again, [2.5, 97.5])
    return {
        "n": len(kept),
        "value": float(statistic(kept)),
        "low": float(low),
        "high": float(high),
    }


def summarised(songs: list[dict[str, Any]], seconds: float, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    doses = np.array(GRID)
    faults = {}
    for name, own in CORRELATES.items():
        values = np.array([song["faults"][name] for song in songs if song["faults"]])
        rho = own.sign * correlations(values, doses)
        faults[name] = {
            "axis": AXIS[name], "correlate": own.name, "meaning": own.meaning, "unit": own.unit,
            "sign": own.sign, "listens_to": own.listens_to,
            "spearman": interval(rho, np.median, rng),
            "means": np.nanmean(values, axis=0).tolist(),
            "clean_sd": float(np.nanstd(values[:, 0])),
        }  # fmt: skip
    matrix: dict[str, Any] = {}
    for turned in AESTHETICS:
        matrix[turned] = {}
        for number, axis in enumerate(AESTHETICS):
            values = np.array([song["knobs"][turned][number] for song in songs])
            spread = float(np.nanstd(values[:, 0], ddof=1)) if len(values) > 1 else float("nan")
            matrix[turned][axis] = {
                "spearman": interval(correlations(values, 1 - doses), np.median, rng),
                "effect_sd": interval((values[:, -1] - values[:, 0]) / spread, np.mean, rng),
                "means": np.nanmean(values, axis=0).tolist(),
            }
    return {
        "songs": len(songs), "fault_songs": sum(bool(song["faults"]) for song in songs),
        "seconds": seconds, "first_seed": seed, "doses": list(GRID),
        "faults": faults, "knobs": matrix,
    }  # fmt: skip


def shown(table: dict[str, Any]) -> None:
    doses = ", ".join(f"{dose:.2f}" for dose in table["doses"])
    print(f"Songs of {table['seconds']:g} s, doses {doses}\n")
    print(
        f"{table['fault_songs']} songs: within-song Spearman of dose and correlate, median [95 %]"
    )
    print("turned so that 1 is right")
    print(f"{'axis':<13}{'fault':<20}{'correlate':<25}{'hears':<7}{'rho':>20}   mean by dose")
    for name, row in sorted(
        table["faults"].items(), key=lambda item: AESTHETICS.index(item[1]["axis"])
    ):
        rho = row["spearman"]
        steps = "  ".join(f"{mean:.3g}" for mean in row["means"])
        print(
            f"{row['axis']:<13}{name:<20}{row['correlate']:<25}{row['listens_to']:<7}"
            f"{rho['value']:+.2f} [{rho['low']:+.2f}, {rho['high']:+.2f}]   {steps} {row['unit']}"
        )
    for key, title in (
        ("spearman", "Within-song Spearman of knob (rows) and axis measure: median [95 %]"),
        ("effect_sd", "Knob from 1 to 0 (rows): change in SD of clean songs: mean [95 %]"),
    ):
        print(
            f"\n{table['songs']} songs. {title}\n{'':<14}"
            + "".join(f"{axis:>22}" for axis in AESTHETICS)
        )
        for turned in AESTHETICS:
            cells = [table["knobs"][turned][axis][key] for axis in AESTHETICS]
            texts = [f"{c['value']:+.2f} [{c['low']:+.2f}, {c['high']:+.2f}]" for c in cells]
            print(f"{turned:<14}" + "".join(f"{text:>22}" for text in texts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=200)
    parser.add_argument("--fault-songs", type=int, default=40, help="of them, heard fault by fault")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first song")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the tables here as well")
    given = parser.parse_args()
    seeds = [(given.seed + k, k < given.fault_songs) for k in range(given.songs)]
    measure = partial(measure_song, seconds=given.seconds)
    if given.workers > 1:
        with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
            songs = list(pool.imap(measure, seeds))
    else:
        songs = [measure(seed) for seed in seeds]
    table = summarised(songs, given.seconds, given.seed)
    shown(table)
    if given.json:
        given.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
