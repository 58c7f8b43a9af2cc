"""One's own table: what is read of it in every form, and the sentence for each thing wrong."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from plaudit.core.errors import InputError, MissingFileError
from plaudit.datasets.corpora.catalogue import READERS, read_corpus
from plaudit.datasets.inspect.text import prepared_text
from plaudit.datasets.manifest.prepare import LeakError, Prepared, prepare, read_recipe
from plaudit.datasets.manifest.songs import Manifest, read_manifest
from plaudit.datasets.reading.account import Account, RowError
from plaudit.datasets.reading.hub import find_corpus
from plaudit.datasets.reading.row import SongRow

HEAD = ("path", "system", "prompt", "artist", "split", "musicality", "likes")
ROWS = (
    ("a.wav", "001", "1e5", "12345678901234567890", "train", "3.5", "40"),
    ("b.wav", "002", "A slow Waltz", "", "val", "", "99.5"),
    ("c.wav", "007", "a slow  waltz", "", "Validation", "5", ""),
)


def text(rows: Any, mark: str = ",", end: str = "\n") -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=mark, lineterminator=end).writerows(rows)
    return buffer.getvalue()


def comma(rows: Any) -> list[list[str]]:
    return [[*row[:5], *(cell.replace(".", ",") for cell in row[5:])] for row in rows]


EXCEL = (HEAD, *comma(ROWS), ("",) * 7)
"""With decimal commas and a last row of empty cells."""
FORMS = {
    "plain.csv": text((HEAD, *ROWS)).encode(),
    "excel.csv": text(EXCEL, ";", "\r\n").encode("utf-8-sig"),
    "wide.CSV": text(EXCEL, "\t", "\r\n").encode("utf-16"),
    "named.csv": b"sep=;\r\n" + text(EXCEL, ";", "\r\n").encode(),
    "Capitals.csv": text((tuple(name.capitalize() for name in HEAD), *ROWS)).encode(),
    "tabs.tsv": text((HEAD, *ROWS), "\t").encode(),
    "lines.jsonl": "".join(
        json.dumps({k: v for k, v in zip(HEAD, row, strict=True) if v}) + "\n" for row in ROWS
    ).encode(),
}


def songs_of(path: Path, account: Account | None = None) -> list[SongRow]:
    return [row for row in read_corpus("csv", path, account) if isinstance(row, SongRow)]


def made(folder: Path, *rows: Any, head: Any = HEAD) -> Path:
    (folder / "table.csv").write_text(text((head, *rows)), encoding="utf-8")
    return folder / "table.csv"


def sound(folder: Path, *names: str) -> None:
    for seed, name in enumerate(names):
        samples = np.random.default_rng(seed).normal(0, 0.1, 8000)
        soundfile.write(folder / name, samples, 8000)


def prepared(table: Path, **options: Any) -> tuple[Prepared, Manifest]:
    recipe = read_recipe(**({"split_by": "artist,prompt"} | options))
    out = table.parent / "songs.parquet"
    result = prepare("csv", table, out, recipe, workers=1, on_progress=lambda _: None)
    return result, read_manifest(out)


@pytest.mark.parametrize("name", FORMS)
def test_a_table_is_read_in_every_form(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMS[name])
    check(songs_of(tmp_path / name), tmp_path)


def test_a_table_is_read_as_parquet_with_the_hubs_column_of_sound(tmp_path: Path) -> None:
    rows = [dict(zip(HEAD, row, strict=True)) for row in ROWS]
    for row in rows:
        row |= {key: float(row[key]) if row[key] else None for key in HEAD[5:]}  # type: ignore[misc]
        row["path"] = {"bytes": b"", "path": row["path"]}  # type: ignore[assignment]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "table.parquet")
    check(songs_of(tmp_path / "table.parquet"), tmp_path)


def check(songs: list[SongRow], folder: Path) -> None:
    assert [song.song_id for song in songs] == ["a.wav", "b.wav", "c.wav"]
    assert [song.path for song in songs] == [folder / f"{name}.wav" for name in "abc"]
    assert [song.system for song in songs] == ["001", "002", "007"]
    assert [song.prompt for song in songs] == ["1e5", "A slow Waltz", "a slow  waltz"]
    assert songs[1].prompt_id == songs[2].prompt_id != songs[0].prompt_id
    assert [song.artist for song in songs] == ["12345678901234567890", None, None]
    assert [song.split for song in songs] == ["train", "validation", "validation"]
    assert [song.scores for song in songs] == [
        {"musicality": 3.5, "likes": 40.0},
        {"likes": 99.5},
        {"musicality": 5.0},
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            ("b.wav", *ROWS[1][1:5], "7", ""),
            "line 3: musicality: .* less than or equal to 5, got 7",
        ),
        (("b.wav", *ROWS[1][1:5], "", "101"), "line 3: likes: .* or equal to 100, got 101"),
        (("b.wav", *ROWS[1][1:5], "good", ""), "line 3: musicality: .*valid number, got 'good'"),
        (("b.wav", *ROWS[1][1:5], "", "1,234"), "line 3: likes: .*valid number, got '1,234'"),
        (("b.wav", "", "", "", "holdout", "", ""), "line 3: split: expected train, .* 'holdout'"),
        (("./a.wav", "", "", "", "", "", ""), r"line 3: ./a.wav is in line 2 too; keep one row"),
        (("", "s", "", "", "", "", ""), "line 3: expected a path or a song_id"),
        (("b.wav", "x"), "line 3: expected 7 fields as in the head, got 2"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, row: Any, message: str) -> None:
    table = made(tmp_path, ROWS[0], row, ROWS[2])
    with pytest.raises(RowError, match=rf"table\.csv, {message}"):
        songs_of(table)
    account = Account(strict=False)
    assert [song.song_id for song in songs_of(table, account)] == ["a.wav", "c.wav"]
    assert account.n_faults == 1


def test_a_line_is_that_of_the_file(tmp_path: Path) -> None:
    first = ("a.wav", "s", "two\nlines", "", "", "", "")
    table = made(tmp_path, first, ("b.wav", "", "", "", "", "9", ""))
    table.write_text(table.read_text().replace("\nb.wav", "\n\n\nb.wav"))
    with pytest.raises(RowError, match="line 6: musicality"):
        songs_of(table)


def test_a_table_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(RowError, match="line 1: expected a row for each song, and there is none"):
        songs_of(made(tmp_path))
    with pytest.raises(RowError, match="line 1: expected one column 'path', got 2"):
        songs_of(made(tmp_path, ("a", "b"), head=("path", "path")))
    with pytest.raises(RowError, match=r"'path'; the columns are pfad, system\. .*--column path="):
        songs_of(made(tmp_path, ("a", "b"), head=("pfad", "system")))
    (tmp_path / "table.csv").write_bytes(b"")
    for read in (songs_of, read_manifest):
        with pytest.raises(RowError, match="line 1: expected a row for each song, and there is"):
            read(tmp_path / "table.csv")
    with pytest.raises(MissingFileError, match=r"in my/no\.csv, but there is no such file"):
        find_corpus("my/no.csv", READERS["csv"].facts)
    (tmp_path / "other.tsv").write_text("path\n")
    with pytest.raises(InputError, match=r"one table, and .* holds 2 \(other.tsv, table.csv\)"):
        songs_of(tmp_path)
    (tmp_path / "songs.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"as \.csv, .*, got songs.xlsx; save it as CSV"):
        songs_of(tmp_path / "songs.xlsx")
    (tmp_path / "latin.csv").write_bytes("path,prompt\na.wav,Müll\n".encode("latin-1"))
    with pytest.raises(RowError, match=r"line 2: prompt: expected .*utf-8; save the table so"):
        songs_of(tmp_path / "latin.csv")


def test_columns_of_other_names_are_mapped_and_the_rest_is_named(tmp_path: Path) -> None:
    sound(tmp_path, "a.wav", "b.wav", "c.wav")
    head = ("datei", "file", "modell", "bpm", "overall", "likes", "musicality", "platform")
    rows = [(f"{name}.wav", "x", "001", "120", "2.5", "3000", "9", "P") for name in "abc"]
    table = made(tmp_path, *rows, head=head)
    columns = ("path=datei", "system=modell", "count_likes=likes")
    options = {
        "axes": ("musicality=overall",),
        "columns": columns,
        "smallest": 2,
        "shares": "1,0,0",
    }
    report, manifest = prepared(table, **options)
    assert manifest.column("system").tolist() == ["001"] * 3
    assert manifest.column("musicality").tolist() == [2.5] * 3
    assert manifest.column("count_likes").tolist() == [3000.0] * 3
    assert set(report.targets) == {"musicality", "likes"}
    assert report.unread == {"table.csv": ("bpm", "file", "musicality")}
    assert manifest.about["recipe"]["columns"]["path"] == "datei"
    with pytest.raises(InputError, match="has no column 'modele'; did you mean 'modell'"):
        prepared(table, columns=("path=datei", "system=modele"), axes=("musicality=overall",))
    with pytest.raises(InputError, match="'sistem'; did you mean 'system'"):
        prepared(table, columns=("sistem=modell",))
    with pytest.raises(InputError, match="Expected NAME=COLUMN such as"):
        prepared(table, columns=("path",))
    recipe = read_recipe(split_by="song", columns=columns)
    with pytest.raises(InputError, match="names; --column is for a table of your own"):
        prepare("pam", tmp_path, tmp_path / "o.parquet", recipe, on_progress=lambda _: None)


def test_a_file_that_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    sound(tmp_path, "a.wav")
    table = made(tmp_path, *ROWS, ("d.wav", "s", "", "", "", "", ""))
    with pytest.raises(RowError, match=r"line 3: .*b\.wav is not there, nor are .* \(line 4, 5\)"):
        prepared(table)
    assert len(read_manifest(table)) == 4, "other commands go on with the songs that are there"


def test_the_tables_own_split_is_kept_and_its_leaks_are_refused(tmp_path: Path) -> None:
    sound(tmp_path, *(f"{name}.wav" for name in "abcd"))
    free = ("d.wav", "s", "1e5", "", "", "", "")
    _, manifest = prepared(made(tmp_path, *ROWS, free))
    # The song without a side goes with the one of its prompt.
    assert manifest.column("split").tolist() == ["train", "validation", "validation", "train"]
    assert manifest.column("prompt_text").tolist()[0] == "1e5"
    leaking = (ROWS[0], ROWS[1], ("c.wav", "s", "a slow waltz", "", "test", "", ""))
    with pytest.raises(LeakError, match=r"1 prompt \(2 songs\) on more than one side"):
        prepared(made(tmp_path, *leaking))
    report, _ = prepared(made(tmp_path, *leaking), split_by="artist")
    assert [leak.key for leak in report.other_leaks] == ["prompt"]


def test_a_split_without_validation_is_kept_and_said(tmp_path: Path) -> None:
    sound(tmp_path, "a.wav", "b.wav")
    sides = {"a.wav": "train", "b.wav": "test"}
    table = made(tmp_path, *((name, "", "", "", side, "3", "") for name, side in sides.items()))
    report, _ = prepared(table)
    assert report.split.songs == {"train": 1, "validation": 0, "test": 1}
    assert "Training needs validation songs too" in prepared_text(report, "songs.parquet")


@pytest.mark.parametrize("name", FORMS)
def test_the_table_itself_is_a_manifest(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(FORMS[name])
    manifest = read_manifest(tmp_path / name, columns=["split", "musicality"])
    assert manifest.column("song_id").tolist() == ["a.wav", "b.wav", "c.wav"]
    assert manifest.audio_paths() == [tmp_path / f"{name}.wav" for name in "abc"]
    assert manifest.column("split").tolist() == ["train", "validation", "validation"]
    assert manifest.column("system").tolist() == ["001", "002", "007"]
    np.testing.assert_array_equal(manifest.column("musicality"), [3.5, np.nan, 5])
