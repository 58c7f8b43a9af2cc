"""``/v1/jobs``: how far a job is, its rows, live progress, and the end of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from plaudit.core.database import reading
from plaudit.core.settings import Record
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.database.queue import cancel
from plaudit.server.database.schema import Job
from plaudit.server.refusal import FaultBody, RefusalError, not_found
from plaudit.server.serving import Serving
from plaudit.server.view import ItemView, JobView, item_views, job_view

router = APIRouter(
    prefix="/v1/jobs",
    tags=["jobs"],
    responses={404: {"model": FaultBody}, 422: {"model": FaultBody}},
)
_EVENT = {
    "type": "object",
    "properties": {"event": {"const": "job"}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
_LOOK_S = 0.25
_STILL_S = 15.0  # a stream without news says that it lives

JobId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]
Offset = Annotated[int, Query(ge=0, le=2**31)]
Limit = Annotated[int, Query(ge=1, le=500)]


class Jobs(Record):
    """Jobs of the caller, newest first."""

    jobs: tuple[JobView, ...]


class Songs(Record):
    """Songs of a job, in the order in which they were sent."""

    job: JobView
    songs: tuple[ItemView, ...]


@router.get("")
def jobs(server: Server, caller: Asking, offset: Offset = 0, limit: Limit = 50) -> Jobs:
    """List the jobs of the caller, newest first."""
    with reading(server.engine) as session:
        query = select(Job).where(Job.owner == caller.owner).order_by(Job.created.desc())
        found = session.scalars(query.offset(offset).limit(limit)).all()
        return Jobs(jobs=tuple(job_view(session, job) for job in found))


@router.get("/{job_id}")
def job(job_id: JobId, server: Server, caller: Asking) -> JobView:
    """Return how far a job is."""
    return _view(server, caller, job_id)


@router.get("/{job_id}/songs")
def songs(
    job_id: JobId, server: Server, caller: Asking, offset: Offset = 0, limit: Limit = 100
) -> Songs:
    """Return the songs of a job with the rows that there are by now."""
    with reading(server.engine) as session:
        found = session.get(Job, job_id)
        if found is None or found.owner != caller.owner:
            raise not_found("job")
        return Songs(
            job=job_view(session, found),
            songs=tuple(item_views(session, job_id, offset, limit)),
        )


@router.post("/{job_id}/cancel")
def cancel_job(job_id: JobId, server: Server, caller: Asking) -> JobView:
    """Take the songs of a job that wait out of the queue; what was judged stays."""
    _view(server, caller, job_id)
    cancel(server.engine, job_id)
    return _view(server, caller, job_id)


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": _EVENT}}}},
)
async def events(
    job_id: JobId, request: Request, server: Server, caller: Asking
) -> StreamingResponse:
    """Stream the job (`JobView` as JSON) each time that it changes, until it has ended."""
    await asyncio.to_thread(_view, server, caller, job_id)
    if server.streams >= server.limits.streams:
        text = "Too many live streams are open; ask for the job instead."
        raise RefusalError(503, "TooManyStreams", text, {"Retry-After": "30"})
    body = _changes(request, server, caller, job_id)
    return StreamingResponse(
        body, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _changes(
    request: Request, server: Serving, caller: Caller, job_id: str
) -> AsyncIterator[str]:
    server.streams += 1
    try:
        last, still = None, 0.0
        while not await request.is_disconnected():
            view = await asyncio.to_thread(_view, server, caller, job_id)
            if view != last:
                last, still = view, 0.0
                yield f"event: job\ndata: {view.model_dump_json()}\n\n"
            if view.ended is not None:
                return
            await asyncio.sleep(_LOOK_S)
            still += _LOOK_S
            if still >= _STILL_S:
                still = 0.0
                yield ": nothing new\n\n"
    finally:
        server.streams -= 1


def _view(server: Serving, caller: Caller, job_id: str) -> JobView:
    with reading(server.engine) as session:
        found = session.get(Job, job_id)
        if found is None or found.owner != caller.owner:
            raise not_found("job")
        return job_view(session, found)
