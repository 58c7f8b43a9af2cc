"""Integrated loudness is that of pyloudnorm, whatever the blocks, and gated by the standard."""

import math

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from plaudit.audio.integrated import LoudnessMeter

RATE = 48_000


def measured(audio: NDArray[np.float32], rate: int = RATE, block: int = 10_000) -> float:
    meter = LoudnessMeter(rate, len(audio))
    for at in range(0, audio.shape[1], block):
        meter.push(audio[:, at : at + block])
    return meter.lufs


def noise(seconds: float, n_channels: int, rate: int = RATE) -> NDArray[np.float32]:
    random = np.random.default_rng(7)
    swell = np.linspace(0.001, 0.5, round(seconds * rate))
    return (swell * random.normal(0, 0.2, (n_channels, round(seconds * rate)))).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_it_is_that_of_the_reference(rate: int, n_channels: int) -> None:
    audio = noise(6.0, n_channels, rate)
    reference = pyloudnorm.Meter(rate).integrated_loudness(audio.T.astype(np.float64))
    assert measured(audio, rate) == pytest.approx(reference, abs=0.1)


def test_a_sine_at_full_scale_reads_what_the_standard_says() -> None:
    t = np.arange(5 * RATE) / RATE
    sine = np.sin(2 * np.pi * 997 * t).astype(np.float32)[None]
    assert measured(sine) == pytest.approx(-3.01, abs=0.05)


def test_blocks_do_not_matter() -> None:
    audio = noise(3.0, 2)
    assert measured(audio, block=777) == pytest.approx(measured(audio), abs=1e-9)


def test_a_pause_is_not_part_of_the_loudness() -> None:
    audio = np.concatenate([noise(4.0, 1)[:, RATE:], np.zeros((1, 4 * RATE), np.float32)], axis=1)
    assert measured(audio) == pytest.approx(measured(audio[:, : 3 * RATE]), abs=0.4)


@pytest.mark.parametrize("seconds", [0.1, 2.0])
def test_silence_and_what_is_too_short_have_none(seconds: float) -> None:
    assert math.isnan(measured(np.zeros((1, round(seconds * RATE)), np.float32)))
    assert math.isnan(LoudnessMeter(RATE, 1).lufs)
