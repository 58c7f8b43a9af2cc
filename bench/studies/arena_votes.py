"""200 voters cast 5,000 votes while the server is killed three times: each is there once.

Backs docs/arena.md, "What it survives".

Starts ``plaudit arena serve`` (SQLite, or PostgreSQL by --database) on a test of silent songs, and
lets voters come in, hear both sides with a message each half second, and answer, all over HTTP. At
three equal parts of the way the server is killed with SIGKILL and started again. A voter sends an
answer again, with its nonce, only where it saw no acknowledgement. At the end the votes of the
database have to be those that were acknowledged, each once, with the outcome that its voter gave.
How long the answer to a vote took is counted wherever one came, but for the first two seconds after
a start, when all voters who were waiting come back at once.

Run: .venv/bin/python bench/studies/arena_votes.py [--votes 5000] [--voters 200] [--database URL]
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import numpy as np
from sqlalchemy import delete, select

from plaudit.arena.database.schema import StoredSong, Table, Vote
from plaudit.arena.session.room import Room
from plaudit.core.database import open_engine, reading, upgrade, writing

RATE = 44_100
SETTLES_S = 2.0  # after a start
OUTCOMES = ("first", "second", "tie", "neither")
TEST = """
name = "votes"
title = "Votes under kills"
kind = "battle"
[listening]
gate_s = {gate}
[tasks]
per_voter = {per_voter}
training = 0
checks = 0.0
repeats = 0.0
"""


class Server(Protocol):
    """A server that can be killed and started again at the same port."""

    @property
    def url(self) -> str:
        """Where it is."""

    def start(self) -> object:
        """Start it."""

    def kill(self) -> None:
        """Kill it."""

    def runs(self) -> bool:
        """Return whether its process lives."""
        ...


@dataclass
class Seen:
    """What the voters saw: the outcome of each acknowledged task, waits, and refusals."""

    outcomes: dict[str, str] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    retried: int = 0
    busy: int = 0
    again: int = 0  #: Acknowledgements that said that the vote was there already.
    up_since: float = 0.0


def make_test(
    folder: Path, *, systems: int, items: int, per_voter: int, gate_s: float, database: str | None
) -> Path:
    """Write a test with silent songs, prepared as `plaudit arena add` prepares them."""
    path = folder / "votes.toml"
    path.write_text(TEST.format(gate=gate_s, per_voter=per_voter))
    n_frames = 2 * RATE
    with Room.open(path, database) as room:
        room.folder.sounds.mkdir(parents=True, exist_ok=True)
        (room.folder.sounds / f"{'0' * 64}.pcm").write_bytes(bytes(4 * n_frames))
        with writing(room.engine) as session:
            for system in range(systems):
                for item in range(items):
                    session.add(_song(f"system {system}", f"prompt {item}", n_frames))
    return path


def _song(system: str, item: str, n_frames: int) -> StoredSong:
    return StoredSong(
        id=f"{system} {item}", system=system, item=item, prompt_id=item, prompt=item, lyrics=None,
        instrumental=None, role="song", of=None, note="", source=f"{system}/{item}.wav",
        sha256="0" * 64, n_frames=n_frames, loudness_lufs=-20.0, gain_db=0.0, added=0.0,
    )  # fmt: skip


async def until_up(server: Server) -> None:
    """Wait until a server answers; raise where it has ended."""
    async with httpx.AsyncClient(base_url=server.url) as http:
        while server.runs():
            try:
                if (await http.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise RuntimeError("the server ended; start it alone to see why")


async def run(
    server: Server, *, voters: int, per_voter: int, kills: int, gate_s: float, pause_s: float
) -> Seen:
    """Let voters vote while the server is killed; return what they saw."""
    seen = Seen(up_since=time.perf_counter())
    wanted = voters * per_voter
    people = [
        asyncio.create_task(_voter(server.url, seen, number, per_voter, gate_s, pause_s))
        for number in range(voters)
    ]
    for turn in range(kills):
        while len(seen.outcomes) < wanted * (turn + 1) // (kills + 1):
            await asyncio.sleep(0.02)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await until_up(server)
        seen.up_since = time.perf_counter()
    await asyncio.gather(*people)
    return seen


async def _voter(
    url: str, seen: Seen, number: int, per_voter: int, gate_s: float, pause_s: float
) -> None:
    random = np.random.default_rng(number)
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        await asyncio.sleep(pause_s * number / 100)  # people do not come all at once
        form = {"consent": "yes", "language": "en"}
        while True:  # a consent whose answer was lost makes a voter without votes, no second vote
            entered = await _until_answered(lambda: http.post("/enter", data=form), seen)
            if entered.status_code == 303:
                break
        for _ in range(per_voter):
            task = (await _until_answered(lambda: http.get("/v1/task"), seen)).json()
            await _vote(http, seen, task, random, gate_s)
            await asyncio.sleep(float(random.uniform(0.5, 1.5)) * pause_s)


async def _vote(
    http: httpx.AsyncClient, seen: Seen, task: dict[str, Any], random: Any, gate_s: float
) -> None:
    """Hear both sides of a task, and answer it until that is acknowledged."""
    where = f"/v1/tasks/{task['id']}"
    answer = {"nonce": random.bytes(8).hex(), "outcome": OUTCOMES[random.integers(4)]}
    while task["id"] not in seen.outcomes:
        await _hear(http, seen, task, gate_s)
        began = time.perf_counter()
        given = await _until_answered(lambda: http.post(f"{where}/answer", json=answer), seen)
        if given.status_code == 200:
            seen.outcomes[task["id"]] = answer["outcome"]
            seen.again += given.json()["again"]
            return
        kind = given.json()["error"]["type"]
        if kind != "TooEarly":  # the server was killed while a side was heard
            seen.refused.append(
                f"{given.status_code} {kind} after {time.perf_counter() - began:.1f} s"
            )
            return


async def _hear(http: httpx.AsyncClient, seen: Seen, task: dict[str, Any], gate_s: float) -> None:
    """Play both sides, with a message each half second, for a little more than the gate."""
    key = task["sides"][0]["key"]
    address, part = f"/t/{task['id']}/{key}.wav", {"Range": "bytes=0-65535"}
    await _until_answered(lambda: http.get(address, headers=part), seen)
    position = 0.0
    for side in task["sides"]:
        left, kind = gate_s + 0.2, "play"
        while True:
            await _say(http, seen, task["id"], side["key"], kind, position)
            if left <= 0:
                break
            step = min(0.5, left)
            await asyncio.sleep(step)
            left, position, kind = left - step, position + step, "tick"
    await _say(http, seen, task["id"], side["key"], "pause", position)


async def _say(
    http: httpx.AsyncClient, seen: Seen, task: str, key: str, kind: str, position_s: float
) -> None:
    event = {"key": key, "kind": kind, "position_s": position_s, "at_ms": 1000 * time.time()}
    body = {"events": [event]}
    await _until_answered(lambda: http.post(f"/v1/tasks/{task}/events", json=body), seen)


async def _until_answered(ask: Callable[[], Any], seen: Seen) -> httpx.Response:
    """Ask again until an answer comes, and note how long a vote took that was answered."""
    while True:
        began = time.perf_counter()
        try:
            answer: httpx.Response = await ask()
        except httpx.TransportError:
            seen.retried += 1
            await asyncio.sleep(0.2)
            continue
        if answer.status_code >= 500:  # as the page does: ask again
            seen.busy += 1
            await asyncio.sleep(0.2)
            continue
        settled = began > seen.up_since + SETTLES_S
        if answer.request.url.path.endswith("/answer") and answer.status_code == 200 and settled:
            seen.waits_s.append(time.perf_counter() - began)
        return answer


def verdict(path: Path, database: str | None, seen: Seen) -> str:
    """Compare the votes of the database with what was acknowledged; raise where they differ."""
    with Room.open(path, database) as room, reading(room.engine) as session:
        rows = session.execute(select(Vote.task, Vote.outcome)).all()
    n = len(rows)
    there = {str(task): str(outcome) for task, outcome in rows}
    lost = seen.outcomes.keys() - there.keys()
    others = there.keys() - seen.outcomes.keys()
    other_outcome = [task for task in seen.outcomes if there.get(task) != seen.outcomes[task]]
    if lost or others or other_outcome or n != len(there) or seen.refused:
        raise AssertionError(
            f"{len(lost)} votes lost, {len(others)} that nobody saw acknowledged,"
            f" {len(other_outcome)} with another outcome, refused: {Counter(seen.refused)}"
        )
    return f"{n} votes, each acknowledged and there once, no other"


@dataclass
class _Command:
    """``plaudit arena serve`` as a user starts it."""

    words: tuple[object, ...]
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it."""
        words = ["arena", "serve", *self.words, "--port", self.port]
        # Its log, a line a request, is not what is looked at.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plaudit", *map(str, words)], stderr=subprocess.DEVNULL
        )

    def runs(self) -> bool:
        """Return whether its process lives."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def main() -> None:
    """Run the study and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--votes", type=int, default=5000)
    parser.add_argument("--voters", type=int, default=200)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--gate", type=float, default=0.3, help="seconds of each side")
    parser.add_argument("--pause", type=float, default=10.0, help="mean seconds between two tasks")
    parser.add_argument("--port", type=int, default=8792)
    parser.add_argument("--database", help="of PostgreSQL; its tables are emptied")
    options = parser.parse_args()
    per_voter = options.votes // options.voters
    with tempfile.TemporaryDirectory() as root:
        if options.database:
            engine = open_engine(options.database)
            upgrade(engine, Table)
            with writing(engine) as session:
                for table in reversed(Table.metadata.sorted_tables):
                    session.execute(delete(table))
            engine.dispose()
        path = make_test(
            Path(root), systems=8, items=12, per_voter=per_voter, gate_s=options.gate,
            database=options.database,
        )  # fmt: skip
        limits = Path(root) / "limits.toml"
        limits.write_text("requests_per_minute = 1000000\n")  # all voters come from one address
        more = ("--database", options.database) if options.database else ()
        server = _Command((path, "--limits", limits, *more), options.port)
        server.start()
        try:
            asyncio.run(until_up(server))
            began = time.perf_counter()
            seen = asyncio.run(
                run(
                    server, voters=options.voters, per_voter=per_voter, kills=options.kills,
                    gate_s=options.gate, pause_s=options.pause,
                )
            )  # fmt: skip
            took = time.perf_counter() - began
        finally:
            server.kill()
        print(f"{verdict(path, options.database, seen)}; {took:.0f} s, {options.kills} kills")
        print(f"requests without an answer: {seen.retried}; refused as busy: {seen.busy}")
        print(f"votes acknowledged a second time: {seen.again}")
        waits = 1000 * np.quantile(seen.waits_s, [0.5, 0.95, 0.99, 1])
        print(
            f"casting a vote, {len(seen.waits_s)} requests, ms: median, 95 %, 99 %, most: ", end=""
        )
        print(", ".join(f"{wait:.0f}" for wait in waits))


if __name__ == "__main__":
    main()
