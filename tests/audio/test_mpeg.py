"""MP3: tags in front, the header that counts frames, the free format."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from plaudit.audio.decode import Decoder
from plaudit.audio.errors import NotAudioError

from .conftest import encode_song

RATE = 44_100
X = 0.3 * np.sin(np.arange(3 * RATE) / 15).astype(np.float32)


def tag(words: bytes) -> bytes:
    body = b"COMM" + struct.pack(">I", 5 + len(words)) + b"\0\0\0deu" + words
    return b"ID3\3\0\0\0\0" + bytes([len(body) >> 7, len(body) & 127]) + body


@pytest.fixture(scope="module", params=["VBR mono", "CBR stereo"])
def song(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("mp3") / "s.mp3"
    if request.param == "VBR mono":
        soundfile.write(path, X, RATE)
    else:
        encode_song(path, np.stack([X, X]), RATE, "libmp3lame")
    return path.read_bytes()


def counting(
    song: bytes, factor: float = 1, n_bytes: int | None = None, flags: int | None = None
) -> bytes:
    """Change what the header of the first frame counts."""
    at = max(song.find(b"Xing"), song.find(b"Info"))
    data = bytearray(song)
    n_frames = min(0x7FFF_FFFF, int(factor * int.from_bytes(data[at + 8 : at + 12], "big")))
    data[at + 8 : at + 12] = n_frames.to_bytes(4, "big")
    if n_bytes is not None:
        data[at + 12 : at + 16] = n_bytes.to_bytes(4, "big")
    if flags is not None:
        data[at + 7] = flags
    return bytes(data)


def read(path: Path, content: bytes) -> tuple[float, str]:
    path.write_bytes(content)
    with Decoder(path) as decoder:
        sum(block.shape[1] for block in decoder)
        note = decoder.loss().note()
    return decoder.decoded_s, "" if note is None else note.message


@pytest.mark.parametrize("factor", [1, 2, 10, 1e9])
def test_a_count_that_the_file_rules_out_is_not_believed(
    tmp_path: Path, song: bytes, factor: float
) -> None:
    decoded_s, note = read(tmp_path / "s.mp3", counting(song, factor))
    assert decoded_s == pytest.approx(3, abs=0.05)
    assert note == ""


@pytest.mark.parametrize(("n_bytes", "flags"), [(0xFFFF_FFFF, None), (None, 1)])
def test_an_absurd_count_is_not_believed_whatever_else_is_stated(
    tmp_path: Path, song: bytes, n_bytes: int | None, flags: int | None
) -> None:
    assert read(tmp_path / "s.mp3", counting(song, 1e9, n_bytes, flags))[1] == ""


@pytest.mark.parametrize("part", [0.1, 0.5])
def test_a_file_cut_off_is_noted(tmp_path: Path, song: bytes, part: float) -> None:
    note = read(tmp_path / "s.mp3", tag(b"Infos") * 2 + song[: int(part * len(song))])[1]
    assert "s of the 3.0 s that the file states" in note


@pytest.mark.parametrize(
    "tags",
    [
        tag(b"Infos zu den Noten"),
        tag(b"Xing\0\0\0\1zzzz"),
        tag(b"one") + tag(b"Infos zu den Noten"),
        tag(b"Info\0\0\0\1zzzz") * 3,
        tag(b"Xing\0\0\0\1zzzz" + bytes(9000)),
        b"\0" * 777,
    ],
)
def test_what_stands_in_tags_is_no_count(tmp_path: Path, song: bytes, tags: bytes) -> None:
    decoded_s, note = read(tmp_path / "s.mp3", tags + song)
    assert decoded_s == pytest.approx(3, abs=0.06)
    assert note == ""


def test_tags_in_a_row_change_no_sample(tmp_path: Path, song: bytes) -> None:
    samples = []
    for name, tags in (("none", b""), ("two", tag(b"one") + tag(b"Infos"))):
        path = tmp_path / f"{name}.mp3"
        path.write_bytes(tags + song)
        with Decoder(path) as decoder:
            samples.append(np.concatenate(list(decoder), axis=1))
    np.testing.assert_array_equal(samples[0], samples[1])


def test_a_hole_is_noted_though_all_bytes_are_there(tmp_path: Path, song: bytes) -> None:
    middle, n = len(song) // 2, len(song) // 4
    holed = song[:middle] + bytes(n) + song[middle + n :]
    assert "s of the 3.0 s that the file states" in read(tmp_path / "s.mp3", holed)[1]


@pytest.mark.parametrize("tags", [b"", tag(b"words")])
def test_a_free_format_is_named(tmp_path: Path, tags: bytes) -> None:
    song = encode_song(tmp_path / "s.mp3", np.stack([X, X]), RATE, "libmp3lame").read_bytes()
    data = bytearray(song[song.index(b"\xff\xfb") :])
    at, kbits = 0, (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192)
    while at + 4 < len(data):
        size = 144_000 * kbits[data[at + 2] >> 4] // RATE + (data[at + 2] >> 1 & 1)
        data[at + 2] &= 0x0F
        at += size
    with pytest.raises(NotAudioError, match=r"MP3 of free format .* convert it"):
        read(tmp_path / "free.mp3", tags + data)
