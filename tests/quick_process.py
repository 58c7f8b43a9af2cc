"""Processes that begin at once: forks of one that has imported what they need.

A spawned process spends two seconds on importing torch, and the tests start some two hundred. A
command begun here begins its own workers in the same way; journeys that stop a command by Ctrl-C,
or look at what it leaves behind, start an interpreter.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.util import get_temp_dir
from pathlib import Path
from typing import Any
from unittest.mock import patch

from plaudit.core.pool import computing_threads, leave_with_parent

IMPORTED = (
    *("plaudit.embeddings.extract.worker", "plaudit.judging.load", "plaudit.training.run"),
    # What a training imports when it begins; torch its compiler, with the first optimizer.
    *("accelerate", "matplotlib.figure", "sklearn.ensemble", "torch._dynamo", "tensorboard"),
)


class _Fork(ForkServerProcess):
    """Has the environment of the process that starts it, as a spawned one."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._environment = dict(os.environ)

    def start(self) -> None:
        with computing_threads(1):
            forkserver.ensure_running()
        server: Any = forkserver._forkserver
        self._server = server._forkserver_address
        super().start()

    def run(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        # Its own processes are forks of the same server, which is known to be running.
        server: Any = forkserver._forkserver
        server._forkserver_address = self._server
        with (
            patch.object(server, "ensure_running", lambda: None),
            patch.object(forkserver, "ensure_running", lambda: None),
            quick_processes(),
        ):
            super().run()


class _Context(ForkServerContext):
    Process = _Fork


QUICK = _Context()
QUICK.set_forkserver_preload(list(IMPORTED))


@contextmanager
def quick_processes() -> Iterator[None]:
    """Let Plaudit begin its worker processes in this way."""
    get_temp_dir()  # once, as long as its name is short: a socket of the server lies in it
    with (
        patch("plaudit.core.pool.SPAWN", QUICK),
        patch("plaudit.embeddings.extract.workers.SPAWN", QUICK),
    ):
        yield


def begun(*words: object, printed: Path | str = os.devnull) -> ForkServerProcess:
    """Begin a command that prints to a file, in a process group of its own as from a shell."""
    process = QUICK.Process(target=_command, args=([str(word) for word in words], str(printed)))
    process.start()
    return process


def killed_at(ready: Path, *words: object) -> None:
    """Begin a command, and kill it and its workers once a file is there."""
    process = begun(*words)
    assert process.pid is not None
    deadline = time.monotonic() + 300
    try:
        while not ready.exists():
            assert process.is_alive(), "it ended before it could be killed"
            assert time.monotonic() < deadline, f"{ready} was not made"
            time.sleep(0.005)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
            process.join()
            while time.monotonic() < deadline:  # until its workers are gone, and their locks
                os.killpg(process.pid, 0)
                time.sleep(0.005)


def _command(words: list[str], printed: str) -> None:
    os.setsid()
    leave_with_parent()  # who kills the tests leaves no server behind
    file = os.open(printed, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    from plaudit.cli.app import main

    sys.argv = ["plaudit", *words]
    main()
