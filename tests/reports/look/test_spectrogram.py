"""Spectrograms for the eye: tones, clicks and silence stand where they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.reports.look.spectrogram import RANGE_DB, octave_of, spectrogram_of

RATE = 44_100


@settings(max_examples=12)
@given(hertz=st.floats(60, 12_000), rate=st.sampled_from([32_000, 44_100, 48_000]))
def test_a_tone_stands_at_its_frequency(hertz: float, rate: int) -> None:
    t = np.arange(rate) / rate
    picture = spectrogram_of(np.sin(2 * np.pi * hertz * t).astype(np.float32), rate, columns=40)
    loudest = picture.hertz[picture.level_db[:, 20].argmax()]
    # A row is 1/24 octave; below 200 Hz a bin of 5.4 Hz is wider.
    assert abs(np.log2(loudest / hertz)) < 0.06 + 3 / hertz


def test_tones_are_as_loud_in_every_row() -> None:
    t = np.arange(2 * RATE) / RATE
    tops = []
    for hertz in (80, 300, 700, 1500, 6000):
        mixed = np.sin(2 * np.pi * hertz * t) + np.sin(2 * np.pi * 3000 * t)
        picture = spectrogram_of(mixed.astype(np.float32), RATE, columns=20)
        near = np.abs(np.log2(picture.hertz / hertz)) < 0.1
        tops.append(float(picture.level_db[near, 10].max()))
    assert np.ptp(tops) < 4


def test_a_click_stands_at_its_time() -> None:
    sound = np.zeros(4 * RATE, np.float32)
    sound[3 * RATE] = 1
    picture = spectrogram_of(sound, RATE, columns=400)
    assert abs(int(picture.level_db[150:].max(axis=0).argmax()) - 300) <= 2
    assert picture.duration_s == 4


def test_silence_is_at_the_floor_and_rows_beyond_the_rate_too() -> None:
    assert (spectrogram_of(np.zeros(RATE, np.float32), RATE).level_db == -RANGE_DB).all()
    noise = np.random.default_rng(0).normal(size=8000).astype(np.float32)
    picture = spectrogram_of(noise, 8000)
    assert (picture.level_db[picture.hertz > 4100] == -RANGE_DB).all()
    assert picture.level_db[picture.hertz < 3500].max() > -20


def test_channels_are_averaged_and_level_does_not_matter() -> None:
    noise = np.random.default_rng(1).normal(size=(2, RATE)).astype(np.float32)
    both = spectrogram_of(noise, RATE, columns=50)
    alone = spectrogram_of(noise.mean(axis=0) * np.float32(0.01), RATE, columns=50)
    np.testing.assert_allclose(both.level_db, alone.level_db, atol=1e-3)


@pytest.mark.parametrize(("n", "rate"), [(100, 44_100), (4000, 4000)])
def test_too_little_sound_is_refused(n: int, rate: int) -> None:
    with pytest.raises(InputError, match=r"Expected at least \.1 s"):
        spectrogram_of(np.ones(n, np.float32), rate)


def test_octaves_count_from_the_lowest_row() -> None:
    assert octave_of(40) == 0
    assert octave_of(640) == pytest.approx(4)
