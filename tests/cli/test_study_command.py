"""``plaudit study preference`` as a user runs it: files in, a record and a page out."""

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from plaudit.benchmarks.preference.record import StudyResult
from plaudit.benchmarks.scores.features import numbers_of
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.cli.app import app
from plaudit.core.axes import AXES
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.outcome import Outcome
from plaudit.core.settings import read_json
from plaudit.datasets.corpora import music_arena
from voting.world import World, draw_world

RUNNER = CliRunner()
QUICK = ("--draws", "50", "--workers", "1")
JUDGE = {"name": "made-up", "version": "1", "hash": "ab" * 32}


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(list(rows)), path)
    else:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def made() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of battles and of scores."""
    votes, numbers = draw_world(World(votes=400, prompts=80), np.random.default_rng(1))
    names = ("first", "second", "outcome", "prompt", "voter", "first_system", "second_system",
             "day", "instrumental")  # fmt: skip
    battles = [
        dict(zip(names, row, strict=True))
        for row in zip(
            votes.first, votes.second, map(str, votes.outcome), votes.prompt, votes.voter,
            votes.first_system, votes.second_system, votes.day, votes.instrumental, strict=True,
        )
    ]  # fmt: skip
    scores: list[dict[str, Any]] = []
    for k, song in enumerate(numbers.song_id):
        row: dict[str, Any] = {"song_id": song}
        for columns, values in numbers.columns.values():
            for name, value in zip(columns, values[k], strict=True):
                row[name] = None if math.isnan(value) else float(value)
        scores.append(row)
    return battles, scores


Made = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def run(*words: object) -> str:
    done = RUNNER.invoke(app, ["study", "preference", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def quick(tmp_path: Path, made: Made, form: str = ".csv") -> list[object]:
    battles = write(tmp_path / f"battles{form}", made[0])
    scores = write(tmp_path / f"scores{form}", made[1])
    files = ["--battles", battles, "--scores", scores, "--out", tmp_path / "out"]
    return [*files, "--models", "logistic", "--schemes", "prompt", *QUICK]


def test_files_in_and_a_record_a_page_and_answers_out(tmp_path: Path, made: Made) -> None:
    text = run(*quick(tmp_path, made))
    assert "Folds of prompts" in text
    assert "the aesthetic scores improve on popularity alone" in text.replace("\n", " ")
    out = tmp_path / "out"
    result = read_json(StudyResult, (out / "study.json").read_text(), "study.json")
    assert result.counts.read == 400
    assert [source.name for source in result.sources] == ["battles.csv", "scores.csv"]
    assert (out / "study.html").read_text().startswith("<!DOCTYPE html>")
    answers = parquet.read_table(out / "answers.parquet").to_pandas()
    own = answers[(answers.features == "both") & (answers.model == "logistic")]
    assert len(own) == result.counts.decided + result.counts.ties
    assert own.first_won.isna().sum() == result.counts.ties


def test_the_same_command_gives_the_same_bytes(tmp_path: Path, made: Made) -> None:
    words = quick(tmp_path, made)
    first = run(*words, "--format", "json")
    page = (tmp_path / "out" / "study.html").read_bytes()
    assert run(*words, "--format", "json") == first
    assert (tmp_path / "out" / "study.html").read_bytes() == page
    assert json.loads(first)["study"] == "preference"


@pytest.mark.parametrize("form", [".jsonl", ".parquet"])
def test_other_forms_of_files_say_the_same(form: str, tmp_path: Path, made: Made) -> None:
    records = []
    for suffix in (".csv", form):
        (tmp_path / suffix).mkdir()
        words = quick(tmp_path / suffix, made, suffix)
        records.append(json.loads(run(*words, "--format", "json")))
    assert records[0]["schemes"] == records[1]["schemes"]


def test_rows_of_plaudit_score_are_matched_by_the_name_of_their_file(
    tmp_path: Path, made: Made
) -> None:
    rows = [
        {
            "schema_version": 1,
            "path": f"somewhere/{row['song_id']}.flac",
            "sha256": f"{place:064}",
            "status": "ok",
            "judge": JUDGE,
            "precision": "exact",
            "duration_s": row["duration_s"],
            "scores": {
                axis.name: {"value": row[axis.name]} for axis in AXES if row[axis.name] is not None
            },
        }
        for place, row in enumerate(made[1])
    ]
    rows.append({"schema_version": 1, "path": "x.flac", "status": "error", "error": {}})
    words = quick(tmp_path, made)
    words[3] = tmp_path / "scores.json"
    (tmp_path / "scores.json").write_text(json.dumps(rows))
    result = StudyResult.model_validate_json(run(*words, "--format", "json"))
    assert result.judge is not None
    assert result.judge.name == "made-up"
    assert "duration" in result.features
    assert "loudness" not in result.features
    assert any("loudness of songs is not known" in note for note in result.notes)


def test_music_arena_is_read_with_the_lengths_of_its_songs(tmp_path: Path) -> None:
    music_arena.sample(tmp_path, np.random.default_rng(0))
    votes = read_votes(tmp_path / "2025_09.jsonl")
    assert [outcome and outcome.value for outcome in votes.battles.outcome] == [
        "first", "second", "tie", "neither", "first", "second",
    ]  # fmt: skip
    assert votes.battles.month[0] == "2025-09"
    assert votes.battles.day[1] - votes.battles.day[0] == 1
    assert votes.battles.first_system[0] == "invented"
    songs = [f"{k}_a" for k in range(6)] + [f"made-up-{k}/b" for k in range(6)]
    rows = [{"id": song, "streams": 50.0, "clarity": 3.0} for song in songs]
    scores = read_scores(write(tmp_path / "scores.csv", rows))
    numbers, _ = numbers_of(votes, scores, acoustics=False)
    # The first side is found by the name of its file, the second by its id.
    assert len(numbers.song_id) == 12
    assert np.isfinite(numbers.columns["duration"][1]).all()


def test_dates_and_votes_are_read_as_they_are_spelled(tmp_path: Path) -> None:
    rows = [
        {"first": "a", "second": "b", "outcome": "A", "date": "2025-03-04T05:00:00Z"},
        {"first": "a", "second": "b", "outcome": "BOTH_BAD", "date": "1741064400"},
        {"first": "a", "second": "b", "outcome": "", "date": ""},
    ]
    votes = read_votes(write(tmp_path / "b.csv", rows)).battles
    assert votes.outcome == [Outcome.FIRST, Outcome.NEITHER, None]
    assert votes.month == ["2025-03", "2025-03", None]
    assert votes.day[0] == votes.day[1]


def fail(message: str, *words: object) -> None:
    with pytest.raises((InputError, MissingFileError), match=message):
        RUNNER.invoke(app, ["study", "preference", *map(str, words)], catch_exceptions=False)


Change = Callable[[list[dict[str, Any]], list[dict[str, Any]]], None]


def _each(at: int, name: str, value: object) -> Change:
    def change(*made: list[dict[str, Any]]) -> None:
        for row in made[at]:
            row[name] = value

    return change


def _drop(at: int, *names: str) -> Change:
    def change(*made: list[dict[str, Any]]) -> None:
        for row in made[at]:
            for name in names:
                del row[name]

    return change


AESTHETICS = tuple(axis.name for axis in AXES if axis.family == "aesthetics")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_each(0, "first", "nobody"), "first song without scores is 'nobody'"),
        (_each(0, "outcome", "tie"), r"400 tied.*give other battles or scores"),
        (_each(0, "outcome", "maybe"), "line 2: expected an outcome of first, .* got 'maybe'"),
        (_each(0, "prompt", "p"), "at least two prompts"),
        (_drop(0, "outcome"), "has no column outcome; expected first, second, outcome"),
        (_drop(1, *AESTHETICS), "Expected scores of aesthetics"),
        (_each(1, "clarity", "nan"), "line 2: clarity has to be a finite number, got 'nan'"),
        (_each(1, "clarity", "high"), "line 2: clarity has to be a finite number, got 'high'"),
        (_each(1, "clarity", 7), "line 2: expected clarity from 1 to 5, got 7"),
        (_each(1, "song_id", "one"), "one row of scores a song in .* different ones for 'one'"),
        (_drop(1, "song_id"), "line 2: expected a column of ids"),
    ],
)
def test_wrong_files_are_told_in_one_sentence(
    change: Change, message: str, tmp_path: Path, made: Made
) -> None:
    copied = [dict(row) for row in made[0]], [dict(row) for row in made[1]]
    change(*copied)
    fail(message, *quick(tmp_path, copied))
    assert not (tmp_path / "out" / "study.json").exists()


def test_wrong_words_are_told_in_one_sentence(tmp_path: Path, made: Made) -> None:
    words = quick(tmp_path, made)
    fail("--models has an unknown name 'tree'; did you mean 'trees'", *words, "--models", "tree")
    fail("battles, but .*x.csv is not there", *words, "--battles", tmp_path / "x.csv")
    fail("scores, but .*x.csv is not there", *words, "--scores", tmp_path / "x.csv")
    (tmp_path / "notes.txt").write_text("x")
    fail("Expected battles in a file", *words, "--battles", tmp_path / "notes.txt")
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "study.html").write_text("somebody else's")
    fail("was not written by Plaudit", *words)
