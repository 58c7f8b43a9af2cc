"""A real server for tests: uvicorn, a database, workers, at a port of its own."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from plaudit.client import Client
from quick_process import begun
from typed_command import plaudit


@dataclass
class Served:
    """A server in a process group of its own; ``words`` are further options of the command."""

    data: Path
    judge: Path | str
    words: tuple[object, ...] = ()
    port: int = 0
    process: ForkServerProcess | None = field(default=None)
    key: str | None = None

    @property
    def printed(self) -> Path:
        return self.data.with_name(f"{self.data.name}.log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str | None = None) -> Client:
        return Client(self.url, key or self.key)

    def made_key(self, *words: object) -> str:
        """Make a key for this server, by the command."""
        there = [self.words.index(word) for word in self.words if word == "--database"]
        return made_key(self.data, *words, *(self.words[n + k] for n in there for k in (0, 1)))

    def start(self) -> "Served":
        self.port = self.port or free_port()
        self.printed.touch()
        where = ("--port", self.port, "--data", self.data, "--judge", self.judge)
        self.process = begun("serve", *where, *self.words, printed=self.printed)
        return self

    def until_ready(self) -> "Served":
        deadline = time.monotonic() + 300
        with self.client() as client:
            while not client.ready():
                assert self.process is not None
                assert self.process.is_alive(), self.printed.read_text()
                assert time.monotonic() < deadline, "the server is not ready"
                time.sleep(0.05)
        return self

    def kill(self) -> None:
        """End the server at once, as a power cut does; its workers notice by themselves."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()

    def stop(self) -> int | None:
        """Press Ctrl-C; return the exit status."""
        assert self.process is not None
        assert self.process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGINT)
        self.process.join(120)
        return self.process.exitcode


@contextmanager
def served(data: Path, judge: Path | str, *words: object) -> Iterator[Served]:
    server = Served(data, judge, words).start()
    try:
        yield server.until_ready()
    finally:
        server.stop()


def made_key(data: Path, *words: object) -> str:
    """Make a key for the server of a folder, by the command."""
    return plaudit("keys", "add", *words, "--data", data).stdout.strip()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
