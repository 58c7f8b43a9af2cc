"""A voter's own: what is stored of them, taken away or deleted; and the end of the test."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from plaudit.arena.session.record import Finished
from plaudit.server.stage.frame import page
from plaudit.server.stage.staging import Known, Stage, Voter, take_cookie

router = APIRouter(include_in_schema=False)


@router.get("/me")
def own(request: Request, stage: Stage, visitor: Known) -> Response:
    """Show what is stored of a voter."""
    if visitor is None:
        return RedirectResponse("/", 303)
    return page(request, "own.html.j2", stored=stage.room.own(visitor.voter))


@router.get("/me/votes.json")
def votes(stage: Stage, voter: Voter) -> Response:
    """Download everything that is stored of a voter."""
    stored: dict[str, Any] = stage.room.own(voter)
    headers = {
        "Content-Disposition": 'attachment; filename="my-votes.json"',
        "Cache-Control": "no-store",
    }
    text = json.dumps(stored, indent=2, ensure_ascii=False, default=str)
    return Response(text, media_type="application/json", headers=headers)


@router.post("/me/delete")
def delete(
    request: Request,
    stage: Stage,
    visitor: Known,
    sure: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Delete everything that is stored of a voter, once they say that they are sure."""
    if visitor is None:
        return RedirectResponse("/", 303)
    if not sure:
        return RedirectResponse("/me", 303)
    answer = page(request, "deleted.html.j2", n=stage.room.forget(visitor.voter))
    take_cookie(answer)
    return answer


@router.get("/done")
def done(request: Request, stage: Stage, visitor: Known) -> Response:
    """Thank a voter who has done everything."""
    if visitor is None:
        return RedirectResponse("/", 303)
    finished = stage.room.next(visitor.voter)
    if not isinstance(finished, Finished):
        return RedirectResponse("/task", 303)
    return page(request, "done.html.j2", finished=finished)
