"""``/healthz``, ``/readyz``, ``/metrics``: for whoever watches over the server."""

import time

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select

from plaudit.core.database import reading
from plaudit.server.access import Asking, Server
from plaudit.server.database.schema import Item, Job, LoadedJudge, Result, StoredSong, Worker
from plaudit.server.database.uploads import uploaded_bytes
from plaudit.server.refusal import FaultBody, RefusalError
from plaudit.server.serving import Serving

router = APIRouter(tags=["health"])


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Say that the server answers."""
    return "ok\n"


@router.get("/readyz", response_class=PlainTextResponse, responses={503: {"model": FaultBody}})
def readyz(server: Server) -> str:
    """Say that songs are judged: the database answers, and a worker has loaded every judge."""
    if server.fault:
        raise RefusalError(503, "Fault", server.fault)
    if not ready(server):
        raise RefusalError(503, "NotReady", "The judges are being loaded.", {"Retry-After": "5"})
    return "ready\n"


def ready(server: Serving) -> bool:
    """Return whether a worker has loaded every judge."""
    with reading(server.engine) as session:
        query = select(func.count()).where(Worker.kind == "judge", Worker.ready)
        return bool(session.scalar(query))


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(server: Server, _: Asking) -> str:
    """Counts for Prometheus, in its text format; no names and no owners."""
    with reading(server.engine) as session:
        states = session.execute(select(Item.state, func.count()).group_by(Item.state)).all()
        oldest = session.scalar(select(func.min(Item.due)).where(Item.state == "queued"))
        alive = session.scalar(select(func.count()).where(Worker.kind == "judge", Worker.ready))
        counted = {
            "jobs_total": session.scalar(select(func.count()).select_from(Job)),
            "songs": session.scalar(select(func.count()).select_from(StoredSong)),
            "results": session.scalar(select(func.count()).select_from(Result)),
            "judges": session.scalar(select(func.count()).select_from(LoadedJudge)),
            "workers_ready": alive,
        }
    now = time.time()
    counted["queue_oldest_seconds"] = 0 if oldest is None else max(0, round(now - oldest))
    counted["upload_bytes"] = uploaded_bytes(server.engine)
    counted["disk_free_bytes"] = server.folder.free_bytes()
    counted["streams"] = server.streams
    lines = [f"# TYPE plaudit_{name} gauge\nplaudit_{name} {n}" for name, n in counted.items()]
    lines.append("# TYPE plaudit_items gauge")
    lines += [f'plaudit_items{{state="{state}"}} {n}' for state, n in states]
    return "\n".join(lines) + "\n"
