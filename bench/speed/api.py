"""What a server adds: songs judged through the API, beside ``plaudit score`` on the same files.

The command and a server that is ready judge the same songs with a timeline in turn, several times;
each time the server begins with an empty folder, so that it knows no song. The command's start,
which a server pays once, is measured apart and left in its time. Wall time: run it on an idle
machine.

Run: .venv/bin/python bench/speed/api.py [--songs 100] [--seconds 30] [--rounds 2]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from plaudit.client import Client
from table import Row, make_parser, report

RATE, PORT = 44_100, 8791


def songs(folder: Path, n: int, seconds: float) -> list[Path]:
    """Write songs of tones and noise, each of other content."""
    paths = []
    for number in range(n):
        random = np.random.default_rng(number)
        t = np.arange(round(seconds * RATE)) / RATE
        tones = sum(np.sin(2 * np.pi * f * t) for f in random.uniform(80, 3000, 6))
        paths.append(folder / f"{number}.flac")
        soundfile.write(paths[-1], 0.05 * tones + random.normal(0, 0.01, len(t)), RATE)
    return paths


def by_command(folder: Path) -> float:
    """Return the seconds that ``plaudit score`` takes for the songs of a folder."""
    words = ["score", str(folder), "--format", "json", "--timeline"]
    began = time.perf_counter()
    command = [sys.executable, "-m", "plaudit", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def by_server(paths: list[Path]) -> float:
    """Return the seconds from sending songs to a ready server until their rows are here."""
    with tempfile.TemporaryDirectory() as data:
        words = ["serve", "--port", str(PORT), "--data", data]
        server = subprocess.Popen(
            [sys.executable, "-m", "plaudit", *words], stderr=subprocess.DEVNULL
        )
        try:
            with Client(f"http://127.0.0.1:{PORT}", timeout_s=600) as client:
                while not client.ready():
                    time.sleep(0.1)
                began = time.perf_counter()
                sent = client.score(paths)
                took = time.perf_counter() - began
        finally:
            server.terminate()
            server.wait()
    if any(song.state != "done" for song in sent):
        raise AssertionError("a song was not judged")
    return took


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of a song")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        one, all_songs = Path(root) / "one", Path(root) / "all"
        one.mkdir()
        all_songs.mkdir()
        songs(one, 1, 1.0)
        paths = songs(all_songs, options.songs, options.seconds)
        pairs = [(by_command(all_songs), by_server(paths)) for _ in range(options.rounds)]
        start = by_command(one)
    command, server = (statistics.median(times) for times in zip(*pairs, strict=True))
    spread = ", ".join(f"{served / alone:.2f}" for alone, served in pairs)
    name = f"{options.songs} songs of {options.seconds:g} s"
    rows = [
        Row(f"{name}, plaudit score", command, "s", 1.0),
        Row(f"{name}, through the API", server, "s", server / command, f"rounds {spread}"),
        Row("plaudit score, one song of 1 s", start, "s"),
        Row("cores", float(os.cpu_count() or 1), ""),
    ]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
