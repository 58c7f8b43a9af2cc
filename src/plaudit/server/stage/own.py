"""A voter's own: what is stored of them, taken away or deleted; and the end of the test."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from plaudit.arena.session.record import Finished
from plaudit.server.stage.frame import language_of, page
from plaudit.server.stage.staging import Known, Stage, Voter, take_cookie

router = APIRouter(include_in_schema=False)


@router.get("/me")
def own(request: Request, stage: Stage, visitor: Known) -> Response:
    """Show what is stored of a voter."""
    if visitor is None:
        return RedirectResponse("/", 303)
    return page(
        request,
        "own.html.j2",
        answered=_answered(language_of(request).say, stage.room.own(visitor.voter)),
    )


def _answered(say: dict[str, Any], stored: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answered tasks of a voter, each answer as a line."""
    return [
        {**task, "text": _line(say, task)} for task in stored["tasks"] if task["answer"] is not None
    ]


def _line(say: dict[str, Any], task: dict[str, Any]) -> str:
    answer, labels = task["answer"], {side["key"]: side["label"] for side in task["sides"]}
    parts = [say["battle"][answer["outcome"]]] if answer["outcome"] else []
    parts += [
        f"{say['axes'].get(axis, {'name': axis})['name']} {value:g}"
        for axis, value in answer["ratings"].items()
    ]
    parts += [f"{labels.get(key, key)} {value:g}" for key, value in answer["scores"].items()]
    parts += [" › ".join(labels.get(key, key) for key in answer["order"])]
    return " · ".join(filter(None, [*parts, answer["comment"]]))


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
    return page(request, "done.html.j2", finished=finished, closed=stage.room.closed)
