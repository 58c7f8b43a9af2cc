"""Battles in every form they come in, and one sentence for whatever is wrong with them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from planted_board import drawn_battles, write_battles
from plaudit.benchmarks.votes.songs import read_votes
from plaudit.benchmarks.votes.systems import BattleTable, read_battles
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import sha256_of
from plaudit.datasets.corpora.music_arena import READER


def same(left: BattleTable, right: BattleTable) -> bool:
    return left.systems == right.systems and all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("first", "second", "outcome", "prompt", "voter")
    )


def csv_of(folder: Path, text: str) -> Path:
    path = folder / "battles.csv"
    path.write_text(text)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    rows = drawn_battles(np.random.default_rng(0), np.array([1.0, 0.0, -1.0]), 60)
    return write_battles(tmp_path / "battles.csv", rows)


def test_every_form_of_a_table_is_read_alike(plain: Path) -> None:
    expected, data = read_battles(plain)
    assert len(expected) == 60
    assert data.sha256 == sha256_of(plain)
    assert (data.path, data.files, data.kind) == ("battles.csv", 1, "table.csv")
    with plain.open() as file:
        rows = list(csv.DictReader(file))
    folder = plain.parent
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "a.json").write_text(json.dumps(rows))
    (folder / "a.tsv").write_text(plain.read_text().replace(",", "\t"))
    (folder / "bom.csv").write_bytes(b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n"))
    parquet.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
    for name in ("a.jsonl", "a.json", "a.tsv", "bom.csv", "a.parquet"):
        assert same(read_battles(folder / name)[0], expected), name


def test_systems_are_taken_rather_than_songs(tmp_path: Path) -> None:
    text = "first,second,first_system,second_system,outcome\nx1,y1,x,y,first\ny2,x2,y,x,tie\n"
    table, _ = read_battles(csv_of(tmp_path, text))
    assert table.systems == ("x", "y")
    assert table.voter is None
    assert table.prompt is None
    with pytest.raises(InputError, match="only one of first_system and second_system"):
        read_battles(csv_of(tmp_path, "first,second,first_system,outcome\nx1,y1,x,first\n"))


def test_a_folder_of_the_proving_ground(tmp_path: Path) -> None:
    rows = [{"battle_id": "b0", "first": "h1", "second": "h2", "first_system": "x",
             "second_system": "y", "outcome": "neither", "prompt_id": "p", "voter": "v",
             "instrumental": True}]  # fmt: skip
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "battles.parquet")
    table, data = read_battles(tmp_path)
    assert table.systems == ("x", "y")
    assert data.path == "battles.parquet"


def test_rows_and_log_of_music_arena(tmp_path: Path) -> None:
    READER.sample(tmp_path, np.random.default_rng(0))
    whole, data = read_battles(tmp_path)
    assert whole.read == 8
    assert whole.dropped == {"nobody voted": 1}
    assert whole.systems == ("invented", "invented:initial", "kept-back", "made-up:initial")
    assert data.files == 3
    merged, _ = read_battles(tmp_path, merge_variants=True)
    assert merged.systems == ("invented", "kept-back", "made-up")
    rows, data = read_battles(tmp_path / "2025_09.jsonl")
    assert rows.outcome.tolist() == [0, 1, 2, 3, 0, 1]
    assert rows.voter is not None
    assert len(set(rows.voter)) == 3
    assert data.kind == "Music Arena"
    single, _ = read_battles(tmp_path / "log" / "log-0.json")
    assert single.systems == ("invented:initial", "made-up:initial")
    assert single.outcome.tolist() == [1]


def test_a_column_more_or_less_of_music_arena(tmp_path: Path) -> None:
    path = tmp_path / "month.jsonl"
    path.write_text('{"system_a": "x", "system_b": "y", "preference": "A"}\n')
    with pytest.raises(InputError, match="line 1: expected a column 'battle_uuid'"):
        read_battles(path)
    with pytest.raises(InputError, match="no battle"):
        read_battles(path, skip=True)


def test_instrumental_and_vocal_battles(plain: Path, tmp_path: Path) -> None:
    whole = read_battles(plain)[0]
    instrumental, vocal = (
        read_battles(plain, only="instrumental")[0],
        read_battles(plain, only="vocal")[0],
    )
    assert len(instrumental) + len(vocal) == len(whole)
    assert instrumental.dropped == {"not instrumental": len(vocal)}
    with pytest.raises(InputError, match="true or false in the column 'instrumental', got nothing"):
        read_battles(csv_of(tmp_path, "first,second,outcome\nx,y,tie\n"), only="vocal")


HEAD = "first,second,outcome\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"is empty; expected columns first, second, outcome"),
        (HEAD, r"holds no battle"),
        ("first,second\nx,y\n", r"no column outcome; expected .* got 'first', 'second'"),
        ("a poem\nof two lines\n", r"no column first or second or outcome"),
        (HEAD + "x,y,first\nx,y,won\n", r"line 3: expected an outcome .* got 'won'"),
        (HEAD + 'x,y,first\n"x\nz",y,won\n', r"line 4: expected an outcome .* got 'won'"),
        (HEAD + "x,x,first\n", r"line 2: expected two systems, got 'x' against itself"),
        (HEAD + "x,,first\n", r"line 2: expected the name of the second system, got nothing"),
        (HEAD + "nan,y,first\n", r"line 2: expected the name of the first system, got 'nan'"),
        (HEAD + "x,y,nan\n", r"line 2: expected an outcome .* got 'nan'"),
        (HEAD + "x,y\n", r"line 2: expected 3 fields as in the head, got 2"),
        (HEAD + "x,y,\n", r"has no battle to count; 1 nobody voted"),
    ],
)
def test_a_wrong_table_is_one_sentence(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as error:
        read_battles(csv_of(tmp_path, text))
    assert "\n" not in str(error.value).replace("'x\\nz'", "")


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        read_battles(tmp_path / "none.csv")
    (tmp_path / "song.csv").write_bytes(b"RIFF\xff\xfe\x00\x00WAVE,\x80\x81")
    with pytest.raises(InputError, match="is not a table as text"):
        read_battles(tmp_path / "song.csv")
    for text in ("x" * 200_000, HEAD + "x" * 200_000 + ",y,tie\n"):
        with pytest.raises(InputError, match="field larger than field limit"):
            read_battles(csv_of(tmp_path, text))
    (tmp_path / "song.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match=r"in a file \.json"):
        read_battles(tmp_path / "song.wav")
    (tmp_path / "no.parquet").write_text("first,second,outcome\nx,y,tie\n")
    with pytest.raises(InputError, match="not a Parquet file"):
        read_battles(tmp_path / "no.parquet")
    (tmp_path / "no.jsonl").write_text('{"first": "x"\n')
    with pytest.raises(InputError, match="line 1: expected a JSON object"):
        read_battles(tmp_path / "no.jsonl")
    (tmp_path / "no.json").write_text('{"first": "x"}')
    with pytest.raises(InputError, match="neither an array of battles nor"):
        read_battles(tmp_path / "no.json")
    (tmp_path / "a.jsonl").write_text('["first", "second"]\n')
    with pytest.raises(InputError, match="line 1: expected a JSON object, got a list"):
        read_battles(tmp_path / "a.jsonl")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no label file of Music Arena"):
        read_battles(tmp_path / "empty")


def test_nothing_and_nan_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = {"first": ["x", "y"], "second": ["y", None], "outcome": ["first", "tie"]}
    parquet.write_table(pa.table(rows), path)
    with pytest.raises(InputError, match="line 2: expected the name of the second system"):
        read_battles(path)
    parquet.write_table(pa.table(rows | {"second": ["y", "x"], "outcome": [1.0, np.nan]}), path)
    with pytest.raises(InputError, match=r"line 1: expected an outcome .* got 1\.0"):
        read_battles(path)


def test_rows_of_json_may_leave_out_what_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows: list[dict[str, object]] = [
        {"first": "x", "second": 7, "outcome": "tie"},
        {"voter": "v", "second": 7.0, "outcome": "A", "first": "x"},
        {"first": "x", "second": 7, "outcome": None},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    table, _ = read_battles(path)
    assert table.systems == ("7", "x")
    assert table.voter is not None
    assert table.voter.tolist() == [-1, 0]
    assert table.dropped == {"nobody voted": 1}
    for wrong in ({"a": 1}, ["x"], True, 0.5, float("nan")):
        path.write_text(json.dumps({"first": wrong, "second": "y", "outcome": "tie"}))
        with pytest.raises(InputError, match="expected the name of the first system"):
            read_battles(path)
    late = {"first": "s1", "second": "s2", "first_system": "x", "second_system": "y"}
    path.write_text(json.dumps(rows[0]) + "\n" + json.dumps(late | {"outcome": "tie"}))
    with pytest.raises(InputError, match="line 2: expected 'first' as in the rows before"):
        read_battles(path)


def test_a_system_can_be_left_out(plain: Path) -> None:
    whole, less = read_battles(plain)[0], read_battles(plain, without=["s1"])[0]
    assert less.systems == ("s0", "s2")
    assert less.dropped == {"of a system that is left out": len(whole) - len(less)}
    with pytest.raises(InputError, match="s77 is to be left out, and is in no battle; known are"):
        read_battles(plain, without=["s77"])


def test_faulty_rows_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    text = HEAD + "x,y,first\nx,x,first\nx,y,won\nx,,tie\ny,x,\ny,x,tie\ny,y,tie\n"
    table, _ = read_battles(csv_of(tmp_path, text), skip=True)
    assert len(table) == 2
    assert table.read == 7
    assert table.dropped == {
        "nobody voted": 1,
        "a system against itself": 2,
        "an unknown outcome": 1,
        "a system without a name": 1,
    }
    path = tmp_path / "battles.jsonl"
    path.write_text('{"first": "x", "second": "y", "outcome": "A"}\n{"first": "x"\n[]\n')
    assert read_battles(path, skip=True)[0].dropped == {"a broken row": 2}


def votes(folder: Path, rows: Sequence[tuple[str, ...]], header: str) -> Path:
    return csv_of(folder, "\n".join([header, *(",".join(row) for row in rows)]) + "\n")


def test_votes_about_songs_are_no_votes_about_systems(tmp_path: Path) -> None:
    met = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c")]
    songs = [(f"{a}{p}", f"{b}{p}", "first", f"p{p}") for p in range(3) for a, b in met]
    path = votes(tmp_path, songs, "first,second,outcome,prompt")
    with pytest.raises(InputError, match="names songs: each of 9 names answers one prompt only"):
        read_battles(path)
    assert len(read_votes(path).battles.first) == 12
    # The same with who made each song is about systems.
    named = [(*row, row[0][0], row[1][0]) for row in songs]
    header = "first,second,outcome,prompt,first_system,second_system"
    assert read_battles(votes(tmp_path, named, header))[0].systems == ("a", "b", "c")
    # Without prompts, the names of files say what they are.
    files = [(f"{a}{p}.wav", f"{b}{p}.wav", "first") for p in range(3) for a, b in met]
    with pytest.raises(InputError, match="9 of 9 names are those of audio files"):
        read_battles(votes(tmp_path, files, "first,second,outcome"))


def test_votes_about_systems_are_no_votes_about_songs(tmp_path: Path) -> None:
    systems = [
        (a, b, "first", f"p{p}") for p in range(6) for a, b in (("x", "y"), ("y", "z"), ("z", "x"))
    ]
    path = votes(tmp_path, systems, "first,second,outcome,prompt")
    with pytest.raises(InputError, match="names systems: its 3 names meet in 18 battles"):
        read_votes(path)
    assert read_battles(path)[0].systems == ("x", "y", "z")
