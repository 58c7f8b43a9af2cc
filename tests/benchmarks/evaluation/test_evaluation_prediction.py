"""Scores from files: matched to songs by hash, path or id; what does not fit is named."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from plaudit.benchmarks.evaluation.predictions import Predictions, predictions_of, read_predictions
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.note import Note
from plaudit.datasets.manifest.column import check_table
from plaudit.datasets.manifest.songs import Manifest
from plaudit.judging.record import JudgeId, Score, SongFailure, SongScores

JUDGE = JudgeId(name="j", version="1", hash="a" * 64)


def row(path: str | None, sha: str = "0", value: float = 3.0, judge: JudgeId = JUDGE) -> SongScores:
    return SongScores(
        path=path, sha256=sha * 64, judge=judge, precision="exact", duration_s=31.5,
        scores={"clarity": Score(value=value, low=value - 1, high=value + 1)},
    )  # fmt: skip


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    columns = {
        "song_id": ["one", "two", "three", "four"],
        "path": ["a/x.wav", "a/y.wav", None, "a/z.wav"],
        "sha256": ["1" * 64, None, None, None],
        "clarity": [1.0, 2.0, 3.0, 4.0],
    }
    return Manifest(check_table(pa.table(columns), "sample"), tmp_path)


def write(path: Path, rows: list[SongScores | SongFailure]) -> Path:
    lines = [record.model_dump_json() for record in rows]
    text = "[" + ",".join(lines) + "]" if path.suffix == ".json" else "\n".join(lines)
    path.write_text(text)
    return path


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_rows_are_matched_by_hash_then_path_then_id(
    manifest: Manifest, tmp_path: Path, form: str
) -> None:
    failure = SongFailure(
        path=str(tmp_path / "a/z.wav"), error=Note(type="CorruptError", message="x")
    )
    file = write(tmp_path / f"scores.{form}", [
        row("elsewhere.mp3", "1", 1.5), row(str(tmp_path / "a" / ".." / "a" / "y.wav"), "7", 2.5),
        row("songs/three.ogg", "8", 3.5), failure, row("stranger.wav", "9"), row(None, "9"),
    ])  # fmt: skip
    predictions = read_predictions(file, manifest)
    assert predictions.predicted[:3, 0].tolist() == [1.5, 2.5, 3.5]
    assert predictions.low[0, 0] == 0.5
    assert predictions.reason.tolist() == [None, None, None, "CorruptError"]
    assert predictions.judged.tolist() == [True, True, True, False]
    assert (predictions.axes, predictions.judge, predictions.left_over) == (("clarity",), JUDGE, 2)
    assert predictions.duration_s[0] == 31.5


def test_the_first_row_of_a_song_counts_and_a_missing_one_is_said(manifest: Manifest) -> None:
    predictions = predictions_of(
        manifest, [(1, row("y", value=2.0)), (1, row("y", value=4.0))], {0: "no file"}
    )
    assert predictions.predicted[1, 0] == 2
    assert predictions.reason.tolist() == ["no file", None, "not judged", "not judged"]


def test_rows_of_two_judges_are_refused(manifest: Manifest) -> None:
    other = JUDGE.model_copy(update={"hash": "b" * 64, "version": "2"})
    with pytest.raises(InputError, match="j 1, j 2"):
        predictions_of(manifest, [(0, row("x")), (1, row("y", judge=other))])


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(record) for record in rows))
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    else:
        names = list(rows[0])
        lines = [",".join("" if r[n] is None else str(r[n]) for n in names) for r in rows]
        path.write_text("\n".join([",".join(names), *lines]))
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_table_of_any_program_is_read(manifest: Manifest, tmp_path: Path, form: str) -> None:
    rows: list[dict[str, Any]] = [
        {"song_id": "two", "clarity": 2.5, "clarity_low": 2.0, "clarity_high": 3.0, "extra": 9},
        {"song_id": "four", "clarity": 4, "clarity_low": None, "clarity_high": None, "extra": 9},
        {"song_id": "one", "clarity": None, "clarity_low": None, "clarity_high": None, "extra": 9},
        {"song_id": "stranger", "clarity": 1.0, "clarity_low": 1, "clarity_high": 1, "extra": 9},
        {"song_id": "two", "clarity": 1.0, "clarity_low": 1, "clarity_high": 1, "extra": 9},
    ]
    predictions = read_predictions(table(tmp_path / f"said.{form}", rows), manifest)
    np.testing.assert_array_equal(predictions.predicted[:, 0], [math.nan, 2.5, math.nan, 4])
    np.testing.assert_array_equal(predictions.high[:, 0], [math.nan, 3, math.nan, math.nan])
    assert predictions.reason.tolist() == [
        "no score in the row", None, "not in the file of scores", None,
    ]  # fmt: skip
    assert (predictions.judge, predictions.left_over) == (None, 2)


def refused(manifest: Manifest, path: Path, text: str, match: str) -> None:
    path.write_text(text)
    with pytest.raises(InputError, match=match):
        read_predictions(path, manifest)


def test_what_does_not_fit_is_named(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="not there"):
        read_predictions(tmp_path / "none.csv", manifest)
    refused(manifest, tmp_path / "a.csv", "song_id,clarity\none,7\n", "clarity from 1 to 5")
    refused(
        manifest,
        tmp_path / "b.csv",
        "song_id,clarty\none,3\n",
        r"named like the axes .* got clarty",
    )
    refused(
        manifest,
        tmp_path / "c.csv",
        "song_id,clarity\none,much\n",
        "line 2: clarity has to be a finite number, got 'much'",
    )
    refused(manifest, tmp_path / "d.csv", "song_id,clarity\nsix,3\n", "None of the 1 rows")
    refused(manifest, tmp_path / "e.txt", "x", r"\.json, .* or \.scp, got e\.txt")
    refused(manifest, tmp_path / "f.json", "{", "not JSON")
    refused(manifest, tmp_path / "g.jsonl", "", "holds no scores")
    refused(manifest, tmp_path / "h.json", '{"a": 1}', "list of rows")
    refused(
        manifest, tmp_path / "i.jsonl", '{"status": "ok", "path": "x"}', "line 1: expected a score"
    )


def test_answers_show_which_songs_were_judged(manifest: Manifest) -> None:
    predictions: Predictions = predictions_of(manifest, [(2, row("t"))])
    assert np.flatnonzero(predictions.judged).tolist() == [2]
