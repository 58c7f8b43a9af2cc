"""Near-duplicates: copies of a song are found, other songs are not, without comparing all."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from plaudit.audio.damage.codec import code
from plaudit.audio.resample import resample
from plaudit.datasets.inspect.duplicate import (
    MOST_DIFFERENT,
    difference,
    find_pairs,
    near_duplicates,
)
from plaudit.datasets.inspect.fingerprint import RATE, Fingerprint, fingerprint, fingerprint_of

SOURCE_RATE = 44_100
SECONDS = 14


def music(seed: int) -> NDArray[np.float32]:
    """Return a tune with a beat, mono: (n,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * SOURCE_RATE) / SOURCE_RATE
    sound = np.zeros(len(t))
    for octave, speed in ((1, 4), (0.5, 2), (2, 8)):
        pitch = 330 * octave * 2.0 ** (rng.integers(0, 12, 200) / 12)
        note = (speed * t).astype(int)
        sound += sum(np.sin(2 * np.pi * k * pitch[note] * t) / k for k in (1, 2, 3)) * np.exp(
            -2 * (speed * t % 1)
        )
    sound += 0.3 * rng.normal(size=len(t)) * np.exp(-20 * (2 * t % 1))
    return np.asarray(0.2 * sound / np.abs(sound).max(), np.float32)


def mark(sound: NDArray[np.float32], rate: int = SOURCE_RATE) -> Fingerprint:
    return fingerprint_of(resample(sound, rate, RATE))


def coded(sound: NDArray[np.float32], variant: str) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    stereo = np.stack([sound, sound])
    back = code(stereo, SOURCE_RATE, rng, variant=variant, **{f"{variant}_kbps": 128.0})
    return np.ascontiguousarray(back[0])


def through_mp3_file(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    file = io.BytesIO()
    soundfile.write(file, sound, SOURCE_RATE, format="MP3", subtype="MPEG_LAYER_III")
    file.seek(0)
    back: NDArray[np.float32] = soundfile.read(file, dtype="float32")[0]
    return back


COPIES: dict[str, Any] = {
    "louder": lambda x: mark(x * np.float32(3.9)),
    "quieter": lambda x: mark(x * np.float32(0.02)),
    "upside down": lambda x: mark(-x),
    "mp3": lambda x: mark(coded(x, "mp3")),
    "opus": lambda x: mark(coded(x, "opus")),
    "mp3 file with its own beginning": lambda x: mark(through_mp3_file(x)),
    "cut at the start": lambda x: mark(x[int(3.137 * SOURCE_RATE) :]),
    "22 kHz": lambda x: mark(resample(x, SOURCE_RATE, 22_050), 22_050),
    "some noise": lambda x: mark(
        x + np.float32(0.002) * np.random.default_rng(9).normal(size=len(x)).astype(np.float32)
    ),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_and_another_song_is_not(copy: str) -> None:
    song, other = music(1), music(2)
    prints = [mark(song), COPIES[copy](song), mark(other)]
    (pair,) = find_pairs(prints)
    assert (pair.first, pair.second) == (0, 1)
    assert pair.different < MOST_DIFFERENT - 0.1
    if copy == "cut at the start":
        assert pair.offset_s == pytest.approx(3.137, abs=0.06)


def test_unrelated_songs_differ_in_half_of_their_bits() -> None:
    prints = [mark(music(seed)) for seed in range(10, 16)]
    assert find_pairs(prints) == []
    apart = [difference(a, b, 0) for i, a in enumerate(prints) for b in prints[:i]]
    assert min(apart) > 0.4
    assert np.mean(apart) == pytest.approx(0.5, abs=0.04)


def test_the_difference_is_symmetric_and_nothing_with_itself() -> None:
    whole, later = mark(music(3)), mark(music(3)[SOURCE_RATE:])
    assert difference(whole, whole, 0) == 0
    hops = round(RATE / 64)
    assert difference(whole, later, hops) == difference(later, whole, -hops)


def test_silence_and_nothing_are_like_nothing() -> None:
    silent = fingerprint_of(np.zeros(10 * RATE, np.float32))
    short = fingerprint_of(np.ones(100, np.float32))
    assert len(silent.keys) == len(short.keys) == 0
    assert find_pairs([silent, short, silent, None, mark(music(4))]) == []
    assert find_pairs([]) == []


def test_many_copies_of_one_song_are_all_joined(tmp_path: Path) -> None:
    # More copies than equal frames looked at on each side: they chain.
    ids = np.array([f"s{k:03d}" for k in range(40)], dtype=object)
    song = music(5)[: 8 * SOURCE_RATE]
    paths: list[Path | None] = []
    for k in range(40):
        path = tmp_path / f"{k}.wav"
        if k == 0:
            soundfile.write(path, song, SOURCE_RATE)
        else:
            path.symlink_to(tmp_path / "0.wav")
        paths.append(path)
    names = near_duplicates(ids, paths, workers=1)
    assert names.tolist() == ["s000"] * 40


def test_songs_that_cannot_be_decoded_are_reported(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "b.wav", music(6), SOURCE_RATE)
    soundfile.write(tmp_path / "c.flac", music(6), SOURCE_RATE)
    (tmp_path / "a.wav").write_text("no sound")
    lines: list[str] = []
    paths = [tmp_path / "a.wav", tmp_path / "b.wav", None, tmp_path / "c.flac"]
    ids = np.array(["a", "b", "n", "c"], dtype=object)
    names = near_duplicates(ids, paths, workers=1, on_progress=lines.append)
    assert names.tolist() == [None, "b", None, "b"]
    assert any("Not compared" in line and "a.wav" in line for line in lines)


def test_a_fingerprint_of_a_file_is_that_of_its_first_two_minutes(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    soundfile.write(path, np.tile(music(7), 11), SOURCE_RATE)  # 154 s
    whole = fingerprint(path)
    assert len(whole.body) == pytest.approx(120 * RATE / 256, rel=0.01)
    assert (np.diff(whole.times) > 0).all()
