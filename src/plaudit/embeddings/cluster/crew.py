"""Workers on a cluster: hands out tasks, collects results, replaces workers that are gone.

A worker is a Ray actor that opens what it works with once, and then answers one task after
another. Ray restarts and retries nothing: what a lost worker had is handed out again from here. A
worker works on one task at a
time, in order: when it dies, the task at work is suspected and tried again, alone, and those that
waited go to others. The third death at a task gives it a result that says so: one or two may be
chance. Tasks of a node that left are not suspected before the third time.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Generic, NamedTuple, TypeVar

from plaudit.core.pool import CrewError
from plaudit.embeddings.cluster.session import ray_session

T = TypeVar("T")
R = TypeVar("R")
_AT_HAND = 2  # tasks of a worker: one at work, and one that waits for it
_MOST_KILLS = 3  # deaths at one task before it is given up
_MOST_DEATHS = 20  # in a row, without a finished task: the cause is not a task
_ONE_CAUSE_S = 0.5  # deaths that follow each other faster count once, such as all of a node
_MOST_LOSSES = 3  # nodes that left with a task before it is suspected
_LOOK_S = 5.0  # between looks at how large the cluster is
_SAY_S = 30.0  # without any worker before that is said


class Settled(NamedTuple, Generic[T, R]):
    """A task whose result is known without work."""

    task: T
    result: R


class RemoteWorker(Generic[T, R]):
    """The work that an actor does."""

    def open(self, open_worker: Callable[[], Callable[[T], R]]) -> str:
        """Open the encoder or judge, and return the id of this node."""
        from ray import get_runtime_context

        self._work = open_worker()
        node: str = get_runtime_context().get_node_id()
        return node

    def work(self, task: T) -> R:
        """Return the result of a task."""
        return self._work(task)


@dataclass(eq=False)
class _Worker(Generic[T]):
    number: int
    actor: Any
    node: str = ""  # empty until it is open
    opened: float = 0.0
    alone: bool = False
    tasks: dict[Any, T] = field(default_factory=dict)  # by the reference to the result

    @property
    def name(self) -> str:
        return f"Worker {self.number} (node {self.node[:8] or 'unknown'})"


class ClusterCrew(Generic[T, R]):
    """Workers on a cluster; use `share_out` once.

    Parameters
    ----------
    address : str
        As `plaudit.embeddings.cluster.choice.check_cluster`.
    open_worker : callable
        Run once in each worker; returns the function of a task, which returns its result. An
        exception of that function ends the worker like a death. It is sent to the workers, and so
        are tasks, which are hashable, and results.
    died : callable
        Returns the result of a task that ended its worker three times, by the task and a sentence.
    workers : int, optional
        Workers; as many as the cluster has cores for when not given, also while it grows.
    threads : int
        Cores of each, and the threads that it computes with.
    on_event : callable
        Gets a sentence when a worker is lost, or none has room.
    """

    def __init__(
        self,
        address: str,
        open_worker: Callable[[], Callable[[T], R]],
        died: Callable[[T, str], R],
        *,
        workers: int | None,
        threads: int,
        on_event: Callable[[str], None],
    ) -> None:
        self._address, self._open, self._died = address, open_worker, died
        self._workers, self._threads, self._on_event = workers, threads, on_event
        self._ray: ModuleType
        self._crew: list[_Worker[T]] = []
        self._owner: dict[Any, _Worker[T]] = {}  # by the reference to what is waited for
        self._backlog: deque[T] = deque()
        self._suspects: deque[T] = deque()
        self._losses: Counter[T] = Counter()
        self._kills: Counter[T] = Counter()
        self._started = self._deaths = self._most = 0
        self._looked = self._said = self._died_at = 0.0
        self.core_s = 0.0  #: Core seconds of workers that are gone.

    def share_out(
        self, tasks: Iterator[T | Settled[T, R]], room: Callable[[int], bool] = lambda _: True
    ) -> Generator[tuple[T, R]]:
        """Yield the result of each task as it is ready, in any order.

        Tasks are taken as workers need them, and only while there is ``room`` for so many workers.

        Raises
        ------
        CrewError
            Workers cannot do anything at all.
        MissingPackageError, ClusterError
            As `plaudit.embeddings.cluster.session.ray_session`; without any task no cluster is
            looked for.
        """
        yield from self._take(tasks, 1, room)
        if not self._backlog:
            return
        with ray_session(self._address, (self._workers or 1) * self._threads) as self._ray:
            self._said = time.monotonic()
            try:
                while True:
                    self._look()
                    wanted = _AT_HAND * self._most - self._n_at_work
                    yield from self._take(tasks, wanted, room)
                    if not (self._backlog or self._suspects or self._n_at_work):
                        return
                    self._start_workers()
                    self._hand_out()
                    yield from self._receive()
            finally:
                for worker in self._crew:
                    self._end(worker)

    def _take(
        self, tasks: Iterator[T | Settled[T, R]], n: int, room: Callable[[int], bool]
    ) -> Iterator[tuple[T, R]]:
        """Have so many tasks ready to be handed out."""
        while len(self._backlog) < n and room(max(1, self._most)):
            task = next(tasks, None)
            if task is None:
                return
            if isinstance(task, Settled):
                yield task
            else:
                self._backlog.append(task)

    @property
    def _n_at_work(self) -> int:
        return sum(len(worker.tasks) for worker in self._crew)

    def _look(self) -> None:
        """Check from time to time how many workers the cluster has room for."""
        now = time.monotonic()
        if not self._looked or now - self._looked > _LOOK_S:
            self._looked = now
            n_cores = self._ray.cluster_resources().get("CPU", 0.0)
            self._most = self._workers or max(1, int(n_cores / self._threads))

    def _start_workers(self) -> None:
        """Start as many as there is work for; one that has no room yet waits for it in Ray."""
        n_tasks = len(self._backlog) + len(self._suspects) + self._n_at_work
        wanted = min(self._most, n_tasks)
        while len(self._crew) < wanted:
            self._started += 1
            options = {"num_cpus": self._threads, "max_restarts": 0, "max_task_retries": 0}
            actor = self._ray.remote(**options)(RemoteWorker).remote()
            worker: _Worker[T] = _Worker(self._started, actor)
            self._crew.append(worker)
            self._owner[actor.open.remote(self._open)] = worker

    def _hand_out(self) -> None:
        """Give tasks to workers with room; suspects each to one that has nothing else."""
        ready = sorted((w for w in self._crew if w.node), key=lambda worker: len(worker.tasks))
        while self._suspects and ready and not ready[0].tasks:
            self._assign(ready.pop(0), self._suspects.popleft(), alone=True)
        # As many workers as there are suspects left get nothing new, to be free for them.
        open_to_all = [w for w in ready[len(self._suspects) :] if not w.alone]
        for load in range(_AT_HAND):
            for worker in open_to_all:
                if self._backlog and len(worker.tasks) == load:
                    self._assign(worker, self._backlog.popleft(), alone=False)

    def _assign(self, worker: _Worker[T], task: T, *, alone: bool) -> None:
        reference = worker.actor.work.remote(task)
        worker.tasks[reference] = task
        worker.alone = alone
        self._owner[reference] = worker

    def _receive(self) -> Iterator[tuple[T, R]]:
        """Wait for something, and yield what is there."""
        ready, _ = self._ray.wait(list(self._owner), num_returns=1, timeout=_LOOK_S)
        if ready:
            ready, _ = self._ray.wait(list(self._owner), num_returns=len(self._owner), timeout=0)
        for reference in ready:
            worker = self._owner.pop(reference, None)
            if worker is not None:  # not lost a moment ago
                yield from self._read(worker, reference)
        now = time.monotonic()
        if any(worker.node for worker in self._crew):
            self._said = now
        elif now - self._said > _SAY_S:
            self._said = now
            nodes = [node for node in self._ray.nodes() if node["Alive"]]
            n_cores = sum(node["Resources"].get("CPU", 0.0) for node in nodes)
            self._on_event(
                f"No worker has begun yet: {len(self._crew)} are wanted, of {self._threads} cores"
                f" each; the cluster has {n_cores:g} cores in {len(nodes)} nodes."
            )

    def _read(self, worker: _Worker[T], reference: Any) -> Iterator[tuple[T, R]]:
        errors = self._ray.exceptions
        try:
            result = self._ray.get(reference)
        except errors.RayTaskError as error:
            cause = getattr(error, "cause", None) or error
            if not worker.node:
                raise CrewError(_not_opened(worker.name, str(cause))) from error
            why = " ".join(str(cause).split())
            yield from self._lose(worker, f"{type(cause).__name__}: {why}")
        except errors.ActorUnavailableError:
            yield from self._lose(worker, "its node does not answer", node_left=True)
        except errors.RayActorError as error:
            if "creation task" in str(error):
                raise CrewError(_not_opened(worker.name, str(error))) from error
            left = bool(worker.node) and worker.node not in self._nodes()
            why = "its node left" if left else "its process ended, perhaps for lack of memory"
            yield from self._lose(worker, why, node_left=left)
        except errors.RayError as error:  # the result was on a node that left
            self._on_event(f"A result of {worker.name} is lost ({type(error).__name__}).")
            yield from self._again(
                worker.tasks.pop(reference), alone=worker.alone, why="it is lost"
            )
            worker.alone = False
        else:
            if worker.node:
                self._deaths = 0
                worker.alone = False
                yield worker.tasks.pop(reference), result
            else:
                worker.node, worker.opened = result, time.monotonic()

    def _nodes(self) -> set[str]:
        return {node["NodeID"] for node in self._ray.nodes() if node["Alive"]}

    def _lose(
        self, worker: _Worker[T], why: str, *, node_left: bool = False
    ) -> Iterator[tuple[T, R]]:
        """Remove a worker, and put its tasks back."""
        self._crew.remove(worker)
        self._end(worker)
        for reference in worker.tasks:
            self._owner.pop(reference, None)
        now = time.monotonic()
        self._deaths += now - self._died_at > _ONE_CAUSE_S
        self._died_at = now
        if self._deaths >= _MOST_DEATHS:
            raise CrewError(
                f"{_MOST_DEATHS} workers died one after the other, the last one of: {why}; what was"
                " saved stays, find the cause and run the same command again."
            )
        lost = list(worker.tasks.values())
        if node_left:
            self._on_event(f"{worker.name} is lost: {why}. Its {len(lost)} songs go to others.")
            for task in lost:
                yield from self._again(task, alone=worker.alone, why=why)
        elif not lost:
            self._on_event(f"{worker.name} died between two songs: {why}.")
        else:
            at_work, *waited = lost
            self._backlog.extendleft(reversed(waited))
            self._kills[at_work] += 1
            given_up = self._kills[at_work] >= _MOST_KILLS
            what = "the third at this song: recorded" if given_up else "Its song is tried again"
            self._on_event(f"{worker.name} died: {why}. {what[0].upper()}{what[1:]}.")
            if given_up:
                yield at_work, self._died(at_work, f"{worker.name} died at it: {why}.")
            else:
                self._suspects.append(at_work)

    def _again(self, task: T, *, alone: bool, why: str) -> Iterator[tuple[T, R]]:
        """Hand out a task of a node that left again; the third time it is suspected."""
        self._losses[task] += 1
        often = self._losses[task] >= _MOST_LOSSES
        if alone and often:
            yield task, self._died(task, f"{_MOST_LOSSES} nodes left while they were at it: {why}.")
        elif alone or often:
            self._suspects.append(task)
        else:
            self._backlog.appendleft(task)

    def _end(self, worker: _Worker[T]) -> None:
        if worker.opened:
            self.core_s += self._threads * (time.monotonic() - worker.opened)
        with suppress(Exception):  # the cluster itself may be gone
            self._ray.kill(worker.actor)


def _not_opened(name: str, text: str) -> str:
    why = text.strip().splitlines()[-1].rstrip(".") if text.strip() else "no reason given"
    return (
        f"{name} could not begin: {why}; each node needs the same Plaudit, and the same files at"
        " the same paths."
    )
