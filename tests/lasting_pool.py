"""Worker processes that stay for the next call: each needs seconds to begin, a test needs many."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from plaudit.core import pool


class _LastingPool(ProcessPoolExecutor):
    """Ends what it was given when it is shut down, and no process."""

    def __init__(self, workers: int, **given: Any) -> None:
        super().__init__(workers, **given)
        self._given: list[Future[Any]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(work, *args, **named)
        self._given.append(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            for future in self._given:
                future.cancel()
        _wait(self._given)
        self._given.clear()

    def end(self) -> None:
        super().shutdown()


_wait = wait


@contextmanager
def lasting_pools() -> Iterator[None]:
    """Let `plaudit.core.pool.share_out` use the same processes again and again."""
    pools: dict[int, _LastingPool] = {}

    def lasting(workers: int, **given: Any) -> _LastingPool:
        if workers not in pools:
            pools[workers] = _LastingPool(workers, **given)
        return pools[workers]

    with patch.object(pool, "ProcessPoolExecutor", lasting):
        yield
    for each in pools.values():
        each.end()
