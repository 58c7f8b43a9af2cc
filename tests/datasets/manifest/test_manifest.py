"""The manifest: what is read is what was written, and what is wrong is named with its row."""

import csv
import io
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from plaudit.core.axes import AXES
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.printable import from_arrow, to_arrow
from plaudit.datasets.manifest.column import COLUMNS, ManifestError, check_table
from plaudit.datasets.manifest.songs import Manifest, read_manifest, write_manifest

ABOUT = {"corpus": "made-up", "reliability": {"coherence": {"split_half": 0.9, "raters": 4}}}
ROWS: list[dict[str, Any]] = [
    {"song_id": "007", "path": "audio/a.wav", "artist": "NA", "coherence": 4.5, "split": "train"},
    {"song_id": "b", "path": None, "artist": None, "coherence": None, "split": None},
    {"song_id": "c", "path": "/far/c.wav", "artist": "café", "coherence": 1.0, "split": "test"},
]


def table(**columns: list[Any]) -> pa.Table:
    n = max(map(len, columns.values()), default=2)
    return pa.table({"song_id": [f"s{k}" for k in range(n)], "path": [None] * n} | columns)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"songs.{suffix}"
    write_manifest(path, pa.Table.from_pylist(ROWS).append_column("extra", [[1, 2, 3]]), ABOUT)
    manifest = read_manifest(path)
    assert len(manifest) == 3
    assert manifest.about == ABOUT
    for name in ROWS[0]:
        values = [None if v is None or str(v) == "nan" else v for v in manifest.column(name)]
        assert values == [row[name] for row in ROWS], name
    assert manifest.column("extra").tolist() == [1, 2, 3]
    assert manifest.audio_paths() == [tmp_path / "audio/a.wav", None, Path("/far/c.wav")]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_only_the_columns_asked_for(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"songs.{suffix}"
    write_manifest(path, pa.Table.from_pylist(ROWS), ABOUT)
    assert read_manifest(path, ["split"]).table.column_names == ["song_id", "path", "split"]
    with pytest.raises(ManifestError, match="did you mean 'artist'"):
        read_manifest(path, ["artists"])


def test_a_column_that_is_absent_is_unknown_and_a_wrong_name_is_not(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    write_manifest(path, table(), {})
    manifest = read_manifest(path)
    assert manifest.column("platform").tolist() == [None, None]
    assert np.isnan(manifest.column("likes")).all()
    with pytest.raises(InputError, match="did you mean 'platform'"):
        manifest.column("platfrom")
    with pytest.raises(InputError, match="did you mean 'likes'"):
        manifest.targets(["like"])


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.floats(1, 5, width=32)), min_size=7, max_size=7),
        min_size=1,
        max_size=6,
    )
)
def test_targets_are_the_columns_in_the_order_asked(values: list[list[float | None]]) -> None:
    names = [axis.name for axis in AXES]
    columns = {
        name: pa.array(list(v), pa.float32())
        for name, v in zip(names, zip(*values, strict=True), strict=True)
    }
    with_ids = check_table(table(**columns), "here")
    targets = Manifest(with_ids, Path()).targets(names[::-1])
    assert targets.dtype == np.float32
    expected = np.array(values, dtype=np.float32)[:, ::-1]
    np.testing.assert_array_equal(targets, expected)


def test_rows_are_taken_by_number_and_by_mask(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    write_manifest(path, pa.Table.from_pylist(ROWS), ABOUT)
    manifest = read_manifest(path)
    by_number = manifest.take(np.array([2, 0]))
    assert by_number.column("song_id").tolist() == ["c", "007"]
    by_mask = manifest.take(np.array([True, False, False]))
    assert by_mask.column("song_id").tolist() == ["007"]
    assert by_mask.about == ABOUT


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"song_id": ["a", "b", "a"]}, r"row 3: song_id must be unique.*'a'"),
        ({"song_id": ["a", None]}, "row 2: song_id must not be empty"),
        ({"song_id": ["", "b"]}, "row 1: song_id must not be empty"),
        ({"song_id": [1, 2]}, "column 'song_id' must hold text values"),
        ({"path": ["a.wav", ""]}, "row 2: path must be a file, or null"),
        ({"coherence": [5.0, 5.01]}, r"row 2: coherence must be in 1-5 or null, got 5.01"),
        ({"likes": [-1, 0]}, r"row 1: likes must be in 0-100"),
        ({"streams": [float("inf"), 0]}, r"row 1: streams must be in 0-100"),
        ({"streams": ["high", "low"]}, "column 'streams' must hold number values"),
        ({"split": [None, "dev"]}, "row 2: split must be train, validation, test or null.*'dev'"),
        ({"sha256": ["0" * 64, "0" * 63 + "G"]}, "row 2: sha256 must be 64 lower-case"),
        ({"duration_s": [1.0, 0.0]}, "row 2: duration_s must be above 0"),
        ({"duration_s": [float("inf"), 1.0]}, "row 1: duration_s must be above 0"),
        ({"instrumental": [0, 1]}, "column 'instrumental' must hold yes-no values"),
        ({"song_id": []}, "has no rows"),
    ],
)
def test_what_is_wrong_is_named(columns: dict[str, list[Any]], message: str) -> None:
    n = len(next(iter(columns.values())))
    full = {"song_id": [f"s{k}" for k in range(n)], "path": pa.nulls(n, pa.string())} | columns
    if not n:
        full["song_id"] = pa.array([], pa.string())
    with pytest.raises(ManifestError, match=f"here.*{message}"):
        check_table(pa.table(full), "here")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.csv",
            "song_id,pth\na,b\n",
            "line 1: expected a column 'path'; .*pth, song_id",
        ),
        ("a.csv", "song_id,path,path\na,b,c\n", "two columns 'path'"),
        (
            "a.csv",
            "song_id,path,likes\na,,1\nb,,much\n",
            "line 3: likes must be a number",
        ),
        ("a.csv", "song_id,path,likes\n\na,,1\nb,,101\n", "line 4: likes must be in 0-100"),
        ("a.csv", "song_id,path\na,b\nc\n", "line 3: expected 2 fields as in the head, got 1"),
        (
            "a.jsonl",
            '{"song_id":"a","path":null}\n{"song_id":5,"path":null}\n',
            "line 2: song_id must be text",
        ),
        ("a.jsonl", '{"song_id":"a","path":null\n', "line 1: expected a JSON object"),
        ("a.parquet", "song_id,path\n", "not a readable parquet table"),
        ("a.txt", "song_id,path\n", "Expected a manifest in .csv, .tsv, .jsonl, .parquet"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        read_manifest(tmp_path / name)


def test_a_wrong_row_far_down_a_long_file_is_counted_from_its_start(tmp_path: Path) -> None:
    lines = [json.dumps({"song_id": f"s{k}", "path": f"audio/{k}.wav"}) for k in range(60_000)]
    lines[41_233] = '{"song_id": 5, "path": null}'
    (tmp_path / "long.jsonl").write_text("\n".join(lines))
    with pytest.raises(ManifestError, match="line 41234: song_id must be text, got '5'"):
        read_manifest(tmp_path / "long.jsonl")


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
HOSTILE_NAMES = NAMES | st.tuples(st.sampled_from("=+-@'\t\r\uff1d"), NAMES).map("".join)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".CSV"])
@given(names=st.lists(HOSTILE_NAMES, min_size=1, max_size=5, unique=True))
def test_names_are_kept_exactly(suffix: str, names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"songs{suffix}"
        held = [to_arrow(name) for name in names]
        columns = {"song_id": held, "path": held, "artist": held, "mine": held}
        write_manifest(path, pa.table(columns), {})
        if suffix.lower() == ".csv":
            rows = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
            assert not any(cell.startswith(("=", "@", "\t", "\r")) for row in rows for cell in row)
        read = read_manifest(path)
        kept = {name: list(read.column(name)) for name in ("song_id", "path", "artist")}
        assert kept == dict.fromkeys(kept, names)
        # A column of no known type may be read as numbers or as yes and no: its text is the same.
        mine = [json.dumps(v) if isinstance(v, bool) else str(v)
                for v in read.table.column("mine").to_pylist()]  # fmt: skip
        assert list(map(from_arrow, mine)) == names


def test_a_name_that_begins_as_spelled_bytes_do_is_kept(tmp_path: Path) -> None:
    """Another program may have written the table: nothing in it is spelled."""
    names = ["\u27e8bytes\u27e9", "\u27e8bytes\u27e9 a", "\u27e8bytes\u27e9\\n"]
    for suffix in (".parquet", ".csv", ".jsonl"):
        path = tmp_path / f"songs{suffix}"
        write_manifest(path, pa.table({"song_id": names, "path": names}), {})
        assert list(read_manifest(path).column("song_id")) == names


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_names_of_any_bytes_come_back(suffix: str, tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"caf\xe9.wav", b"a\\xe9", b"\xff\\\xfe", b"plain")]
    held = [to_arrow(name) for name in names]
    path = tmp_path / f"songs{suffix}"
    write_manifest(path, pa.table({"song_id": held, "path": held, "mine": held}), {})
    manifest = read_manifest(path)
    for column in ("song_id", "path", "mine"):
        assert manifest.column(column).tolist() == names
    assert manifest.audio_paths() == [tmp_path / name for name in names]


def test_a_column_is_text_until_all_of_its_cells_are_numbers(tmp_path: Path) -> None:
    text = "song_id,path,a,b,c,d,e\n001,,001,1e5,12345678901234567890,3,true\n2,,2,2,2,4.5,\n"
    (tmp_path / "songs.csv").write_text(text)
    table = read_manifest(tmp_path / "songs.csv").table
    assert table.drop_columns("path").to_pylist() == [
        {"song_id": "001", "a": "001", "b": "1e5", "c": "12345678901234567890", "d": 3, "e": True},
        {"song_id": "2", "a": "2", "b": "2", "c": "2", "d": 4.5, "e": None},
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"song_id":"a","path":null,"x":' + "[" * 10**5 + "]" * 10**5 + "}", "line 1: .*levels"),
        ('{"song_id":"a","path":null,"x":' + "1" * 5000 + "}", "line 1: .*300 digits"),
        ('{"song_id":"a","path":null,"likes":1,"likes":2}', "line 1: .*'likes' twice"),
        ('{"song_id":"a","path":null,"likes":true}', "line 1: likes must be a number, got 'True'"),
        ('{"song_id":"a","path":null,"x":1}\n{"song_id":"b","path":null,"x":"y"}', "column 'x'"),
        (f'{{"song_id":"a","path":null,"x":{10**30}}}', "column 'x'"),
        ('{"song_id":"a\\ud800","path":null}', "line 1: song_id must be text"),
        ('{"song_id":"a","path":null,"x":"\\ud800"}', "column 'x'"),
    ],
)
def test_a_hostile_row_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(line)
    with pytest.raises(ManifestError, match=message):
        read_manifest(tmp_path / "a.jsonl")


def test_lines_end_at_a_line_feed_alone_and_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    text = '{"song_id": "a\u2028b\x85", "path": null}\n'
    (tmp_path / "a.JSONL").write_text(text, encoding="utf-8-sig")
    assert read_manifest(tmp_path / "a.JSONL").column("song_id").tolist() == ["a\u2028b\x85"]


def test_a_missing_file_and_a_broken_provenance_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="is not there"):
        read_manifest(tmp_path / "songs.parquet")
    write_manifest(tmp_path / "songs.csv", table(), {})
    (tmp_path / "songs.about.json").write_text("[]")
    with pytest.raises(ManifestError, match=r"JSON object in .*about\.json"):
        read_manifest(tmp_path / "songs.csv")


def test_a_table_that_is_wrong_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    write_manifest(path, table(), {"take": 1})
    with pytest.raises(ManifestError):
        write_manifest(path, table(likes=[101.0, 0.0]), {"take": 2})
    assert read_manifest(path).about == {"take": 1}


def test_the_file_says_what_its_columns_mean(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    write_manifest(path, table(likes=[1.0, 2.0]), {})
    meta = parquet.read_schema(path).field("likes").metadata
    assert meta[b"description"].decode() == COLUMNS["likes"].meaning


def test_many_songs_are_read_without_a_loop(tmp_path: Path) -> None:
    n = 200_000
    path = tmp_path / "songs.parquet"
    ids = pa.array(np.char.add("s", np.arange(n).astype(str)))
    columns = {"song_id": ids, "path": pa.nulls(n, pa.string()), "likes": np.linspace(0, 100, n)}
    write_manifest(path, pa.table(columns), {})
    manifest = read_manifest(path, ["likes"])
    assert manifest.targets(["likes"])[-1] == 100
