"""``plaudit embed`` as a user types it: killed, resumed, refused, and read by ``plaudit score``."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from numpy.typing import NDArray
from typer.testing import CliRunner

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.cli.app import app
from plaudit.core.errors import PlauditError
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.embeddings.store.shard import shards
from typed_command import Output, plaudit

N_SONGS = 19  # of which one is a copy, and two are no songs


CUT = ["--segment-s", 5]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "plaudit", "embed", *map(str, arguments)]


def run(*arguments: object, status: int = 0) -> Output:
    return plaudit("embed", *arguments, status=status)


def rows(out: Path) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every row of a store by key and segment, as bytes; a row that is there twice is an error."""
    stored: dict[tuple[str, int], tuple[Any, ...]] = {}
    for shard in shards(out, "rows"):
        for row in pq.read_table(shard.path).to_pylist():
            embedding = np.array(row.pop("embedding"), dtype=np.float16).tobytes()
            name = row.pop("key"), row.pop("segment")
            assert name not in stored
            stored[name] = (embedding, *row.items())
    return stored


def songs_table(out: Path) -> list[dict[str, Any]]:
    store = EmbeddingStore.open(out)
    return [*store.songs.to_pylist(), *store.failures.to_pylist()]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of composed music, 5 s each, made by hand as somebody would in a text editor."""
    from plaudit.synth.song import make_song

    folder = tmp_path_factory.mktemp("corpus")
    (folder / "audio").mkdir()
    made = make_song(5, 10.0, {})
    lines = ["song_id,path,style"]
    for number in range(N_SONGS - 3):
        # One song from other moments on: other content for the price of one.
        start = number * made.sample_rate // 10
        sound: NDArray[Any] = made.audio[:, start : start + 5 * made.sample_rate]
        name = f"audio/{number:02d}.flac"
        soundfile.write(folder / name, sound.T, made.sample_rate)
        lines.append(f"song {number},{name},folk")
    shutil.copy(folder / "audio" / "03.flac", folder / "audio" / "copy.flac")
    (folder / "audio" / "text.mp3").write_text("not a song " * 100)
    lines += [f"{name},audio/{name}," for name in ("copy.flac", "text.mp3", "gone.flac")]
    (folder / "songs.csv").write_text("\n".join(lines) + "\n")
    return folder / "songs.csv"


@pytest.fixture(scope="module")
def store(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of two workers that were left in peace."""
    out = tmp_path_factory.mktemp("stores") / "whole"
    done = run(manifest, "--out", out, "--workers", 2, *CUT, "--format", "json", status=1)
    summary = json.loads(done.stdout)
    assert summary["embedded"] == N_SONGS - 3
    assert summary["same_content"] == 1
    assert summary["failed"] == 2
    return out


def descendants(pid: int) -> set[int]:
    pids = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            pids |= {child} | descendants(child)
    return pids


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks at processes in /proc")
def test_killed_and_resumed_it_is_the_same_store(
    manifest: Path, store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    often = ["--save-every-s", 0, "--shard-rows", 4]
    process = subprocess.Popen(
        command(manifest, "--out", out, "--workers", 2, *CUT, *often),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 120
    while len(list((out / "rows").glob("*.parquet"))) < 2:
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.005)
    workers = descendants(process.pid)
    assert len(workers) >= 1
    process.kill()
    assert process.wait() == -signal.SIGKILL
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < limit, "workers outlive their parent"
        time.sleep(0.05)

    kept = rows(out)
    assert 0 < len(kept) < N_SONGS - 3, "it was killed in the middle"
    assert kept.items() <= rows(store).items()
    # What such an end can leave behind: half a file, and rows that no song names yet.
    torn = out / "rows" / ".1of1-000099-000099.parquet.abc.tmp"
    torn.write_bytes(b"half")
    last = max((out / "songs").glob("*.parquet"))
    last.unlink()

    refused = run(manifest, "--out", out, "--segment-s", 4, status=1)
    assert "segment length (s) 5.0, not 4.0" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1

    done = run(manifest, "--out", out, "--workers", 1, *CUT, "--format", "json", status=1)
    summary = json.loads(done.stdout)
    assert summary["embedded"] == N_SONGS - 3 - len(kept), "only what was lost is made again"
    assert not torn.exists()
    assert rows(out) == rows(store)
    assert songs_table(out) == songs_table(store)
    assert (out / "errors.jsonl").read_bytes() == (store / "errors.jsonl").read_bytes()
    whole, resumed = (EmbeddingStore.open(folder).load() for folder in (store, out))
    assert whole.song_ids.tolist() == resumed.song_ids.tolist()
    assert whole.song_ids[:2].tolist() == ["song 0", "song 1"]
    np.testing.assert_array_equal(whole.values, resumed.values)


def test_embeddings_are_what_the_judge_hears(manifest: Path, store: Path) -> None:
    from plaudit.judging.catalogue import BUNDLED
    from plaudit.model.folder import load_folder

    parts = load_folder(BUNDLED)
    loaded = EmbeddingStore.open(store).load(["song 4", "copy.flac"])
    rate = parts.encoder.spec.sample_rate
    for place, name in enumerate(("04.flac", "03.flac")):
        song = open_song(manifest.parent / "audio" / name, rate, SegmentRule(length_s=5))
        encoded = parts.encoder.encode(np.stack([segment.samples for segment in song]))
        np.testing.assert_array_equal(loaded.values[place : place + 1], encoded.astype(np.float16))


def test_a_folder_is_a_manifest_too_and_stores_are_merged(
    manifest: Path, store: Path, tmp_path: Path
) -> None:
    audio = tmp_path / "audio"
    (audio / "deep").mkdir(parents=True)
    for number in (0, 1):
        shutil.copy(manifest.parent / "audio" / f"{number:02d}.flac", audio / "deep")
    done = run(audio, "--out", tmp_path / "store", "--workers", 1, *CUT)
    assert done.stdout.startswith("2 of 2 songs embedded now (2 segments, 0.2 min of audio).")
    ids = EmbeddingStore.open(tmp_path / "store").load().song_ids.tolist()
    assert ids == ["deep/00.flac", "deep/01.flac"]
    merged = tmp_path / "merged"
    printed = run("--merge", store, "--merge", tmp_path / "store", "--out", merged).stdout
    assert f"{N_SONGS} songs" in printed
    assert rows(merged) == rows(store)


def test_apex_files_go_out_and_come_in(manifest: Path, store: Path, tmp_path: Path) -> None:
    file, out = str(tmp_path / "apex.parquet"), str(tmp_path / "again")
    exported = CliRunner().invoke(
        app, ["embed", str(manifest), "--out", str(store), "--export-apex", file]
    )
    assert exported.output.startswith(f"{N_SONGS - 2} songs are in {file}; 2 have no embedding")
    imported = CliRunner().invoke(app, ["embed", "--import-apex", file, "--out", out])
    assert imported.output.startswith(f"{N_SONGS - 2} songs are in {out}")
    ids = ["song 7", "copy.flac"]
    before, after = (EmbeddingStore.open(folder).load(ids) for folder in (store, out))
    np.testing.assert_array_equal(before.values, after.values)


def test_mistakes_are_told_in_a_sentence(manifest: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ([manifest], "give --out DIR"),
        ([manifest, "--out", tmp_path, "--layers", "0,4"], "has layers [0], not [4]"),
    ):
        done = run(*arguments, status=1)
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "new"], "Expected a manifest"),
        (["songs.csv", "--out", "new", "--layers", "x"], "Expected layers such as 2,5,8,-1"),
        (["songs.csv", "--out", "new", "--encoder", "nobody"], "There is no encoder 'nobody'"),
        (["songs.csv", "--out", "new", "--part", "3/2"], "Expected a part such as 2/4"),
        (["songs.csv", "--out", "new", "--min-tail-s", "3"], "give it with --tail drop"),
        (["no.parquet", "--out", "new"], "no.parquet is not there"),
        (["songs.csv", "--merge", "a", "--out", "new"], "without a manifest"),
        (["songs.csv", "--mix", "1", "--out", "new"], "--export-apex"),
        (["songs.csv", "--export-apex", "f", "--mix", "x", "--out", "new"], "Expected numbers"),
        (["--merge", "new", "--out", "new"], "is one of the stores to merge"),
    ],
)
def test_a_wrong_call_makes_nothing(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(manifest.parent)
    done = CliRunner().invoke(app, ["embed", *arguments])
    assert isinstance(done.exception, PlauditError)
    assert message in str(done.exception)
    assert not Path("new").exists()
