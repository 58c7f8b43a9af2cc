"""Songs whose labels follow from their embeddings, as a training set and as files on disk."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.datasets.manifest.songs import write_manifest
from plaudit.embeddings.store.header import StoreSettings
from plaudit.embeddings.store.vectors import SongEmbeddings
from plaudit.embeddings.store.writer import write_shard
from plaudit.encoders.spec import EncoderSpec
from plaudit.training.data import TrainingSet

ALL = tuple(axis.name for axis in AXES)
LOW = np.array([axis.low for axis in AXES], dtype=np.float32)
HIGH = np.array([axis.high for axis in AXES], dtype=np.float32)
SMALL: dict[str, Any] = {
    "shared_dims": (16, 8), "branch_dims": (8,), "mix": "mean", "epochs": 2, "batch": 16,
    "learning_rate": 1e-2, "device": "cpu", "precision": "full",
}  # fmt: skip
"""Settings of a run that takes a fraction of a second."""


def spec_of(n_layers: int, dim: int) -> EncoderSpec:
    return EncoderSpec(
        kind="measured", name="planted", hash="ab" * 32, sample_rate=24_000,
        layers=tuple(range(n_layers)), dim=dim, licence="Apache-2.0", config={},
    )  # fmt: skip


def planted(
    n_songs: int = 64,
    *,
    n_layers: int = 1,
    dim: int = 6,
    seed: int = 0,
    noise: float = 0.0,
    validation: float = 0.25,
    test: float = 0.0,
) -> TrainingSet:
    """Songs of one to three segments; a label follows from the mean of segments and layers."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, n_songs)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    song = rng.normal(size=(n_songs, 1, dim))
    exact = np.repeat(song, counts, axis=0) + 0.3 * rng.normal(size=(offsets[-1], n_layers, dim))
    values: NDArray[np.float16] = exact.astype(np.float16)
    mean = np.add.reduceat(values.astype(np.float64), offsets[:-1]) / counts[:, None, None]
    plan = np.random.default_rng(99).normal(0, 1.2, (dim, len(ALL)))
    raw = mean.mean(axis=1) @ plan + noise * rng.normal(size=(n_songs, len(ALL)))
    targets = (LOW + (HIGH - LOW) / (1 + np.exp(-raw))).astype(np.float32)
    n_validation, n_test = round(validation * n_songs), round(test * n_songs)
    n_train = n_songs - n_validation - n_test
    split = np.repeat(["train", "validation", "test"], [n_train, n_validation, n_test])
    duration_s: NDArray[np.float32] = rng.uniform(5, 30, offsets[-1]).astype(np.float32)
    return TrainingSet(
        song_ids=np.array([f"s{i:05d}" for i in range(n_songs)]),
        split=split,
        axes=ALL,
        targets=targets,
        offsets=offsets,
        values=values,
        duration_s=duration_s,
        music_s=(duration_s * rng.uniform(size=offsets[-1])).astype(np.float32),
        spec=spec_of(n_layers, dim),
        segment=SegmentRule(),
    )


def write_files(data: TrainingSet, folder: Path) -> tuple[Path, Path]:
    """Write a training set as a manifest and a store."""
    columns: dict[str, Any] = {
        "song_id": data.song_ids,
        "path": pa.nulls(len(data), pa.string()),
        "split": data.split,
    }
    for place, axis in enumerate(data.axes):
        columns[axis] = pa.array(data.targets[:, place].astype(np.float64), from_pandas=True)
    write_manifest(folder / "songs.parquet", pa.table(columns), {})
    songs = SongEmbeddings(
        data.song_ids, data.offsets, data.values, data.duration_s, data.music_s
    )  # fmt: skip
    write_shard(folder / "store", data.spec, songs, settings=StoreSettings(segment=data.segment))
    return folder / "songs.parquet", folder / "store"
