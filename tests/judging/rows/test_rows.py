"""Rows become flat records, frames and tables of a notebook, whatever judge made them."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from plaudit.core.axes import AXES, PERCENTILE
from plaudit.core.note import Note
from plaudit.core.optional import MissingPackageError
from plaudit.core.settings import Record
from plaudit.judging.comparison import compare_rows
from plaudit.judging.ranking import rank_rows
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores, Span
from plaudit.judging.rows.flat import columns_of
from plaudit.judging.rows.sequence import Rows
from plaudit.reports.songs.ranking import rank_text
from plaudit.reports.songs.table import csv_header


def song(path: str | None = "a.mp3", value: float = 3.0, *, axis: str = "coherence") -> SongScores:
    return SongScores(
        path=path, sha256=f"{value:064.0f}", judge=JudgeId(name="made", version="1", hash="ab"),
        precision="exact", duration_s=61.5,
        scores={axis: Score(value=value, low=value - 0.5, high=value + 0.5)},
        timeline=(Span(start_s=0, end_s=30, scores={axis: value}),),
    )  # fmt: skip


BAD = SongFailure(path="b.mp3", error=Note(type="NotAudioError", message="b.mp3 is a letter."))
NOTE = Note(type="quiet", message="It is quiet.")


def test_a_record_holds_every_number_of_its_row() -> None:
    row = song().model_copy(update={"warnings": (NOTE, NOTE)})
    flat = row.to_record()
    assert flat["path"] == "a.mp3"
    assert (flat["coherence"], flat["coherence_low"], flat["coherence_high"]) == (3.0, 2.5, 3.5)
    assert (flat["judge_name"], flat["judge_version"], flat["judge_hash"]) == ("made", "1", "ab")
    assert (flat["precision"], flat["schema_version"], flat["duration_s"]) == ("exact", 2, 61.5)
    assert flat["warnings"] == "quiet: It is quiet. | quiet: It is quiet."
    assert flat["streams"] is None
    failed = Rows([row, BAD]).to_records()[1]
    assert failed["error_type"] == "NotAudioError"
    assert failed["coherence"] is failed["judge_name"] is None


def test_the_schema_is_the_same_for_all_songs_and_for_none() -> None:
    for rows in ([song()], [BAD], [], [song(axis="likes"), BAD]):
        assert columns_of(rows) == columns_of([song()])
    other = columns_of([song(axis="enjoyment")])
    assert set(other) - set(columns_of([song()])) == {
        f"enjoyment{part}" for part in ("", "_low", "_high")
    }


def test_columns_are_those_of_the_csv_output() -> None:
    columns = columns_of([song()])
    assert csv_header([axis.name for axis in AXES]).split(",") == [
        name for name in columns if name not in ("precision", "schema_version")
    ]
    ranked = rank_rows([song()], coverage=0.9)
    csv = rank_text(ranked, [], "csv").splitlines()[0].split(",")
    assert set(csv) <= set(columns_of(ranked))


def test_ranked_songs_and_failures_stand_in_one_table() -> None:
    rows: Rows[Any] = Rows([*rank_rows([song(), song("c.mp3", 4.5)], coverage=0.9), BAD])
    flat = rows.to_records()
    assert [row["path"] for row in flat] == ["c.mp3", "a.mp3", "b.mp3"]
    assert [row["rank"] for row in flat] == [1, 2, None]
    assert flat[0]["coherence"] == 4.5
    assert rows.failures == [BAD]
    assert isinstance(rows[:2], Rows)


def test_a_comparison_is_one_line() -> None:
    verdict = compare_rows(song(), song("c.mp3", 4.5), coverage=0.9)
    flat = verdict.to_record()
    assert (flat["first_path"], flat["second_path"]) == ("a.mp3", "c.mp3")
    assert flat["coherence_difference"] == pytest.approx(-1.5)
    assert flat["probability"] == verdict.probability
    assert flat["judge_hash"] == "ab"
    assert "verdict" in verdict._repr_html_()


@pytest.mark.parametrize("rows", [[song(), BAD], [BAD], []], ids=["both", "failed", "none"])
def test_a_frame_of_pandas_has_numbers_where_scores_are(rows: list[Record]) -> None:
    frame = Rows(rows).to_frame("pandas")
    assert list(frame.columns) == columns_of(rows)
    assert len(frame) == len(rows)
    assert frame["streams"].dtype == frame["coherence_low"].dtype == "float64"
    assert frame["coherence"].isna().sum() == sum(isinstance(row, SongFailure) for row in rows)
    assert song().to_frame().equals(Rows([song()]).to_frame())
    assert isinstance(frame, pd.DataFrame)


def test_a_frame_of_polars_has_a_type_in_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    polars: Any = ModuleType("polars")
    polars.Float64, polars.String = "number", "text"
    polars.DataFrame = lambda values, schema_overrides: SimpleNamespace(
        values=values, types=schema_overrides
    )
    monkeypatch.setitem(sys.modules, "polars", polars)
    frame = Rows([song()]).to_frame("polars")
    assert frame.values["coherence"] == [3.0]
    assert frame.types["streams"] == "number"
    assert frame.types["error_message"] == "text"
    assert "coherence" not in frame.types  # its values say it


def test_without_a_package_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingPackageError, match=r"pandas or polars.*pip install pandas.*to_rec"):
        Rows([song()]).to_frame()
    with pytest.raises(MissingPackageError, match=r"needs polars.*pip install polars"):
        song().to_frame("polars")
    assert song().to_record()["coherence"] == 3.0


def test_a_notebook_shows_names_as_text_and_no_script() -> None:
    evil = song("<script>alert(1)</script>\x1b[31m\udce9.mp3")
    shown = Rows([evil, BAD])._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown
    assert "\x1b" not in shown
    shown.encode()  # a name of any bytes can be sent
    assert "3.00 (2.50–3.50)" in shown
    assert "b.mp3 is a letter." in shown
    assert "streams" not in shown  # of which this judge says nothing
    assert shown.count("<tr>") == 3
    assert evil._repr_html_().count("<tr>") == 2


def test_a_notebook_shows_some_of_many_rows() -> None:
    many = Rows([song(f"{k}.mp3") for k in range(120)])
    shown = many._repr_html_()
    assert shown.count("<tr>") == 51
    assert "and 70 more rows" in shown
    assert "0 rows" in Rows([])._repr_html_()


def test_a_notebook_says_what_the_numbers_are() -> None:
    shown = Rows([song(), song("c.mp3", 60.0, axis="streams")])._repr_html_()
    assert "<th>coherence (1 to 5)</th>" in shown
    assert "<th>streams (percentile, 0 to 100)</th>" in shown


def test_a_table_of_places_keeps_the_mark_of_a_warned_song() -> None:
    warned = song("c.mp3", 4.5).model_copy(update={"warnings": (NOTE, NOTE)})
    ranked = rank_rows([song(), warned], coverage=0.9)
    lines = {line.split()[2]: line for line in rank_text(ranked, [], "table").splitlines()[1:3]}
    assert lines["c.mp3"].endswith("  ! quiet")
    assert "!" not in lines["a.mp3"]
    assert "quiet: It is quiet." in rank_text(ranked, [], "csv")
    assert "quiet: It is quiet." in rank_text(ranked, [], "jsonl")
    table = rank_text(ranked, [], "table")
    interval = "; its interval is as wide as theirs are on average."
    assert table.endswith(f"value: the mean of coherence, 1 to 5{interval}\n")
    plays = rank_rows([song(value=60.0, axis="streams")], coverage=0.9, by="streams")
    assert rank_text(plays, [], "table").endswith(f"value: streams, 0 to 100, {PERCENTILE}.\n")
