"""What a song costs the bundled judge, beside decoding and resampling it: time and memory.

Each round starts new processes, so that a start is a start, with bytecode written before as in an
installed package; medians over rounds, with the least and the greatest. The song is three minutes
of composed music as MP3. ``--before`` names the ``src`` folder of another revision, which is
measured in turn with this one.

Run: .venv/bin/python bench/speed/bundled.py --rounds 5
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from plaudit.synth.song import make_song
from table import Row, make_parser, report

MINUTES, CLIP_S = 3, 10
IMPORT, DECODE = "import torch", "decode and resample"
FIRST, SEGMENT, SONG = "start to first score of a clip", "segment of 30 s", "each further song"
COMMAND = "plaudit score of a clip"
BUSY = "each further song, all threads, a core busy"
# Alone, for torch that Plaudit imports is a little quicker.
IMPORTED = """
import json, resource
import torch
now = resource.getrusage(resource.RUSAGE_SELF)
used, peak = now.ru_utime + now.ru_stime, now.ru_maxrss / 1024
print(json.dumps({"import torch": used, "import torch, peak": peak}))
"""
MEASURE = """
import json, resource, sys

def used():
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime

def cost(work):
    before = used()
    work()
    return used() - before

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

import plaudit
judge = plaudit.load_judge("bundled")
out = {"load, peak": peak()}
judge.score(sys.argv[1])
out["start to first score of a clip"] = used()
judge.score(sys.argv[2])
out["each further song"] = cost(lambda: judge.score(sys.argv[2]))
out["score, peak"] = peak()
import numpy as np
segments = np.stack([s.samples for s in judge.segments(sys.argv[2])])
out["segment of 30 s"] = cost(lambda: judge._encoder.encode(segments)) / len(segments)
out["decode and resample"] = cost(lambda: [None for _ in judge.segments(sys.argv[2])])
print(json.dumps(out))
"""


def write_songs(folder: Path) -> tuple[Path, Path]:
    """Write a clip and a song, MP3, stereo at 44.1 kHz."""
    made = make_song(5, 30.0)
    part = np.asarray(made.audio, np.float32).T
    clip, song = folder / "clip.mp3", folder / "song.mp3"
    soundfile.write(clip, part[: CLIP_S * made.sample_rate], made.sample_rate)
    soundfile.write(song, np.tile(part, (2 * MINUTES, 1)), made.sample_rate)
    return clip, song


def measured(
    songs: tuple[Path, Path], source: Path | None, threads: str | None
) -> dict[str, float]:
    cleared = ("OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
    environment = {k: v for k, v in os.environ.items() if k not in cleared}
    environment["PYTHONPYCACHEPREFIX"] = str(songs[0].parent / "bytecode")
    environment |= {} if threads is None else {"OMP_NUM_THREADS": threads}
    environment |= {} if source is None else {"PYTHONPATH": str(source)}
    measured: dict[str, float] = {}
    for words in ([IMPORTED], [MEASURE, *map(str, songs)]):
        command = [sys.executable, "-c", *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        measured |= json.loads(done.stdout)
    before = children_s()
    score = [sys.executable, "-m", "plaudit", "score", str(songs[0])]
    subprocess.run(score, check=True, capture_output=True, env=environment)
    return measured | {COMMAND: children_s() - before}


def children_s() -> float:
    """Return CPU seconds of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def busy_process() -> Iterator[None]:
    """Keep one core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def rounds_of(
    songs: tuple[Path, Path], sources: dict[str, Path | None], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Return all that is measured, by revision, which are measured in turn."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for source in sources.values():
        measured(songs, source, "1")  # writes bytecode
    for _ in range(rounds):
        for name, source in sources.items():
            one = measured(songs, source, "1")
            with busy_process():
                every = measured(songs, source, None)
            for key, value in one.items():
                values[name][key].append(value)
            values[name][BUSY].append(every[SONG])
            values[name]["all threads, peak"].append(every["score, peak"])
    return values


def rows_of(name: str, values: dict[str, list[float]]) -> list[Row]:
    def row(what: str, label: str, unit: str, beside: str | None = None) -> Row:
        numbers = values[what]
        ratio = None
        if beside is not None:
            pairs = zip(numbers, values[beside], strict=True)
            ratio = statistics.median(a / b for a, b in pairs)
        spread = f"{min(numbers):.3g} to {max(numbers):.3g}"
        return Row(f"{name}{label}", statistics.median(numbers), unit, ratio, spread)

    return [
        row(IMPORT, IMPORT, "CPU s", IMPORT),
        row(FIRST, f"{FIRST} of {CLIP_S} s", "CPU s", IMPORT),
        row(COMMAND, f"{COMMAND} of {CLIP_S} s", "CPU s", IMPORT),
        row(DECODE, f"{DECODE} {MINUTES} min of MP3", "CPU s", DECODE),
        row(SEGMENT, SEGMENT, "CPU s", DECODE),
        row(SONG, f"{SONG}, one thread", "CPU s", DECODE),
        row(BUSY, f"{BUSY}, beside one thread", "CPU s", SONG),
        row(f"{IMPORT}, peak", f"{IMPORT}, peak", "MiB"),
        row("load, peak", "load, peak", "MiB"),
        row("score, peak", "score, one thread, peak", "MiB"),
        row("all threads, peak", "score, all threads, peak", "MiB"),
    ]


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, metavar="SRC", help="of another revision")
    options = parser.parse_args()
    sources: dict[str, Path | None] = {"": None}
    if options.before:
        sources["before: "] = options.before.resolve()
    with tempfile.TemporaryDirectory() as folder:
        values = rounds_of(write_songs(Path(folder)), sources, options.rounds)
    rows = [row for name in sources for row in rows_of(name, values[name])]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
