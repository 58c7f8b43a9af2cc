"""Files that were cut off or scratched: what can be known is said, and the rest is decoded."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile

from plaudit.audio.decode import Decoder
from plaudit.audio.errors import AudioError, NotAudioError
from plaudit.audio.extent import Loss
from plaudit.core.note import Note

Encode = Callable[..., Path]
RATE = 44_100
SECONDS = 8.0

STATED = [
    ("s.wav", "pcm_s16le", {}),
    ("rf64.wav", "pcm_s16le", {"rf64": "always"}),
    ("s.aiff", "pcm_s16be", {}),
    ("s.au", "pcm_s16be", {}),
    ("s.caf", "pcm_s16le", {}),
    ("s.flac", "flac", {}),
    ("s.mka", "flac", {}),
    ("s.mp3", "libmp3lame", {}),
    ("fast.m4a", "aac", {"movflags": "+faststart"}),
    ("fast.mp4", "alac", {"movflags": "+faststart"}),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


def read(path: Path) -> tuple[float, Note | None]:
    with Decoder(path) as decoder:
        for _ in decoder:
            pass
        return decoder.decoded_s, decoder.loss().note()


def cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def partial(note: Note | None) -> str:
    assert note is not None
    assert note.type == "partial_decode"
    return note.message


@pytest.mark.parametrize(("name", "codec", "options"), STATED)
def test_a_file_cut_off_says_how_much_is_lost(
    store: Path,
    encode: Encode,
    golden: ModuleType,
    capfd: pytest.CaptureFixture[str],
    name: str,
    codec: str,
    options: dict[str, str],
) -> None:
    path = encode(store / name, golden.song(SECONDS, RATE), RATE, codec, options=options)
    decoded_s, note = read(cut(path, 0.5))
    assert 0.3 * SECONDS < decoded_s < 0.65 * SECONDS
    lost = 100 * (1 - decoded_s / SECONDS)
    message = partial(note)
    assert f"Decoded {decoded_s:.1f} s of the 8.0 s that the file states; " in message
    stated = float(message.split("; ")[1].split(" %")[0])
    assert stated == pytest.approx(lost, abs=0.5)
    assert "only what was decoded" in message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("name", "codec"), [("c.opus", "libopus"), ("c.oga", "flac")])
def test_an_ogg_cut_off_lacks_its_end_mark(
    store: Path, encode: Encode, golden: ModuleType, name: str, codec: str
) -> None:
    path = encode(store / name, golden.song(SECONDS, 48_000), 48_000, codec, container="ogg")
    assert read(path)[1] is None
    _, note = read(cut(path, 0.5))
    assert "breaks off before its end" in partial(note)


def test_a_webm_cut_off(store: Path, encode: Encode, golden: ModuleType) -> None:
    path = encode(store / "cut.webm", golden.song(SECONDS, 48_000), 48_000, "libopus")
    assert "s of the 8.0 s" in partial(read(cut(path, 0.5))[1])


def test_raw_aac_cut_off_has_a_broken_last_packet(
    store: Path, encode: Encode, golden: ModuleType
) -> None:
    path = encode(store / "cut.aac", golden.song(SECONDS, RATE), RATE, "aac")
    assert partial(read(cut(path, 0.5))[1]).startswith("1 damaged packet skipped.")


def test_an_mp4_without_its_index(store: Path, encode: Encode, golden: ModuleType) -> None:
    path = encode(store / "noindex.m4a", golden.song(SECONDS, RATE), RATE, "aac")
    with pytest.raises(NotAudioError, match=r"noindex.m4a is an MP4 or M4A file without its index"):
        Decoder(cut(path, 0.5))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("x.mp3", "libmp3lame"), ("x.m4a", "aac"), ("x.mka", "flac"), ("x.aac", "aac")],
)
def test_scratches_are_skipped_and_counted(
    store: Path, encode: Encode, golden: ModuleType, name: str, codec: str
) -> None:
    path = encode(store / name, golden.song(SECONDS, RATE), RATE, codec)
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for at in (len(data) // 3, len(data) // 2, 2 * len(data) // 3):
        data[at : at + 400] = rng.bytes(400)
    path.write_bytes(data)
    decoded_s, note = read(path)
    assert decoded_s > 0.5 * SECONDS  # a scratch in a frame of Matroska costs a whole cluster
    assert "damaged packet" in partial(note)


def test_a_flac_that_skips_a_scratch_silently_is_found_by_its_length(
    store: Path, encode: Encode, golden: ModuleType
) -> None:
    path = encode(store / "x.flac", golden.song(SECONDS, RATE), RATE, "flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60_000] = bytes(60_000)
    path.write_bytes(data)
    assert "% missing" in partial(read(path)[1])


def test_tags_at_the_end_of_an_mp3_are_no_damage(
    store: Path, encode: Encode, golden: ModuleType
) -> None:
    for name, options in (("tag.mp3", {}), ("tag0.mp3", {"write_xing": "0"})):
        path = encode(store / name, golden.song(3.0, RATE), RATE, "libmp3lame", options=options)
        ape = b"APETAGEX" + struct.pack("<IIIIQ", 2000, 332, 1, 0x80000000, 0)
        for tail in (b"\1" * 300 + ape, b"TAG" + b"Title".ljust(125, b"\0"), bytes(5000)):
            copy = Path(shutil.copy(path, store / f"with_{name}"))
            copy.write_bytes(path.read_bytes() + tail)
            assert read(copy)[1] is None


def test_a_large_id3_tag_does_not_hide_the_frame_count(
    store: Path, encode: Encode, golden: ModuleType
) -> None:
    path = encode(store / "id3.mp3", golden.song(SECONDS, RATE), RATE, "libmp3lame")
    size = 300_000
    tag = b"ID3\4\0\0" + bytes((size >> shift) & 127 for shift in (21, 14, 7, 0)) + bytes(size)
    data = path.read_bytes()
    path.write_bytes(tag + data)
    assert read(path)[1] is None
    path.write_bytes(tag + data[: len(data) // 2])
    assert "s of the 8.0 s" in partial(read(path)[1])


@pytest.mark.parametrize("size", [0xFFFF_FFFF, 0])
def test_a_wav_of_unknown_size_is_read_to_its_end(
    store: Path, golden: ModuleType, size: int
) -> None:
    path = store / "stream.wav"
    soundfile.write(path, golden.song(3.0, RATE), RATE)
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + struct.pack("<I", size) + data[at + 4 :])
    decoded_s, note = read(path)
    assert decoded_s == pytest.approx(3.0)
    assert note is None


def test_a_wav_with_a_large_odd_chunk_before_its_samples(store: Path, golden: ModuleType) -> None:
    path = store / "list.wav"
    soundfile.write(path, golden.song(3.0, RATE), RATE)
    data = path.read_bytes()
    at = data.index(b"data")
    whole = data[:at] + b"LIST" + struct.pack("<I", 70_001) + bytes(70_002) + data[at:]
    path.write_bytes(whole)
    assert read(path)[1] is None
    path.write_bytes(whole[: len(whole) * 2 // 3])
    assert "s of the 3.0 s" in partial(read(path)[1])


def test_ogg_songs_in_a_chain(store: Path, golden: ModuleType) -> None:
    for name, rate in (("a", 44_100), ("b", 22_050)):
        soundfile.write(store / f"{name}.ogg", golden.song(3.0, rate), rate)
    first, other = ((store / f"{name}.ogg").read_bytes() for name in "ab")
    chain = store / "chain.ogg"
    chain.write_bytes(first + first)
    decoded_s, note = read(chain)
    assert decoded_s == pytest.approx(6.0, abs=0.01)
    assert note is None
    chain.write_bytes(first + other)  # the second cannot be decoded with the first's header
    assert partial(read(chain)[1]).startswith("The file breaks off before its end")


def test_no_damage_is_an_unnamed_error_or_speaks_on_stderr(
    store: Path, encode: Encode, golden: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(5)
    song = golden.song(1.2, 48_000)
    kinds = {
        "mp3": "libmp3lame",
        "m4a": "aac",
        "opus": "libopus",
        "flac": "flac",
        "caf": "pcm_s16le",
    }
    songs, messages = 0, []
    for suffix, codec in kinds.items():
        whole = encode(store / f"fuzz.{suffix}", song, 48_000, codec).read_bytes()
        path = store / f"fuzzed.{suffix}"
        for _ in range(40):
            data = bytearray(whole)
            for at in rng.integers(0, len(data) if rng.random() < 0.5 else 300, 8):
                data[at] = rng.integers(256)
            path.write_bytes(data[: rng.integers(1, 2 * len(data))])
            try:
                with Decoder(path) as decoder:
                    songs += all(block.size for block in decoder)
            except AudioError as error:
                messages.append(str(error))
    assert songs
    assert all("fuzzed." in message for message in messages)
    assert len(messages) == 200 - songs > 0
    assert capfd.readouterr().err == ""


def test_a_size_beyond_any_disk_is_read_past_in_silence(
    store: Path, encode: Encode, golden: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    path = encode(store / "huge.caf", golden.song(2.0, RATE), RATE, "pcm_s16le")
    data = bytearray(path.read_bytes())
    data[data.index(b"data") + 4] = 0x40  # the size of the samples, plus 4.6e18 bytes
    path.write_bytes(data)
    assert read(path)[0] == pytest.approx(2.0)
    assert capfd.readouterr().err == ""


def test_what_a_loss_says() -> None:
    assert Loss(decoded_s=30.0).note() is None
    assert Loss(decoded_s=30.0, expected_s=30.2).note() is None
    assert Loss(decoded_s=30.2, expected_s=30.0, n_edge=1).note() is None
    assert partial(Loss(decoded_s=12.3, expected_s=30.0).note()) == (
        "Decoded 12.3 s of the 30.0 s that the file states; 59 % missing. The scores describe only"
        " what was decoded."
    )
    assert partial(Loss(decoded_s=30.0, expected_s=30.0, n_damaged=2).note()).startswith(
        "2 damaged packets skipped."
    )
    assert partial(Loss(decoded_s=29.0, expected_s=30.0, n_edge=1).note()).startswith(
        "Decoded 29.0 s of the 30.0 s that the file states; 3.33 % missing; 1 damaged packet"
        " skipped."
    )
    assert partial(Loss(decoded_s=30.0, ends_early=True).note()).startswith("The file breaks off")
