"""A table of scores keeps what a file says, and says what it left out."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.table import values_of
from plaudit.core.file import sha256_of
from plaudit.core.note import Note
from plaudit.jobs.output.overwrite import write_rows
from plaudit.judging.record import JudgeId, Score, SongScores
from plaudit.reports.songs.row_text import RowText

WARNINGS = (
    Note(type="clipped", message="Peaks are cut: by 3 dB."),
    Note(type="unfamiliar", message="It is unlike what was learned from."),
)
ROW = SongScores(
    path="a/=x|y.wav", sha256="0" * 64, judge=JudgeId(name="j", version="1", hash="h"),
    precision="exact", duration_s=12.25, warnings=WARNINGS,
    scores={"streams": Score(value=50.5), "clarity": Score(value=3, low=2.5, high=3.5)},
)  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_rows_of_plaudit_score_come_back_whole(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"scores.{form}"
    write_rows(path, [ROW], RowText(form, ["streams", "clarity"]))  # type: ignore[arg-type]
    table = read_scores(path)
    assert table.songs() == [ROW]
    assert (table.columns, table.judge) == (("streams", "clarity"), ROW.judge)
    assert table.source.sha256 == sha256_of(path)
    assert not table.skipped
    assert table.notes() == []


def test_ids_and_numbers_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text('id,streams,path\n007,0.1,"1e5, mono.wav"\n1.0,,\n1_0,"",x\n true,2,-\n')
    table = read_scores(path)
    assert [row.names for row in table.rows] == [("007", "1e5, mono.wav"), (" true", "-")]
    assert [row.names[0] for row in table.skipped] == ["1.0", "1_0"]
    np.testing.assert_array_equal(values_of(table.rows, ["streams"]), [[0.1], [2.0]])
    parquet.write_table(pa.table({"id": [7.0, None], "likes": [1, 2]}), tmp_path / "s.parquet")
    table = read_scores(tmp_path / "s.parquet")
    assert (table.rows[0].names, table.skipped[0].reason) == (("7",), "no id")


def test_a_missing_cell_is_nan_and_its_axis_stays(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("id,note,clarity,likes,score\na,3 stars,,5,\nb,,,6,0.5\n")
    table = read_scores(path)
    assert table.columns == ("likes", "clarity", "score")
    values = values_of(table.rows, table.columns)
    np.testing.assert_array_equal(values, [[5, np.nan, np.nan], [6, np.nan, 0.5]])


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    rows: list[object] = [
        {"id": "a", "likes": 1, "clarity": "?"}, ["a"], {"likes": 2}, {"id": "b", "clarity": 2},
        {"path": "c.wav", "status": "error", "error": {"type": "silent", "message": "Silent."}},
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = read_scores(path)
    assert table.notes() == [
        "Rows of scores.jsonl were skipped: a broken row (1), no id (1).",
        "Cells of scores.jsonl that are no finite number count as missing: 1; the first is clarity"
        " in line 1, '?'.",
    ]
    assert [(failure.path, failure.error.type) for failure in table.failures()] == [
        (None, "a broken row"), (None, "no id"), ("c.wav", "silent"),
    ]  # fmt: skip
    assert table.failures()[2].error.message == "Silent."


def test_a_name_that_rows_share_is_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    rows = [
        {"id": "a", "likes": 1, "path": "x/take.wav"},
        {"id": "b", "likes": 2, "path": "y/take.wav"},
        {"id": "a", "likes": 1, "path": "x/take.wav"},
        {"id": "c", "likes": 3}, {"id": "c", "likes": 4},
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = read_scores(path)
    assert set(table.by_name) == {"a", "b", "x/take.wav", "y/take.wav"}
    assert table.by_name["a"].scores["likes"].value == 1
    assert table.disputed == ("c",)


def test_a_table_of_songs_has_no_scores(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("id,likes,duration_s,loudness_lufs,path\na,many,30.5,-14,a.wav\nb,,,,\n")
    first, second = read_scores(path, scored=False).rows
    assert (first.duration_s, first.loudness_lufs, first.path) == (30.5, -14, "a.wav")
    assert (second.duration_s, second.scores) == (None, {})
