"""Rows as lines: the terminal's table and CSV."""

import csv
import io
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from plaudit.core.axes import AXES, POPULARITY
from plaudit.core.note import Note
from plaudit.judging.record import Score, SongFailure, SongScores
from plaudit.reports.songs.table import csv_header, csv_row, table_header, table_row

Maker = Callable[..., SongScores]
ALL_AXES = tuple(axis.name for axis in AXES)


def read(*lines: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("\n".join(lines) + "\n")))


def failure(path: str | None = "bad.mp3", message: str = "It is text.") -> SongFailure:
    return SongFailure(path=path, error=Note(type="NotAudioError", message=message))


def test_csv_columns_are_stable() -> None:
    assert csv_header().split(",")[:7] == [
        "path",
        "status",
        "duration_s",
        "streams",
        "streams_low",
        "streams_high",
        "likes",
    ]
    assert csv_header().split(",")[-7:] == [
        "warnings",
        "error_type",
        "error_message",
        "sha256",
        "judge_name",
        "judge_version",
        "judge_hash",
    ]
    assert len(csv_header().split(",")) == 3 + 3 * 7 + 7


def test_csv_holds_every_number_in_full(make_song: Maker) -> None:
    notes = (Note(type="clipped", message="Loud, sadly."), Note(type="short", message="Brief."))
    row = make_song('songs/a "b", c.mp3', 1, warnings=notes)
    (cells,) = read(csv_header(), csv_row(row))
    assert cells["path"] == row.path
    for axis in row.axes():
        assert float(cells[axis]) == row[axis].value
        assert float(cells[f"{axis}_low"]) == row[axis].low
        assert float(cells[f"{axis}_high"]) == row[axis].high
    assert cells["warnings"] == "clipped: Loud, sadly. | short: Brief."
    assert (cells["sha256"], cells["judge_hash"]) == (row.sha256, row.judge.hash)
    assert cells["status"] == "ok"
    assert cells["error_type"] == ""


def test_csv_leaves_undefined_cells_empty(make_song: Maker) -> None:
    row = make_song("a.mp3", 1, axes=POPULARITY, interval=False)
    row = row.model_copy(update={"scores": {**row.scores, "likes": Score(value=math.nan)}})
    ok, bad = read(csv_header(), csv_row(row), csv_row(failure()))
    empty = ["likes", "streams_low", "clarity", "clarity_high", "warnings", "error_message"]
    assert [ok[name] for name in empty] == [""] * len(empty)
    assert ok["streams"] == repr(row["streams"].value)
    assert bad["status"] == "error"
    assert bad["error_type"] == "NotAudioError"
    assert bad["error_message"] == "It is text."
    assert {bad[name] for name in (*ALL_AXES, "duration_s", "sha256", "judge_name")} == {""}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_csv_text_is_never_a_formula(start: str, make_song: Maker) -> None:
    name = f"{start}HYPERLINK(1).mp3"
    note = Note(type=f"{start}x", message="m")
    row = make_song(name, 1, warnings=(note,))
    lines = [csv_header(), csv_row(row), csv_row(failure(name, f"{start}cmd"))]
    ok, bad = csv.DictReader(io.StringIO("\n".join(lines), newline=""))
    assert ok["path"] == bad["path"] == f"./{name}"
    assert ok["warnings"] == f"'{start}x: m"
    assert bad["error_message"] == f"'{start}cmd"


def test_a_negative_number_stays_a_number(make_song: Maker) -> None:
    row = make_song("a.mp3", 1).model_copy(update={"scores": {"streams": Score(value=-1.5)}})
    assert read(csv_header(), csv_row(row))[0]["streams"] == "-1.5"


@given(st.text(), st.integers(60, 200))
def test_table_lines_line_up_for_any_name(name: str, width: int) -> None:
    row = SongScores.model_validate(
        {
            "path": name,
            "sha256": "0" * 64,
            "judge": {"name": "j", "version": "1", "hash": "h"},
            "precision": "exact",
            "duration_s": 61.0,
            "scores": {a.name: {"value": a.high} for a in AXES},
        }
    )
    head, rule = table_header(ALL_AXES, width).split("\n")
    line = table_row(row, width)
    assert cell_len(line) == cell_len(head) == cell_len(rule)
    assert line.split()[-8:] == ["1:01", "100.0", "100.0", *["5.00"] * 5]
    if width >= 74:
        assert cell_len(line) <= width - 2  # room for the mark


def test_table_fits_eighty_columns_and_spells_names_out_where_there_is_room() -> None:
    assert table_header(ALL_AXES, 80).split("\n")[0].split() == [
        "song",
        "length",
        "strms",
        "likes",
        "coher",
        "music",
        "memor",
        "clari",
        "natur",
    ]
    assert table_header(ALL_AXES, 132).split("\n")[0].split() == ["song", "length", *ALL_AXES]
    assert "streams" in table_header(POPULARITY, 80)


def test_table_shows_scores_and_lists_warnings(make_song: Maker) -> None:
    plain = make_song("a.mp3", 1)
    noted = make_song("a.mp3", 1, warnings=(Note(type="clipped", message="It is clipped."),))
    line, warning = table_row(noted, 80).split("\n")
    assert line == table_row(plain, 80) + " !"
    assert warning == "  warning: It is clipped."
    for axis in ALL_AXES:
        digits = 1 if axis in POPULARITY else 2
        assert f" {plain[axis].value:.{digits}f}" in line


def test_table_shortens_long_names_in_the_middle(make_song: Maker) -> None:
    line = table_row(make_song("songs/" + "very " * 30 + "long (take 2).mp3", 1), 80)
    assert line.startswith("songs/ver")
    assert "…" in line
    assert "ke 2).mp3  " in line


def test_table_shows_a_failure_at_its_place() -> None:
    text = table_row(failure("x/bad.mp3", "word " * 30 + "end"), 60)
    name, *lines = text.split("\n")
    assert name == "x/bad.mp3"
    assert lines[0].startswith("  error: word word")
    assert lines[-1].endswith("end")
    assert max(map(cell_len, lines)) <= 60


def test_no_file_name_drives_the_terminal(make_song: Maker) -> None:
    evil = "a\x1b[2J\rb\u202e.mp3"
    for row in (make_song(evil, 1), failure(evil, f"No {evil}")):
        text = table_row(row, 100)
        assert "\x1b" not in text
        assert "\r" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize("path", ["[red]x[/red].mp3", "a[/].mp3", "back\\", "[link=file:///]y"])
def test_styled_rows_show_the_same_text(path: str, make_song: Maker) -> None:
    warned = make_song(path, 1, warnings=(Note(type="t", message=f"[b]{path}"),))
    for row in (warned, failure(path, f"[i]{path}")):
        styled = table_row(row, 100, styled=True)
        assert styled != table_row(row, 100)
        assert Text.from_markup(styled).plain == table_row(row, 100)
