"""Training speed: rows a second and peak memory of `plaudit train` at song level.

Songs are random numbers, one row of one layer each, as a store of the published layer mix would
hold them; the network is the published one. Everything of an epoch counts: batches, steps,
validation and the checkpoint.

Run: .venv/bin/python bench/speed/train.py --songs 200000 --epochs 2
"""

import re
import tempfile
from pathlib import Path

import numpy as np
import torch

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.encoders.spec import EncoderSpec
from plaudit.training.batches import prepare
from plaudit.training.data import TrainingSet
from plaudit.training.loop import Loop, make_accelerator
from plaudit.training.settings import with_preset
from table import Row, make_parser, report


def peak_mib() -> float:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(match[1]) / 1024 if match else float("nan")


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


def main() -> None:
    parser = make_parser(__doc__)
    parser.add_argument("--songs", type=int, default=50_000)
    parser.add_argument("--dim", type=int, default=768)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--preset", choices=("apex", "plaudit"), default="apex")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    chosen = {
        "manifest": "songs.parquet",
        "store": "store",
        "out": "run",
        "preset": options.preset,
        "mix": "mean",
        "epochs": options.epochs,
        "device": "cpu",
    }
    if options.preset == "plaudit":
        chosen |= {"pooling": "mean", "interval": "none"}
    settings = with_preset(chosen, "this bench")
    data = songs(options.songs, options.dim)
    made_mib = peak_mib()
    with tempfile.TemporaryDirectory() as folder:
        feed = prepare(settings, data)
        loop = Loop(settings, feed, make_accelerator(settings), 0, Path(folder) / "checkpoint")
        seconds: list[float] = []
        loop.run(lambda record, _: seconds.append(record["seconds"]))
    epoch_s = float(np.median(seconds))
    title = f"{options.preset}, {len(feed.train):,} rows x {options.dim}, threads {options.threads}"
    rows = [
        Row(f"{title}, validation included", len(feed.train) / epoch_s, "rows/s"),
        Row(f"{title}, an epoch", epoch_s, "s"),
        Row("the songs in memory, peak", made_mib, "MiB", 1.0),
        Row("training, peak", peak_mib(), "MiB", peak_mib() / made_mib),
    ]
    report(rows, as_json=options.json)


if __name__ == "__main__":
    main()
