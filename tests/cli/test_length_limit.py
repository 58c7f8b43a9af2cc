"""``--max-seconds``: every command that hears songs refuses long ones, before it hears them."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import soundfile

import plaudit as package
from plaudit.audio.errors import TooLongError
from plaudit.core.errors import InputError
from plaudit.datasets.manifest.songs import write_manifest
from typed_command import plaudit

RATE = 8_000
LONG = "Expected at most 3 s of sound, but"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with a song of 2 s and one of 5 s."""
    rng = np.random.default_rng(1)
    folder = tmp_path / "two"
    folder.mkdir()
    for name, seconds in (("short", 2), ("long", 5)):
        soundfile.write(folder / f"{name}.wav", 0.1 * rng.normal(size=seconds * RATE), RATE)
    return folder


def test_score_and_rank_give_an_error_row(two: Path) -> None:
    for command in ("score", "rank"):
        shown = plaudit(command, two, "-f", "jsonl", "--max-seconds", 3, status=1).stdout
        rows = {Path(row["path"]).stem: row for row in map(json.loads, shown.splitlines())}
        assert rows["long"]["error"]["type"] == "TooLongError"
        assert rows["long"]["error"]["message"].startswith(LONG)
        assert rows["short"]["status"] == "ok"
    assert len(plaudit("score", two, "-f", "jsonl").stdout.splitlines()) == 2


def test_compare_says_which_song(two: Path) -> None:
    words = ("compare", two / "short.wav", two / "long.wav", "--max-seconds", 3)
    assert f"plaudit: {LONG} {two / 'long.wav'} lasts 5 s" in plaudit(*words, status=1).stderr


def test_embed_counts_it_as_failed(two: Path, tmp_path: Path) -> None:
    words = ("embed", two, "--out", tmp_path / "store", "--max-seconds", 3, "--workers", 1)
    assert "1 of 2 songs embedded now" in plaudit(*words, status=1).stdout
    assert LONG in (tmp_path / "store" / "errors.jsonl").read_text()


def test_evaluate_leaves_it_out(two: Path, tmp_path: Path) -> None:
    names = ["short.wav", "long.wav"]
    table = pa.table({"song_id": names, "path": names, "clarity": [3.0, 4.0]})
    write_manifest(two / "songs.csv", table, {})
    words = ("evaluate", "bundled", two / "songs.csv", "--split", "all", "--baselines", "none")
    out = tmp_path / "e.json"
    plaudit(*words, "--out", out, "--max-seconds", 3)
    rows = [json.loads(line) for line in (tmp_path / "e.scores.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == ["ok", "error"]


def test_a_server_sets_it_on_the_judge(two: Path) -> None:
    judge = package.load_judge(max_seconds=3)
    with pytest.raises(TooLongError, match=LONG):
        judge.score(two / "long.wav")
    with pytest.raises(InputError, match="max_seconds above 0"):
        package.load_judge(max_seconds=0)
