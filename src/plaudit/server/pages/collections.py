"""Pages of collections: made, filled, named, shared by a link, removed."""

import asyncio
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from plaudit.core.database import reading
from plaudit.reports.look.wording import safe_text
from plaudit.server.access import Asking, Server
from plaudit.server.database import collections as kept
from plaudit.server.database.schema import Collection
from plaudit.server.pages.chart import Wish, chart
from plaudit.server.pages.frame import fragment, judges_of, page, wants_part
from plaudit.server.pages.picked import Hash
from plaudit.server.pages.shared import Kind, collected_rows, download, judge_of
from plaudit.server.refusal import RefusalError, not_found
from plaudit.server.serving import Serving

router = APIRouter(prefix="/collections", include_in_schema=False)
_TITLE_CHARS = 200
_SONGS = 2000
_FIELDS = 2100
Form = dict[str, list[str]]


@router.get("")
def collections(request: Request, server: Server, caller: Asking) -> Response:
    """List the collections of the caller."""
    with reading(server.engine) as session:
        found = kept.collections_of(session, caller.owner)
    return page(request, "collections.html.j2", collections=found)


@router.post("")
async def make(request: Request, server: Server, caller: Asking) -> Response:
    """Make a collection, of songs if some are named."""
    form = await _form(request)
    return await asyncio.to_thread(_make, server, caller.owner, form)


def _make(server: Serving, owner: str, form: Form) -> Response:
    made = kept.make_collection(server.engine, owner, _title(form))
    kept.collect(server.engine, owner, made, _songs(form))
    return RedirectResponse(f"/collections/{made}", 303)


@router.get("/add")
def choose(
    request: Request,
    server: Server,
    caller: Asking,
    song: Annotated[list[Hash], Query(max_length=_SONGS)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Ask which collection songs are to be added to."""
    with reading(server.engine) as session:
        found = kept.collections_of(session, caller.owner)
    return page(request, "collect.html.j2", collections=found, songs=list(dict.fromkeys(song)))


@router.post("/add")
async def add(request: Request, server: Server, caller: Asking) -> Response:
    """Add songs to a collection."""
    form = await _form(request)
    collection = _text(form, "collection")
    await _done(kept.collect, server, caller.owner, collection, _songs(form))
    return RedirectResponse(f"/collections/{collection}", 303)


@router.get("/{collection}")
def collection(
    collection: str,
    request: Request,
    server: Server,
    caller: Asking,
    wish: Annotated[Wish, Query()],
) -> Response:
    """Show a collection with its songs."""
    with reading(server.engine) as session:
        found = _own(server, caller.owner, collection)
        judge = judge_of(session, server, wish.judge)
        rows = [] if judge is None else collected_rows(session, found, judge)
        judges = judges_of(session, server)
        n = len(kept.collected_songs(session, collection))
    values: dict[str, Any] = {
        "chart": None if judge is None else chart(judge, rows, wish),
        "path": f"/collections/{collection}",
        "collection": found,
    }
    if wants_part(request, "songs-chart"):
        return fragment("collection_part.html.j2", **values)
    link = "" if found.token is None else str(request.url_for("shared", token=found.token))
    return page(
        request, "collection.html.j2", judges=judges, n=n, n_judged=len(rows), link=link, **values
    )


@router.get("/{collection}/songs.{kind}")
def songs(
    collection: str,
    kind: Kind,
    server: Server,
    caller: Asking,
    judge: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Download a collection as JSON, CSV or a report."""
    return download(server, _own(server, caller.owner, collection), kind, judge)


@router.post("/{collection}/{deed}")
async def change(
    collection: str, deed: str, request: Request, server: Server, caller: Asking
) -> Response:
    """Name, share or remove a collection, or take songs out of it."""
    form, owner = await _form(request), caller.owner
    match deed:
        case "title":
            await _done(kept.rename, server, owner, collection, _title(form))
        case "drop":
            await _done(kept.drop_songs, server, owner, collection, _songs(form))
        case "share":
            wanted = _text(form, "shared") == "1"
            await _done(kept.share, server, owner, collection, shared=wanted)
        case "remove":
            await _done(kept.remove_collection, server, owner, collection)
            return RedirectResponse("/collections", 303)
        case _:
            raise not_found("page")
    return RedirectResponse(f"/collections/{collection}", 303)


async def _form(request: Request) -> Form:
    return parse_qs((await request.body()).decode(errors="replace"), max_num_fields=_FIELDS)


async def _done(deed: object, server: Serving, *given: object, **named: object) -> None:
    assert callable(deed)  # noqa: S101 - of `database.collections`
    if not await asyncio.to_thread(deed, server.engine, *given, **named):
        raise not_found("collection")


def _own(server: Serving, owner: str, collection: str) -> Collection:
    with reading(server.engine) as session:
        found = kept.own_collection(session, owner, collection)
        if found is None:
            raise not_found("collection")
        session.expunge(found)
        return found


def _text(form: Form, name: str) -> str:
    return form.get(name, [""])[0]


def _title(form: Form) -> str:
    title = safe_text(" ".join(_text(form, "title").split()))[:_TITLE_CHARS]
    if not title:
        raise RefusalError(422, "NoTitle", "A collection needs a title; write one.")
    return title


def _songs(form: Form) -> list[str]:
    return form.get("song", [])[:_SONGS]
