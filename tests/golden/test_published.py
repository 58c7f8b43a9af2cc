"""The published procedure at full size, through the public path: import, then score a WAV.

Weights are filled from tensor names, so nothing is downloaded; the expected numbers were made with
the published code on the same weights.
"""

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import torch

from formula import head_tensors, mert_tensors, write_mert
from own_judge import own_judge
from plaudit.judging.encoded import EncodedSong
from plaudit.judging.judge import Judge
from typed_command import plaudit

HERE = Path(__file__).parent
LONG = "41.5"  # seconds: a song of two segments, the last short
PUBLISHED = {"streams": "score_streams", "likes": "score_likes"}


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
    soundfile.write(folder / f"{LONG}.wav", golden.song(float(LONG)), 24_000, subtype="FLOAT")
    return folder


@pytest.fixture(scope="module")
def judge(apex: Path) -> Judge:
    return own_judge(apex / "apex")


@pytest.fixture(scope="module")
def encoded(apex: Path, judge: Judge) -> EncodedSong:
    """The song, encoded once, each window as published: one of them takes MERT ten seconds.

    A timeline would want one more, without the padding (tests/judging/test_timeline.py).
    """
    return judge._encode(apex / f"{LONG}.wav", last_window=False)


def test_scores_are_the_published_ones(judge: Judge, encoded: EncodedSong) -> None:
    expected = json.loads((HERE / "golden-1.json").read_text())[LONG]
    row = judge.score_encoded(encoded)
    assert row.timeline is not None
    assert len(row.scores) == 7
    for axis, score in row.scores.items():
        name = PUBLISHED.get(axis, axis)
        tolerance = 1e-3 if axis in PUBLISHED else 1e-4
        assert score.value == pytest.approx(expected["song"][name], abs=tolerance)
        assert score.low is None
        for span, window in zip(row.timeline, expected["windows"], strict=True):
            assert span.scores[axis] == pytest.approx(window[name], abs=tolerance)
    assert [span.start_s for span in row.timeline] == [0.0, 30.0]  # the second one padded


def test_embeddings_are_the_published_ones(judge: Judge, encoded: EncodedSong) -> None:
    expected = np.load(HERE / "golden-1.npz")
    np.testing.assert_allclose(encoded.layer_means, expected[f"layers_{LONG}"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        judge.embed(encoded), expected[f"embedding_{LONG}"], rtol=0, atol=1e-4
    )
