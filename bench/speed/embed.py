"""Speed of ``plaudit embed``, by encoder and workers.

Songs are composed; MERT-v1-95M has random weights, which change no timing. The start of processes
is in the figures, as it is for a user.

Run: .venv/bin/python bench/speed/embed.py --songs 60 --mert-songs 4
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import soundfile
import torch
from transformers import HubertConfig, HubertModel

from plaudit.synth.song import make_song
from table import Row, make_parser, report

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


def embed_s(songs: Path, out: Path, *options: object) -> float:
    """Embed songs and return the seconds that it took."""
    command = [sys.executable, "-m", "plaudit", "embed", songs, "--out", out, *options]
    started = time.perf_counter()
    subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--songs", type=int, default=12)
    parser.add_argument("--mert-songs", type=int, default=0)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        cases: list[tuple[str, int, list[object]]] = [("bundled", options.songs, [])]
        if options.mert_songs:
            mert = write_mert(place / "mert")
            for precision in ("exact", "fast"):
                chosen: list[object] = ["--encoder", mert, "--precision", precision]
                cases.append((f"MERT-v1-95M {precision}", options.mert_songs, chosen))
        for number in {case[1] for case in cases}:
            (place / f"songs-{number}").mkdir()
            write_songs(place / f"songs-{number}", number)
        for case, number, chosen in cases:
            songs, base = place / f"songs-{number}", 0.0
            for workers in options.workers:
                out, extra = place / f"{case}-{workers}", ["--device", options.device, *chosen]
                rate = number * SECONDS / embed_s(songs, out, "--workers", workers, *extra)
                base = base or rate
                title = f"{case}, {number} songs of 1 min, workers {workers}"
                rows.append(Row(title, rate, "x real time", rate / base))
        out = place / f"bundled-{options.workers[0]}"
        again_s = embed_s(place / f"songs-{options.songs}", out, "--device", options.device)
        rows.append(Row("bundled, nothing left to do", again_s, "s"))
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
