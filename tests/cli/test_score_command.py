"""``plaudit score`` as a user types it: formats, exit status, files written, what is refused."""

import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plaudit.core.axes import AXES
from quick_process import begun
from typed_command import plaudit

ALL = [axis.name for axis in AXES]


@pytest.fixture
def mixed(songs: Path, tmp_path: Path) -> Path:
    """Three songs with a text file between them."""
    folder = tmp_path / "mixed"
    shutil.copytree(songs, folder)
    (folder / "bad.mp3").write_text("not a song " * 100)
    return folder


def test_json_rows_are_as_documented(mixed: Path, long_song: Path) -> None:
    shutil.copy(long_song, mixed / "a.wav")
    done = plaudit("score", mixed, "--format", "json", "--timeline", status=1)
    rows = json.loads(done.stdout)
    assert [Path(row["path"]).name for row in rows] == ["a.wav", "b.wav", "bad.mp3", "c.wav"]
    for row, spans in ((rows[0], 2), (rows[1], 1), (rows[3], 1)):
        assert row["schema_version"] == 2
        assert row["status"] == "ok"
        assert set(row["judge"]) == {"name", "version", "hash"}
        assert list(row["scores"]) == ALL
        assert all(set(score) == {"value", "low", "high"} for score in row["scores"].values())
        assert [set(span) for span in row["timeline"]] == [{"start_s", "end_s", "scores"}] * spans
        assert set(row["timeline"][0]["scores"]) == set(ALL)
    assert rows[2]["status"] == "error"
    assert set(rows[2]) == {"schema_version", "path", "status", "error"}
    assert rows[2]["error"]["type"] == "NotAudioError"
    assert "Not judged (1)" in done.stderr
    assert "bad.mp3" in done.stderr


def test_the_formats_hold_the_same_numbers(songs: Path) -> None:
    as_json = json.loads(plaudit("score", songs, "--format", "json").stdout)
    lines = plaudit("score", songs, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == as_json
    assert "timeline" not in as_json[0]
    for row, cells in zip(
        as_json,
        csv.DictReader(plaudit("score", songs, "--format", "csv").stdout.splitlines()),
        strict=True,
    ):
        assert cells["path"] == row["path"]
        assert [float(cells[axis]) for axis in ALL] == [row["scores"][a]["value"] for a in ALL]
    table = plaudit("score", songs).stdout.splitlines()
    assert table[2].split()[-1] == f"{as_json[0]['scores']['naturalness']['value']:.2f}"
    assert len(table) >= 5


def test_output_and_report_are_written_and_only_our_own_files_replaced(
    songs: Path, tmp_path: Path
) -> None:
    output, report = tmp_path / "out" / "scores.json", tmp_path / "report.html"
    given = ("score", songs / "a.wav", "-f", "json", "-o", output, "--report", report)
    done = plaudit(*given)
    assert done.stdout == ""
    first = output.read_text()
    assert json.loads(first)[0]["status"] == "ok"
    assert "a.wav" in report.read_text() or "naturalness" in report.read_text()
    plaudit(*given)
    assert output.read_text() == first
    letter = tmp_path / "letter.html"
    letter.write_text("Dear Anna, ...")
    refused = plaudit("score", songs / "a.wav", "--report", letter, status=1)
    assert "was not written by Plaudit" in refused.stderr
    assert letter.read_text() == "Dear Anna, ..."
    refused = plaudit("score", songs, "-o", songs / "a.wav", status=1)
    assert "is what is read" in refused.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["scores.json"]


def test_a_killed_job_resumes_without_judging_twice(songs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(8):
        # One byte more each time: files that differ, and sound that does not.
        data = (songs / "a.wav").read_bytes() + bytes([0]) * (number + 1)
        (folder / f"take {number}.wav").write_bytes(data)
    output = tmp_path / "scores.jsonl"
    command = ["score", str(folder), "-f", "jsonl", "-o", str(output)]
    job = begun(*command)
    partial = tmp_path / "scores.jsonl.partial.jsonl"
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < deadline
        assert job.is_alive(), "the job ended before it could be killed"
        time.sleep(0.005)
    job.kill()
    job.join()
    kept = [json.loads(line) for line in partial.read_text().splitlines() if line.endswith("}")]
    assert not output.exists()
    assert "add --resume to continue it" in plaudit(*command, status=1).stderr
    plaudit(*command, "--resume")
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [Path(row["path"]).name for row in rows] == [f"take {n}.wav" for n in range(8)]
    assert [row["scores"] for row in rows[: len(kept)]] == [row["scores"] for row in kept]
    assert not partial.exists()
    again = plaudit(*command, "--resume")
    assert "8 of 8 songs" in again.stderr


def test_a_pipe_that_closes_early_is_no_error(songs: Path) -> None:
    command = f"'{sys.executable}' -m plaudit score '{songs}' -f jsonl | head -c 5"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - a pipe is the point
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume"], "needs --output"),
        (["--timeline"], "adds to JSON rows"),
        (["--judge", "bundeld"], "did you mean 'bundled'"),
        (["--judge", "apex"], "import-apex"),
        (["--device", "cuda"], "Expected a cuda device"),
    ],
)
def test_a_wrong_call_says_what_to_do(arguments: list[str], message: str, songs: Path) -> None:
    done = plaudit("score", songs / "a.wav", *arguments, status=1)
    assert message in done.stderr
    assert done.stdout == ""


def test_a_choice_that_does_not_exist(songs: Path) -> None:
    assert "'xml' is not one of" in plaudit("score", songs, "-f", "xml", status=2).stderr


def test_fast_says_what_it_did(songs: Path, tiny_apex: Path) -> None:
    done = plaudit("score", songs / "a.wav", "-f", "json", "--precision", "fast")
    assert "has no fast precision" in done.stderr
    assert json.loads(done.stdout)[0]["precision"] == "exact"
    rows = {}
    for precision in ("exact", "fast"):
        call = ("score", songs / "a.wav", "-f", "json", "-j", tiny_apex, "--precision", precision)
        rows[precision] = json.loads(plaudit(*call).stdout)[0]
        assert rows[precision]["precision"] == precision
    assert rows["exact"]["scores"] != rows["fast"]["scores"]


def test_folders_are_searched_as_asked(songs: Path, tmp_path: Path) -> None:
    deep = tmp_path / "top" / "deep"
    deep.mkdir(parents=True)
    shutil.copy(songs / "a.wav", deep / "x.wav")
    alone = plaudit("score", tmp_path / "top", "--no-recursive", status=1)
    assert "left out by --no-recursive: 1" in alone.stderr
    done = plaudit("score", tmp_path / "top", "-r", "-f", "jsonl")
    assert json.loads(done.stdout)["path"].endswith("x.wav")


def test_a_missing_path_is_a_row(songs: Path, tmp_path: Path) -> None:
    done = plaudit("score", tmp_path / "gone.wav", songs / "a.wav", "-f", "json", status=1)
    rows = json.loads(done.stdout)
    assert [row["status"] for row in rows] == ["error", "ok"]
    assert rows[0]["error"]["type"] == "MissingFileError"
