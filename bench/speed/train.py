"""Training speed: rows a second and peak memory of `plaudit train` at song level.

Songs are random numbers, one row of one layer each, as a store of the published layer mix would
hold them; the network is the published one. Everything of an epoch counts: batches, steps,
validation and the checkpoint.

Run: .venv/bin/python bench/speed/train.py --songs 200000 --epochs 2
"""

import argparse
import platform
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.encoders.spec import EncoderSpec
from plaudit.training.batches import prepare
from plaudit.training.data import TrainingSet
from plaudit.training.loop import Loop, make_accelerator
from plaudit.training.settings import with_preset

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--songs", type=int, default=200_000)
parser.add_argument("--dim", type=int, default=768)
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--preset", choices=("apex", "plaudit"), default="apex")
options = parser.parse_args()


def peak_mib() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def songs(n: int, dim: int) -> TrainingSet:
    """Make random songs in blocks, nine in ten of them for training."""
    rng = np.random.default_rng(0)
    values = np.empty((n, 1, dim), dtype=np.float16)
    for low in range(0, n, 8192):
        block = values[low : low + 8192]
        block[:] = rng.standard_normal(block.shape, dtype=np.float32)
    ends = np.array([[axis.low, axis.high] for axis in AXES])
    targets = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * rng.random((n, len(AXES)))
    spec = EncoderSpec(
        kind="measured",
        name="random",
        hash="0" * 64,
        sample_rate=24_000,
        layers=(0,),
        dim=dim,
        licence="Apache-2.0",
        config={},
    )
    return TrainingSet(
        song_ids=np.array([f"song-{k:07d}" for k in range(n)]),
        split=np.where(np.arange(n) % 10 == 0, "validation", "train"),
        axes=tuple(axis.name for axis in AXES),
        targets=targets.astype(np.float32),
        offsets=np.arange(n + 1, dtype=np.int64),
        values=values,
        duration_s=np.full(n, 30, dtype=np.float32),
        music_s=np.full(n, 30, dtype=np.float32),
        spec=spec,
        segment=SegmentRule(),
    )


torch.set_num_threads(options.threads)
told = {
    "manifest": "songs.parquet",
    "store": "store",
    "out": "run",
    "preset": options.preset,
    "mix": "mean",
    "epochs": options.epochs,
    "device": "cpu",
}
if options.preset == "plaudit":
    told |= {"pooling": "mean", "interval": "none"}
settings = with_preset(told, "this bench")
before = peak_mib()
data = songs(options.songs, options.dim)
made = peak_mib()
with tempfile.TemporaryDirectory() as folder:
    feed = prepare(settings, data)
    loop = Loop(settings, feed, make_accelerator(settings), 0, Path(folder) / "checkpoint")
    seconds: list[float] = []

    def tell(record: dict[str, Any], _: object) -> None:
        seconds.append(record["seconds"])
        print(f"epoch {record['epoch']}: {seconds[-1]:.1f} s", flush=True)

    loop.run(tell)
rates = len(feed.train) / np.array(seconds)
print(
    f"{platform.machine()}, {options.threads} threads, preset {options.preset}: {len(feed.train)}"
    f" training rows x {options.dim}, batch {settings.batch}: median {np.median(rates):,.0f} rows/s"
    f" (from {rates.min():,.0f} to {rates.max():,.0f}), {np.median(seconds):.1f} s an epoch,"
    " validation included"
)
print(
    f"peak memory {peak_mib():,.0f} MiB: {before:,.0f} before anything, {made:,.0f} with the songs"
    f" made ({data.values.nbytes / 2**20:,.0f} MiB of embeddings)"
)
