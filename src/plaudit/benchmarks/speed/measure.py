"""Measure a judge: its encoder beside the published one, its start, its command, its memory.

Ways are alternated, so that what else the machine does falls on all of them alike. Starts, commands
and memory are measured from outside, in processes of their own.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from plaudit.audio.song import open_song
from plaudit.benchmarks.speed.limit import limit_of
from plaudit.benchmarks.speed.published import PublishedMert
from plaudit.benchmarks.speed.record import Limit, Measured, SpeedPart
from plaudit.core.axes import AXIS
from plaudit.core.choice import PRECISIONS
from plaudit.core.errors import PlauditError
from plaudit.core.parse import parse_json
from plaudit.encoders.mert import MertEncoder
from plaudit.model.folder import JudgeParts, load_folder

Way = tuple[str, float]  # how, and how many seconds are heard
SONG_S, ENDS_S = 180.0, 30.0
SHORT_MIN = 3
PUBLISHED = "published procedure"
_RATE = 44_100
_PEAK = """
import sys
from importlib import import_module
load_judge = import_module("plaudit").load_judge
load_judge(sys.argv[1], device="cpu").score(sys.argv[2], timeline=False)
"""
_START = """
import sys
from importlib import import_module
judge = import_module("plaudit").load_judge(sys.argv[1], device="cpu", precision=sys.argv[2])
judge.score(sys.argv[3], timeline=False)
"""
# A process of its own, for a new one counts the memory of whoever started it as its own peak.
_WATCH = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
lines = process.stderr.read().decode(errors="replace").strip().splitlines()
_, status, used = os.wait4(process.pid, 0)
print(json.dumps({
    "status": status,
    "message": lines[-1] if lines else "no message",
    "wall_s": time.perf_counter() - started,
    "cpu_s": used.ru_utime + used.ru_stime,
    "peak_kib": used.ru_maxrss,
}))
"""


class ProcessError(PlauditError, RuntimeError):
    """A process whose time was to be measured did not end well."""


class Took(NamedTuple):
    """Cost of one run."""

    wall_s: float
    cpu_s: float


def sound(seconds: float) -> NDArray[np.float32]:
    """Return music by formula, mono at 44.1 kHz: decaying tones over noise, which never repeat."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * _RATE)) / _RATE
    hz = 220 * 2 ** (rng.integers(0, 24, int(2 * seconds) + 1) / 12)
    phase = 2 * np.pi * np.cumsum(hz[(2 * t).astype(int)]) / _RATE
    x = 0.3 * np.exp(-4 * (t % 0.5)) * (np.sin(phase) + 0.4 * np.sin(2 * phase))
    return np.asarray(x + 0.01 * rng.standard_normal(len(t)), dtype=np.float32)


def measure_encoder(
    folder: Path, rounds: int, on_progress: Callable[[str], None]
) -> tuple[Limit | None, list[Measured]]:
    """Time a segment and a clip of a third of it with every precision that a judge has."""
    parts = load_folder(folder, device="cpu")
    encoder = parts.encoder
    segment_s = parts.card.recipe.segment.length_s
    clip_s = segment_s / 3
    heard = {seconds: _segment(parts, seconds) for seconds in (segment_s, clip_s)}
    limit, ways, published = None, {}, None
    if isinstance(encoder, MertEncoder):
        published = PublishedMert(encoder.spec, encoder.tensors())
        limit = limit_of(encoder.shape, segment_s, encoder.spec.sample_rate)
        ways[PUBLISHED, segment_s] = published.encode
    for precision in PRECISIONS:
        own = load_folder(folder, device="cpu", precision=precision).encoder
        if own.precision == precision:
            ways |= {(precision, seconds): own.encode for seconds in heard}
    on_progress("each way once, for its errors")
    means = {key: encode(heard[key[1]]) for key, encode in ways.items()}
    wanted = {} if published is None else {
        segment_s: means[PUBLISHED, segment_s], clip_s: published.encode(heard[clip_s])
    }  # fmt: skip
    took: dict[Way, list[Took]] = {key: [] for key in ways}
    for done in range(rounds):
        on_progress(f"encoder, round {done + 1} of {rounds}")
        for key, encode in ways.items():
            took[key].append(_timed(encode, heard[key[1]]))
    titles = {
        (way, seconds): f"{way}, {seconds:g} s {'segment' if seconds == segment_s else 'clip'}"
        for way, seconds in ways
    }
    first = next(iter(titles.values()))
    rows = []
    for (way, seconds), times in took.items():
        known = way != PUBLISHED and seconds in wanted
        off = _errors(parts, means[way, seconds], wanted[seconds]) if known else (None, None)
        dtype = "bfloat16" if way == "fast" else "float32"
        title = titles[way, seconds]
        rows.append(
            Measured(
                part="encoder",
                name=title,
                wall_s=tuple(one.wall_s for one in times),
                cpu_s=tuple(one.cpu_s for one in times),
                baseline=None if title == first else first,
                dtype=dtype if limit is not None and seconds == segment_s else None,
                embedding_error=off[0],
                score_error=off[1],
            )
        )
    return limit, rows


def measure_processes(
    judge: str,
    precisions: tuple[str, ...],
    folder: Path | None,
    parts: tuple[SpeedPart, ...],
    rounds: int,
    minutes: int,
    place: Path,
    on_progress: Callable[[str], None],
) -> list[Measured]:
    """Time starts and commands, and find peak memory.

    Parameters
    ----------
    judge : str
        Name or folder of the judge.
    precisions : tuple of str
        Those that the judge has on this machine.
    folder : Path, optional
        Folder of a judge that the published procedure can load, for a baseline; None for others.
    parts : tuple of str
        Parts to measure.
    rounds : int
        Number of rounds.
    minutes : int
        Length of the long song whose peak memory is compared with that of three minutes.
    place : Path
        Folder for the songs that are written.
    on_progress : callable
        Called with a line before each round.
    """
    rows: list[Measured] = []
    python = [sys.executable]
    published = [*python, "-m", "plaudit.benchmarks.speed.published", str(folder)]
    if "start" in parts:
        clip = _written(place / "second.wav", sound(1.0))
        ways = {f"start to the score of 1 s, {own}": [*python, "-c", _START, judge, own, clip]
                for own in precisions}  # fmt: skip
        if folder is not None:
            ways = {f"{PUBLISHED}, imports and loads": published} | ways
        rows += _alternated("start", ways, rounds, on_progress)
    if "command" in parts:
        song = _written(place / "song.mp3", sound(SONG_S))
        score = [*python, "-m", "plaudit", "score", song, "--judge", judge, "--device", "cpu"]
        ways = {f"plaudit score, 3 min MP3, {own}": [*score, "--precision", own]
                for own in precisions}  # fmt: skip
        if folder is not None:
            ways = {f"{PUBLISHED}, 3 min MP3": [*published, song]} | ways
        rows += _alternated("command", ways, rounds, on_progress)
    if "memory" in parts:
        ways = {}
        for length in (SHORT_MIN, minutes):
            # Sound at each end only: memory is that of the fullest segment, time is not wasted.
            path = _written_long(place / f"{length}.flac", length)
            ways[f"a song of {length} min"] = [*python, "-c", _PEAK, judge, path]
        rows += _alternated("memory", ways, 1, on_progress)
    return rows


def _segment(parts: JudgeParts, seconds: float) -> NDArray[np.float32]:
    rate, rule = parts.card.encoder.sample_rate, parts.card.recipe.segment
    return next(iter(open_song((sound(seconds), _RATE), rate, rule))).samples[None]


def _timed(encode: Callable[[NDArray[np.float32]], object], segment: NDArray[np.float32]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    encode(segment)
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def _errors(
    parts: JudgeParts, means: NDArray[np.float32], wanted: NDArray[np.float32]
) -> tuple[float, float]:
    """Distance of the embedding over its largest value, and of scores over the range of an axis."""
    ours, theirs = (
        parts.network.score(torch.tensor(each), torch.ones(1)) for each in (means, wanted)
    )
    embedding = (ours.embedding - theirs.embedding).abs().max() / theirs.embedding.abs().max()
    ranges = torch.tensor(
        [AXIS[axis].high - AXIS[axis].low for axis in parts.card.recipe.heads.axes]
    )
    return float(embedding), float(((ours.song - theirs.song).abs() / ranges).max())


def _written(path: Path, samples: NDArray[np.float32]) -> str:
    soundfile.write(path, samples, _RATE)
    return str(path)


def _written_long(path: Path, minutes: int) -> str:
    music = sound(ENDS_S)
    with soundfile.SoundFile(path, "w", _RATE, 1, subtype="PCM_16") as file:
        file.write(music)
        for _ in range(minutes - 1):
            file.write(np.zeros(60 * _RATE, np.float32))
        file.write(music)
    return str(path)


def _alternated(
    part: SpeedPart,
    ways: Mapping[str, list[str]],
    rounds: int,
    on_progress: Callable[[str], None],
) -> list[Measured]:
    took: dict[str, list[tuple[Took, float]]] = {name: [] for name in ways}
    for done in range(rounds):
        for name, command in ways.items():
            on_progress(f"{name}, round {done + 1} of {rounds}")
            took[name].append(_run(command))
    first = next(iter(ways))
    return [
        Measured(
            part=part,
            name=name,
            wall_s=tuple(one.wall_s for one, _ in runs),
            cpu_s=tuple(one.cpu_s for one, _ in runs),
            baseline=None if name == first else first,
            peak_mib=median(peak for _, peak in runs),
        )
        for name, runs in took.items()
    ]


def _run(command: list[str]) -> tuple[Took, float]:
    """Run a process to its end; return what it took, and its peak memory in MiB."""
    watched = [sys.executable, "-S", "-c", _WATCH, *command]
    done = subprocess.run(watched, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    seen = parse_json(done.stdout)
    if seen["status"]:
        raise ProcessError(f"A process that was measured failed: {seen['message']}")
    return Took(seen["wall_s"], seen["cpu_s"]), seen["peak_kib"] / 1024
