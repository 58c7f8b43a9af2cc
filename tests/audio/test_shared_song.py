"""A song that several judges hear: decoded once, the same bits and errors as from its file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import plaudit.audio.shared
from plaudit.audio.decode import Decoder
from plaudit.audio.errors import NotAudioError, TooLongError, TooShortError
from plaudit.audio.segment import SegmentRule
from plaudit.audio.shared import SharedSong
from plaudit.audio.song import open_song
from plaudit.audio.whole import read_whole
from plaudit.core.file import sha256_of


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were opened to decode, by a shared song or past it."""
    opened: list[str] = []

    class Counted(Decoder):
        def __init__(self, path: Path) -> None:
            opened.append(path.name)
            super().__init__(path)

    monkeypatch.setattr(plaudit.audio.shared, "Decoder", Counted)
    monkeypatch.setattr(plaudit.audio.checked, "Decoder", Counted)
    return opened


def write(path: Path, seconds: float = 3.3, rate: int = 44_100) -> Path:
    noise = np.random.default_rng(4).uniform(-0.4, 0.4, (int(seconds * rate), 2))
    soundfile.write(path, noise, rate)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_all_who_hear_it_get_what_the_file_gives(
    name: str, tmp_path: Path, decoded: list[str]
) -> None:
    path = write(tmp_path / name)
    if name == "a.wav":  # cut off: what was lost is part of the facts
        path.write_bytes(path.read_bytes()[:-90_000])
    alone = read_whole(path, averaged=False, least_s=0.1)
    segments = list(open_song(path, 24_000, SegmentRule()))
    decoded.clear()
    shared = SharedSong(path)
    for _ in range(2):
        again = read_whole(shared, averaged=False, least_s=0.1)
        assert np.array_equal(again.samples, alone.samples)
        assert again.facts == alone.facts
        assert bool(again.facts.warnings) == (name == "a.wav")
        for one, other in zip(open_song(shared, 24_000, SegmentRule()), segments, strict=True):
            assert np.array_equal(one.samples, other.samples)
    assert decoded == [name]
    assert shared.sha256 == sha256_of(path)


def test_nobody_can_change_what_the_next_one_hears(tmp_path: Path) -> None:
    block = next(iter(SharedSong(write(tmp_path / "a.wav")).decoder()))
    with pytest.raises(ValueError, match="read-only"):
        block[0, 0] = 1


def test_a_song_too_long_to_keep_is_read_by_each(tmp_path: Path, decoded: list[str]) -> None:
    path = write(tmp_path / "a.wav")
    shared = SharedSong(path, most_bytes=1_000_000)
    alone = read_whole(path, averaged=True, least_s=0.1)
    decoded.clear()
    for _ in range(2):
        again = read_whole(shared, averaged=True, least_s=0.1)
        assert np.array_equal(again.samples, alone.samples)
    assert len(decoded) == 3  # once to see that it is too long


def test_each_is_refused_what_it_would_be_refused_alone(tmp_path: Path, decoded: list[str]) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("no sound")
    shared = SharedSong(text)
    for _ in range(2):
        with pytest.raises(NotAudioError, match=r"text\.mp3"):
            read_whole(shared, averaged=True, least_s=0.1)
    song = write(tmp_path / "a.wav")
    for source in (song, SharedSong(song, max_s=2.0)):
        for _ in range(2):
            with pytest.raises(TooLongError, match=r"at most 2 s of sound, but .*a\.wav lasts 3 s"):
                read_whole(source, averaged=True, least_s=0.1, max_s=2.0)
    shared = SharedSong(song)
    with pytest.raises(TooShortError):
        read_whole(shared, averaged=True, least_s=5.0)
    assert read_whole(shared, averaged=True, least_s=3.0).facts.duration_s == pytest.approx(3.3)


def test_a_stream_of_unknown_length_is_decoded_up_to_the_limit(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", 9.0)
    shared = SharedSong(tmp_path / "a.wav", max_s=2.0)
    assert sum(block.shape[1] for block in shared.decoder()) == 3 * 44_100


def test_a_fault_in_the_middle_comes_at_its_place_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(Decoder):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield from list(super().__iter__())[:2]
            raise OSError("the disk is gone")

    monkeypatch.setattr(plaudit.audio.shared, "Decoder", Failing)
    shared = SharedSong(write(tmp_path / "a.wav"))
    for _ in range(2):
        blocks = iter(shared.decoder())
        assert next(blocks).shape == next(blocks).shape == (2, 44_100)
        with pytest.raises(OSError, match="the disk is gone"):
            next(blocks)
