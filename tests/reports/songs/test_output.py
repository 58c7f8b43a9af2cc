"""Rows in the four formats, and files that are not ours left alone."""

import csv
import json
from pathlib import Path

import pytest

from plaudit.core.axes import AXES
from plaudit.core.choice import ROW_FORMATS, RowFormat
from plaudit.core.errors import InputError
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span
from plaudit.reports.songs.output import RowText, check_target, write_rows

ALL = tuple(axis.name for axis in AXES)
ROWS: list[SongScores | SongFailure] = [
    SongScores(
        path="a.wav",
        sha256="a" * 64,
        judge=JudgeId(name="j", version="1", hash="h" * 64),
        precision="exact",
        duration_s=31.0,
        scores={axis.name: Score(value=axis.low) for axis in AXES},
        timeline=(Span(start_s=0, end_s=31, scores={axis.name: axis.low for axis in AXES}),),
    ),
    SongFailure(path="b.mp3", error=Note(type="NotAudioError", message="not audio")),
]


def text(form: RowFormat, rows: list[SongScores | SongFailure], *, timeline: bool = False) -> str:
    writer = RowText(form, ALL, timeline=timeline)
    return writer.begin() + "".join(writer.row(row) for row in rows) + writer.end()


def test_json_is_one_array_and_jsonl_one_row_a_line() -> None:
    rows = json.loads(text("json", ROWS))
    assert [json.loads(line) for line in text("jsonl", ROWS).splitlines()] == rows
    assert [row["status"] for row in rows] == ["ok", "error"]
    assert "timeline" not in rows[0]
    assert len(json.loads(text("json", ROWS, timeline=True))[0]["timeline"]) == 1
    assert json.loads(text("json", [])) == []


def test_csv_and_table_have_a_line_for_every_row() -> None:
    cells = list(csv.DictReader(text("csv", ROWS).splitlines()))
    assert [cell["path"] for cell in cells] == ["a.wav", "b.mp3"]
    table = text("table", ROWS)
    assert "a.wav" in table
    assert "error: not audio" in table


@pytest.mark.parametrize("form", ROW_FORMATS)
@pytest.mark.parametrize("rows", [ROWS, ROWS[1:], []])
def test_what_we_wrote_we_may_replace(
    form: RowFormat, rows: list[SongScores | SongFailure], tmp_path: Path
) -> None:
    path = tmp_path / "scores"
    write_rows(path, rows, RowText(form, ALL))
    assert path.read_text(encoding="utf-8") == text(form, rows)
    check_target(path)


@pytest.mark.parametrize(
    "content", ["my notes", "{}", "[1, 2]", "path,title\n", "<!DOCTYPE html><p>mine"]
)
def test_what_others_wrote_we_may_not(content: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(content)
    with pytest.raises(InputError, match="was not written by Plaudit"):
        check_target(tmp_path / "file")


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    check_target(tmp_path / "new")
    (tmp_path / "empty").touch()
    check_target(tmp_path / "empty")
    with pytest.raises(InputError, match="is one of the songs"):
        check_target(tmp_path / "empty", [tmp_path / "empty"])
    with pytest.raises(InputError, match="got the folder"):
        check_target(tmp_path)
