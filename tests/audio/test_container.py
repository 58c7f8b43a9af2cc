"""What a container states about its samples, against what it holds."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from plaudit.audio.decode import Decoder
from plaudit.audio.errors import EmptyAudioError, NotAudioError

RATE = 16_000
N = 3 * RATE
X: NDArray[np.float64] = 0.4 * np.sin(np.arange(N) ** 1.3 / 40) * 2**23 // 256 * 256 / 2**23
"""Three seconds whose samples 16 bits hold exactly."""

WIDE = (X * 2**23).astype("<i4")
LE, BE = (X * 2**15).astype("<i2").tobytes(), (X * 2**15).astype(">i2").tobytes()


def chunk(name: bytes, body: bytes, order: str = "<", *, pad: bool = True) -> bytes:
    return name + struct.pack(f"{order}I", len(body)) + body + b"\0" * (pad and len(body) % 2)


def fmt(
    order: str = "<", *, code: int = 1, bits: int = 16, block: int = 0, more: bytes = b""
) -> bytes:
    block = block or bits // 8
    body = struct.pack(f"{order}HHIIHH", code, 1, RATE, RATE * block, block, bits) + more
    return chunk(b"fmt ", body, order)


def extensible(order: str, valid: int, code: int) -> bytes:
    tail = bytes.fromhex("800000aa00389b71")
    return struct.pack(f"{order}HHIIHH", 22, valid, 4, code, 0, 16) + tail


def wav(*chunks: bytes, name: bytes = b"RIFF", order: str = "<") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack(f"{order}I", len(body)) + body


def swapped(dtype: str, values: NDArray[np.float64]) -> bytes:
    return values.astype(dtype).tobytes()


def rifx(samples: bytes, **kind: int) -> bytes:
    return wav(fmt(">", **kind), chunk(b"data", samples, ">"), name=b"RIFX", order=">")  # type: ignore[arg-type]


def big_24(wide: NDArray[np.int32]) -> bytes:
    return wide.view(np.uint8).reshape(-1, 4)[:, 2::-1].tobytes()


def wide_wav(name: bytes, samples: bytes, stated: int | None = None) -> bytes:
    sizes = struct.pack("<QQQI", 0, len(samples) if stated is None else stated, N, 0)
    head = name + b"\xff" * 4 + b"WAVE" + chunk(b"ds64", sizes) + fmt()
    return head + b"data" + b"\xff" * 4 + samples


def w64(samples: bytes, stated: int | None = None) -> bytes:
    tail = bytes.fromhex("f3acd3118cd100c04f8edb8a")
    body = fmt()[8:]
    size = 24 + (len(samples) if stated is None else stated)
    chunks = b"fmt " + tail + struct.pack("<Q", 24 + len(body)) + body
    chunks += b"data" + tail + struct.pack("<Q", size) + samples
    head = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
    return head + struct.pack("<Q", 40 + len(chunks)) + b"wave" + tail + chunks


def aiff(samples: bytes, *extra: bytes, stated: int | None = None, code: bytes = b"") -> bytes:
    rate = struct.pack(">HQ", 0x400C, RATE << 50)
    described = chunk(b"COMM", struct.pack(">hIh", 1, N, 16) + rate + code, ">")
    size = 8 + (len(samples) if stated is None else stated)
    sound = b"SSND" + struct.pack(">I", size) + bytes(8) + samples
    body = (b"AIFC" if code else b"AIFF") + described + b"".join(extra) + sound
    return b"FORM" + struct.pack(">I", len(body)) + body


def caf(samples: bytes, *, little: bool = False, stated: int | None = None) -> bytes:
    described = struct.pack(">d4sIIIII", RATE, b"lpcm", 2 * little, 2, 1, 1, 16)
    size = 4 + len(samples) if stated is None else stated
    head = b"caff\0\1\0\0desc" + struct.pack(">q", len(described)) + described
    return head + b"data" + struct.pack(">q", size) + bytes(4) + samples


def au(samples: bytes, stated: int) -> bytes:
    return b".snd" + struct.pack(">IIIII", 24, stated, 3, RATE, 1) + samples


LIST = chunk(b"LIST", b"INFO" + chunk(b"ICMT", b"words " * 15_000))
TAG = b"ID3\3\0\0\0\0\0\x0eTIT2" + bytes(10)
PLAIN = wav(fmt(), chunk(b"data", LE))

WHOLE = {
    "plain.wav": PLAIN,
    "rifx.wav": rifx(BE),
    "rifx_24.wav": rifx(big_24(WIDE), bits=24),
    "rifx_32.wav": rifx(swapped(">i4", X * 2**31), bits=32),
    "rifx_float.wav": rifx(swapped(">f4", X), code=3, bits=32),
    "rifx_double.wav": rifx(swapped(">f8", X), code=3, bits=64),
    "rifx_24_in_32.wav": rifx(swapped(">i4", X * 2**31), bits=24, block=4),
    "rifx_extensible.wav": wav(
        fmt(">", code=0xFFFE, more=extensible(">", 16, 1)),
        chunk(b"data", BE, ">"),
        name=b"RIFX",
        order=">",
    ),
    "extensible.wav": wav(fmt(code=0xFFFE, more=extensible("<", 16, 1)), chunk(b"data", LE)),
    "24_in_32_high.wav": wav(fmt(bits=24, block=4), chunk(b"data", (WIDE << 8).tobytes())),
    "24_in_32_low.wav": wav(fmt(bits=24, block=4), chunk(b"data", (WIDE + 1).tobytes())),
    "24_in_32_float.wav": wav(
        fmt(bits=24, block=4), chunk(b"data", swapped("<f4", X * 2**23 + (X == 0)))
    ),
    "rifx_24_in_32_float.wav": rifx(swapped(">f4", X * 2**23 + (X == 0)), bits=24, block=4),
    "24_in_32_valid.wav": wav(
        fmt(code=0xFFFE, bits=32, more=extensible("<", 24, 1)),
        chunk(b"data", (WIDE << 8).tobytes()),
    ),
    "16_in_24.wav": wav(
        fmt(bits=16, block=3), chunk(b"data", WIDE.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    ),
    "double.wav": wav(fmt(code=3, bits=64), chunk(b"data", swapped("<f8", X))),
    "odd_chunk.wav": wav(fmt(), chunk(b"bext", b"x" * 495), chunk(b"data", LE)),
    "odd_chunk_without_pad.wav": wav(
        fmt(), chunk(b"bext", b"x" * 495, pad=False), chunk(b"data", LE)
    ),
    "odd_format_without_pad.wav": wav(fmt(more=b"\0")[:-1], chunk(b"data", LE)),
    "unknown_odd_without_pad.wav": wav(fmt(), chunk(b"mine", b"x", pad=False), chunk(b"data", LE)),
    "list_behind.wav": wav(fmt(), chunk(b"data", LE), LIST),
    "list_cut.wav": wav(fmt(), chunk(b"data", LE), LIST)[:-40_000],
    "id3_behind.wav": wav(fmt(), chunk(b"data", LE), chunk(b"id3 ", TAG + b"q" * 60_000)),
    "id3_bare_behind.wav": PLAIN + TAG + b"q" * 60_000,
    "id3_before.wav": TAG + TAG + PLAIN,
    "zeros_behind.wav": PLAIN + bytes(60_000),
    "streamed.wav": wav(fmt()) + b"data" + b"\xff" * 4 + LE,
    "streamed_0.wav": wav(fmt()) + b"data" + b"\0" * 4 + LE,
    "empty_first.wav": wav(fmt(), chunk(b"data", b""), chunk(b"data", LE)),
    "samples_first.wav": wav(chunk(b"data", LE), fmt()),
    "rf64.wav": wide_wav(b"RF64", LE),
    "bw64.wav": wide_wav(b"BW64", LE),
    "bw64_streamed.wav": wide_wav(b"BW64", LE, stated=0),
    "w64.w64": w64(LE),
    "w64_streamed.w64": w64(LE, stated=2**63 - 100),
    "plain.aiff": aiff(BE),
    "odd_chunk_without_pad.aiff": aiff(BE, chunk(b"NAME", b"title", ">", pad=False)),
    "odd_chunk.aiff": aiff(BE, chunk(b"NAME", b"title", ">")),
    "streamed.aiff": aiff(BE, stated=-8),
    "streamed_ff.aiff": aiff(BE, stated=0xFFFF_FFF7),
    "list_behind.aiff": aiff(BE) + chunk(b"ANNO", b"words " * 15_000, ">"),
    "sowt.aifc": aiff(LE, code=b"sowt\0\0"),
    "plain.caf": caf(BE),
    "little.caf": caf(LE, little=True),
    "streamed.caf": caf(BE, stated=-1),
    "streamed.au": au(BE, 0xFFFF_FFFF),
    "less.au": au(BE, 32_000),
}
"""Files that hold all of ``X``, and say nothing that is not so."""


def read(path: Path) -> tuple[NDArray[np.float32], str]:
    with Decoder(path) as decoder:
        samples = np.concatenate(list(decoder), axis=1)[0]
        note = decoder.loss().note()
    return samples, "" if note is None else f"{note.type}: {note.message}"


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read_as_they_are_meant(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(WHOLE[name])
    samples, note = read(path)
    assert note == ""
    if "_low" in name or "_float" in name:
        np.testing.assert_allclose(samples, X, atol=2**-20)
    else:
        np.testing.assert_array_equal(samples, X.astype(np.float32))
    assert capfd.readouterr().err == ""


def test_24_bits_at_the_low_end_of_32_are_known_behind_silence(tmp_path: Path) -> None:
    path = tmp_path / "late.wav"
    late = np.concatenate([np.zeros(5 * RATE, np.int32), WIDE + 1])
    path.write_bytes(wav(fmt(bits=24, block=4), chunk(b"data", late.tobytes())))
    np.testing.assert_allclose(read(path)[0][5 * RATE :], X, atol=2**-20)


@pytest.mark.parametrize(("code", "bits"), [(6, 8), (7, 8), (1, 8)])
def test_bytes_have_no_order(tmp_path: Path, code: int, bits: int) -> None:
    raw = np.random.default_rng(0).integers(0, 256, N, np.uint8).tobytes()
    plain, other = tmp_path / "plain.wav", tmp_path / "rifx.wav"
    plain.write_bytes(wav(fmt(code=code, bits=bits), chunk(b"data", raw)))
    other.write_bytes(rifx(raw, code=code, bits=bits))
    samples, note = read(plain)
    assert (len(samples), note) == (N, "")
    np.testing.assert_array_equal(read(other)[0], samples)


def test_two_channels_keep_their_order_in_big_endian(tmp_path: Path) -> None:
    pair = np.stack([X, -X[::-1]], axis=1) * 2**15
    path = tmp_path / "pair.wav"
    form = chunk(b"fmt ", struct.pack(">HHIIHH", 1, 2, RATE, RATE * 4, 4, 16), ">")
    path.write_bytes(wav(form, chunk(b"data", swapped(">i2", pair), ">"), name=b"RIFX", order=">"))
    with Decoder(path) as decoder:
        np.testing.assert_array_equal(np.concatenate(list(decoder), axis=1), pair.T / 2**15)


def test_a_big_endian_code_that_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adpcm.wav"
    path.write_bytes(rifx(bytes(9000), code=0x11, bits=4, block=256))
    with pytest.raises(NotAudioError, match=r"big-endian WAV file \(RIFX\) in the code 0x0011"):
        read(path)


def test_an_empty_song_with_words_behind_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(wav(fmt(), chunk(b"data", b""), LIST))
    with pytest.raises(EmptyAudioError, match="holds no samples"):
        read(path)


ALAW = wav(fmt(code=6, bits=8), chunk(b"data", bytes(range(200)) * 240))
CUT = {
    "plain.wav": PLAIN,
    "rifx.wav": rifx(BE),
    "rf64.wav": wide_wav(b"RF64", LE),
    "bw64.wav": wide_wav(b"BW64", LE),
    "w64.w64": w64(LE),
    "alaw.wav": ALAW,
    "24_in_32.wav": WHOLE["24_in_32_high.wav"],
    "odd_chunk_without_pad.wav": WHOLE["odd_chunk_without_pad.wav"],
    "plain.aiff": aiff(BE),
    "sowt.aifc": aiff(LE, code=b"sowt\0\0"),
    "plain.caf": caf(BE),
    "plain.au": au(BE, len(BE)),
}


@pytest.mark.parametrize("name", CUT)
def test_a_file_cut_off_is_noted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(CUT[name][: len(CUT[name]) // 2])
    samples, note = read(path)
    assert len(samples) == pytest.approx(N / 2, abs=600)
    assert note.startswith("partial_decode: Decoded 1.5 s of the 3.0 s that the file states; ")


HALF = N  # bytes
MORE: dict[str, tuple[bytes, float]] = {
    "says_less.wav": (wav(fmt(), chunk(b"data", LE[:32_000])) + LE[32_000:], 1.0),
    "says_less_rifx.wav": (rifx(BE[:32_000]) + BE[32_000:], 1.0),
    "two_data.wav": (wav(fmt(), chunk(b"data", LE[:HALF]), chunk(b"data", LE[HALF:])), 1.5),
    "list_between.wav": (
        wav(fmt(), chunk(b"data", LE[:HALF]), LIST, chunk(b"data", LE[HALF:])),
        1.5,
    ),
    "joined.wav": (PLAIN + PLAIN, 3.0),
    "says_less_rf64.wav": (wide_wav(b"RF64", LE, stated=32_000), 1.0),
    "says_less_bw64.wav": (wide_wav(b"BW64", LE, stated=32_000), 1.0),
    "says_less.w64": (w64(LE, stated=32_000), 1.0),
    "says_less.aiff": (aiff(BE, stated=32_000), 1.0),
    "says_less.caf": (caf(BE, stated=32_004), 1.0),
}


@pytest.mark.parametrize("name", MORE)
def test_a_file_that_holds_more_than_it_states_is_noted(tmp_path: Path, name: str) -> None:
    content, read_s = MORE[name]
    path = tmp_path / name
    path.write_bytes(content)
    samples, note = read(path)
    np.testing.assert_array_equal(samples, X[: int(read_s * RATE)].astype(np.float32))
    left_s = 3.0 if name == "joined.wav" else 3.0 - read_s
    assert note.startswith("partial_decode: ")
    assert f"he file holds bytes for {left_s:.1f} s behind the end of the sound" in note


def with_total(data: bytes, n_samples: int) -> bytes:
    field = int.from_bytes(data[18:26], "big") >> 36 << 36
    return data[:18] + (field | n_samples).to_bytes(8, "big") + data[26:]


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (0, ""),
        (RATE, ""),
        (N, ""),
        (2 * N, "Decoded 3.0 s of the 6.0 s that the file states; 50 % missing"),
        (2**36 - 1, ""),  # the size of the file rules it out
    ],
)
def test_the_length_that_a_flac_states(tmp_path: Path, total: int, words: str) -> None:
    path = tmp_path / "s.flac"
    soundfile.write(path, X, RATE)
    path.write_bytes(with_total(path.read_bytes(), total))
    samples, note = read(path)
    assert len(samples) == N
    assert words in note
    assert bool(words) == bool(note)


def test_ogg_songs_in_a_row_are_read_to_the_end_of_the_last(tmp_path: Path) -> None:
    path, other = tmp_path / "a.ogg", tmp_path / "b.ogg"
    soundfile.write(path, X, RATE)
    soundfile.write(other, X[: N // 2], RATE)
    first, second = path.read_bytes(), other.read_bytes()
    path.write_bytes(first + second)
    samples, note = read(path)
    assert len(samples) == pytest.approx(1.5 * N, rel=0.02)
    assert note == ""
    path.write_bytes(first + second[: len(second) // 2])
    assert "breaks off before its end" in read(path)[1]


def lying(data: bytes, box: bytes, value: int) -> bytes:
    at = data.index(box) + (20 if box != b"elst" else 12)
    return data[:at] + value.to_bytes(4, "big") + data[at + 4 :]


@pytest.mark.parametrize(("box", "unit"), [(b"mdhd", RATE), (b"mvhd", 1000), (b"elst", 1000)])
def test_an_m4a_that_states_ten_times_its_length_is_whole(
    tmp_path: Path, encode: Callable[..., Path], box: bytes, unit: int
) -> None:
    path = encode(tmp_path / "s.m4a", X.astype(np.float32), RATE, "aac")
    path.write_bytes(lying(path.read_bytes(), box, 30 * unit))
    samples, note = read(path)
    assert len(samples) == pytest.approx(N, rel=0.05)
    assert note == ""
