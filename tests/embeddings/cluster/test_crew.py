"""Work on Ray: the rows of the job of one machine, whatever is killed meanwhile."""

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import torch

from full_disk import full_disk
from planted_encoder import FAILS, KILLS, source, write_song
from planted_judge import PlantedJudge
from planted_songs import planted, write_files
from planted_work import (
    RULE,
    SlowSource,
    judge_planted,
    open_doubler,
    open_killer,
    planted_judges,
)
from plaudit.core.pool import CrewError
from plaudit.embeddings.cluster.crew import ClusterCrew
from plaudit.embeddings.extract.job import EmbedJob, EmbedSummary
from plaudit.embeddings.extract.listing import ListedSong, songs_of_files
from plaudit.embeddings.store.shard import shards
from plaudit.embeddings.store.writer import StoreWriteError
from plaudit.jobs.cluster_rows import ClusterRows
from plaudit.judging.given import NOTHING
from plaudit.judging.ledger import Ledger
from plaudit.judging.record import SongFailure
from plaudit.training.sweep import execution
from ray_chaos import NODE, rows_of, run_with_kills, two_nodes, workers_below
from typed_command import plaudit

# A node that is silent is given up within two seconds: in earnest it takes half a minute.
QUICK = {
    "health_check_initial_delay_ms": 500, "health_check_period_ms": 300,
    "health_check_timeout_ms": 500, "health_check_failure_threshold": 3,
}  # fmt: skip
N_SONGS = 24
SWEEP = """
manifest = "songs.parquet"
store = "store"
out = "unused"
mix = "mean"
members = 1
epochs = 14
patience = 14
batch = 8
shared_dims = [16, 8]
branch_dims = [8]
device = "cpu"
"""


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two Ray nodes of one core each, on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        with two_nodes(_system_config=QUICK) as started:
            yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs, and three files that are none: one is text, two end their worker."""
    folder = tmp_path_factory.mktemp("songs")
    for seed in range(N_SONGS):
        write_song(folder / f"{seed:02d}.wav", seed, 2.5)
    write_song(folder / "05-kills.wav", 50, peak=KILLS)
    write_song(folder / "11-fails.wav", 51, peak=FAILS)
    (folder / "16-text.mp3").write_text("not a song " * 100)
    return folder


@pytest.fixture(scope="module")
def songs(folder: Path) -> list[ListedSong]:
    return songs_of_files(sorted(folder.iterdir()), folder)


@pytest.fixture(scope="module")
def good(songs: list[ListedSong]) -> list[ListedSong]:
    return [song for song in songs if "-" not in song.song_id]


@pytest.fixture(scope="module")
def alone(good: list[ListedSong], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of one worker on this machine."""
    out = tmp_path_factory.mktemp("alone") / "store"
    embed(good, out, workers=1)
    return out


def embed(songs: list[ListedSong], out: Path, **options: Any) -> EmbedSummary:
    return EmbedJob(songs, options.pop("source", source()), RULE, out, **options).run()


def errors(out: Path) -> dict[str, str]:
    lines = (out / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["song_id"]: row["type"] for row in map(json.loads, lines)}


BAD = {
    "05-kills.wav": "WorkerDiedError",
    "11-fails.wav": "WorkerDiedError",
    "16-text.mp3": "NotAudioError",
}


def test_begun_here_it_ends_on_the_cluster_and_begun_there_here(
    nodes: Any, songs: list[ListedSong], good: list[ListedSong], alone: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    first = embed(good[:4], store, cluster=nodes.address, workers=1, price=0.05)
    assert (first.embedded, first.failed) == (4, 0)
    assert first.work is not None
    assert first.work.core_s > 0
    assert f"cost {first.work.cost:,.2f} at 0.05" in first.sentence(store)
    here = embed(good[:8], store, workers=1)
    assert (here.embedded, here.done_before) == (4, 4)
    assert here.work is None
    there = embed(songs, store, cluster=nodes.address)
    assert (there.embedded, there.failed, there.done_before) == (N_SONGS - 8, 3, 8)
    assert rows_of(store) == rows_of(alone)
    assert errors(store) == BAD
    text = (store / "errors.jsonl").read_text()
    assert "died at it: its process ended, perhaps for lack of memory." in text
    assert "RuntimeError: the device is on fire" in text


def test_tasks_are_taken_only_as_workers_need_them(nodes: Any) -> None:
    taken = most = 0
    results: dict[int, int] = {}

    def tasks() -> Iterator[int]:
        nonlocal taken, most
        for number in range(50):
            taken += 1
            most = max(most, taken - len(results))
            yield number

    crew: ClusterCrew[int, int] = ClusterCrew(
        nodes.address, open_doubler, lambda *_: -1, workers=1, threads=1, on_event=print
    )

    def room(_: int) -> bool:
        return taken - len(results) < 3

    for task, result in crew.share_out(tasks(), room):
        results.update({task: result})
    assert results == {number: 2 * number for number in range(50)}
    assert 2 <= most <= 3, "one at work, one that waits, and no more than there is room for"


def test_a_song_is_charged_only_with_deaths_at_its_own_work(nodes: Any, tmp_path: Path) -> None:
    """Two deaths by chance cost a song nothing, the third is its own; one that waited is free."""
    events: list[str] = []
    crew: ClusterCrew[str, str] = ClusterCrew(
        nodes.address, partial(open_killer, tmp_path), lambda task, _: f"{task} gave up",
        workers=1, threads=1, on_event=events.append,
    )  # fmt: skip
    results = dict(crew.share_out(iter(["2 unlucky", "0 waited", "9 kills"])))
    assert results == {"2 unlucky": "done", "0 waited": "done", "9 kills": "9 kills gave up"}
    starts = Counter(path.name.split("-")[0] for path in tmp_path.iterdir())
    # A death may take the answer of a song that was done with it, which is then begun once more.
    assert starts["2 unlucky"] >= 3
    assert starts["9 kills"] >= 3
    assert sum("third at this song" in event for event in events) == 1


def test_nothing_to_do_looks_for_no_cluster(good: list[ListedSong], alone: Path) -> None:
    before = rows_of(alone)
    again = embed(good, alone, cluster="127.0.0.1:9")  # where nobody answers
    assert again.done_before == N_SONGS
    assert again.sentence(alone).endswith("no song left to work on.")
    assert rows_of(alone) == before


def test_a_full_disk_is_said_and_the_job_goes_on_with_room(
    nodes: Any, good: list[ListedSong], alone: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    job = EmbedJob(good, source(), RULE, store, cluster=nodes.address, save_every_s=0.0)
    with full_disk(), pytest.raises(StoreWriteError, match="make room, and run the same command"):
        job.run()
    assert embed(good, store, cluster=nodes.address, workers=1).embedded == N_SONGS
    assert rows_of(store) == rows_of(alone)


def test_a_node_leaves_and_another_comes(
    nodes: Any, good: list[ListedSong], alone: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    made: list[EmbedSummary] = []
    slow = source(kind=SlowSource)

    def work() -> None:
        made.append(
            embed(good, store, cluster=nodes.address, workers=2, save_every_s=0.0, source=slow)
        )

    job = threading.Thread(target=work)
    job.start()
    _until(lambda: len({row[1] for row in rows_of(store).values()}) >= 3)
    (leaving,) = nodes.worker_nodes
    nodes.remove_node(leaving, allow_graceful=False)
    nodes.add_node(**NODE)
    job.join(60)
    assert made, "it ended"
    assert (made[0].embedded, made[0].failed) == (N_SONGS, 0)
    assert rows_of(store) == rows_of(alone)


def test_random_kills_of_workers_and_the_driver_change_no_row(
    nodes: Any, folder: Path, songs: list[ListedSong], alone: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    command = [sys.executable, "-m", "planted_work", str(folder), str(store), nodes.address]
    kills = ["worker", "driver"]
    rng = np.random.default_rng(1)
    killed, printed = run_with_kills(
        command, rng, kills, (0.0, 0.02), lambda: sum(s.last + 1 for s in shards(store, "rows"))
    )
    assert killed == {"worker": 1, "driver": 1}, printed
    assert rows_of(store) == rows_of(alone)
    assert errors(store) == BAD


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Files that the planted judge judges by their names."""
    for number in range(9):
        (tmp_path / f"{number}.wav").write_bytes(bytes([number]) * 50)
    (tmp_path / "4.wav").write_bytes(b"kills")
    (tmp_path / "10.txt").write_text("no song")
    return [*sorted(tmp_path.glob("*.wav")), tmp_path / "10.txt", tmp_path / "0.wav"]


def cluster_rows(address: str, judge: str = "planted") -> ClusterRows:
    return ClusterRows(
        address, planted_judges(), partial(planted_judges, judge), judge_planted,
        workers=1, on_event=lambda _: None,
    )  # fmt: skip


def test_rows_come_in_order_and_known_songs_are_not_sent(
    nodes: Any, clips: list[Path], tmp_path: Path
) -> None:
    judge = PlantedJudge()
    harmless = [clip for clip in clips if clip.name != "4.wav"]
    expected = list(judge.stream(harmless, timeline=False))
    for songs, resume in ((clips, False), (harmless, True)):
        ledger = Ledger(tmp_path / "out.jsonl", judge.id, "exact", resume=resume, timeline=False)
        crew = cluster_rows(nodes.address)
        made = []
        for row in crew.rows(songs, [NOTHING] * len(songs), ledger):
            ledger.add(row)
            made.append(row)
        ledger.close()
        if not resume:
            dead = made.pop(4)
            assert isinstance(dead, SongFailure)
            assert dead.error.type == "WorkerDiedError"
        assert made == expected
        assert crew.work(1.0, None).songs == (0 if resume else 9)


def test_another_judge_on_a_node_is_refused(nodes: Any, clips: list[Path]) -> None:
    rows = cluster_rows(nodes.address, "other").rows(clips, [NOTHING] * len(clips), None)
    with pytest.raises(
        CrewError,
        match=r"could not begin: .*'planted' 1 of the job is another one here; each node needs",
    ):
        list(rows)


def test_the_command_scores_on_a_cluster_as_here(nodes: Any, folder: Path, tmp_path: Path) -> None:
    song, text = folder / "00.wav", folder / "16-text.mp3"
    words = ["score", song, text, "--format", "jsonl", "--output"]
    here = plaudit(*words, tmp_path / "here.jsonl", status=1)
    there = plaudit(
        *words, tmp_path / "there.jsonl", "--cluster", nodes.address, "--workers", 1,
        "--price-per-core-hour", 0.05, "--copy-to", "memory://cluster/", status=1,
    )  # fmt: skip
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    copy = fsspec.filesystem("memory").cat_file("/cluster/there.jsonl")
    assert copy == (tmp_path / "here.jsonl").read_bytes()
    assert "1 of 2 songs" in here.stderr
    assert "1 of 2 songs" in there.stderr
    assert "core hours for 1,000 hours of audio, which cost" in there.stderr


def test_a_sweep_whose_worker_is_killed_has_the_table_of_this_machine(
    nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(planted(60, n_layers=1, test=0.2), tmp_path)
    (tmp_path / "train.toml").write_text(SWEEP)
    monkeypatch.chdir(tmp_path)  # relative paths are those of the command
    first = "song-full-uncertainty-2"
    words = ["sweep", "train.toml", "--seeds", 1, "--workers", 1, "--conditions", first]
    killed = []

    def kill() -> None:
        begun = tmp_path / "there" / "runs" / first / "seed-42" / "log.jsonl"
        limit = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < limit:
            time.sleep(0.01)
        for worker in workers_below(os.getpid()):
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

    killer = threading.Thread(target=kill)
    killer.start()
    printed = plaudit(*words, "--out", "there", "--cluster", nodes.address).stdout
    killer.join()
    assert len(killed) == 1
    assert "is tried again" in printed
    threads = torch.get_num_threads()
    monkeypatch.setattr(
        execution, "share_out", lambda run, runs, _: ((one, run(one)) for one in runs)
    )
    plaudit(*words, "--out", "here")
    torch.set_num_threads(threads)
    for name in ("table.csv", "table.txt"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
    here, there = (
        json.loads((tmp_path / at / "table.json").read_text()) for at in ("here", "there")
    )
    sources = here.pop("option_sources"), there.pop("option_sources")
    assert [source["cluster"] for source in sources] == ["default", "command line"]
    assert here == there


def test_an_error_of_a_run_ends_the_sweep(tmp_path: Path) -> None:
    run = execution._open_runner({}, tmp_path.cwd())
    assert isinstance(run(tmp_path), KeyError), "raised by the sweep, and no death of a worker"
    (tmp_path / "train.toml").write_text(SWEEP)
    done = plaudit(
        "sweep", tmp_path / "train.toml", "--improvements", "--out", tmp_path / "out",
        "--cluster", "nonsense", status=1,
    )  # fmt: skip
    assert "Expected --cluster ray" in done.stderr


def _until(reached: Callable[[], bool], seconds: float = 60.0) -> None:
    limit = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.02)
