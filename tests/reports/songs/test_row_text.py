"""Rows in the four formats."""

import csv
import json

from plaudit.core.axes import AXES, PERCENTILE
from plaudit.core.choice import RowFormat
from plaudit.core.note import Note
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span
from plaudit.reports.songs.row_text import RowText

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


def test_a_table_says_what_scores_of_popularity_are() -> None:
    assert text("table", ROWS).endswith(f"streams, likes: {PERCENTILE}.\n")
    writer = RowText("table", ("clarity",))
    assert writer.end() == ""
    judge = ROWS[0].judge
    assert judge is not None
    panel = RowText("table", ALL, panel={judge: ALL})
    assert panel.row(ROWS[0]).startswith("a.wav")
    assert panel.end() == f"streams, likes: {PERCENTILE}.\n"
