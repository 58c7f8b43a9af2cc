"""What is not music: right shape, safe level, deterministic, varied."""

import numpy as np
import pytest

from plaudit.core.errors import InputError
from plaudit.synth.sound.nonmusic import NONMUSIC


@pytest.mark.parametrize("kind", sorted(NONMUSIC))
def test_kind_keeps_its_promise(kind: str) -> None:
    make = NONMUSIC[kind]
    first = make(np.random.default_rng(1), 3.21)
    assert first.shape == (round(3.21 * 44_100),)
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.abs(first).max() < 1
    assert np.array_equal(first, make(np.random.default_rng(1), 3.21))
    others = [make(np.random.default_rng(seed), 3.21) for seed in range(2, 6)]
    assert any(not np.array_equal(first, other) for other in others)
    if kind != "silence":
        assert np.abs(first).max() > 0.03


@pytest.mark.parametrize("kind", sorted(NONMUSIC))
def test_no_time_is_refused(kind: str) -> None:
    with pytest.raises(InputError, match="above 0 s"):
        NONMUSIC[kind](np.random.default_rng(1), 0.0)


def test_silence_is_silent() -> None:
    for seed in range(5):
        assert np.abs(NONMUSIC["silence"](np.random.default_rng(seed), 1.0)).max() < 1e-3


def test_loop_repeats() -> None:
    sound = NONMUSIC["loop"](np.random.default_rng(2), 5.0).astype(np.float64)
    same = np.fft.irfft(np.abs(np.fft.rfft(sound, 2**19)) ** 2)
    lag = 15_000 + int(np.argmax(same[15_000:30_000]))
    assert np.array_equal(sound[:lag], sound[lag : 2 * lag])
