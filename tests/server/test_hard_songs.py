"""Songs and jobs that cost too much: hours in a small file, workers killed, starved or swollen."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from sqlalchemy import Engine, select, update

from plaudit.client import Client
from plaudit.core.database import default_url, open_engine, reading, writing
from plaudit.judging.ranking import RankedSong
from plaudit.server.database.schema import RUNNING, Item, Worker
from served import Served, served
from small_corpus import sound

LIMITS = """
song_s = 60
"""
HOUR_S = 3600


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory, quick_apex: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hard")
    (folder / "limits.toml").write_text(LIMITS)
    with served(folder / "data", quick_apex, "--limits", folder / "limits.toml") as running:
        yield running


@contextmanager
def database(server: Served) -> Iterator[Engine]:
    engine = open_engine(default_url(server.data))
    yield engine
    engine.dispose()


def pid_at_work(engine: Engine, sha256: str, before: int = 0) -> int | None:
    """Return the process that has a song in work; None where the song ended unseen."""
    while True:
        with reading(engine) as session:
            having = select(Worker.pid).join(Item, Item.worker == Worker.id)
            pid = session.scalar(having.where(Item.sha256 == sha256, Item.state == RUNNING))
            ended = session.scalar(select(Item.ended).where(Item.sha256 == sha256))
        if pid is not None and pid != before:
            return pid
        if ended is not None:
            return None
        time.sleep(0.001)


def sent(client: Client, folder: Path, *seconds: float) -> tuple[str, str]:
    """Send new songs; return their job, and the hash of the first."""
    numbers = range(start := len(list(folder.iterdir())), start + len(seconds))
    songs = [folder / f"{number}.wav" for number in numbers]
    for number, song, length_s in zip(numbers, songs, seconds, strict=True):
        soundfile.write(song, sound(number, length_s), 22_050)
    job = client.send(songs)
    sha256 = next(client.songs(job)).sha256
    assert sha256 is not None
    return job, sha256


def hours_of_silence(path: Path, *, stated: bool) -> Path:
    """Write a FLAC file of an hour that is small; one whose head does not say how long it is."""
    with soundfile.SoundFile(path, "w", 8000, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(HOUR_S // 60):
            file.write(np.zeros(60 * 8000, np.int16))
    if not stated:
        content = bytearray(path.read_bytes())
        content[21] &= 0xF0  # 36 bits of STREAMINFO are the number of samples
        content[22:26] = bytes(4)
        path.write_bytes(content)
    assert path.stat().st_size < 500_000
    return path


def test_a_small_file_of_hours_is_an_error_row(hard: Served, songs: Path, tmp_path: Path) -> None:
    files = [
        hours_of_silence(tmp_path / f"{stated}.flac", stated=stated) for stated in (True, False)
    ]
    with hard.client() as client:
        *long, short = client.score([*files, songs / "a.wav"])
    for song in long:
        assert song.state == "failed"
        assert song.error is not None
        assert "60 s" in song.error
    assert short.state == "done"


def test_a_song_that_costs_two_workers_is_an_error_and_others_are_unharmed(
    hard: Served, tmp_path: Path
) -> None:
    with hard.client() as client, database(hard) as engine:
        killed: list[int] = []
        while len(killed) < 2:  # a busy machine may look too late; then another song is sent
            killed.clear()
            job, sha256 = sent(client, tmp_path, 40.0, 4.0)
            while len(killed) < 2 and (pid := pid_at_work(engine, sha256, *killed)) is not None:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
        client.wait(job)
        [one, other] = client.songs(job)
        assert one.state == "failed"
        assert one.error is not None
        assert "ended 2 times" in one.error
        assert "check the file" in one.error
        assert other.state == "done"


def test_a_song_that_takes_too_long_costs_its_worker_and_is_tried_again(
    hard: Served, tmp_path: Path
) -> None:
    with hard.client() as client, database(hard) as engine:
        at_work = None
        while at_work is None:  # as above
            job, sha256 = sent(client, tmp_path, 40.0)
            if (pid := pid_at_work(engine, sha256)) is None:
                continue
            with writing(engine) as session:
                held = update(Item).where(Item.sha256 == sha256, Item.state == RUNNING)
                session.execute(held.values(started=1.0))  # long ago
            with suppress(ProcessLookupError):  # where it is ended already
                os.kill(pid, signal.SIGSTOP)
            at_work = pid_at_work(engine, sha256)
        assert client.wait(job)["counts"] == {"done": 1}
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert "longer than the 1800 s that a song may take" in hard.printed.read_text()


def test_songs_that_wait_in_a_job_of_too_much_work_become_errors(
    tmp_path: Path, quick_apex: Path
) -> None:
    (tmp_path / "limits.toml").write_text("job_s = 0.01")
    paths = [tmp_path / f"{number}.wav" for number in range(60)]
    for number, path in enumerate(paths):
        soundfile.write(path, sound(number, 4.0), 22_050)
    words = ("--limits", tmp_path / "limits.toml")
    with served(tmp_path / "data", quick_apex, *words) as server, server.client() as client:
        job = client.send(paths)
        counts = client.wait(job)["counts"]
        sent = list(client.songs(job))
        assert [client.job(job)["state"], set(counts), sum(counts.values())] == [
            "done",
            {"done", "failed"},
            60,
        ]
        late = [song for song in sent if song.state == "failed"]
        [error] = {song.error for song in late}
        assert error is not None
        assert error.endswith(
            "more than 0.01 s of work, the limit of this server; send fewer songs at a time."
        )
        # Everywhere else they are what other errors are.
        page = {"Accept": "text/html"}
        assert "not judged" in httpx.get(f"{server.url}/jobs/{job}", headers=page).text
        listed = httpx.get(f"{server.url}/jobs", headers=page).text
        assert f"{len(late)} could not be judged" in listed
        metrics = httpx.get(f"{server.url}/metrics").text
        assert f'plaudit_items{{state="failed"}} {len(late)}' in metrics
        events = httpx.get(f"{server.url}/v1/jobs/{job}/events").text
        assert f'"failed":{len(late)}' in events
        ranked = client.rank([song.sha256 for song in (sent[0], late[0]) if song.sha256])
        assert [song.path for song in ranked if isinstance(song, RankedSong)] == ["0.wav"]
        assert [failure.path for failure in ranked.failures] == [late[0].name]


def test_a_worker_that_takes_too_much_memory_is_ended(tmp_path: Path, quick_apex: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("worker_mb = 40\nfree_mb = 1e9\nrequests_per_minute = 2\n")
    server = Served(tmp_path / "data", quick_apex, ("--limits", limits)).start()
    try:
        deadline = time.monotonic() + 300
        while "more than the 40 MB allowed" not in server.printed.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        # The other two limits of this server: a disk that is not free enough, and a rate.
        sent = httpx.post(f"{server.url}/v1/score", files={"files": b"RIFF"})
        assert (sent.status_code, sent.json()["error"]["type"]) == (507, "NoRoom")
        asked = [httpx.get(f"{server.url}/v1/jobs").status_code for _ in range(2)]
        assert asked == [200, 429]
    finally:
        assert server.stop() == 0
