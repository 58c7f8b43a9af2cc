"""Progress: its lines where there is no terminal, its bar where there is one."""

import io

import pytest

from plaudit.core import progress
from plaudit.core.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_a_line_every_twenty_seconds_has_speed_time_left_and_failures(clock: Clock) -> None:
    err = io.StringIO()
    with Progress("songs", 10, done=2, err=err) as songs:
        songs.skip()
        clock.now = 10.0
        songs.add(120.0)
        clock.now = 30.0
        songs.add(180.0, failed=True)
    assert err.getvalue() == ("5/10 songs, 4 a minute, 10x real time, 75 s left, 1 failed\n")


def test_time_left_follows_the_work_that_is_given(clock: Clock) -> None:
    err = io.StringIO()
    with Progress("songs", 3, work=100, err=err) as songs:
        clock.now = 60.0
        songs.add(work=10)
    assert err.getvalue() == "1/3 songs, 9 min left\n"


def test_a_caller_with_rows_gets_lines_too_where_the_bar_would_be(clock: Clock) -> None:
    err = io.StringIO()
    with Progress("songs", 2, err=err, with_rows=True) as songs:
        songs.print("a row [as it is]")
        clock.now = 60.0
        songs.add(1.0)
    assert err.getvalue() == ("a row [as it is]\n1/2 songs, 1 a minute, 0x real time, 60 s left\n")


def test_what_was_done_before_counts_for_no_speed(clock: Clock) -> None:
    err = io.StringIO()
    with Progress("songs", 4, work=400, err=err, with_rows=True) as songs:
        songs.skip(200)
        clock.now = 30.0
        songs.add(300.0, work=100)
    assert err.getvalue() == "2/4 songs, 2 a minute, 10x real time, 30 s left\n"


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    err = Terminal()
    with Progress("songs", 2, err=err) as songs:
        songs.add(1.0)
    assert "1/2 songs" in err.getvalue()
