"""The composed songs of `make judge` as a corpus: a manifest, a store and settings for sweeps.

Backs docs/train.md, "The 24 conditions on composed songs" and "Each improvement": their tables.

Songs to learn from are split nine to one into train and validation; the test split is the songs of
the eleven systems that were never learned from. Only music, undamaged. Labels are what a corpus
would have: the percentile of one publication, the mean of four raters. The tables then come from

    make judge
    .venv/bin/python bench/studies/conditions_data.py runs/conditions
    plaudit sweep runs/conditions/sweep.toml --conditions all --seeds 3 --out runs/conditions/24
    plaudit sweep runs/conditions/sweep.toml --improvements --seeds 3 --out runs/conditions/better

Batches are of 64 songs, the learning rate is 5e-4 and the epochs are 25 for all of them: with the
published 512 and 1e-4 a corpus of this size would hardly be learned from, and anything would look
better.

Run: .venv/bin/python bench/studies/conditions_data.py OUT [CACHE] [SONGS]
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.embeddings.store.header import StoreSettings
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import write_shard
from plaudit.judging.catalogue import BUNDLED
from plaudit.training.bundled.composed_example import Example, Role
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.fit_data import embed_segments
from plaudit.training.bundled.procedure import measuring_encoder
from plaudit.training.bundled.training_record import RECORD, read_settings

SETTINGS = """\
manifest = "{out}/songs.parquet"
store = "{out}/store"
out = "{out}/run"
mix = "mean"
batch = 64
learning_rate = 5e-4
epochs = 25
device = "cpu"
"""


def split_of(role: str, number: int) -> str:
    if role == "test":
        return "test"
    return "validation" if number % 10 == 0 else "train"


def write(out: Path, made: dict[Role, list[Example]]) -> None:
    encoder = measuring_encoder(made["train"])
    chosen = [
        (role, example)
        for role in ("train", "test")
        for example in made[role]
        if example.music and not example.strength
    ]
    rows = [embed_segments(example, encoder) for _, example in chosen]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in rows])]).astype(np.int64)
    ids = np.array([f"{role}-{example.number:05d}" for role, example in chosen])
    labels = np.stack([example.rated for _, example in chosen]).astype(np.float64)
    columns: dict[str, Any] = {
        "song_id": ids,
        "path": pa.nulls(len(ids), pa.string()),
        "split": [split_of(role, example.number) for role, example in chosen],
        "system": [example.system for _, example in chosen],
        "style": [example.style for _, example in chosen],
    }
    for place, axis in enumerate(AXES):
        columns[axis.name] = pa.array(labels[:, place], from_pandas=True)
    write_manifest(out / "songs.parquet", pa.table(columns), {})
    songs = SongEmbeddings(
        ids,
        offsets,
        np.concatenate(rows)[:, np.newaxis].astype(np.float16),
        np.concatenate([example.duration_s for _, example in chosen]),
        np.concatenate([example.music_s for _, example in chosen]),
    )
    write_shard(out / "store", encoder.spec, songs, settings=StoreSettings(segment=SegmentRule()))
    (out / "sweep.toml").write_text(SETTINGS.format(out=out))
    print(f"{len(ids)} songs, {offsets[-1]} segments, in {out}")


def main() -> None:
    out = Path(sys.argv[1])
    cache = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("runs/bundled")
    settings = read_settings(BUNDLED / RECORD)
    learn = int(sys.argv[3]) if len(sys.argv) > 3 else settings.train
    wanted: dict[Role, int] = {"train": learn, "test": settings.test}
    made = cached_examples(
        wanted, settings.seed, SegmentRule(), cache, 1, lambda *_: None, settings.typical_s
    )
    out.mkdir(parents=True, exist_ok=True)
    write(out, made)


if __name__ == "__main__":
    main()
