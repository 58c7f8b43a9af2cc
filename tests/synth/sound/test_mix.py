"""Loudness against the reference, the limiter's law, the room against plain convolution."""

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from plaudit.synth.sound.mixdown import (
    CEILING_DB,
    SILENCE_LUFS,
    Target,
    draw_target,
    limit,
    loudness_lufs,
    master,
    reverberate,
    room,
)

RATE = 44_100


def noise(seed: int, seconds: float, level: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swell = np.repeat(rng.uniform(0.05, 1, 8), int(seconds * RATE / 8))
    return (rng.standard_normal((2, len(swell))) * swell * level).astype(np.float32)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.4])
def test_loudness_agrees_with_the_reference(level: float) -> None:
    audio = noise(1, 6, level)
    audio[1] *= 0.3
    reference = pyloudnorm.Meter(RATE).integrated_loudness(audio.T.astype(np.float64))
    assert loudness_lufs(audio) == pytest.approx(reference, abs=0.1)


def test_loudness_of_the_standards_tone() -> None:
    # BS.1770: a 997 Hz sine at full scale in one channel reads -3.01 LUFS.
    t = np.arange(5 * RATE) / RATE
    audio = np.stack([np.sin(2 * np.pi * 997 * t), np.zeros_like(t)]).astype(np.float32)
    assert loudness_lufs(audio) == pytest.approx(-3.01, abs=0.05)


def test_silence_has_the_floor_and_stays_silence() -> None:
    silent = np.zeros((2, RATE), np.float32)
    assert loudness_lufs(silent) == SILENCE_LUFS
    assert not master(silent, Target(-12, -1)).any()


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), gain=st.floats(0.05, 40))
def test_limited_sound_never_passes_the_ceiling(seed: int, gain: float) -> None:
    audio = noise(seed, 1, gain)
    assert np.abs(limit(audio, 0.9)).max() <= 0.9 * 1.0001


def test_limiter_leaves_quiet_sound_untouched() -> None:
    audio = noise(3, 1, 0.02)
    assert np.array_equal(limit(audio, 0.9), audio)


@pytest.mark.parametrize("seed", range(6))
def test_master_reaches_loudness_and_peak(seed: int) -> None:
    rng = np.random.default_rng(seed)
    song = noise(seed, 12, 0.03)
    song[:, :: RATE // 2] *= 6  # drums: peaks as high above the rest as music has them
    target = draw_target(rng)
    done = master(song, target)
    assert loudness_lufs(done) == pytest.approx(target.loudness_lufs, abs=0.1)
    assert 20 * np.log10(np.abs(done).max()) == pytest.approx(target.peak_db, abs=0.3)


def test_master_never_passes_full_scale() -> None:
    thick = np.tile(np.sign(np.sin(np.arange(4 * RATE) / 40)), (2, 1)).astype(np.float32)
    done = master(thick, Target(0.0, 0.0))
    assert 20 * np.log10(np.abs(done).max()) <= CEILING_DB + 1e-3


def test_targets_differ() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([(t.loudness_lufs, t.peak_db) for t in (draw_target(rng) for _ in range(300))])
    assert np.ptp(drawn[:, 0]) > 3
    assert np.ptp(drawn[:, 1] - drawn[:, 0]) > 1.5
    assert drawn[:, 1].max() < -0.5


def test_room_is_convolution() -> None:
    rng = np.random.default_rng(5)
    response = room(rng, 0.4)
    send = rng.standard_normal(100_000).astype(np.float32)
    expected = np.stack([fftconvolve(send, channel)[: len(send)] for channel in response])
    assert reverberate(send, response) == pytest.approx(expected, abs=1e-3)
    assert np.sum(response**2, axis=1) == pytest.approx([1, 1], rel=1e-3)
