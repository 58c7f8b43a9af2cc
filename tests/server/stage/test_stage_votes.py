"""``plaudit arena serve`` killed while voters vote: every acknowledged vote is there once."""

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from arena_votes import Seen, make_test, run, until_up, verdict
from listening_room import add_songs, grid, write_test
from plaudit.core.errors import InputError
from plaudit.server.stage.launch import StageSettings, serve
from quick_process import begun
from served import free_port


@dataclass
class Served:
    """The command, in a process that can be killed."""

    words: tuple[object, ...]
    port: int
    printed: Path
    process: ForkServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = ("arena", "serve", *self.words, "--port", self.port)
        self.process = begun(*words, printed=self.printed)

    def runs(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def kill(self) -> None:
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()


@contextmanager
def serving(path: Path, database: str | None) -> Iterator[Served]:
    more = ("--database", database) if database else ()
    printed = path.with_suffix(".log")
    printed.touch()
    server = Served((path, *more), free_port(), printed)
    server.start()
    try:
        yield server
    finally:
        server.kill()


async def voted(server: Served) -> Seen:
    await until_up(server)
    return await run(server, voters=4, per_voter=4, kills=1, gate_s=0.1, pause_s=0.2)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_votes_survive_kills(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue("empty_postgres") if kind == "postgresql" else None
    path = make_test(tmp_path, systems=3, items=3, per_voter=4, gate_s=0.1, database=database)
    with serving(path, database) as server:
        with ThreadPoolExecutor(1) as thread:  # Playwright leaves its loop in the main one
            seen = thread.submit(asyncio.run, voted(server)).result()
        printed = server.printed.read_text()
    assert verdict(path, database, seen) == "16 votes, each acknowledged and there once, no other"
    assert len(seen.outcomes) == 16
    assert "Votes under kills' is open at http://127.0.0.1:" in printed
    assert printed.count("'Votes under kills' is open") == 2
    # The check can fail: a vote that nobody cast is seen.
    seen.outcomes.popitem()
    with pytest.raises(AssertionError, match="1 that nobody saw acknowledged"):
        verdict(path, database, seen)


def test_what_cannot_be_served_is_said_at_once(tmp_path: Path) -> None:
    path = write_test(tmp_path / "t.toml")
    with pytest.raises(InputError, match=r"The test 't' has no songs yet; `plaudit arena add"):
        serve(StageSettings(test=path), print)
    with add_songs(path, grid(2, 2)):
        pass
    path.write_text(path.read_text().replace("kind =", 'languages = ["en", "xx"]\nkind ='))
    with pytest.raises(InputError, match=r"Expected languages of en, de, or a file .*xx.toml"):
        serve(StageSettings(test=path), print)
