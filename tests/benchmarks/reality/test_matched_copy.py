"""Matched copies have one length, band and level, and what a clip measures is what it is."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import welch

from plaudit.audio.errors import SilentError
from plaudit.audio.loudness import weighted_power
from plaudit.audio.whole import Samples
from plaudit.benchmarks.reality.matched import LEVEL_DB, match, write_matched
from plaudit.benchmarks.reality.sound import RATE, highest_hz, read_mono


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> Samples:
    made = level * np.random.default_rng(seed).normal(size=(1, round(seconds * RATE)))
    return made.astype(np.float32)


@pytest.mark.parametrize("level", [0.001, 0.1, 3.0])
@pytest.mark.parametrize("seconds", [1.0, 4.0])
def test_every_copy_is_as_long_and_as_loud(level: float, seconds: float) -> None:
    copy = match(noise(6.0, level), seconds)
    assert copy.shape == (1, round(seconds * RATE))
    assert 10 * np.log10(weighted_power(copy, RATE)) == pytest.approx(LEVEL_DB, abs=1e-3)


def test_a_copy_keeps_40_hz_to_7_khz_and_nothing_else() -> None:
    hz, power = welch(match(noise(20.0), 20.0)[0], RATE, nperseg=RATE)
    level = 10 * np.log10(power)
    inside = level[(hz > 60) & (hz < 6980)]
    middle = float(np.median(inside))
    assert inside.min() > middle - 6
    assert level[(hz > 7030) & (hz < 11_900)].max() < middle - 70
    assert level[(hz > 2) & (hz < 15)].max() < middle - 40


def test_a_copy_begins_where_the_clip_begins() -> None:
    clip = noise(6.0)
    clip[:, : 2 * RATE] = 0
    copy = match(clip, 4.0)[0]
    assert np.abs(copy[:RATE]).max() < 1e-3 * np.abs(copy[3 * RATE :]).max()
    with pytest.raises(SilentError, match=r"nothing can be heard in its first 1\.5 s"):
        match(clip, 1.5)


def test_loud_peaks_are_not_cut_off(tmp_path: Path) -> None:
    clicks = np.zeros((1, 4 * RATE), np.float32)
    clicks[0, 1000::RATE] = 1.0
    path = write_matched(clicks, 4.0, tmp_path / "copy.wav")
    read = soundfile.read(path)[0]
    assert np.abs(read).max() > 1.5
    assert read == pytest.approx(match(clicks, 4.0)[0])


def test_a_clip_is_measured_as_one_channel(tmp_path: Path) -> None:
    at = np.arange(3 * 44_100) / 44_100
    left, right = 0.4 * np.sin(2 * np.pi * 1000 * at), np.zeros(len(at))
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], 1), 44_100, subtype="FLOAT")
    clip = read_mono(tmp_path / "a.wav")
    assert clip.samples.shape == (1, 3 * RATE)
    # K-weighting leaves 1 kHz about as it is (+.7 dB); half the amplitude of 0.4.
    assert clip.sound.loudness == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)) + 0.7, abs=0.2)
    assert (clip.sound.bandwidth, clip.sound.duration) == (1.0, 3.0)


@pytest.mark.parametrize("edge_hz", [3000, 8000, 16_000])
def test_bandwidth_is_where_the_sound_ends(edge_hz: int) -> None:
    rate = 44_100
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=4 * rate))
    spectrum[edge_hz * 4 :] = 0
    samples = np.fft.irfft(spectrum).astype(np.float32)
    assert highest_hz(samples, rate) == pytest.approx(edge_hz, abs=60)
    # A floor 90 dB below the music is not heard as its band.
    floor = np.random.default_rng(1).normal(size=len(samples)) * samples.std() * 10 ** (-90 / 20)
    assert highest_hz(samples + floor.astype(np.float32), rate) == pytest.approx(edge_hz, abs=60)


def test_a_long_clip_is_measured_whole() -> None:
    rate = 8000
    samples = np.zeros(400 * rate, np.float32)  # longer than what is measured at a time
    at = np.arange(10 * rate) / rate
    fading = np.hanning(len(at))
    samples[: len(at)] = fading * np.sin(2 * np.pi * 500 * at)
    samples[-len(at) :] = fading * np.sin(2 * np.pi * 3000 * at)
    assert highest_hz(samples, rate) == pytest.approx(3000, abs=40)
