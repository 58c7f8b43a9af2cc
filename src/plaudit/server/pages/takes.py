"""Takes of one prompt, in order: the range of places that each may have, and which to keep."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.judging.ranking import PREFERENCE, RankedSong
from plaudit.reports.look.wording import range_text, safe_text, score_text
from plaudit.reports.songs.order import order_axes
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.api.comparison import Take, Takes, ranking
from plaudit.server.database.collections import collected_songs, own_collection
from plaudit.server.database.schema import DONE, Item, Job
from plaudit.server.pages.frame import chosen_judge, fragment, page, wants_part
from plaudit.server.pages.picked import Hash, JudgeName, choices
from plaudit.server.refusal import not_found

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Place:
    """A song in its place, as the template draws it: the bar runs over the places it may have."""

    song: RankedSong
    name: str
    value: str
    interval: str
    places: str
    x: str
    low: str
    high: str


@router.get("/rank")
def rank(
    request: Request,
    server: Server,
    caller: Asking,
    song: Annotated[list[Hash], Query(max_length=500)] = [],  # noqa: B006 - FastAPI copies it
    job: Annotated[str, Query(max_length=100)] = "",
    collection: Annotated[str, Query(max_length=100)] = "",
    judge: JudgeName = "",
    by: Annotated[str, Query(max_length=40)] = PREFERENCE,
    keep: Annotated[int, Query(ge=1, le=500)] = 1,
) -> Response:
    """Rank the songs that are named, or those of a job or a collection; or ask which."""
    with reading(server.engine) as session:
        own = chosen_judge(session, server, judge)
        songs = list(dict.fromkeys([*song, *_of_job(session, caller, job)]))
        songs = list(dict.fromkeys([*songs, *_of_collection(session, caller, collection)]))
        if own is None or len(songs) < 2:
            some = choices(session, server, caller, judge)
            return page(request, "takes_choice.html.j2", songs=some, chosen=songs, judge=judge)
    takes = tuple(Take(sha256=sha256) for sha256 in songs)
    axes = own.card.score_names
    ranked = ranking(
        server,
        caller,
        Takes(songs=takes, judge=judge or None, by=by, keep=min(keep, len(songs))),
    ).songs
    values: dict[str, Any] = {
        "places": [_place(each, order_axes(axes)[0] if by not in axes else by) for each in ranked],
        "keep": min(keep, len(songs)),
        "n": len(songs),
        "certain": sum(1 for each in ranked if each.may_belong is False),
        "may": sum(1 for each in ranked if each.may_belong and not each.kept),
        "judge": judge,
        "by": by,
    }
    if wants_part(request, "places"):
        return fragment("places_part.html.j2", **values)
    return page(request, "takes.html.j2", chosen=songs, own=own, axes=axes, **values)


def _place(song: RankedSong, axis: str) -> Place:
    low = song.rank if song.rank_low is None else song.rank_low
    high = song.rank if song.rank_high is None else song.rank_high
    return Place(
        song=song,
        name=safe_text(song.path or ""),
        value=score_text(axis, song.value),
        interval=range_text(axis, song.low, song.high),
        places="" if song.rank_low is None else f"{low}" if low == high else f"{low} to {high}",
        x=_along(song.rank, song.of),
        low=_along(low - 0.35, song.of),
        high=_along(high + 0.35, song.of),
    )


def _along(place: float, of: int) -> str:
    return f"{100 * (place - 0.5) / of:.2f}%"


def _of_job(session: Session, caller: Caller, job_id: str) -> list[str]:
    if not job_id:
        return []
    job = session.get(Job, job_id)
    if job is None or job.owner != caller.owner:
        raise not_found("job")
    query = select(Item.sha256).where(Item.job_id == job_id, Item.state == DONE)
    return [sha256 for sha256 in session.scalars(query.order_by(Item.place)) if sha256 is not None]


def _of_collection(session: Session, caller: Caller, collection: str) -> list[str]:
    if not collection:
        return []
    if own_collection(session, caller.owner, collection) is None:
        raise not_found("collection")
    return collected_songs(session, collection)
