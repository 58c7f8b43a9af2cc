"""Threads that compute alone: torch's operations in them use no other thread.

Where work is hundreds of small operations, each of them waits for all of torch's threads, and
waiting takes processor time: several times that of the work, if another process keeps a core busy.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


def lone_threads(number: int) -> ThreadPoolExecutor:
    """Return a pool of up to so many threads, each of which computes alone."""
    return ThreadPoolExecutor(number, "alone", _compute_alone, (torch.get_num_threads(),))


def side_by_side(
    threads: ThreadPoolExecutor, compute: Callable[[T], R], inputs: Iterable[T]
) -> list[R]:
    """Return what is computed of each input, in order, with the passes that judges share here."""
    here = [(copy_context(), each) for each in inputs]
    return list(threads.map(lambda pair: pair[0].run(compute, pair[1]), here))


def _compute_alone(threads: int) -> None:
    torch.get_num_threads()  # a thread that was never asked takes the number of all others later
    torch.set_num_threads(1)  # of this thread, and of threads that are yet to start
    others = threading.Thread(target=torch.set_num_threads, args=(threads,))
    others.start()
    others.join()
