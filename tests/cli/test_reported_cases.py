"""Tables as people have them: ids that look like numbers, letters that look like ends of lines."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from plaudit.core.csv_text import csv_line
from typed_command import plaudit

Row = dict[str, object]
AXES = ("coherence", "musicality", "memorability", "clarity", "naturalness")
NAMES = ("1", "01", "001", "1e5", "100000", "1.0", "12345678901234567890", "12345678901234567891")


def as_csv(rows: Sequence[Row]) -> bytes:
    lines = [csv_line(rows[0]), *(csv_line(row.values()) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def as_jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(rows: Sequence[Row]) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(list(rows)), sink)
    return bytes(sink.getvalue())


FORMS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "t.csv": as_csv, "t.CSV": as_csv, "t.jsonl": as_jsonl, "t.parquet": as_parquet,
}  # fmt: skip


def scored(names: Sequence[str]) -> list[Row]:
    rng = np.random.default_rng(1)
    return [
        {"song_id": name, "path": name} | {a: rng.uniform(1, 5) for a in AXES} for name in names
    ]


@pytest.mark.parametrize("form", FORMS)
def test_ids_and_groups_keep_their_zeros_and_their_length(form: str, tmp_path: Path) -> None:
    write = FORMS[form]
    (tmp_path / f"s{form}").write_bytes(write(scored(NAMES)))
    groups: list[Row] = [{"path": name, "prompt": name} for name in NAMES]
    (tmp_path / f"g{form}").write_bytes(write(groups))
    words = ("--group-by", "prompt", "--manifest", tmp_path / f"g{form}", "--keep", 1)
    ranked = plaudit("rank", "--scores", tmp_path / f"s{form}", *words, "-f", "jsonl").stdout
    rows = [json.loads(line) for line in ranked.splitlines()]
    assert sorted(row["group"] for row in rows) == sorted(NAMES)
    assert all(row["path"] == row["group"] for row in rows)

    rng = np.random.default_rng(2)
    songs = [f"{k:03}" for k in range(80)]
    votes: list[Row] = [
        {"first": a, "second": b, "outcome": ("first", "second")[rng.integers(2)], "prompt": a}
        for a, b in zip(songs[::2], songs[1::2], strict=True)
    ]
    (tmp_path / f"v{form}").write_bytes(write(votes))
    (tmp_path / f"w{form}").write_bytes(write(scored(songs)))
    out = plaudit("train-preference", "--battles", tmp_path / f"v{form}", "--scores",
                  tmp_path / f"w{form}", "--out", tmp_path / "p").stdout  # fmt: skip
    assert "40 battles decided" in out


LINES = "line\u2028sep\u0085and\u2029more"


def test_only_a_line_feed_ends_a_line_of_json_lines(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes(as_jsonl(scored(["a", LINES])))
    ranked = plaudit("rank", "--scores", tmp_path / "s.jsonl", "-f", "jsonl").stdout
    assert {json.loads(line)["path"] for line in ranked.split("\n")[:-1]} == {"a", LINES}
    plaudit("bench", "sample", "songeval", "--out", tmp_path / "data")
    rows = [{"id": str(k), "musicality": 1 + k / 2, "prompt": LINES} for k in range(6)]
    (tmp_path / "p.jsonl").write_bytes(as_jsonl(rows))
    words = ("--data", tmp_path / "data", "--predictions", tmp_path / "p.jsonl")
    assert "6 of 6 predicted" in plaudit("bench", "run", "songeval", *words).stdout


def test_a_mark_of_byte_order_is_skipped_and_the_real_line_is_named(tmp_path: Path) -> None:
    rows = as_jsonl(scored(["a", "b", "c"]))
    (tmp_path / "bom.jsonl").write_bytes(b"\xef\xbb\xbf" + rows)
    plaudit("rank", "--scores", tmp_path / "bom.jsonl")
    lines = rows.split(b"\n")
    lines[2] += b"}"
    (tmp_path / "bad.jsonl").write_bytes(b"\n".join(lines))
    output = plaudit("rank", "--scores", tmp_path / "bad.jsonl", status=1)
    assert "bad.jsonl, line 3" in output.stderr


def test_a_run_that_answers_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_bytes(as_csv(scored(["a", "b"])))
    truth: list[Row] = [{"song_id": "x", "path": "x", "split": "test", "clarity": 2.0}]
    (tmp_path / "t.csv").write_bytes(as_csv(truth))
    (tmp_path / "a.wav").write_bytes(b"no song")
    plaudit("bench", "sample", "songeval", "--out", tmp_path / "data")
    for words in (
        ("evaluate", tmp_path / "s.csv", tmp_path / "t.csv"),
        ("bench", "run", "songeval", "--data", tmp_path / "data", "--predictions",
         tmp_path / "s.csv"),
        ("score", tmp_path / "a.wav"),
        ("rank", tmp_path / "a.wav"),
        ("embed", tmp_path / "a.wav", "--out", tmp_path / "store", "--workers", 1),
    ):  # fmt: skip
        plaudit(*words, status=1)
