"""A file is written in the format that its name asks for."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from planted_board import drawn_battles, write_battles
from planted_judge import PlantedJudge
from plaudit.core.choice import BOARD_FORMS, HISTORY_FORMS, ROW_FORMATS
from plaudit.core.errors import InputError
from plaudit.jobs.output.ending import form_of
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.score import ScoreSettings, score_songs
from typed_command import plaudit


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", "csv"), ("a.JSONL", "jsonl"), ("a.json", "json"), ("a.txt", "table"),
     ("a.out", "table"), ("a", "table")],
)  # fmt: skip
def test_rows_have_the_format_of_the_ending(name: str, form: str) -> None:
    assert form_of(Path(name), ROW_FORMATS, "table") == form


def test_an_ending_that_an_output_cannot_have_is_refused() -> None:
    assert form_of(None, ROW_FORMATS, "table") == "table"
    assert form_of(Path("a.html"), BOARD_FORMS, "table") == "html"
    assert form_of(Path("a.svg"), HISTORY_FORMS, "table") == "svg"
    for name, forms in (("a.html", ROW_FORMATS), ("a.csv", BOARD_FORMS)):
        with pytest.raises(InputError, match=r"of the format table, json.*give it another ending"):
            form_of(Path(name), forms, "table")


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "scores.csv"
    path.write_text("path,clarity\na.wav,3\nb.wav,4\n")
    return path


def test_a_ranking_follows_the_name_unless_a_format_is_given(scores: Path) -> None:
    words = ["rank", "--scores", scores, "--by", "clarity", "--output"]
    plaudit(*words, "r.csv")
    assert [row["path"] for row in csv.DictReader(Path("r.csv").read_text().splitlines())] == [
        "b.wav",
        "a.wav",
    ]
    plaudit(*words, "r.jsonl")
    assert json.loads(Path("r.jsonl").read_text().splitlines()[0])["path"] == "b.wav"
    plaudit(*words, "other.csv", "--format", "json")
    assert len(json.loads(Path("other.csv").read_text())) == 2
    assert "another ending" in plaudit(*words, "r.html", status=1).stderr


def test_scores_and_standings_follow_the_name(scores: Path) -> None:
    soundfile.write("1.wav", np.random.default_rng(1).normal(0, 0.1, 16_000), 8000)
    judged = ScoreSettings(paths=("1.wav",), output=Path("out.jsonl"))
    score_songs(judged, Streams(io.StringIO(), io.StringIO()), judge=PlantedJudge())
    assert json.loads(Path("out.jsonl").read_text())["status"] == "ok"
    del scores
    battles = write_battles(
        Path("battles.csv"), drawn_battles(np.random.default_rng(1), np.array([0.5, -0.5]), 40)
    )
    plaudit("bench", "standings", battles, "--draws", 2, "--out", "board.json")
    assert json.loads(Path("board.json").read_text())["systems"]
