"""Names and numbers as people read them."""

import math
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.look.wording import (
    count_text,
    duration_text,
    known_axis,
    range_text,
    safe_text,
    score_text,
    shown_path,
    song_names,
)


@given(st.text() | st.text(st.characters(categories=["Cc", "Cs", "Cf"])))
def test_safe_text_never_acts_and_is_stable(text: str) -> None:
    safe = safe_text(text)
    safe.encode()  # a lone surrogate would fail here
    assert not {unicodedata.category(c) for c in safe} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(safe) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert safe_text(safe) == safe


@pytest.mark.parametrize("text", ["静かな海の歌.mp3", "أغنية المطر", "Ünïcödé 👩‍🎤", "<b>&amp;"])
def test_safe_text_keeps_every_script(text: str) -> None:
    assert safe_text(text) == text


def test_safe_text_writes_out_what_drives_a_terminal() -> None:
    assert safe_text("a\x1b[2Jb\nc\u202egpj") == "a\\x1b[2Jb\\x0ac\\u202egpj"


def test_numbers() -> None:
    assert score_text("streams", 61.25) == "61.2"
    assert score_text("clarity", 3.456) == "3.46"
    assert score_text("clarity", None) == score_text("clarity", math.nan) == "n/a"
    assert range_text("clarity", 3.0, 4.2) == "3.00 to 4.20"
    assert range_text("clarity", None, 4.2) == range_text("clarity", math.nan, 4.2) == ""
    assert [duration_text(s) for s in (0.4, 59.5, 61, 3599.6, 7325)] == [
        "0:00",
        "1:00",
        "1:01",
        "1:00:00",
        "2:02:05",
    ]
    assert duration_text(math.nan) == "n/a"
    assert [count_text(n, "song") for n in (0, 1, 1200)] == ["0 songs", "1 song", "1,200 songs"]


def test_an_unknown_axis_is_named_with_its_nearest() -> None:
    with pytest.raises(InputError, match="'clarty'; did you mean 'clarity'"):
        known_axis("clarty")


def test_names_are_as_long_as_they_must_be_to_differ(make_song: Callable[..., SongScores]) -> None:
    paths = ["a/one.mp3", "a/two.wav", "a/two.flac", "b/three.mp3", "c/three.mp3"]
    rows = [make_song(path, k) for k, path in enumerate(paths)]
    assert song_names(rows) == ["one", "two.wav", "two.flac", "b/three.mp3", "c/three.mp3"]


def test_songs_without_a_path_are_told_apart_by_digest(
    make_song: Callable[..., SongScores],
) -> None:
    row = make_song(None, 1)
    assert shown_path(row) == f"array {row.sha256[:8]}"
    failure = SongFailure(path=None, error=Note(type="SilentError", message="No sound."))
    assert song_names([row, failure]) == [f"array {row.sha256[:8]}", "array"]
