"""Many clients send songs at once while the server and its workers are killed: each song ends once.

Backs docs/deploy.md, "What it survives".

Starts ``plaudit serve`` (SQLite, or PostgreSQL by --database), lets clients send short songs, each
of other content, a few a request, and kills with SIGKILL, three times each at equal parts of the
way, a worker and the whole server, which is then started again. A client sends a request again only
where it got no answer; what was acknowledged it never sends twice. Beside them one client asks all
the time how far a job is, and how long it waits for the answer is counted while the server is up.
At the end every acknowledged job has to have ended, with each of its songs once and judged, unless
its worker was killed twice by chance.

Run: .venv/bin/python bench/studies/server_chaos.py [--songs 500] [--clients 20] [--database URL]
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from sqlalchemy import delete, select

from plaudit.client import Client, ServerError
from plaudit.core.database import default_url, open_engine, reading, upgrade, writing
from plaudit.server.database.schema import Item, Table, Worker

RATE = 24_000
A_REQUEST = 5  # songs


class Server(Protocol):
    """A server that can be killed and started again at the same port."""

    @property
    def url(self) -> str:
        """Where it is."""

    def start(self) -> object:
        """Start it."""

    def until_ready(self) -> object:
        """Wait until it judges."""

    def kill(self) -> None:
        """Kill it."""


@dataclass
class Seen:
    """What the clients saw: acknowledged jobs with the names of their songs, and waits."""

    jobs: dict[str, list[str]] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def song(path: Path, number: int, seconds: float) -> Path:
    """Write a song of a few tones that no other song has."""
    random = np.random.default_rng(number)
    t = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * f * t) for f in random.uniform(100, 2000, 4))
    soundfile.write(path, 0.1 * tones + random.normal(0, 0.01, len(t)), RATE)
    return path


def run(
    server: Server,
    database: str,
    folder: Path,
    *,
    songs: int,
    clients: int,
    kills: int,
    seconds: float,
) -> Seen:
    """Let clients send songs while workers and the server are killed; return what they saw."""
    paths = [song(folder / f"{n}.wav", n, seconds) for n in range(songs)]
    seen, over = Seen(), threading.Event()
    lots = [paths[at : at + A_REQUEST] for at in range(0, songs, A_REQUEST)]
    senders = [
        threading.Thread(target=_send, args=(server.url, lots[n::clients], seen))
        for n in range(clients)
    ]
    asker = threading.Thread(target=_ask, args=(server.url, seen, over))
    for thread in [*senders, asker]:
        thread.start()
    marks = [songs * (turn + 1) // (2 * kills + 1) for turn in range(2 * kills)]
    for turn, mark in enumerate(marks):
        _until(database, mark)
        if turn % 2:
            server.kill()
            server.start()
            server.until_ready()
        else:
            _kill_a_worker(database)
    for thread in senders:
        thread.join()
    _until_ended(server.url, seen)
    over.set()
    asker.join()
    return seen


def verdict(url: str, database: str, seen: Seen) -> Counter[str]:
    """Count the songs of acknowledged jobs by how they ended; raise if one is missing or double."""
    ends: Counter[str] = Counter()
    with Client(url) as client:
        for job, names in seen.jobs.items():
            found = list(client.songs(job))
            if [one.name for one in found] != names:
                raise AssertionError(f"job {job} lost songs or has some twice")
            for one in found:
                if one.state == "done" and len(one.rows) != 1:
                    raise AssertionError(f"{one.name} has {len(one.rows)} rows")
                ends[one.state if one.state == "done" else f"{one.state}: {one.error}"] += 1
    engine = open_engine(database)
    with reading(engine) as session:
        known = set(session.scalars(select(Item.job_id).distinct()))
    engine.dispose()
    ends["jobs that no client knows of"] = len(known - set(seen.jobs))
    return ends


def _send(url: str, lots: Sequence[Sequence[Path]], seen: Seen) -> None:
    with Client(url) as client:
        for lot in lots:
            while True:
                try:
                    seen.jobs[client.send(lot)] = [path.name for path in lot]
                    break
                except ServerError as error:
                    if "does not answer" not in str(error):
                        seen.refused.append(str(error))
                    time.sleep(0.2)


def _ask(url: str, seen: Seen, over: threading.Event) -> None:
    with Client(url) as client:
        while not over.wait(0.05):
            jobs = list(seen.jobs)
            if jobs:
                began = time.perf_counter()
                with suppress(ServerError):  # it is down
                    client.job(jobs[len(seen.waits_s) % len(jobs)])
                    seen.waits_s.append(time.perf_counter() - began)


def _until(database: str, n: int) -> None:
    engine = open_engine(database)
    while True:
        with reading(engine) as session:
            ended = session.scalars(select(Item.id).where(Item.ended.is_not(None))).all()
        if len(ended) >= n:
            break
        time.sleep(0.05)
    engine.dispose()


def _until_ended(url: str, seen: Seen) -> None:
    with Client(url) as client:
        for job in seen.jobs:
            client.wait(job)


def _kill_a_worker(database: str) -> None:
    engine = open_engine(database)
    while True:
        with reading(engine) as session:
            pid = session.scalar(select(Worker.pid).where(Worker.kind == "judge", Worker.ready))
        if pid is not None:
            break
        time.sleep(0.05)
    engine.dispose()
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class _Command:
    """``plaudit serve`` as a user starts it."""

    words: Sequence[object]
    port: int = 8790
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it."""
        words = ["serve", "--port", self.port, *self.words]
        self.process = subprocess.Popen([sys.executable, "-m", "plaudit", *map(str, words)])

    def until_ready(self) -> None:
        """Wait until it judges."""
        with Client(self.url) as client:
            while not client.ready():
                if self.process is None or self.process.poll() is not None:
                    raise RuntimeError("the server ended; what it printed says why")
                time.sleep(0.1)

    def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def main() -> None:
    """Run the study and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--songs", type=int, default=500)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a song")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", help="of PostgreSQL; its tables are emptied")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        data, songs = Path(root) / "data", Path(root) / "songs"
        songs.mkdir()
        database = options.database or default_url(data.resolve())
        if options.database:
            engine = open_engine(database)
            upgrade(engine, Table)
            with writing(engine) as session:
                for table in reversed(Table.metadata.sorted_tables):
                    session.execute(delete(table))
            engine.dispose()
        limits = Path(root) / "limits.toml"
        limits.write_text("requests_per_minute = 1000000\n")  # all clients have one address
        words = ["--data", data, "--workers", options.workers, "--limits", limits]
        server = _Command([*words, *(["--database", database] if options.database else [])])
        server.start()
        server.until_ready()
        began = time.perf_counter()
        seen = run(
            server,
            database,
            songs,
            songs=options.songs,
            clients=options.clients,
            kills=3,
            seconds=options.seconds,
        )
        took = time.perf_counter() - began
        print(f"{len(seen.jobs)} acknowledged jobs in {took:.0f} s")
        print(f"refused: {dict(Counter(seen.refused)) or 'none'}")
        for end, n in sorted(verdict(server.url, database, seen).items()):
            print(f"{n:6} {end}")
        waits = 1000 * np.quantile(seen.waits_s, [0.5, 0.95, 0.99, 1])
        print(
            f"status of a job, {len(seen.waits_s)} requests, ms: median, 95 %, 99 %, most: ", end=""
        )
        print(", ".join(f"{wait:.0f}" for wait in waits))
        server.kill()


if __name__ == "__main__":
    main()
