"""Manifests of made-up songs with a truth, and scores of them, for the tests of evaluation."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from plaudit.benchmarks.evaluation.baseline import BaselineScores, by_system, constant
from plaudit.benchmarks.evaluation.measure import evaluate, labels_of
from plaudit.benchmarks.evaluation.predictions import Predictions
from plaudit.benchmarks.evaluation.record import Evaluation, EvaluationSettings
from plaudit.core.axes import AESTHETICS, AXES, POPULARITY
from plaudit.datasets.manifest.column import check_table
from plaudit.datasets.manifest.songs import Manifest
from plaudit.judging.record import JudgeId

ALL = tuple(axis.name for axis in AXES)
JUDGE = JudgeId(name="planted", version="1", hash="c0ffee" * 10 + "beef")
Floats = NDArray[np.float64]


def labelled(
    n_train: int = 60, n_test: int = 80, seed: int = 0, *, gaps: float = 0.1, **columns: list[Any]
) -> Manifest:
    """Songs of three systems on two platforms; a share of the labels is unknown."""
    rng = np.random.default_rng(seed)
    n = n_train + n_test
    system = rng.integers(3, size=n)
    rows: dict[str, Any] = {
        "song_id": [f"song-{k:03}" for k in range(n)],
        "path": [f"{k:03}.wav" for k in range(n)],
        "system": [f"system-{k}" for k in system],
        "platform": [("archive", "feed", None)[k] for k in system],
        "style": [("folk", "jazz")[k % 2] for k in range(n)],
        "prompt_id": [f"prompt-{k // 4}" for k in range(n)],
        "duration_s": rng.uniform(20, 300, size=n),
        "split": ["train"] * n_train + ["test"] * n_test,
    }
    for axis in ALL:
        low, width = (0, 100) if axis in POPULARITY else (1, 4)
        values = low + width * np.clip(0.3 + 0.2 * system + 0.15 * rng.normal(size=n), 0, 1)
        values = np.round(values, 0 if axis in POPULARITY else 1)  # ties
        rows[axis] = np.where(rng.random(n) < gaps, math.nan, values)
    about = {"reliability": {"coherence": {"icc": 0.64, "split_half": 0.6, "raters": 4}}}
    table = check_table(pa.table({**rows, **columns}), "the sample")
    return Manifest(table, Path("/nowhere"), about)


def predicted(
    manifest: Manifest, values: Floats, *, half: float | None = None, axes: tuple[str, ...] = ALL
) -> Predictions:
    """Scores of all songs; intervals reach half an axis width times ``half`` to both sides."""
    widths = np.array([100.0 if axis in POPULARITY else 4.0 for axis in axes])
    reach = np.full(len(axes), math.nan) if half is None else half * widths / 2
    n = len(manifest)
    return Predictions(
        axes, values, values - reach, values + reach, np.full(n, math.nan),
        np.full(n, None, object), JUDGE,
    )  # fmt: skip


def true_values(manifest: Manifest) -> Floats:
    """The truth, and where it is unknown the middle of the axis."""
    middle = np.array([50.0] * 2 + [3.0] * len(AESTHETICS))
    values = np.stack([manifest.column(axis) for axis in ALL], axis=1)
    return np.where(np.isnan(values), middle, values)


def baselines_of(manifest: Manifest) -> list[BaselineScores]:
    observed = labels_of(manifest, None).values
    train = np.asarray(manifest.column("split") == "train", bool)
    return [constant(observed, train), by_system(observed, train, manifest.column("system"))]


def measured(manifest: Manifest, predictions: Predictions, **settings: Any) -> Evaluation:
    return evaluate(
        manifest, predictions, EvaluationSettings.model_validate({"draws": 100, **settings}),
        source="planted", where="songs.parquet", sha256="0" * 64,
        baselines=baselines_of(manifest),
    )  # fmt: skip
