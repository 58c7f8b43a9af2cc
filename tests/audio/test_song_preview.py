import io
import tracemalloc
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.audio.errors import NotAudioError
from plaudit.audio.preview import Envelope, preview
from plaudit.core.errors import InputError


@pytest.fixture
def path(tmp_path: Path, golden: ModuleType) -> Path:
    target = tmp_path / "song.wav"
    soundfile.write(target, golden.song(12.5, 24_000), 24_000, subtype="FLOAT")
    return target


def test_the_outline_follows_the_song(path: Path, golden: ModuleType) -> None:
    outline = preview(path, bins=50)
    parts = np.split(golden.song(12.5), 50)
    assert outline.envelope_low.shape == outline.envelope_high.shape == (50,)
    assert outline.envelope_low.dtype == np.float32
    # Bins begin on steps of 64 samples, so they are off by less than three milliseconds.
    np.testing.assert_allclose(outline.envelope_high, [p.max() for p in parts], atol=0.03)
    np.testing.assert_allclose(outline.envelope_low, [p.min() for p in parts], atol=0.03)
    assert outline.envelope_high.max() == golden.song(12.5).max()
    assert outline.duration_s == 12.5


def test_the_mp3_is_the_song(path: Path, golden: ModuleType) -> None:
    mp3 = preview(path).mp3
    assert mp3 is not None
    samples, rate = soundfile.read(io.BytesIO(mp3), dtype="float32")
    assert rate == 24_000
    assert samples.shape == (300_000,)
    assert np.corrcoef(samples, golden.song(12.5))[0, 1] > 0.99
    assert len(mp3) == pytest.approx(12.5 * 48_000 / 8, rel=0.05)


def test_bit_rate_changes_the_size(path: Path) -> None:
    small, large = (preview(path, bit_rate=rate).mp3 for rate in (32_000, 64_000))
    assert small is not None
    assert large is not None
    assert len(large) == pytest.approx(2 * len(small), rel=0.1)


def test_the_same_song_gives_the_same_bytes(path: Path) -> None:
    first, second = preview(path), preview(path)
    assert first.mp3 == second.mp3
    np.testing.assert_array_equal(first.envelope_low, second.envelope_low)


@pytest.mark.parametrize("limit", [0.0, 12.0])
def test_a_long_song_has_no_mp3(path: Path, limit: float) -> None:
    outline = preview(path, max_audio_s=limit)
    assert outline.mp3 is None
    assert outline.envelope_high.any()
    assert preview(path, max_audio_s=12.5).mp3 is not None


def test_above_full_scale_the_mp3_clips(tmp_path: Path) -> None:
    loud = tmp_path / "loud.wav"
    soundfile.write(loud, 3 * np.sin(np.arange(48_000) / 20), 24_000, subtype="FLOAT")
    outline = preview(loud)
    assert outline.envelope_high.max() == pytest.approx(3, abs=0.01)
    assert outline.mp3 is not None
    samples, _ = soundfile.read(io.BytesIO(outline.mp3))
    assert np.abs(samples).max() < 1.3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bins": 0}, "at least 1 bin"),
        ({"bit_rate": 7000}, "bit rate from 8000 to 160000"),
        ({"bit_rate": 320_000}, "got 320000"),
        ({"max_audio_s": -1.0}, "0 or more"),
    ],
)
def test_settings_out_of_range(path: Path, settings: dict[str, int], words: str) -> None:
    with pytest.raises(InputError, match=words):
        preview(path, **settings)


def test_no_preview_of_what_is_no_song(tmp_path: Path) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("la la la" * 500)
    with pytest.raises(NotAudioError):
        preview(text)


@settings(max_examples=60)
@given(
    n=st.integers(1, 5000),
    n_steps=st.integers(1, 40),
    n_bins=st.integers(1, 60),
    sizes=st.lists(st.integers(1, 900), min_size=1, max_size=5),
)
def test_the_outline_is_bounded_and_touches_every_sample(
    n: int, n_steps: int, n_bins: int, sizes: list[int]
) -> None:
    x: NDArray[np.float32] = np.random.default_rng(n).standard_normal(n).astype(np.float32)
    envelope = Envelope(n_steps)
    at = 0
    while at < n:
        for size in sizes:
            envelope.push(x[at : at + size])
            at += size
    assert envelope._steps.shape[1] <= 2 * n_steps
    low, high = envelope.bins(n_bins)
    assert low.shape == high.shape == (n_bins,)
    assert low.min() == x.min()
    assert high.max() == x.max()
    assert (low <= high).all()


def test_the_outline_of_a_long_song_takes_little_memory(tmp_path: Path) -> None:
    target = tmp_path / "long.flac"
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(target, "w", 8000, 1, "PCM_16") as file:
        for _ in range(10):
            file.write(rng.uniform(-0.5, 0.5, 60 * 8000).astype(np.float32))
    tracemalloc.start()
    preview(target, max_audio_s=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12e6  # whole, its samples would take 57 MB
