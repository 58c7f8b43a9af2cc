"""The workers of a job: hands out songs, collects answers, replaces workers that died.

A worker that dies takes several songs with it. Each of them is tried once more, alone in a worker:
so the song that kills workers is identified and recorded, and the others are embedded.
"""

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from plaudit.audio.segment import SegmentRule
from plaudit.core.note import Note
from plaudit.core.pool import SPAWN, CrewError, computing_threads
from plaudit.embeddings.extract.encoder_source import EncoderSource
from plaudit.embeddings.extract.worker import Answer, Outcome, Task, work

WORKER_DIED = "WorkerDiedError"  #: Type of the note on a song that ended its worker twice.
_MOST_DEATHS = 20  # in a row, without a finished song: the cause is not a song
_PATIENCE_S = 5.0


@dataclass
class _Worker:
    number: int
    process: SpawnProcess
    pipe: Connection
    ready: bool = False
    alone: bool = False
    reason: str = ""
    tasks: dict[int, Task] = field(default_factory=dict)


class Crew:
    """Processes that embed songs; use `share_out` once.

    Each of the ``workers`` reads ``readers`` songs at a time and computes with ``threads`` threads.
    ``on_death`` gets a sentence when a worker died.
    """

    def __init__(
        self,
        source: EncoderSource,
        rule: SegmentRule,
        *,
        workers: int,
        readers: int,
        threads: int,
        on_death: Callable[[str], None],
    ) -> None:
        self._source, self._rule, self._on_death = source, rule, on_death
        self._most, self._readers, self._threads = workers, readers, threads
        self._crew: list[_Worker] = []
        self._suspects: deque[Task] = deque()
        self._started = self._handed = self._deaths = 0

    def share_out(self, tasks: Iterator[Task]) -> Generator[tuple[Task, Outcome]]:
        """Yield the outcome of each task as it is ready, in any order.

        Raises
        ------
        CrewError
            Workers cannot do anything at all.
        """
        try:
            while True:
                self._hand_out(tasks)
                if not any(worker.tasks for worker in self._crew):
                    return
                for pipe in wait([worker.pipe for worker in self._crew]):
                    worker = next(w for w in self._crew if w.pipe is pipe)
                    yield from self._receive(worker)
        finally:
            self._stop_all()

    def _hand_out(self, tasks: Iterator[Task]) -> None:
        """Give tasks to workers with room; first those that a worker died at."""
        while self._suspects:
            idle = next((w for w in self._crew if not w.tasks), None)
            if idle is None and len(self._crew) >= self._most:
                return
            idle = idle or self._start_worker()
            self._assign(idle, self._suspects.popleft(), alone=True)
        while (worker := self._roomiest()) is not None or len(self._crew) < self._most:
            task = next(tasks, None)
            if task is None:
                return
            if worker is None or (worker.tasks and len(self._crew) < self._most):
                worker = self._start_worker()
            self._assign(worker, task, alone=False)

    def _roomiest(self) -> _Worker | None:
        free = [w for w in self._crew if not w.alone and len(w.tasks) <= self._readers]
        return min(free, key=lambda worker: len(worker.tasks), default=None)

    def _assign(self, worker: _Worker, task: Task, *, alone: bool) -> None:
        self._handed += 1
        worker.tasks[self._handed] = task
        worker.alone = alone
        with suppress(OSError):  # it has died; its pipe shows that when it is read
            worker.pipe.send((self._handed, task))

    def _receive(self, worker: _Worker) -> Iterator[tuple[Task, Outcome]]:
        try:
            answer: Answer = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._remove_dead(worker)
            return
        if answer.last and isinstance(answer.outcome, Note):
            worker.reason = f"{answer.outcome.type}: {answer.outcome.message}"
        elif answer.number < 0:
            worker.ready = True
        else:
            self._deaths = 0
            worker.alone = False
            yield worker.tasks.pop(answer.number), answer.outcome

    def _remove_dead(self, worker: _Worker) -> Iterator[tuple[Task, Outcome]]:
        self._crew.remove(worker)
        worker.pipe.close()
        worker.process.join()
        why = worker.reason or _ending(worker.process.exitcode)
        name = f"Worker {worker.number} (process {worker.process.pid})"
        if not worker.ready:
            raise CrewError(f"{name} died before it could work: {why}; use fewer --workers.")
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            raise CrewError(
                f"{_MOST_DEATHS} workers died one after the other, the last one of: {why}; what was"
                " saved stays, find the cause and run the same command again."
            )
        lost = list(worker.tasks.values())
        if worker.alone:
            again = f"It was twice at work on {lost[0].path}: recorded."
            self._on_death(f"{name} died: {why}. {again}")
            yield lost[0], Note(type=WORKER_DIED, message=f"{name} died at it: {why}.")
        else:
            again = f"Its {len(lost)} songs are tried again, one by one."
            self._on_death(f"{name} died: {why}. {again}")
            self._suspects.extend(lost)

    def _start_worker(self) -> _Worker:
        """Start a process."""
        near, far = SPAWN.Pipe()
        self._started += 1
        process = SPAWN.Process(
            target=work,
            args=(far, self._source, self._rule, self._readers),
            name=f"plaudit-embed-{self._started}",
            daemon=True,
        )
        with computing_threads(self._threads):
            process.start()
        far.close()
        worker = _Worker(self._started, process, near)
        self._crew.append(worker)
        return worker

    def _stop_all(self) -> None:
        for worker in self._crew:
            if worker.tasks:  # only after an error or Ctrl-C
                worker.process.terminate()
            else:
                with suppress(OSError):
                    worker.pipe.send(None)
        for worker in self._crew:
            worker.process.join(_PATIENCE_S)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.pipe.close()
        self._crew.clear()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        hint = ", perhaps for lack of memory" if -code == signal.SIGKILL else ""
        return f"ended by {signal.Signals(-code).name}{hint}"
    return f"exit status {code}"
