"""The published procedure at full size, through the public path: import, then score a WAV.

Weights are filled from tensor names, so nothing is downloaded; the expected numbers were made with
the published code on the same weights.
"""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import torch

from formula import head_tensors, mert_tensors, write_mert
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.model.folder import load_folder
from plaudit.model.pooling import segment_weights

HERE = Path(__file__).parent
SHORT, LONG = "30.0", "41.5"  # seconds: a song of one segment, and one of two, the last short
PUBLISHED = {"streams": "score_streams", "likes": "score_likes"}


def plaudit(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "plaudit", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def apex(tmp_path_factory: pytest.TempPathFactory, golden: ModuleType) -> Path:
    folder = tmp_path_factory.mktemp("published")
    config: dict[str, object] = {"model_type": "mert_model"}
    tensors = mert_tensors(config, golden.fill)
    assert len(tensors) == 211
    assert sum(value.numel() for value in tensors.values()) == 94_371_712
    mert = write_mert(folder / "MERT-v1-95M", config, tensors)
    heads = head_tensors(golden.fill)
    assert len(heads) == 126
    torch.save(
        {"epoch": 50, "model_state": heads, "mode": "song", "task": "full", "shared": 2},
        folder / "best_model.pt",
    )
    plaudit(
        *("judges", "import-apex", "--mert", str(mert), "--out", str(folder / "apex")),
        *("--checkpoint", str(folder / "best_model.pt")),
    )
    for length in (SHORT, LONG):
        sound = golden.song(float(length))
        soundfile.write(folder / f"{length}.wav", sound, 24_000, subtype="FLOAT")
    return folder


def test_scores_are_the_published_ones(apex: Path) -> None:
    expected = json.loads((HERE / "golden-1.json").read_text())[LONG]
    output = plaudit(
        *("score", str(apex / f"{LONG}.wav"), "--judge", str(apex / "apex")),
        *("--format", "json", "--timeline"),
    )
    (row,) = json.loads(output)
    assert len(row["scores"]) == 7
    for axis, score in row["scores"].items():
        name = PUBLISHED.get(axis, axis)
        tolerance = 1e-3 if axis in PUBLISHED else 1e-4
        assert score["value"] == pytest.approx(expected["song"][name], abs=tolerance)
        assert score["low"] is None
        first = row["timeline"][0]["scores"][axis]
        assert first == pytest.approx(expected["windows"][0][name], abs=tolerance)
    assert [round(span["start_s"], 3) for span in row["timeline"]] == [0.0, 11.5]


def test_a_padded_window_has_the_published_scores(apex: Path) -> None:
    """The published procedure hears the padding; a timeline does not, so the network is asked."""
    expected = json.loads((HERE / "golden-1.json").read_text())[LONG]["windows"]
    parts = load_folder(apex / "apex")
    *_, last = open_song(apex / f"{LONG}.wav", 24_000, SegmentRule())  # the others are unpadded
    means = parts.encoder.encode(last.samples[np.newaxis])
    (row,) = parts.network.score(torch.from_numpy(means), torch.ones(1)).segments.tolist()
    for axis, value in zip(parts.card.recipe.heads.axes, row, strict=True):
        tolerance = 1e-3 if axis in PUBLISHED else 1e-4
        assert value == pytest.approx(expected[-1][PUBLISHED.get(axis, axis)], abs=tolerance)


def test_embeddings_are_the_published_ones(apex: Path) -> None:
    expected = np.load(HERE / "golden-1.npz")
    parts = load_folder(apex / "apex")
    song = list(open_song(apex / f"{SHORT}.wav", 24_000, SegmentRule()))
    means = parts.encoder.encode(np.stack([segment.samples for segment in song]))
    np.testing.assert_allclose(means, expected[f"layers_{SHORT}"], rtol=0, atol=1e-4)
    weights = segment_weights("mean", [30.0] * len(song), [30.0] * len(song))
    out = parts.network.score(torch.from_numpy(means), weights)
    np.testing.assert_allclose(out.embedding, expected[f"embedding_{SHORT}"], rtol=0, atol=1e-4)
