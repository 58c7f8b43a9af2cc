"""Segments are read ahead on a thread of their own, or when they are taken; files are closed."""

import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from plaudit.audio.read_ahead import ReadAhead
from plaudit.audio.segment import Segment, SegmentRule
from plaudit.core.remote import remote_file
from plaudit.embeddings.extract import reader
from plaudit.judging import feed

RULE = SegmentRule()


class Song:
    """Five segments, and what became of them."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.read: list[str] = []  #: By which thread each segment was.
        self.begun, self.closed = threading.Event(), False
        self._fails_at = fails_at

    def segments(self) -> Generator[Segment]:
        try:
            for k in range(5):
                if k == self._fails_at:
                    raise EOFError(k)
                self.read.append(threading.current_thread().name)
                self.begun.set()
                yield Segment(float(k), k + 1.0, np.zeros(4, np.float32), 1.0)
        finally:
            self.closed = True


def test_a_thread_reads_before_anybody_asks() -> None:
    song = Song()
    ahead = ReadAhead(song.segments())
    assert song.begun.wait(10)
    assert [segment.start_s for segment in ahead] == [0, 1, 2, 3, 4]
    assert set(song.read) == {"plaudit-reader"}
    assert song.closed


def test_without_a_thread_a_segment_is_read_when_it_is_taken() -> None:
    song = Song()
    ahead = ReadAhead(song.segments(), 0)
    assert not song.read
    taken = iter(ahead)
    next(taken)
    assert song.read == [threading.current_thread().name]
    assert [segment.start_s for segment in taken] == [1, 2, 3, 4]
    assert song.closed


@pytest.mark.parametrize("ahead", [0, 1])
def test_what_reading_raises_comes_after_what_was_read(ahead: int) -> None:
    song = Song(2)
    taken = iter(ReadAhead(song.segments(), ahead))
    assert [next(taken).start_s for _ in range(2)] == [0, 1]
    with pytest.raises(EOFError):
        next(taken)
    assert song.closed


@pytest.mark.parametrize("ahead", [0, 1])
def test_to_stop_closes_the_file(ahead: int) -> None:
    song = Song()
    reading = ReadAhead(song.segments(), ahead)
    next(iter(reading))
    reading.stop()
    assert song.closed
    reading.stop()


@pytest.mark.parametrize("ahead", [0, 3])
def test_a_download_goes_on_beside_one_thread_that_computes(
    ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    for module in (feed, reader):
        monkeypatch.setattr(module, "ReadAhead", lambda _, number: given.append(number))
    for place in (Path("song.wav"), remote_file("http://127.0.0.1:9/song.wav")):
        feed.SongFeed(place, RULE, 24_000, ahead=ahead)
        reader.SongReader(place, reader.FileState(1, 1), "0" * 64, 24_000, RULE, ahead=ahead)
    assert given == [ahead, ahead, ahead or 1, ahead or 1]
