"""The bundled judge gives the scores that it gave before its measurements were made faster.

`bundled.npz` was made by ``python -P tests/golden/test_bundled.py`` with the code of commit
a105cda, which made each picture of a sound for itself and in one piece. Real songs moved as little:
the largest difference over 50 segments was 2e-6 of the embedding, 2e-6 on an axis of 1 to 5 and
2e-5 on one of 0 to 100.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from own_judge import own_judge
from plaudit.core.axes import AXIS
from plaudit.judging.judge import Judge
from plaudit.synth.song import make_song

GOLDEN = Path(__file__).parent / "bundled.npz"
RATE = 24_000
Sound = NDArray[np.float32]


def song() -> Sound:
    """Return ten seconds of a composed song, (2, n_samples)."""
    made = make_song(11, 10.0, style="folk")
    assert made.sample_rate == 44_100
    return np.asarray(made.audio, np.float32).reshape(-1, made.audio.shape[-1])


def with_gaps(sound: Sound) -> Sound:
    holed = sound.copy()
    for start, seconds in ((2.0, 1.5), (6.0, 0.1)):
        holed[:, int(start * 44_100) : int((start + seconds) * 44_100)] = 0
    return holed


def tone(seconds: float) -> Sound:
    return (0.3 * np.sin(np.arange(seconds * RATE) * 2 * np.pi * 440 / RATE)).astype(np.float32)


def sounds() -> dict[str, tuple[Sound, int]]:
    part = song()
    whole = np.tile(part, 4)[:, : 33 * 44_100]  # two segments, the second padded: heard once more
    noise = np.random.default_rng(3).normal(0, 0.1, 5 * RATE).astype(np.float32)
    return {
        "song": (whole, 44_100),
        "mono": (part.mean(axis=0), 44_100),
        "clipped": (np.clip(20 * part, -1, 1), 44_100),
        "quiet": (0.01 * part, 44_100),
        "gaps": (with_gaps(part), 44_100),
        "short": (part[:, : 44_100 + 100], 44_100),
        "noise": (noise, RATE),
        "tone": (tone(5.0), RATE),
        "offset": (tone(5.0) + np.float32(0.1), RATE),
        "silence": (np.zeros(4 * RATE, np.float32), RATE),
    }


def heard(judge: Judge, sound: Sound, rate: int) -> tuple[NDArray[np.float32], list[float]]:
    """Return embedding and scores of a sound, with the scores of its segments."""
    encoded = judge.encode(sound, rate)
    row = judge.score_encoded(encoded)
    assert row.timeline is not None
    spans = [value for span in row.timeline for value in span.scores.values()]
    return judge.embed(encoded), [score.value for score in row.scores.values()] + spans


@pytest.fixture(scope="module")
def judge() -> Judge:
    return own_judge("bundled")


def test_scores_are_those_of_the_former_code(judge: Judge) -> None:
    ends = [AXIS[axis].high - AXIS[axis].low for axis in judge.axes]
    with np.load(GOLDEN) as golden:
        assert {name.split(".")[0] for name in golden.files} == set(sounds())
        for name, (sound, rate) in sounds().items():
            embedding, scores = heard(judge, sound, rate)
            was = golden[f"{name}.embedding"]
            assert np.linalg.norm(embedding - was) <= 1e-5 * np.linalg.norm(was), name
            off = np.abs(np.array(scores) - golden[f"{name}.scores"]).reshape(-1, len(ends))
            # 1e-4 on an axis of 1 to 5, 2.5e-3 on one of 0 to 100
            assert (off <= 2.5e-5 * np.array(ends)).all(), name


if __name__ == "__main__":
    one = own_judge("bundled")
    arrays: dict[str, Any] = {}
    for key, (samples, hz) in sounds().items():
        arrays[f"{key}.embedding"], arrays[f"{key}.scores"] = heard(one, samples, hz)
    np.savez_compressed(GOLDEN, **arrays)
