"""Whether knobs can be read from what is not music: file size, length, loudness, peak.

Backs docs/proving-ground.md, "Five knobs": nothing but the sound gives a knob away.

Songs with independent uniform knobs, random styles and random lengths are rendered and coded; a
ridge regression (with squares and products) and a nearest-neighbour regression, cross-validated by
song, try to predict each knob. R2 is at most 0 but for chance when nothing leaks. Brackets hold the
95 % bootstrap interval over songs, parentheses what 95 % of 200 shuffles of the targets reach. Then
the same probes try to tell training from held-out systems by the knobs they draw, and by length,
loudness and peak of what they make; an AUC of .5 is a guess.

Run: .venv/bin/python bench/studies/knob_leak.py
--faults N adds by how much each fault at full dose changes the file, over N songs.
"""

import argparse
import io
import multiprocessing
import os
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")  # songs run side by side

import numpy as np
import soundfile
from scipy.signal import resample_poly

from listening.hearing import hear
from plaudit.core.axes import AESTHETICS
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.song import make_song
from plaudit.synth.sound.mixdown import loudness_lufs
from plaudit.synth.system import HELD_OUT, SYSTEMS, TRAINING

LENGTH_S = (12.0, 30.0)
FEATURES = ("flac_bytes", "flac_rate", "opus_bytes", "opus_rate", "length", "loudness", "peak")
FOLDS, NEIGHBOURS, SHUFFLES = 10, 25, 200


def coded_bytes(audio: np.ndarray, rate: int, kind: str, subtype: str) -> int:
    """Return the size of a song as a file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, audio.T, rate, format=kind, subtype=subtype)
    return buffer.getbuffer().nbytes


def described(audio: np.ndarray) -> list[float]:
    """Return the features of one song, sizes as logarithms."""
    seconds = audio.shape[1] / 44_100
    flac = coded_bytes(audio, 44_100, "FLAC", "PCM_16")
    opus = coded_bytes(resample_poly(audio, 160, 147, axis=1), 48_000, "OGG", "OPUS")
    sizes = [flac, flac / seconds, opus, opus / seconds]
    peak = 20 * np.log10(float(np.abs(audio).max()))
    return [*np.log(sizes), seconds, loudness_lufs(audio), peak]


def plain_song(seed: int) -> tuple[list[float], list[float]]:
    """Return knobs and features of a song of the plain composer."""
    rng = np.random.default_rng([seed, 1])
    knobs = rng.uniform(size=len(AESTHETICS))
    named = dict(zip(AESTHETICS, knobs.tolist(), strict=True))
    song = make_song(seed, float(rng.uniform(*LENGTH_S)), named)
    return knobs.tolist(), described(song.audio)


def system_song(seed: int) -> tuple[bool, list[float]]:
    """Return whether a held-out system made a song, and its knobs, length, loudness and peak."""
    rng = np.random.default_rng([seed, 2])
    held_out = bool(rng.integers(2))
    name = str(rng.choice(HELD_OUT if held_out else TRAINING))
    knobs = SYSTEMS[name].draw_knobs(rng)
    audio = make_song(seed, float(rng.uniform(*LENGTH_S)), knobs, system=name).audio
    level = [audio.shape[1] / 44_100, loudness_lufs(audio), 20 * np.log10(np.abs(audio).max())]
    return held_out, [*knobs.values(), *map(float, level)]


def fault_sizes(seed: int) -> list[list[float]]:
    """Return the change of log size (FLAC, Opus) of each fault at full dose, for one song."""
    clean, *worse = (
        described(np.asarray(hear(seed, 20.0, doses=doses).sound))
        for doses in (None, *({fault.name: 1.0} for fault in FAULTS))
    )
    return [[song[0] - clean[0], song[2] - clean[2]] for song in worse]


def folds(count: int, rng: np.random.Generator) -> list[np.ndarray]:
    return np.array_split(rng.permutation(count), FOLDS)


def ridge(features: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return cross-validated guesses of each column by ridge on features, squares and products."""
    z = (features - features.mean(axis=0)) / features.std(axis=0)
    upper = np.triu_indices(z.shape[1])
    x = np.column_stack([z, (z[:, :, None] * z[:, None, :])[:, upper[0], upper[1]]])
    out = np.empty(targets.shape)
    for test in folds(len(targets), rng):
        train = np.setdiff1d(np.arange(len(targets)), test)
        centre, mean = x[train].mean(axis=0), targets[train].mean(axis=0)
        a = x[train] - centre
        weights = np.linalg.solve(
            a.T @ a + 0.1 * len(train) * np.eye(x.shape[1]), a.T @ (targets[train] - mean)
        )
        out[test] = mean + (x[test] - centre) @ weights
    return out


def neighbours(features: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return cross-validated guesses of each column by the mean of the nearest songs."""
    z = (features - features.mean(axis=0)) / features.std(axis=0)
    out = np.empty(targets.shape)
    for test in folds(len(targets), rng):
        train = np.setdiff1d(np.arange(len(targets)), test)
        distance = np.square(z[train]).sum(axis=1) - 2 * z[test] @ z[train].T
        nearest = np.argpartition(distance, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        out[test] = sum(targets[train][nearest[:, k]] for k in range(NEIGHBOURS)) / NEIGHBOURS
    return out


PROBES = {"ridge": ridge, "neighbours": neighbours}


def r_squared(target: np.ndarray, guess: np.ndarray) -> float:
    return float(1 - np.square(target - guess).sum() / np.square(target - target.mean()).sum())


def auc(label: np.ndarray, guess: np.ndarray) -> float:
    order = np.argsort(np.argsort(guess)) + 1.0
    positive = label > 0.5
    n, m = positive.sum(), (~positive).sum()
    return float((order[positive].sum() - n * (n + 1) / 2) / (n * m))


def probed(
    score: Callable[[np.ndarray, np.ndarray], float],
    probe: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray],
    features: np.ndarray,
    target: np.ndarray,
    rng: np.random.Generator,
) -> str:
    """Return a probe's score, its bootstrap interval, and what shuffled targets reach."""
    shuffled = [rng.permutation(target) for _ in range(SHUFFLES)]
    targets = np.column_stack([target, *shuffled])
    guesses = probe(features, targets, rng)
    again = []
    for _ in range(500):
        pick = rng.integers(len(target), size=len(target))
        again.append(score(target[pick], guesses[pick, 0]))
    low, high = np.percentile(again, [2.5, 97.5])
    chance = [score(targets[:, k], guesses[:, k]) for k in range(1, SHUFFLES + 1)]
    least, most = np.percentile(chance, [2.5, 97.5])
    value = score(target, guesses[:, 0])
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}] ({least:+.3f} to {most:+.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=240)
    parser.add_argument("--system-songs", type=int, default=60)
    parser.add_argument("--draws", type=int, default=2000, help="knobs drawn per group of systems")
    parser.add_argument("--faults", type=int, default=0, help="songs for sizes by fault")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
        plain = pool.map(plain_song, range(given.songs), chunksize=4)
        made = pool.map(system_song, range(given.system_songs), chunksize=4)
        sizes = pool.map(fault_sizes, range(given.faults), chunksize=1)

    knobs, features = (np.array(column) for column in zip(*plain, strict=True))
    print(
        f"Reading knobs from {', '.join(FEATURES)}: {len(knobs)} songs, R2 [95 %] (95 % of chance)"
    )
    print(f"{'':<14}" + "".join(f"{probe:>46}" for probe in PROBES) + "   largest rho with")
    for number, axis in enumerate(AESTHETICS):
        target = knobs[:, number]
        cells = [probed(r_squared, probe, features, target, rng) for probe in PROBES.values()]
        ranks = [np.argsort(np.argsort(column)) for column in (target, *features.T)]
        rho = np.atleast_2d(np.corrcoef(ranks))[0, 1:]
        most = int(np.argmax(np.abs(rho)))
        print(
            f"{axis:<14}" + "".join(f"{cell:>46}" for cell in cells)
            + f"   {FEATURES[most]} {rho[most]:+.2f}"
        )  # fmt: skip

    label = np.repeat([0.0, 1.0], given.draws)
    drawn = np.array(
        [
            list(SYSTEMS[str(rng.choice(group))].draw_knobs(rng).values())
            for group in (TRAINING, HELD_OUT)
            for _ in range(given.draws)
        ]
    )
    print("\nTelling held-out from training systems: AUC [95 %] (95 % of chance)")
    truth, rows = (np.array(column, float) for column in zip(*made, strict=True))
    cases = (
        (f"knobs, {given.draws} songs each", drawn, label),
        (f"knobs, length, loudness, peak, {len(rows)} songs", rows, truth),
    )
    for title, data, group in cases:
        cells = [f"{name} {probed(auc, probe, data, group, rng)}" for name, probe in PROBES.items()]
        print(f"{title:<48}" + "   ".join(cells))

    if given.faults:
        print(f"\nChange of file size at full dose, %: mean over {given.faults} songs (sd)")
        change = 100 * np.array(sizes)
        for number, fault in enumerate(FAULTS):
            own = change[:, number]
            texts = [
                f"{kind} {mean:+5.1f} ({sd:.1f})"
                for kind, mean, sd in zip(
                    ("FLAC", "Opus"), own.mean(axis=0), own.std(axis=0), strict=True
                )
            ]
            print(f"{fault.axis:<13}{fault.name:<20}" + "   ".join(texts))


if __name__ == "__main__":
    main()
