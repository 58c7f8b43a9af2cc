"""A file of votes that one command accepts, all accept, or name the column that they lack."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from plaudit.benchmarks.votes.songs import read_votes
from plaudit.benchmarks.votes.systems import read_battles
from plaudit.cli.app import app
from plaudit.core.errors import PlauditError
from plaudit.datasets.corpora import music_arena
from plaudit.metrics.tally import OUTCOMES

WORDS = ("first", "second", "tie", "neither")
Rows = list[dict[str, Any]]
Votes = list[tuple[str | None, str | None, str]]


def rows_of(n: int = 40) -> Rows:
    return [
        {
            "first": f"00{k}", "second": f"01{k}", "outcome": WORDS[k % 4],
            "first_system": f"s{k % 3}", "second_system": f"s{(k + 1) % 3}", "prompt_id": f"p{k}",
            "voter": f"v{k % 7}", "day": float(k), "instrumental": k % 2 == 0, "remark": "x",
        }
        for k in range(n)
    ]  # fmt: skip


VOTES: Votes = [(row["first_system"], row["second_system"], row["outcome"]) for row in rows_of()]


def by_standings(path: Path) -> Votes:
    table, _ = read_battles(path)
    return [
        (table.systems[a], table.systems[b], OUTCOMES[outcome].value)
        for a, b, outcome in zip(table.first, table.second, table.outcome, strict=True)
    ]


def by_study(path: Path) -> Votes:
    votes = read_votes(path).battles
    return [
        (a, b, outcome.value)
        for a, b, outcome in zip(
            votes.first_system, votes.second_system, votes.outcome, strict=True
        )
        if outcome is not None
    ]


def table(path: Path, rows: Rows) -> None:
    if path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with path.open("w", newline="") as file:
            comma = "\t" if path.suffix == ".tsv" else ","
            writer = csv.DictWriter(file, list(rows[0]), delimiter=comma)
            writer.writeheader()
            writer.writerows(rows)


def spelled(path: Path) -> None:
    """Write rows in the spelling of others, with what is empty left out."""
    words = dict(zip(WORDS, ("A", "model_b", "TIE", "BOTH_BAD"), strict=True))
    rows = [row | {"outcome": words[row["outcome"]], "date": "2025-09-01"} for row in rows_of()]
    table(path, [{name: cell for name, cell in row.items() if name != "day"} for row in rows])


def of_proving_ground(path: Path) -> None:
    path.mkdir()
    table(path / "battles.parquet", rows_of())


@pytest.mark.parametrize(
    ("name", "write"),
    [
        *((f"a{suffix}", lambda path: table(path, rows_of()))
          for suffix in (".csv", ".tsv", ".json", ".jsonl", ".parquet")),
        ("a.jsonl", spelled),
        ("corpus", of_proving_ground),
    ],
)  # fmt: skip
def test_an_accepted_form_gives_all_the_same_votes(
    tmp_path: Path, name: str, write: Callable[[Path], None]
) -> None:
    write(tmp_path / name)
    assert by_standings(tmp_path / name) == by_study(tmp_path / name) == VOTES


def test_music_arena_in_all_its_forms(tmp_path: Path) -> None:
    music_arena.sample(tmp_path, np.random.default_rng(0))
    rows = tmp_path / "2025_09.jsonl"
    assert by_study(rows)[0] == ("invented", "kept-back", "first")
    for path in (tmp_path, rows, tmp_path / "log" / "log-0.json"):
        assert by_standings(path) == by_study(path)


REFUSED: dict[str, tuple[str, str | None, str]] = {
    "no file": ("a.csv", None, "Expected a file of battles, but .* is not there"),
    "another ending": ("a.txt", "x", r"in a file \.json, .* got a\.txt"),
    "an empty file": ("a.csv", "", "is empty; expected columns first, second, outcome"),
    "a head alone": ("a.csv", "first,second,outcome\n", "holds no battle"),
    "no outcome": ("a.csv", "first,second,won\nx,y,1\n", "has no column outcome; expected first"),
    "an unknown outcome": ("a.csv", "first,second,outcome\nx,y,won\n", "line 2: .* got 'won'"),
    "a short row": ("a.tsv", "first\tsecond\toutcome\nx\ty\n", "line 2: expected 3 fields"),
    "a broken line": ("a.jsonl", "{\n", "line 1: expected a JSON object"),
    "broken JSON": ("a.json", "[", "is not JSON"),
    "another object": ("a.json", "{}", "neither an array of battles nor"),
    "no Parquet": ("a.parquet", "first,second,outcome\n", "not a Parquet file"),
    "not UTF-8": ("a.csv", "first,second,outcome\nx\udcff,y,tie\n", "is not a table as text"),
    "a row of Music Arena": (
        "a.jsonl", '{"system_a": "x", "system_b": "y", "preference": "A"}', "'battle_uuid'",
    ),
}  # fmt: skip


def refusal(door: Callable[[Path], Votes], path: Path) -> str:
    with pytest.raises(PlauditError) as error:
        door(path)
    return str(error.value)


@pytest.mark.parametrize("form", REFUSED)
def test_a_refused_form_is_refused_by_all_in_the_same_sentence(tmp_path: Path, form: str) -> None:
    name, text, expected = REFUSED[form]
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert refusal(by_standings, tmp_path / name) == refusal(by_study, tmp_path / name)
    with pytest.raises(PlauditError, match=expected):
        read_votes(tmp_path / name)


def test_a_table_of_systems_alone_lacks_the_songs_that_a_study_needs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("first_system,second_system,outcome\nx,y,A\n")
    assert by_standings(path) == [("x", "y", "first")]
    assert "has no column first or second; expected first, second, outcome" in refusal(
        by_study, path
    )


def test_the_commands_take_what_their_doors_take(tmp_path: Path) -> None:
    def run(*words: object) -> str:
        done = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    table(tmp_path / "votes.json", rows_of(200))
    songs = [{"id": row[side], "streams": float(k % 90), "clarity": 1 + (k % 40) / 10}
             for k, row in enumerate(rows_of(200)) for side in ("first", "second")]  # fmt: skip
    table(tmp_path / "scores.tsv", songs)
    board = json.loads(
        run("bench", "standings", tmp_path / "votes.json", "--draws", 0, "-f", "json")
    )
    assert (board["read"], board["data"]["kind"]) == (200, "table.json")
    given = ("--battles", tmp_path / "votes.json", "--scores", tmp_path / "scores.tsv")
    result = run("study", "preference", *given, "--out", tmp_path / "out", "--models", "logistic",
                 "--schemes", "prompt", "--draws", 10, "--workers", 1, "-f", "json")  # fmt: skip
    assert json.loads(result)["counts"]["read"] == 200
    run("train-preference", *given, "--out", tmp_path / "model")
