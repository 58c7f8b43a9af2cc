"""Speed of ``plaudit embed``: songs a minute and times real time, by encoder and workers.

Songs are composed; MERT-v1-95M has random weights, which change no timing. The start of processes
is in the figures, as it is for a user.

Run: .venv/bin/python bench/speed/embed.py --songs 40 --mert-songs 4
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile
import torch
from transformers import HubertConfig, HubertModel

from plaudit.synth.song import make_song

SECONDS = 60


def write_songs(folder: Path, number: int) -> None:
    """Write songs that differ: one composition from other moments on."""
    made = make_song(1, SECONDS + 10.0, {})
    for song in range(number):
        start = song * made.sample_rate // 5
        sound = made.audio[:, start : start + SECONDS * made.sample_rate]
        soundfile.write(folder / f"{song:03d}.flac", sound.T, made.sample_rate)


def write_mert(folder: Path) -> Path:
    """Write a network of the size and shape of MERT-v1-95M."""
    from safetensors.torch import save_file

    torch.manual_seed(0)
    config = HubertConfig()
    network = HubertModel(config)
    folder.mkdir()
    save_file(dict(network.state_dict()), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({**config.to_dict(), "model_type": "hubert"}))
    return folder


def cpu_s() -> float:
    """Return the processor seconds of all finished children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(songs: Path, out: Path, *options: object) -> tuple[float, float, dict[str, float]]:
    """Embed and return the seconds it took, those of processors, and what was done."""
    command = [sys.executable, "-m", "plaudit", "embed", songs, "--out", out, "--format", "json"]
    started, before = time.perf_counter(), cpu_s()
    done = subprocess.run(
        [*map(str, command), *map(str, options)], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - started, cpu_s() - before, json.loads(done.stdout)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--songs", type=int, default=40)
parser.add_argument("--mert-songs", type=int, default=4)
parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
parser.add_argument("--device", default="cpu")
options = parser.parse_args()

print(f"{'':<26}{'songs':>7}{'s':>8}{'songs/min':>11}{'x real time':>13}{'CPU s a song':>14}")
with tempfile.TemporaryDirectory() as name:
    place = Path(name)
    cases: list[tuple[str, int, list[object]]] = [("bundled", options.songs, [])]
    if options.mert_songs:
        mert = write_mert(place / "mert")
        for precision in ("exact", "fast"):
            extra: list[object] = ["--encoder", mert, "--precision", precision]
            cases.append((f"MERT-v1-95M, {precision}", options.mert_songs, extra))
    for number in {case[1] for case in cases}:
        (place / f"songs-{number}").mkdir()
        write_songs(place / f"songs-{number}", number)
    for case, number, extra in cases:
        for workers in options.workers:
            out = place / f"{case}-{workers}"
            chosen = ["--workers", workers, "--device", options.device, *extra]
            took_s, used_s, summary = run(place / f"songs-{number}", out, *chosen)
            title = f"{case}, {workers} workers" if workers > 1 else f"{case}, 1 worker"
            print(
                f"{title:<26}{number:>7}{took_s:>8.1f}{60 * number / took_s:>11.1f}"
                f"{summary['audio_s'] / took_s:>13.1f}{used_s / number:>14.2f}",
                flush=True,
            )
    took_s, used_s, summary = run(place / f"songs-{options.songs}", place / "bundled-1")
    print(f"{'nothing left to do':<26}{options.songs:>7}{took_s:>8.1f}")
