"""Measure near-duplicates: copies of composed songs that are found, other songs that are not.

Backs docs/data.md, "The same recording in another file": the table of copies that are found, and
how long the search among 50,000 songs takes.

Each song is a composition of its own; half of the songs share style and system with their
neighbour, so that the hardest strangers are among the pairs. Every copy is compared with all songs
and all other copies.

Run: .venv/bin/python bench/studies/near_duplicate.py --paths AUDIO ...
The search: .venv/bin/python bench/studies/near_duplicate.py --songs 0 --index 50000
"""

import argparse
import io
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from plaudit.audio.damage.codec import code
from plaudit.audio.resample import resample
from plaudit.datasets.inspect.duplicate import difference, find_pairs
from plaudit.datasets.inspect.fingerprint import (
    CHOSEN,
    HOP,
    MOST_S,
    RATE,
    Fingerprint,
    fingerprint_of,
)
from plaudit.synth.song import make_song

Sound = NDArray[np.float32]
SOURCE_RATE = 44_100
CUT_S = 3.137


def mark(sound: Sound, rate: int = SOURCE_RATE) -> Fingerprint:
    mono = np.ascontiguousarray(sound.mean(axis=0), np.float32)
    return fingerprint_of(resample(mono, rate, RATE))


def coded(sound: Sound, variant: str) -> Sound:
    rng = np.random.default_rng(0)
    settings: dict[str, float] = {f"{variant}_kbps": 128.0}
    return code(sound, SOURCE_RATE, rng, variant=variant, **settings)


def mp3_file(sound: Sound) -> Sound:
    file = io.BytesIO()
    soundfile.write(file, sound.T, SOURCE_RATE, format="MP3", subtype="MPEG_LAYER_III")
    file.seek(0)
    back: Any = soundfile.read(file, dtype="float32", always_2d=True)[0]
    return np.ascontiguousarray(back.T)


def half_rate(sound: Sound) -> Sound:
    return np.stack([resample(channel, SOURCE_RATE, SOURCE_RATE // 2) for channel in sound])


def cut(sound: Sound) -> Sound:
    return np.ascontiguousarray(sound[:, int(CUT_S * SOURCE_RATE) :])


COPIES: dict[str, Callable[[Sound], Fingerprint]] = {
    "gain of -12 dB": lambda x: mark(x * np.float32(0.25)),
    "MP3, 128 kbit/s": lambda x: mark(coded(x, "mp3")),
    "Opus, 128 kbit/s": lambda x: mark(coded(x, "opus")),
    "an MP3 file with its own delay": lambda x: mark(mp3_file(x)),
    "start cut by 3.137 s": lambda x: mark(cut(x)),
    "22.05 kHz": lambda x: mark(half_rate(x), SOURCE_RATE // 2),
    "all of it: cut, MP3, gain, 22.05 kHz": lambda x: mark(
        half_rate(mp3_file(cut(x) * np.float32(0.5))), SOURCE_RATE // 2
    ),
}


def wilson(hits: int, n: int) -> str:
    if not n:
        return "none"
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return f"{hits}/{n} = {share:.1%} [{max(0, middle - half):.2%}, {min(1, middle + half):.2%}]"


def songs(n: int, seconds: float) -> list[Sound]:
    sounds: list[Sound] = []
    for number in range(n):
        pair = number // 2
        style = ("house", "folk", "pop", "bossa")[pair % 4]
        system = ("larkspur", "quillon")[pair % 2]
        sounds.append(make_song(1000 + number, seconds, {}, style, system=system).audio)
    return sounds


def index_time(n: int) -> None:
    """Time the search on made-up fingerprints of full length, with one copy in fifty."""
    rng = np.random.default_rng(0)
    frames = int(MOST_S * RATE / HOP)
    prints: list[Fingerprint] = []
    for number in range(n):
        if number % 50 == 49:
            prints.append(prints[-1])
            continue
        times = np.sort(rng.choice(frames, frames // CHOSEN, replace=False)).astype(np.int32)
        keys = rng.integers(1, 2**32, len(times), dtype=np.uint32)
        body = rng.integers(1, 2**32, frames // 4, dtype=np.uint32)
        prints.append(Fingerprint(keys, times, body))
    start = time.perf_counter()
    pairs = find_pairs(prints)
    took = time.perf_counter() - start
    print(f"search among {n:,} made-up songs: {took:.1f} s, {len(pairs)} of {n // 50} copies found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--index", type=int, default=0, help="also time the search among so many")
    parser.add_argument("--paths", nargs="*", type=Path, default=[], help="real songs to copy too")
    given = parser.parse_args()
    if given.index:
        index_time(given.index)
    sounds = songs(given.songs, given.seconds)
    if not given.songs and not given.paths:
        return
    for path in given.paths:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
        whole = [resample(np.ascontiguousarray(c), rate, SOURCE_RATE) for c in sound.T]
        sounds.append(np.stack(whole))
    start = time.perf_counter()
    prints = [mark(sound) for sound in sounds]
    took = time.perf_counter() - start
    minutes = sum(sound.shape[1] for sound in sounds) / SOURCE_RATE / 60
    print(f"{len(sounds)} songs, {minutes:.1f} min; {60 * minutes / took:.0f} times real time")
    owner = list(range(len(sounds)))
    print("copies found, 95 % interval (Wilson); bits that differ, median and most")
    for name, make in COPIES.items():
        copies = [make(sound) for sound in sounds]
        hits = [
            find_pairs([original, other])
            for original, other in zip(prints[: len(sounds)], copies, strict=True)
        ]
        far = [pair[0].different for pair in hits if pair]
        size = f"{np.median(far):.3f}, {max(far):.3f}" if far else "-"
        print(f"  {name:40} {wilson(sum(map(bool, hits)), len(hits))}; {size}")
        prints += copies
        owner += range(len(sounds))
    strangers = [(a, b) for a in range(len(prints)) for b in range(a) if owner[a] != owner[b]]
    wrong = [pair for pair in find_pairs(prints) if owner[pair.first] != owner[pair.second]]
    print(f"pairs of different songs taken for one: {wilson(len(wrong), len(strangers))}")
    originals = range(len(sounds))
    apart = [difference(prints[a], prints[b], 0) for a in originals for b in originals if b < a]
    print(f"bits that differ between songs: least {min(apart):.3f}, median {np.median(apart):.3f}")


if __name__ == "__main__":
    main()
