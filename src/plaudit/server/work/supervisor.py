"""Watches over the processes: starts them, ends what takes too much, queues what they leave."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_hex

from sqlalchemy import delete, select, update

from plaudit.core import pool
from plaudit.core.database import reading, writing
from plaudit.core.errors import PlauditError
from plaudit.server.database.queue import end_long_jobs, give_back
from plaudit.server.database.schema import QUEUED, RUNNING, Item, StoredSong, Worker
from plaudit.server.database.uploads import remove_expired
from plaudit.server.log import begin_log
from plaudit.server.work.order import Order
from plaudit.server.work.outline import MAKING, WANTED
from plaudit.server.work.process import BEAT_S

_LOOK_S = 0.25
_EXPIRE_S = 60.0
_LONG_JOBS_S = 60.0  # or a tenth of what a job may take, where that is shorter
_SILENT_S = 60 * BEAT_S  # for this long a process may be stopped or starved of the disk
_STARTS = 3  # that fail in a row are a lasting fault

_log = logging.getLogger(__name__)


def run(kind: str, order: Order, worker: str) -> None:
    """Be a process of a kind; what a kind needs is imported there alone."""
    begin_log(order.log)
    module, name = {"judge": ("worker", "run_worker"), "outline": ("outline", "run_outliner")}[kind]
    try:
        getattr(import_module(f"plaudit.server.work.{module}"), name)(order, worker)
    except PlauditError as error:  # a judge that cannot be loaded
        _log.error("%s", error)
        sys.exit(1)


@dataclass
class _Place:
    """A place for a process, and who fills it."""

    kind: str
    worker: str = ""
    process: BaseProcess | None = None
    fault: str = ""  #: Why the supervisor ended it.
    failures: int = 0  #: Processes in a row that ended before they could work.


class Supervisor:
    """The processes of one server, watched by a thread.

    Parameters
    ----------
    order : Order
        What the processes are told.
    workers : int
        Processes that judge.
    on_fault : callable
        Called with a sentence when processes do not start, again and again.
    """

    def __init__(self, order: Order, workers: int, on_fault: Callable[[str], None]) -> None:
        self._order, self._on_fault = order, on_fault
        self._engine = order.engine()
        self._stop = threading.Event()
        self._places = [*(_Place("judge") for _ in range(workers)), _Place("outline")]
        self._thread = threading.Thread(target=self._watch, name="supervisor")
        self._expired = self._compared = 0.0

    def start(self) -> None:
        """Take over the queue, and start the processes."""
        with writing(self._engine) as session:
            # Nobody else serves this folder: what was in work belongs to processes that are gone,
            # and that is no fault of the songs.
            held = update(Item).where(Item.state == RUNNING)
            session.execute(held.values(state=QUEUED, worker=None))
            begun = update(StoredSong).where(StoredSong.outline == MAKING)
            session.execute(begun.values(outline=WANTED))
            session.execute(delete(Worker))
        for place in self._places:
            self._launch(place)
        self._thread.start()

    def stop(self) -> None:
        """End the processes; the songs in work go back to the queue."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for place in self._places:
            if place.process is not None:
                place.process.kill()
                place.process.join()
                give_back(self._engine, place.worker)
        self._engine.dispose()

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                for place in self._places:
                    self._look_at(place)
                if time.monotonic() - self._expired > _EXPIRE_S:
                    self._expired = time.monotonic()
                    remove_expired(self._engine, self._order.folder)
                self._end_long_jobs(self._order.limits.job_s)
            except Exception:  # noqa: BLE001 - without it nobody watches
                _log.exception("The supervisor failed in one round, and goes on")

    def _end_long_jobs(self, job_s: float) -> None:
        if time.monotonic() - self._compared < min(_LONG_JOBS_S, job_s / 10):
            return
        self._compared = time.monotonic()
        if ended := end_long_jobs(self._engine, job_s):
            _log.warning("Jobs took more than %g s of work; %d songs are not judged", job_s, ended)

    def _launch(self, place: _Place) -> None:
        place.worker, place.fault = f"{place.kind}-{token_hex(6)}", ""
        threads = self._order.threads
        with nullcontext() if threads is None else pool.computing_threads(threads):
            place.process = pool.SPAWN.Process(
                target=run, args=(place.kind, self._order, place.worker), name=place.worker
            )
            place.process.start()

    def _look_at(self, place: _Place) -> None:
        process = place.process
        if process is None:
            return
        if process.is_alive():
            place.fault = place.fault or self._excess(place, process)
            if place.fault:
                _log.warning("Process %s is ended: %s", place.worker, place.fault)
                process.kill()
            return
        process.join()
        fault = place.fault or f"exit status {process.exitcode}"
        with writing(self._engine) as session:
            known = session.get(Worker, place.worker)
            ready = known is not None and known.ready
            session.execute(delete(Worker).where(Worker.id == place.worker))
        left = give_back(self._engine, place.worker, fault=fault)
        _log.warning("Process %s ended (%s); %d songs left", place.worker, fault, len(left))
        place.failures = 0 if ready else place.failures + 1
        if place.failures >= _STARTS:
            place.process = None
            self._on_fault(
                f"A process of kind '{place.kind}' did not start {_STARTS} times ({fault}); the"
                " log says why."
            )
        else:
            self._launch(place)

    def _excess(self, place: _Place, process: BaseProcess) -> str:
        """Return what a living process has too much of; empty where nothing."""
        limits = self._order.limits
        used = _resident_mb(process.pid)
        if used > limits.worker_mb:
            return f"{used:.0f} MB of memory, more than the {limits.worker_mb:g} MB allowed"
        with reading(self._engine) as session:
            known = session.get(Worker, place.worker)
            held = (Item.worker == place.worker, Item.state == RUNNING)
            since = session.scalar(select(Item.started).where(*held).order_by(Item.started))
        now = time.time()
        if since is not None and now - since > limits.judging_s:
            return f"longer than the {limits.judging_s:g} s that a song may take"
        if known is not None and now - known.beat > _SILENT_S:
            return f"not heard of for {_SILENT_S:g} s"
        return ""


def _resident_mb(pid: int | None) -> float:
    """Return the memory of a process; 0 on a system that does not say (only Linux does)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) * 1024 / 1e6
