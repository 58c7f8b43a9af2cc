"""Pages of jobs: all of them, and one with its songs; progress is live."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import case, select
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.database.queue import cancel
from plaudit.server.database.schema import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Item, Job
from plaudit.server.database.uploads import judged_songs
from plaudit.server.pages.chart import Wish, chart
from plaudit.server.pages.frame import chosen_judge, fragment, page, wants_part
from plaudit.server.refusal import not_found
from plaudit.server.view import JobView, job_view

router = APIRouter(prefix="/jobs", include_in_schema=False)
_SHOWN = 12  # songs of a panel that are not judged
_LISTED = 50
_STATUS = {
    QUEUED: "waits",
    RUNNING: "is being judged",
    FAILED: "not judged",
    CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class Open:
    """A song of a job that has no scores (yet), and why."""

    name: str
    state: str
    status: str
    error: str


@dataclass(frozen=True)
class JobPanel:
    """How far a job is, with songs that wait or failed; ``more`` are not shown."""

    job: JobView
    n_ended: int
    n_judged: int
    n_failed: int
    songs: list[Open]
    more: int
    sentence: str


def job_panel(session: Session, job: Job, most: int = _SHOWN) -> JobPanel:
    """Return how far a job is: running songs first, then failed ones, then those that wait."""
    view = job_view(session, job)
    counts = view.counts
    ahead = case((Item.state == RUNNING, 0), (Item.state == FAILED, 1), else_=2)
    query = select(Item).where(Item.job_id == job.id, Item.state != DONE)
    items = session.scalars(query.order_by(ahead, Item.place).limit(most)).all()
    n_failed = counts.get(FAILED, 0)
    n_ended = counts.get(DONE, 0) + n_failed + counts.get(CANCELLED, 0)
    return JobPanel(
        job=view,
        n_ended=n_ended,
        n_judged=counts.get(DONE, 0),
        n_failed=n_failed,
        songs=[
            Open(
                item.name,
                item.state,
                _STATUS[item.state],
                "" if item.error is None else str(item.error["message"]),
            )
            for item in items
        ],
        more=view.n_songs - counts.get(DONE, 0) - len(items),
        sentence=_sentence(view, counts.get(DONE, 0), n_failed),
    )


def _sentence(view: JobView, n_judged: int, n_failed: int) -> str:
    songs = "1 song" if view.n_songs == 1 else f"{view.n_songs:,} songs"
    failed = f", {n_failed:,} could not be judged" if n_failed else ""
    if view.state == CANCELLED:
        return f"Cancelled: {n_judged:,} of {songs} judged{failed}."
    if view.ended is not None:
        return f"Finished: {n_judged:,} of {songs} judged{failed}."
    if view.state == QUEUED:
        return f"{songs} waiting for their turn{failed}."
    return f"{n_judged:,} of {songs} judged{failed}."


@router.get("")
def jobs(request: Request, server: Server, caller: Asking) -> Response:
    """List the newest jobs of the caller."""
    with reading(server.engine) as session:
        query = select(Job).where(Job.owner == caller.owner).order_by(Job.created.desc())
        panels = [job_panel(session, job, 0) for job in session.scalars(query.limit(_LISTED))]
    if wants_part(request, "jobs"):
        return fragment("jobs_part.html.j2", panels=panels)
    return page(request, "jobs.html.j2", panels=panels, listed=_LISTED)


@router.get("/{job_id}")
def job(
    job_id: str, request: Request, server: Server, caller: Asking, wish: Annotated[Wish, Query()]
) -> Response:
    """Show a job with its songs."""
    with reading(server.engine) as session:
        found = _own(session, caller, job_id)
        panel = job_panel(session, found, 200)
        if wants_part(request, "songs-chart") or not request.headers.get("hx-request"):
            judge = chosen_judge(session, server, wish.judge or found.judges[0])
            songs = select(Item.sha256).where(Item.job_id == job_id, Item.state == DONE)
            among = [sha256 for sha256 in session.scalars(songs) if sha256 is not None]
            rows = (
                [] if judge is None
                else judged_songs(session, caller.owner, judge.hash, among=among, most=2000)
            )  # fmt: skip
            shown = None if judge is None else chart(judge, rows, wish)
    path = f"/jobs/{job_id}"
    if wants_part(request, "songs-chart"):
        return fragment("chart_part.html.j2", chart=shown, path=path)
    if request.headers.get("hx-request"):
        return fragment("panel_part.html.j2", panel=panel)
    return page(request, "job.html.j2", panel=panel, chart=shown, path=path)


@router.post("/{job_id}/cancel")
def cancel_job(job_id: str, request: Request, server: Server, caller: Asking) -> Response:
    """Take the songs of a job that wait out of the queue."""
    with reading(server.engine) as session:
        _own(session, caller, job_id)
    cancel(server.engine, job_id)
    if request.headers.get("hx-request"):
        with reading(server.engine) as session:
            return fragment(
                "panel_part.html.j2", panel=job_panel(session, _own(session, caller, job_id))
            )
    return RedirectResponse(f"/jobs/{job_id}", 303)


def _own(session: Session, caller: Caller, job_id: str) -> Job:
    found = session.get(Job, job_id)
    if found is None or found.owner != caller.owner:
        raise not_found("job")
    return found
