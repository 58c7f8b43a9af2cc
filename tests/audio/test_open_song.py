import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from plaudit.audio.checked import Source
from plaudit.audio.errors import (
    ArrayError,
    AudioError,
    ChannelError,
    EmptyAudioError,
    NonFiniteError,
    RateChangeError,
    SampleRateError,
    TooLongError,
    TooShortError,
    UnfinishedError,
)
from plaudit.audio.resample import resample
from plaudit.audio.segment import Segment, SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import MissingFileError, PlauditError

Encode = Callable[..., Path]
TEN = SegmentRule(length_s=10.0)


def samples_of(source: Source, rate: int = 24_000, rule: SegmentRule = TEN) -> NDArray[np.float32]:
    return np.concatenate([segment.samples for segment in open_song(source, rate, rule)])


def test_the_path_of_a_score_is_mean_then_resampler_then_cut(golden: ModuleType) -> None:
    left, right = golden.song(12.0, 44_100), golden.song(12.0, 44_100)[::-1]
    song = open_song((np.stack([left, right]), 44_100), 24_000, TEN)
    segments = list(song)
    mean = ((left.astype(np.float64) + right) / 2).astype(np.float32)
    expected = resample(mean, 44_100, 24_000)
    joined = np.concatenate([segment.samples for segment in segments])
    np.testing.assert_array_equal(joined[: len(expected)], expected)
    assert not joined[len(expected) :].any()
    assert [(s.start_s, s.end_s) for s in segments] == [(0.0, 10.0), (10.0, 12.0)]
    assert [s.samples.shape for s in segments] == [(240_000,)] * 2
    assert song.duration_s == 12.0
    assert song.warnings == ()
    assert not song.silent


def test_wav_flac_and_array_give_the_same_bits(
    tmp_path: Path, encode: Encode, golden: ModuleType
) -> None:
    integers = np.round(np.stack([golden.song(11.3, 44_100)] * 2) * 32767).astype(np.int16)
    integers[1] //= 2
    floats = (integers / 32767).astype(np.float64)
    wav = encode(tmp_path / "a.wav", floats, 44_100, "pcm_s16le")
    flac = encode(tmp_path / "a.flac", floats, 44_100, "flac")
    alac = encode(tmp_path / "a.m4a", floats, 44_100, "alac")
    expected = samples_of((integers, 44_100))
    np.testing.assert_array_equal(samples_of(wav), expected)
    np.testing.assert_array_equal(samples_of(str(flac)), expected)
    assert alac.exists()
    np.testing.assert_array_equal(samples_of((integers.astype(np.int32) << 16, 44_100)), expected)
    np.testing.assert_array_equal(
        samples_of((integers / np.float32(32768), 44_100.0)),  # type: ignore[arg-type]  # a whole float is welcome
        expected,
    )


def test_rate_and_rule_change_the_segments(golden: ModuleType) -> None:
    source = (golden.song(12.0), 24_000)
    by_rate = [list(open_song(source, rate, TEN)) for rate in (24_000, 16_000)]
    assert [len(segments[0].samples) for segments in by_rate] == [240_000, 160_000]
    drop = SegmentRule(length_s=10.0, tail="drop", min_tail_s=5.0)
    assert len(list(open_song(source, 24_000, drop))) == 1


def test_warnings_of_a_file(tmp_path: Path, golden: ModuleType) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, golden.song(6.0, 8000), 8000)
    path.write_bytes(path.read_bytes()[:40_000])
    song = open_song(path, 24_000, TEN)
    segments = list(song)
    assert segments[-1].end_s == pytest.approx(song.duration_s, abs=1e-4)
    assert [note.type for note in song.warnings] == ["partial_decode", "low_rate"]


def test_silence_is_told_not_raised() -> None:
    song = open_song((np.zeros(48_000), 24_000), 24_000, TEN)
    assert [segment.music_s for segment in song] == [0.0]
    assert song.silent
    assert [note.type for note in song.warnings] == ["silent"]


def test_results_are_known_only_at_the_end(golden: ModuleType) -> None:
    song = open_song((golden.song(12.0), 24_000), 24_000, TEN)
    next(song)
    with pytest.raises(UnfinishedError, match="read all segments first"):
        _ = song.warnings
    assert issubclass(UnfinishedError, PlauditError)


def open_files(path: Path) -> list[Path]:
    links = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = link.readlink()
        except FileNotFoundError:
            continue
        if target == path:
            links.append(link)
    return links


@pytest.fixture
def long_file(tmp_path: Path, golden: ModuleType) -> Path:
    path = tmp_path / "long.wav"
    soundfile.write(path, golden.song(40.0, 8000), 8000)
    return path


def test_a_dropped_song_closes_its_file(long_file: Path) -> None:
    song = open_song(long_file, 24_000, TEN)
    assert not open_files(long_file)
    next(song)
    assert open_files(long_file)
    del song
    gc.collect()
    assert not open_files(long_file)


def test_with_and_close_close_the_file(long_file: Path) -> None:
    with open_song(long_file, 24_000, TEN) as song:
        next(song)
    assert not open_files(long_file)
    assert list(song) == []
    song.close()


def test_an_error_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    x = np.zeros(80_000, dtype=np.float32)
    x[40_000] = np.nan
    soundfile.write(path, x, 8000, subtype="FLOAT")
    with pytest.raises(NonFiniteError):
        list(open_song(path, 24_000, SegmentRule(length_s=1.0)))
    assert not open_files(path)


def test_not_finite_says_how_many_and_where_first(tmp_path: Path) -> None:
    x = np.zeros((80_000, 2), dtype=np.float32)
    x[20_000, 1] = np.nan
    x[60_000:60_010] = np.inf
    path = tmp_path / "nan.wav"
    soundfile.write(path, x, 8000, subtype="FLOAT")
    message = "holds 21 that are NaN or infinite, the first at 2.500 s"
    for source in (path, (x.T, 8000)):
        segments: list[Segment] = []
        with pytest.raises(NonFiniteError, match=message):
            segments.extend(open_song(source, 24_000, TEN))
        assert segments == []


def test_too_short(tmp_path: Path, golden: ModuleType) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, golden.song(0.2), 24_000)
    with pytest.raises(TooShortError, match=r"at least 1 s .*short.wav holds 0.2 s; choose a long"):
        list(open_song(path, 24_000, TEN))
    with pytest.raises(TooShortError, match=r"holds 0.999 s"):
        list(open_song((np.zeros(23_999), 24_000), 24_000, SegmentRule(length_s=0.1)))
    assert len(list(open_song((np.zeros(24_000), 24_000), 24_000, TEN))) == 1


def test_too_short_because_damaged(tmp_path: Path, golden: ModuleType) -> None:
    path = tmp_path / "stub.wav"
    soundfile.write(path, golden.song(30.0), 24_000)
    path.write_bytes(path.read_bytes()[:10_000])
    with pytest.raises(
        TooShortError, match=r"holds 0.207 s; it is damaged\. Decoded 0.2 s of the 30.0"
    ):
        list(open_song(path, 24_000, TEN))


def test_errors_come_from_iterating(tmp_path: Path) -> None:
    song = open_song(tmp_path / "no.wav", 24_000, TEN)
    with pytest.raises(MissingFileError, match="does not exist"):
        next(song)


def test_a_rate_that_changes_on_the_way(tmp_path: Path, encode: Encode, golden: ModuleType) -> None:
    first = encode(tmp_path / "a.mp3", golden.song(3.0, 44_100), 44_100, "libmp3lame").read_bytes()
    other = encode(tmp_path / "b.mp3", golden.song(3.0, 22_050), 22_050, "libmp3lame").read_bytes()
    path = tmp_path / "mixed.mp3"
    path.write_bytes(first + other)
    with pytest.raises(RateChangeError, match=r"from 44100 to 22050 Hz after 3\.\d s; split it"):
        list(open_song(path, 24_000, TEN))


TONE = np.sin(np.arange(30_000) / 9)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ((TONE.reshape(2, 3, -1), 24_000), ArrayError, r"\(2, 3, 5000\); pass one song"),
        ((np.float64(1.0), 24_000), ArrayError, "NumPy array"),
        ((list(TONE), 24_000), ArrayError, "NumPy array of samples, got list"),
        ((np.zeros(()), 24_000), ArrayError, "of shape"),
        ((np.zeros(0), 24_000), EmptyAudioError, "no samples"),
        ((np.zeros((2, 0)), 24_000), EmptyAudioError, "no samples"),
        ((TONE.reshape(-1, 2), 24_000), ChannelError, r"\(15000, 2\); transpose it"),
        ((TONE.reshape(10, -1), 24_000), ChannelError, "mix it down"),
        ((TONE > 0, 24_000), ArrayError, "got bool"),
        ((TONE.astype(np.complex64), 24_000), ArrayError, "got complex64"),
        ((np.zeros(30_000, dtype=np.uint8), 24_000), ArrayError, "got uint8"),
        ((np.zeros(30_000, dtype=np.int64), 24_000), ArrayError, "got int64"),
        ((TONE, 24), SampleRateError, "from 4000 to 384000 Hz, got 24"),
        ((TONE, 44_100.5), SampleRateError, "whole number of Hz, got 44100.5"),
        ((TONE, "44100"), SampleRateError, "got '44100'"),
        ((TONE, True), SampleRateError, "got True"),
        ((TONE, float("nan")), SampleRateError, "got nan"),
        ((np.full(30_000, np.nan), 24_000), NonFiniteError, "the array holds 30000 .* at 0.000 s"),
    ],
)
def test_arrays_that_are_no_song(source: Any, error: type[AudioError], words: str) -> None:
    with pytest.raises(error, match=words):
        list(open_song(source, 24_000, TEN))


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    for segment in open_song(path, 8000, TEN):
        assert segment.samples.shape == (80_000,)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_long_song_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    def minutes(n: int) -> Iterator[NDArray[np.float32]]:
        rng = np.random.default_rng(0)
        for _ in range(n):
            yield rng.uniform(-0.5, 0.5, 60 * 8000).astype(np.float32)

    sizes = {}
    for n in (1, 2, 20):  # the first warms up what is kept for good
        path = tmp_path / f"{n}.flac"
        with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
            for minute in minutes(n):
                file.write(minute)
        sizes[n] = peak_bytes(path)
    assert sizes[20] < 1.1 * sizes[2]
    assert sizes[20] < 4e6


@pytest.mark.parametrize(("suffix", "states"), [("wav", True), ("flac", True), ("aac", False)])
def test_a_song_longer_than_allowed_is_refused_as_early_as_its_file_allows(
    tmp_path: Path, encode: Encode, suffix: str, states: bool
) -> None:
    codec = {"wav": "pcm_s16le"}.get(suffix, suffix)
    path = encode(tmp_path / f"long.{suffix}", np.zeros((1, 30 * 44_100)), 44_100, codec)
    assert sum(1 for _ in open_song(path, 24_000, TEN, max_s=31)) >= 3
    taken: list[Segment] = []
    lasts = "30 s" if states else "more"
    message = rf"at most 12\.5 s of sound, but .*{path.name} lasts {lasts}; .*--max-seconds"
    with pytest.raises(TooLongError, match=message):
        taken.extend(open_song(path, 24_000, TEN, max_s=12.5))
    assert len(taken) == (0 if states else 1)  # a first segment of 10 s, and no more


def test_an_array_longer_than_allowed_is_refused() -> None:
    with pytest.raises(TooLongError, match="the array lasts more"):
        list(open_song((np.zeros(3 * 24_000, np.float32), 24_000), 24_000, TEN, max_s=2))
