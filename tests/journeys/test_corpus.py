"""A small corpus from the command line: the same bytes on any road, tables that fit together."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from plaudit.core.axes import AESTHETICS
from plaudit.synth.corpus.columns import TABLES
from typed_command import Output, plaudit

CORPUS = ["--songs", "3", "--battles", "4", "--twelfth", "1", "--seconds", "10", "--seed", "3"]
N_SONGS = 3 + 4 + 2


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "plaudit", "synth", "corpus", *CORPUS, "--out", str(out), *more]


def run(out: Path, *more: str, status: int = 0) -> Output:
    return plaudit("synth", "corpus", *CORPUS, "--out", out, *more, status=status)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus made by two workers without interruption."""
    out = tmp_path_factory.mktemp("corpus") / "one"
    done = run(out, "--workers", "2")
    assert "9 songs (9 made now)" in done.stdout
    return out


def descendants(pid: int) -> set[int]:
    pids = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            pids |= {child} | descendants(child)
    return pids


def stopped(out: Path, how: signal.Signals, songs: int, workers: int) -> tuple[int, str]:
    """Start making the corpus, stop it when so many songs are there, and wait for all to leave."""
    # What is started by a background job of a shell ignores Ctrl-C, and hands that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command(out, "--workers", str(workers)),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    limit = time.monotonic() + 300
    while len(list(out.glob(".work/*/*.json"))) < songs:
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.02)
    below = descendants(process.pid)
    assert len(below) >= workers
    process.send_signal(how)
    _, messages = process.communicate()
    while any(Path(f"/proc/{pid}").exists() for pid in below):
        assert time.monotonic() < limit, "workers outlive their parent"
        time.sleep(0.05)
    assert not (out / "manifest.json").exists()
    return process.returncode, messages


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")
def test_stopped_killed_and_resumed_by_one_worker_it_is_the_same_tree(
    corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "other"
    assert stopped(out, signal.SIGKILL, 1, workers=2)[0] == -signal.SIGKILL
    first = len(list(out.glob(".work/*/*.json")))
    # A worker that is asked to stop finishes what it was handed, so one worker: some must be left.
    status, messages = stopped(out, signal.SIGINT, first + 1, workers=1)
    assert status != 0
    assert "run the same command again to go on" in messages
    assert "Traceback" not in messages
    made = sorted(out.glob("audio/*/*.flac"))
    assert first < len(made) < N_SONGS

    # The stop may leave anything half-written: a torn song and a writer's temporary file.
    known = {path.stem for path in out.glob(".work/*/*.json")}
    whole = [path for path in made if path.stem in known]
    whole[0].write_bytes(whole[0].read_bytes()[:1000])
    (whole[0].parent / ".s000009.flac.abc.tmp").write_bytes(b"half")

    refused = run(out, "--aesthetics", "0", status=1)
    assert "made with aesthetics = 0.45, not 0" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1

    done = run(out, "--workers", "1")
    assert f"9 songs ({N_SONGS - len(whole) + 1} made now)" in done.stdout
    assert tree(out) == tree(corpus)


def test_complete_is_checked_and_damage_is_said(corpus: Path) -> None:
    before = tree(corpus)
    assert f"is complete: {len(before) - 1} files have" in run(corpus).stdout
    song = next(corpus.glob("audio/*/*.flac"))
    data = song.read_bytes()
    song.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    messages = run(corpus, status=1).stderr
    assert f"{song.relative_to(corpus)} has other bytes" in messages
    song.write_bytes(data)
    assert tree(corpus) == before


def test_every_file_is_in_the_manifest_with_its_hash(corpus: Path) -> None:
    manifest = json.loads((corpus / "manifest.json").read_text())
    files = tree(corpus)
    del files["manifest.json"]
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == files
    assert {f"{table}.parquet" for table in TABLES} | {"contact.png", "summary.html"} <= set(files)
    assert manifest["settings"]["seed"] == 3


def test_tables_fit_together(corpus: Path) -> None:
    tables = {name: pq.read_table(corpus / f"{name}.parquet").to_pylist() for name in TABLES}
    songs = {row["song_id"]: row for row in tables["songs"]}
    assert len(songs) == N_SONGS
    for row in songs.values():
        path = corpus / row["file"]
        assert path.stat().st_size == row["bytes"]
        info = soundfile.info(path)
        assert info.frames / info.samplerate == pytest.approx(row["duration_s"], abs=1e-4)
        trained = row["role"] == "training"
        assert (row["prompt_id"] is None) == trained
        assert (row["platform"] is not None) == trained
        assert (row["plays"] is not None) == trained
        if trained:
            assert row["likes"] <= row["plays"] <= row["exposure"]
            assert 0 <= row["streams_score"] <= 100
    systems = {row["system"]: row for row in tables["systems"]}
    assert {row["system"] for row in songs.values()} <= set(systems)
    prompts = {row["prompt_id"] for row in tables["prompts"]}
    assert {row["prompt_id"] for row in songs.values()} - {None} == prompts

    for table in ("ratings", "sections", "chords", "beats", "parts"):
        assert {row["song_id"] for row in tables[table]} == set(songs), table
    rated: dict[tuple[str, str], list[int]] = {}
    for row in tables["ratings"]:
        assert row["rating"] in (1, 2, 3, 4, 5)
        rated.setdefault((row["song_id"], row["axis"]), []).append(row["rating"])
    for name, song in songs.items():
        for axis in AESTHETICS:
            given = rated.get((name, axis), [])
            absent = song["instrumental"] and axis == "naturalness"
            assert len(given) == (0 if absent else 4)
            if given:
                assert song[f"rating_{axis}"] == pytest.approx(np.mean(given))
        beats = [row["time_s"] for row in tables["beats"] if row["song_id"] == name]
        assert beats == sorted(beats)
        assert beats[-1] < song["duration_s"]

    voters = {row["voter"]: row["votes"] for row in tables["voters"]}
    assert sum(voters.values()) == 4 + 1
    assert len(tables["battles"]) == 4
    for table in ("battles", "falsification"):
        for row in tables[table]:
            first, second = songs[row["first"]], songs[row["second"]]
            assert first["prompt_id"] == second["prompt_id"] == row["prompt_id"]
            assert (first["system"], second["system"]) == (
                row["first_system"],
                row["second_system"],
            )
            assert row["voter"] in voters
            assert row["outcome"] in ("first", "second", "tie", "neither")
            assert 0 <= row["listen_first_s"] <= first["duration_s"]
    (twelfth,) = tables["falsification"]
    assert {systems[twelfth[k]]["role"] for k in ("first_system", "second_system")} == {
        "falsification",
        "held-out",
    }


def test_mistakes_are_told_in_a_sentence(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for arguments, message in (
        ([str(tmp_path)], "holds other files"),
        ([str(tmp_path / "x"), "--format", "mp3"], "--format"),
        ([str(corpus), "--seed", "4"], "made with seed = 3, not 4"),
    ):
        done = run(Path(arguments[0]), *arguments[1:], status=1)
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "x").exists()
