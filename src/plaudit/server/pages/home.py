"""The first page: songs are dropped here, judged one by one, and found again."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.model.published.card import PublishedCard
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.api.score import check_queue, score_form
from plaudit.server.database.schema import Job
from plaudit.server.database.uploads import judged_songs
from plaudit.server.pages.chart import Chart, Wish, chart
from plaudit.server.pages.frame import chosen_judge, fragment, judges_of, page, wants_part
from plaudit.server.pages.jobs import JobPanel, job_panel
from plaudit.server.serving import Serving
from plaudit.server.upload import received

router = APIRouter(include_in_schema=False)
_LOOKED_AT = 2000  # songs of which some are shown


@router.get("/")
def home(
    request: Request, server: Server, caller: Asking, wish: Annotated[Wish, Query()]
) -> Response:
    """Show where songs are dropped, the jobs that run, and the songs of the caller."""
    with reading(server.engine) as session:
        songs = _songs(session, server, caller, wish)
        if wants_part(request, "songs-chart"):
            return fragment("chart_part.html.j2", chart=songs, path="/")
        judges = judges_of(session, server)
        panels = _running(session, caller)
    limits = server.limits
    return page(
        request,
        "home.html.j2",
        chart=songs,
        path="/",
        judges=judges,
        panels=panels,
        asks=any(
            isinstance(judge.card, PublishedCard) and judge.card.conditions for judge in judges
        ),
        limits=limits,
        days=round(limits.keep_uploads_s / 86_400),
    )


def _songs(session: Session, server: Serving, caller: Caller, wish: Wish) -> Chart | None:
    judge = chosen_judge(session, server, wish.judge)
    if judge is None:
        return None
    return chart(judge, judged_songs(session, caller.owner, judge.hash, most=_LOOKED_AT), wish)


def _running(session: Session, caller: Caller) -> list[JobPanel]:
    query = select(Job).where(Job.owner == caller.owner, Job.ended.is_(None))
    return [job_panel(session, job) for job in session.scalars(query.order_by(Job.created))]


@router.post("/upload")
async def upload(request: Request, server: Server, caller: Asking) -> Response:
    """Take songs of a form without a script, and lead to the page of their job."""
    await asyncio.to_thread(check_queue, server)
    async with received(request, server) as form:
        job = await asyncio.to_thread(score_form, server, caller.owner, form)
    return RedirectResponse(f"/jobs/{job.id}", 303)
