"""Sound as files: what is read back is what was written, and the same sound is the same bytes."""

import io

import av
import numpy as np
import pytest
import soundfile

from plaudit.synth.song import make_song
from plaudit.synth.sound.recording import (
    AUDIO_FORMATS,
    BYTES_PER_S,
    audio_bytes,
    dithered,
    wav_bytes,
)

AUDIO = make_song(2, 10.5, style="pop").audio


@pytest.mark.parametrize("form", AUDIO_FORMATS)
def test_same_sound_same_bytes(form: str) -> None:
    first, second = (audio_bytes(AUDIO, 44_100, form, np.random.default_rng(1)) for _ in range(2))  # type: ignore[arg-type]  # from the catalogue
    assert first == second
    assert len(first) / 10.5 == pytest.approx(BYTES_PER_S[form], rel=0.35)


def test_flac_and_wav_are_the_sound_within_the_dither() -> None:
    for data in (
        audio_bytes(AUDIO, 44_100, "flac", np.random.default_rng(1)),
        wav_bytes(AUDIO, 44_100, np.random.default_rng(1)),
    ):
        back, rate = soundfile.read(io.BytesIO(data), dtype="float64")
        assert rate == 44_100
        error = back - AUDIO.T
        assert np.abs(error).max() <= 1.5 / 32_768 + 1e-9
        assert abs(error.mean()) < 0.02 / 32_768
        # Rounding noise and triangular noise: a quarter of the square of a step in all.
        assert error.std() * 32_768 == pytest.approx(0.5, abs=0.01)


def test_dither_leaves_no_trace_of_the_sound_in_the_error() -> None:
    quiet = np.tile(np.float32(0.3 / 32_768), (2, 200_000))
    frames = dithered(quiet, np.random.default_rng(0))
    assert frames.mean() == pytest.approx(0.3, abs=0.01)
    loud = dithered(np.array([[1.0, -1.0], [1.0, -1.0]], np.float32), np.random.default_rng(0))
    assert np.abs(loud.astype(int)).max() >= 32_766


def test_opus_is_the_sound_at_48_khz_of_the_same_length() -> None:
    data = audio_bytes(AUDIO, 44_100, "opus", np.random.default_rng(1))
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        assert container.streams.audio[0].rate == 48_000
    sound = np.concatenate(frames, axis=1)
    assert sound.shape == (2, round(10.5 * 48_000))
    # Below 4 kHz the codec keeps the wave itself.
    ours, theirs = (
        np.abs(np.fft.rfft(x.mean(axis=0)))[: int(10.5 * 4_000)] for x in (AUDIO, sound)
    )
    assert np.corrcoef(ours, theirs)[0, 1] > 0.99
