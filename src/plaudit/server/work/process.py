"""The life of a process of the server: known, heard of every few seconds, gone with its parent."""

import logging
import os
import threading
import time

from sqlalchemy import Engine, delete, update

from plaudit.core.database import writing
from plaudit.core.pool import prepare_worker
from plaudit.server.database.schema import Worker

BEAT_S = 2.0
"""A process says every so many seconds that it lives."""
IDLE_S = 0.1
"""An idle process looks for work every so many seconds."""
_NICE = 5  # the pages stay quick beside it

_log = logging.getLogger(__name__)


def begin(engine: Engine, worker: str, kind: str) -> None:
    """Make a process known, and let it say that it lives until it ends."""
    prepare_worker()
    os.nice(_NICE)
    now = time.time()
    with writing(engine) as session:
        session.execute(delete(Worker).where(Worker.id == worker))
        session.add(
            Worker(id=worker, kind=kind, pid=os.getpid(), started=now, beat=now, ready=False)
        )
    threading.Thread(target=_beat, args=(engine, worker), daemon=True).start()


def say_ready(engine: Engine, worker: str) -> None:
    """Say that a process can work."""
    with writing(engine) as session:
        session.execute(update(Worker).where(Worker.id == worker).values(ready=True))


def _beat(engine: Engine, worker: str) -> None:
    while True:
        time.sleep(BEAT_S)
        try:
            with writing(engine) as session:
                session.execute(update(Worker).where(Worker.id == worker).values(beat=time.time()))
        except Exception:  # noqa: BLE001 - a busy disk passes
            _log.exception("A process could not say that it lives")
