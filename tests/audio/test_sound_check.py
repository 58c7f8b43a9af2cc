from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from numpy.typing import ArrayLike, NDArray

from plaudit.audio.block import mono
from plaudit.audio.check import ClipMeter, SongCheck
from plaudit.audio.decode import Decoder
from plaudit.audio.extent import Loss
from plaudit.core.note import Note

Encode = Callable[..., Path]
RATE = 44_100


def check(samples: ArrayLike, rate: int = RATE, size: int = RATE) -> dict[str, str]:
    x = np.atleast_2d(np.asarray(samples, dtype=np.float32))
    song = SongCheck(rate)
    for at in range(0, x.shape[1], size):
        block = x[:, at : at + size]
        song.push(block, mono(block))
    return {note.type: note.message for note in song.notes()}


def driven(golden: ModuleType, gain_db: float) -> NDArray[np.float32]:
    song = golden.song(6.0, RATE)
    loud: NDArray[np.float32] = song / np.abs(song).max() * np.float32(10 ** (gain_db / 20))
    return loud


def test_a_song_in_order_has_no_notes(golden: ModuleType) -> None:
    assert check(golden.song(6.0, RATE)) == {}
    assert check(driven(golden, 0)) == {}  # its peak at full scale


def test_a_song_driven_into_full_scale(golden: ModuleType) -> None:
    notes = check(np.clip(driven(golden, 12), -1, 1))
    assert set(notes) == {"clipped"}
    assert "stand flat at the song's peak of 0.0 dBFS" in notes["clipped"]


@pytest.mark.parametrize("level", [0.5, 0.03])
def test_clipped_and_then_turned_down(golden: ModuleType, level: float) -> None:
    stored = np.round(np.clip(driven(golden, 12), -1, 1) * level * 32768) / 32768
    assert f"{20 * np.log10(level):.1f} dBFS" in check(stored)["clipped"]


def test_one_clipped_channel_is_enough(golden: ModuleType) -> None:
    loud = driven(golden, 12)
    assert "clipped" in check(np.stack([np.clip(loud, -1, 1), loud / 8]))


def test_rare_clipped_peaks_are_normal_mastering(golden: ModuleType) -> None:
    assert check(np.clip(driven(golden, 0.2), -1, 1)) == {}


def test_a_soft_limiter_is_not_clipping(golden: ModuleType) -> None:
    assert check(np.tanh(driven(golden, 6))) == {}


def test_coarse_steps_are_not_clipping(golden: ModuleType) -> None:
    assert check(np.round(driven(golden, 0) * 120) / 128) == {}


@pytest.mark.parametrize(("suffix", "codec"), [("mp3", "libmp3lame"), ("opus", "libopus")])
def test_clipping_is_heard_through_a_lossy_codec(
    tmp_path: Path, encode: Encode, golden: ModuleType, suffix: str, codec: str
) -> None:
    song = golden.song(6.0, 48_000)
    clipped = np.clip(song / np.abs(song).max() * 8, -1, 1)
    types = []
    for name, source in (("clean", song), ("clipped", clipped)):
        path = encode(tmp_path / f"{name}.{suffix}", source, 48_000, codec)
        with Decoder(path) as decoder:
            types.append(list(check(np.concatenate(list(decoder), axis=1), 48_000)))
    assert types == [[], ["clipped"]]


@pytest.mark.parametrize("size", [1000, 4096, RATE])
def test_clipping_does_not_depend_on_the_blocks_much(golden: ModuleType, size: int) -> None:
    clipped = np.clip(driven(golden, 12), -1, 1)[None, :]
    whole, parts = ClipMeter(), ClipMeter()
    whole.push(clipped)
    for at in range(0, clipped.shape[1], size):
        parts.push(clipped[:, at : at + size])
    share = [float(_text(meter.note()).split(" %")[0]) for meter in (whole, parts)]
    assert share[0] == pytest.approx(share[1], rel=0.02)


def _text(note: Note | None) -> str:
    assert note is not None
    return note.message


def test_integers_as_floats(golden: ModuleType) -> None:
    notes = check(np.round(golden.song(3.0, RATE) * 32767))
    assert set(notes) == {"not_scaled"}
    assert "full scale is 1" in notes["not_scaled"]


def test_silence() -> None:
    notes = check(np.zeros(3 * RATE))
    assert set(notes) == {"silent"}
    assert "All 3.0 s are silent" in notes["silent"]
    assert set(check(np.full(3 * RATE, 5e-4))) == {"silent"}


def test_mostly_silence(golden: ModuleType) -> None:
    song = golden.song(4.0, RATE)
    assert check(np.concatenate([song, np.zeros(3 * RATE)])) == {}
    notes = check(np.concatenate([song, np.zeros(5 * RATE)]))
    assert notes == {
        "mostly_silent": "Only 4.0 s of 9.0 s can be heard, the rest is silent (below -60 dBFS)."
    }


def test_channels_that_cancel(golden: ModuleType) -> None:
    song = golden.song(3.0, RATE)
    noise = np.random.default_rng(0).standard_normal((2, 3 * RATE)) / 10
    assert set(check(np.stack([song, -song]))) == {"silent", "channels_cancel"}
    assert set(check(np.stack([song, -0.9 * song]))) == {"channels_cancel"}
    assert check(noise) == {}
    assert check(np.stack([song, np.zeros_like(song)])) == {}


def test_a_low_rate(golden: ModuleType) -> None:
    notes = check(golden.song(3.0, 11_025), 11_025)
    assert set(notes) == {"low_rate"}
    assert "nothing above 5.5125 kHz" in notes["low_rate"]
    assert check(golden.song(3.0, 16_000), 16_000) == {}


def test_a_loss_comes_first(golden: ModuleType) -> None:
    song = SongCheck(8000)
    block = golden.song(1.0, 8000)[None, :]
    song.push(block, block[0])
    notes = song.notes(Loss(decoded_s=1.0, expected_s=9.0))
    assert [note.type for note in notes] == ["partial_decode", "low_rate"]


def test_the_golden_song_as_a_file(tmp_path: Path, golden: ModuleType) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, driven(golden, 12), RATE)  # 16-bit PCM clips what is above full scale
    with Decoder(path) as decoder:
        assert "clipped" in check(np.concatenate(list(decoder), axis=1))
