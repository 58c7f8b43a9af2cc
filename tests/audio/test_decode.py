import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from plaudit.audio.block import mono
from plaudit.audio.decode import AUDIO_SUFFIXES, Decoder
from plaudit.audio.errors import (
    AudioError,
    ChannelError,
    EmptyAudioError,
    NotAudioError,
    SampleRateError,
    UnreadableError,
)
from plaudit.core.errors import MissingFileError

Encode = Callable[..., Path]
RATE = 48_000

# name, codec, options, largest error against the source, most seconds of padding at the end
FORMATS = [
    ("s.wav", "pcm_s16le", {}, 1e-4, 0.0),
    ("s.aiff", "pcm_s16be", {}, 1e-4, 0.0),
    ("s.au", "pcm_s16be", {}, 1e-4, 0.0),
    ("s.caf", "pcm_s16le", {}, 1e-4, 0.0),
    ("s.w64", "pcm_s16le", {}, 1e-4, 0.0),
    ("s.flac", "flac", {}, 1e-4, 0.0),
    ("s.mka", "flac", {}, 1e-4, 0.0),
    ("alac.m4a", "alac", {}, 1e-4, 0.0),
    ("s.mp3", "libmp3lame", {}, 0.5, 0.0),
    ("uncounted.mp3", "libmp3lame", {"write_xing": "0"}, 2.0, 0.1),
    ("s.m4a", "aac", {}, 0.5, 0.03),
    ("fast.m4a", "aac", {"movflags": "+faststart"}, 0.5, 0.03),
    ("s.aac", "aac", {}, 2.0, 0.05),
    ("s.opus", "libopus", {}, 0.7, 0.02),
    ("s.webm", "libopus", {}, 0.7, 0.02),
    ("s.ac3", "ac3", {}, 2.0, 0.05),
]


def decode(path: Path) -> tuple[NDArray[np.float32], Decoder]:
    with Decoder(path) as decoder:
        blocks = list(decoder)
    assert all(block.shape[1] == decoder.sample_rate for block in blocks[:-1])
    return np.concatenate(blocks, axis=1), decoder


@pytest.mark.parametrize("seconds", [1.3, 7.7])
@pytest.mark.parametrize(("name", "codec", "options", "error", "padding"), FORMATS)
def test_good_files_decode_whole_and_raise_no_alarm(
    tmp_path: Path,
    encode: Encode,
    golden: ModuleType,
    capfd: pytest.CaptureFixture[str],
    name: str,
    codec: str,
    options: dict[str, str],
    error: float,
    padding: float,
    seconds: float,
) -> None:
    source = golden.song(seconds, RATE)
    path = encode(tmp_path / name, source, RATE, codec, options=options)
    samples, decoder = decode(path)
    assert decoder.sample_rate == RATE
    assert decoder.loss().note() is None
    assert seconds - 0.001 <= decoder.decoded_s <= seconds + padding + 0.001
    assert samples.dtype == np.float32
    assert np.abs(samples[0, : len(source)] - source).max() < error
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("seconds", [1.3, 7.7])
@pytest.mark.parametrize("form", ["OGG", "MP3"])
def test_good_files_of_another_writer(
    tmp_path: Path, golden: ModuleType, form: str, seconds: float
) -> None:
    path = tmp_path / f"s.{form.lower()}"
    soundfile.write(path, golden.song(seconds, RATE), RATE, format=form)
    _, decoder = decode(path)
    assert decoder.decoded_s == pytest.approx(seconds, abs=1e-3)
    assert decoder.expected_s == pytest.approx(seconds, abs=0.08)
    assert decoder.loss().note() is None


@pytest.mark.parametrize(
    ("subtype", "bits"),
    [("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24), ("PCM_32", 24), ("FLOAT", 24), ("DOUBLE", 24)],
)
def test_wav_samples_are_exact(tmp_path: Path, subtype: str, bits: int) -> None:
    rng = np.random.default_rng(0)
    # Multiples of the step that both the file and a float32 hold exactly.
    exact = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (2, 9000)) / 2 ** (bits - 1)
    path = tmp_path / "exact.wav"
    soundfile.write(path, exact.T, 8000, subtype=subtype)
    samples, _ = decode(path)
    np.testing.assert_array_equal(samples, exact.astype(np.float32))


def test_float_wav_keeps_every_bit_above_full_scale_too(tmp_path: Path) -> None:
    x = (3 * np.random.default_rng(0).standard_normal(9000)).astype(np.float32)
    path = tmp_path / "float.wav"
    soundfile.write(path, x, 8000, subtype="FLOAT")
    np.testing.assert_array_equal(decode(path)[0][0], x)


@pytest.mark.parametrize("n_channels", range(1, 9))
@pytest.mark.parametrize(("suffix", "codec"), [("wav", "pcm_s16le"), ("flac", "flac")])
def test_mono_is_the_plain_mean_of_the_channels(
    tmp_path: Path, encode: Encode, suffix: str, codec: str, n_channels: int
) -> None:
    rng = np.random.default_rng(n_channels)
    integers = rng.integers(-32768, 32768, (n_channels, 9000))
    path = encode(tmp_path / f"c.{suffix}", integers / 32767, 44_100, codec)
    samples, _ = decode(path)
    expected = np.clip(integers, -32768, 32767) / 32768
    np.testing.assert_array_equal(samples, expected.astype(np.float32))
    mean = expected.sum(axis=0) / n_channels
    np.testing.assert_array_equal(mono(samples), mean.astype(np.float32))


@pytest.mark.parametrize(
    ("suffix", "codec"), [("m4a", "aac"), ("opus", "libopus"), ("mp3", "libmp3lame")]
)
def test_mono_of_lossy_stereo_is_not_louder_or_softer(
    tmp_path: Path, encode: Encode, golden: ModuleType, suffix: str, codec: str
) -> None:
    left = golden.song(3.0, 48_000)
    path = encode(tmp_path / f"c.{suffix}", np.stack([left, left]), 48_000, codec)
    mean = mono(decode(path)[0])[: len(left)]
    assert np.sqrt(np.mean(mean**2) / np.mean(left**2)) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 44_101, 96_000])
def test_every_rate(tmp_path: Path, golden: ModuleType, rate: int) -> None:
    path = tmp_path / "rate.wav"
    soundfile.write(path, golden.song(1.5, rate), rate)
    samples, decoder = decode(path)
    assert decoder.sample_rate == rate
    assert samples.shape == (1, int(1.5 * rate))


def test_wav_and_flac_give_the_same_blocks(
    tmp_path: Path, encode: Encode, golden: ModuleType
) -> None:
    source = np.stack([golden.song(3.3, 44_100), golden.song(3.3, 44_100)[::-1]])
    wav = encode(tmp_path / "a.wav", source, 44_100, "pcm_s16le")
    flac = encode(tmp_path / "a.flac", source, 44_100, "flac")
    with Decoder(wav) as wav_decoder, Decoder(flac) as flac_decoder:
        for a, b in zip(wav_decoder, flac_decoder, strict=True):
            np.testing.assert_array_equal(a, b)


def test_sound_of_a_film_is_a_song(tmp_path: Path, encode: Encode, golden: ModuleType) -> None:
    for name in ("film.mp4", "film.mkv"):
        path = encode(tmp_path / name, golden.song(2.0, 44_100), 44_100, "aac", pictures=60)
        _, decoder = decode(path)
        assert decoder.decoded_s == pytest.approx(2.0, abs=0.05)
        assert decoder.loss().note() is None  # the pictures go on for 6 s, the sound does not


def fails(path: Path, error: type[Exception], *words: str) -> None:
    with pytest.raises(error) as caught, Decoder(path) as decoder:
        list(decoder)
    text = str(caught.value)
    assert str(path) in text
    assert "Invalid data" not in text
    assert "Errno" not in text
    for word in words:
        assert word in text


def test_a_missing_file(tmp_path: Path) -> None:
    fails(tmp_path / "no.mp3", MissingFileError, "does not exist")


def test_a_folder(tmp_path: Path) -> None:
    fails(tmp_path, UnreadableError, "is a folder", "files inside it")


def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    fails(tmp_path / "pipe.wav", UnreadableError, "a device or a pipe")


def test_a_name_the_system_refuses(tmp_path: Path) -> None:
    fails(tmp_path / ("x" * 300 + ".mp3"), UnreadableError, "refuses it")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private.wav"
    path.write_bytes(b"x")

    def refuse(self: Path, mode: str = "r") -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    fails(path, UnreadableError, "Permission denied", "permissions")


@pytest.mark.parametrize("suffix", ["mp3", "flac", "wav", "ogg", "m4a"])
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty.{suffix}"
    path.touch()
    fails(path, EmptyAudioError, "0 bytes")


@pytest.mark.parametrize("suffix", ["mp3", "flac", "wav", "ogg", "m4a", "txt"])
@pytest.mark.parametrize("content", [b"la la la\n" * 900, b"\0" * 9000])
def test_what_is_not_sound(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"text.{suffix}"
    path.write_bytes(content)
    fails(path, NotAudioError, "Expected a song")


@pytest.mark.parametrize(
    "start", [b"", b"ID3\4\0\0\0\0\0\0", b"fLaC", b"OggS", b"RIFF\0\0\0\0WAVE"]
)
def test_noise_bytes(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "noise.mp3"
    path.write_bytes(start + np.random.default_rng(0).bytes(20_000))
    fails(path, NotAudioError)


def test_a_header_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "header.wav"
    soundfile.write(path, np.zeros(0, dtype=np.float32), 44_100)
    fails(path, EmptyAudioError, "nothing behind its header")


def test_a_film_without_sound(tmp_path: Path, encode: Encode) -> None:
    path = encode(tmp_path / "silent.mp4", np.zeros((1, 0)), 44_100, "aac", pictures=20)
    fails(path, NotAudioError, "pictures and no sound")


def test_a_playlist_opens_no_other_file(tmp_path: Path, encode: Encode, golden: ModuleType) -> None:
    target = encode(tmp_path / "target.aac", golden.song(2.0, 44_100), 44_100, "aac")
    header = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n"
    for name in ("list.mp3", "list.m3u8"):
        (tmp_path / name).write_text(f"{header}{target.as_uri()}\n#EXT-X-ENDLIST\n")
        fails(tmp_path / name, NotAudioError)


def test_nine_channels(tmp_path: Path) -> None:
    path = tmp_path / "nine.wav"
    soundfile.write(path, np.zeros((9000, 9)), 44_100)
    fails(path, ChannelError, "at most 8 channels", "has 9")


@pytest.mark.parametrize("rate", [1000, 500_000])
def test_a_rate_that_is_none(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "rate.wav"
    soundfile.write(path, np.zeros(9000), rate)
    fails(path, SampleRateError, f"{rate} Hz", "export it again")


def test_every_error_is_one_root() -> None:
    errors = (ChannelError, EmptyAudioError, NotAudioError, SampleRateError, UnreadableError)
    assert all(issubclass(error, AudioError) and issubclass(error, ValueError) for error in errors)


def test_the_file_is_closed(tmp_path: Path, golden: ModuleType) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, golden.song(3.0, 8000), 8000)
    with Decoder(path) as decoder:
        next(iter(decoder))
    assert not [link for link in Path("/proc/self/fd").iterdir() if _target(link) == path]


def _target(link: Path) -> Path | None:
    try:
        return link.readlink()
    except FileNotFoundError:
        return None


def test_suffixes_are_lower_case_with_a_dot() -> None:
    assert {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".webm", ".aiff"} <= AUDIO_SUFFIXES
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in AUDIO_SUFFIXES)
