"""Evaluate a judge on the proving ground, from composing songs to the measures.

Backs docs/evaluate.md, "What comes out": the bundled judge on 90 test songs that no judge learned
from.

Composes a corpus, makes a manifest of it (mean ratings with their reliability, percentiles of
plays and likes; the first two thirds of the published songs train the baselines, the rest and the
songs of systems that nobody trained on are for the test), and runs ``plaudit evaluate`` on it.

Run: .venv/bin/python bench/studies/evaluate_example.py [--out example]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from plaudit.core.axes import AESTHETICS
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.targets.rating import rating_table, rating_targets, reliability_about

SEED = 5
KEPT = ("song_id", "sha256", "duration_s", "system", "platform", "prompt_id", "style")


def run(*words: object) -> None:
    subprocess.run([sys.executable, "-m", "plaudit", *map(str, words)], check=True)


def make_manifest(folder: Path) -> Path:
    """Write manifest.parquet beside the corpus's own tables."""
    songs = parquet.read_table(folder / "songs.parquet").to_pylist()
    lists: dict[str, dict[str, list[float | None]]] = {axis: {} for axis in AESTHETICS}
    for row in parquet.read_table(folder / "ratings.parquet").to_pylist():
        lists[row["axis"]].setdefault(row["song_id"], []).append(float(row["rating"]))
    rng = np.random.default_rng(SEED)
    rated = {
        axis: rating_targets(rating_table([own.get(song["song_id"], []) for song in songs]), rng)
        for axis, own in lists.items()
    }
    training = [song["song_id"] for song in songs if song["role"] == "training"]
    teachers = set(training[: 2 * len(training) // 3])
    columns: dict[str, list[object]] = {name: [song[name] for song in songs] for name in KEPT}
    columns["path"] = [song["file"] for song in songs]
    columns["split"] = ["train" if song["song_id"] in teachers else "test" for song in songs]
    columns["streams"] = [song["streams_score"] for song in songs]
    columns["likes"] = [song["likes_score"] for song in songs]
    for axis in AESTHETICS:
        columns[axis] = rated[axis].values.tolist()
        for word in ("expected", "knob"):
            columns[f"{word}_{axis}"] = [song[f"{word}_{axis}"] for song in songs]
    about = {"corpus": "proving ground", "reliability": reliability_about(rated)}
    write_manifest(folder / "manifest.parquet", pa.table(columns), about)
    return folder / "manifest.parquet"


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--judge", default="bundled")
parser.add_argument("--songs", type=int, default=150)
parser.add_argument("--battles", type=int, default=60)
parser.add_argument("--seconds", default="20-40")
parser.add_argument("--out", type=Path, help="folder to keep")
options = parser.parse_args()
with tempfile.TemporaryDirectory() as temporary:
    out = options.out or Path(temporary) / "example"
    if not (out / "songs.parquet").is_file():
        run("synth", "corpus", "--out", out, "--songs", options.songs, "--battles", options.battles,
            "--seconds", options.seconds, "--seed", SEED)  # fmt: skip
    manifest = make_manifest(out)
    run("evaluate", options.judge, manifest, "--out", out / "result.json", "--report",
        out / "result.html")  # fmt: skip
