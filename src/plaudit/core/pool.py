"""Worker processes: spawned, of one thread each, ended when their parent ends.

Work is handed out a little ahead, so that a list of hundreds of thousands is never held; results
come as they are ready. A task that fails yields its error, and the others go on.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from plaudit.core.errors import PlauditError

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 3  # tasks handed out per worker
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


SPAWN = multiprocessing.get_context("spawn")


class CrewError(PlauditError, RuntimeError):
    """Workers do not start, or were ended from outside; what was saved stays."""


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_out(
    work: Callable[[T], R], tasks: Iterator[T], workers: int
) -> Generator[tuple[T, R | BaseException]]:
    """Let processes work on tasks; yield each with its result or exception, in any order.

    Parameters
    ----------
    work : callable
        A function of a module, of one task; runs in a worker.
    tasks : iterator
        Picklable tasks; taken as they are needed.
    workers : int
        Processes, at least 1.

    Raises
    ------
    CrewError
        A worker died; what was finished before is done.
    """
    with computing_threads(1):
        pool = ProcessPoolExecutor(workers, mp_context=SPAWN, initializer=prepare_worker)
        try:
            running: dict[Future[R], T] = {}
            for task in islice(tasks, _AHEAD * workers):
                running[pool.submit(work, task)] = task
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    task = running.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        raise CrewError(
                            "A worker was ended from outside, perhaps for lack of memory; use"
                            " fewer --workers, and run the same command again to go on."
                        ) from error
                    yield task, error if error is not None else future.result()
                    for following in islice(tasks, 1):
                        running[pool.submit(work, following)] = following
        finally:
            # Also after Ctrl-C: what is under way is finished, what waits is dropped.
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def computing_threads(number: int) -> Iterator[None]:
    """Let processes that are started meanwhile compute with so many threads each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(number)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def prepare_worker() -> None:
    """Leave Ctrl-C to the parent, and end this process when its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_with_parent()


def leave_with_parent() -> None:
    """End this process, at once, when the one that started it ends, in whatever way."""

    def wait_for_it() -> None:
        if (parent := multiprocessing.parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_for_it, daemon=True).start()
