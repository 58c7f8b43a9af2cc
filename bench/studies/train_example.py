"""A run and a sweep on made-up songs, through the real commands.

Backs docs/train.md, "What comes out" and "Compare: plaudit sweep": the output that they show.

The songs are numbers: four layers of 64, of which the second and the segments with music know most,
and labels that follow from them with noise. They show the form of what is printed and say
nothing about music.

Run: .venv/bin/python bench/studies/train_example.py --out example
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.embeddings.store.header import StoreSettings
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import write_shard
from plaudit.encoders.spec import EncoderSpec

CONFIG = """manifest = "{0}/songs.parquet"
store = "{0}/store"
out = "{0}/run"
epochs = {1}
batch = 64
learning_rate = 1e-3
"""
LAYERS, DIM, SEGMENTS = 4, 64, 3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, required=True, help="new folder")
parser.add_argument("--songs", type=int, default=600)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--seeds", type=int, default=3)
options = parser.parse_args()


def write_songs(folder: Path, n: int) -> None:
    """Write a manifest and a store; one song in five is for validation, one for the test."""
    rng = np.random.default_rng(0)
    song = rng.normal(size=(n, 1, 1, DIM))
    values = np.sqrt(0.5) * song + rng.normal(size=(n, SEGMENTS, LAYERS, DIM))
    music = rng.uniform(0, 30, (n, SEGMENTS))
    share = (music / music.sum(axis=1, keepdims=True))[:, :, None]
    features = (share * values[:, :, 1]).sum(axis=1)
    raw = features @ rng.normal(0, 0.25, (DIM, len(AXES))) + rng.normal(0, 0.5, (n, len(AXES)))
    columns = {
        "song_id": [f"song-{k:04d}" for k in range(n)],
        "path": pa.nulls(n, pa.string()),
        "split": [("train", "train", "train", "validation", "test")[k % 5] for k in range(n)],
    }
    for place, axis in enumerate(AXES):
        columns[axis.name] = axis.low + (axis.high - axis.low) / (1 + np.exp(-raw[:, place]))
    write_manifest(folder / "songs.parquet", pa.table(columns), {})
    spec = EncoderSpec(
        kind="measured",
        name="made up",
        hash="0" * 64,
        sample_rate=24_000,
        layers=tuple(range(LAYERS)),
        dim=DIM,
        licence="Apache-2.0",
        config={},
    )
    rows = n * SEGMENTS
    songs = SongEmbeddings(
        np.array(columns["song_id"]),
        np.arange(0, rows + 1, SEGMENTS, dtype=np.int64),
        values.reshape(rows, LAYERS, DIM).astype(np.float16),
        np.full(rows, 30, dtype=np.float32),
        music.reshape(rows).astype(np.float32),
    )
    write_shard(folder / "store", spec, songs, settings=StoreSettings(segment=SegmentRule()))


def run(*words: object) -> None:
    print("$ plaudit", *words, flush=True)
    subprocess.run([sys.executable, "-m", "plaudit", *map(str, words)], check=True)


options.out.mkdir(parents=True)
write_songs(options.out, options.songs)
config = options.out / "judge.toml"
config.write_text(CONFIG.format(options.out, options.epochs), encoding="utf-8")
run("train", config)
losses = ",".join(f"song-full-{loss}-2" for loss in ("equal", "weighted", "uncertainty"))
words = ("--conditions", losses, "--seeds", options.seeds)
run("sweep", config, *words, "--out", options.out / "sweep")
