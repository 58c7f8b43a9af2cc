"""The way in: what the test is, consent, language, and whether one hears well."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from plaudit.arena.session.record import Headphones
from plaudit.server.refusal import RefusalError
from plaudit.server.stage.frame import language_of, page
from plaudit.server.stage.staging import (
    Known,
    Stage,
    Visitor,
    count_request,
    give_cookie,
    visitor_of,
)
from plaudit.server.stage.terms import paragraphs, shown_text

router = APIRouter(include_in_schema=False)
Code = Annotated[str, Query(max_length=200)]
Field = Annotated[str, Form(max_length=200)]
_NAMED: dict[str, Headphones] = {"right": "right", "wrong": "wrong"}


@router.get("/")
def welcome(
    request: Request, stage: Stage, visitor: Known, token: Code = "", participant: Code = ""
) -> Response:
    """Say what the test is, and ask for consent; let a voter go on."""
    return page(
        request,
        "welcome.html.j2",
        visitor=visitor,
        token=token,
        participant=participant,
        terms=paragraphs(stage.room, language_of(request)),
        languages=list(stage.languages.values()),
        closed=stage.room.closed,
    )


@router.post("/enter")
def enter(
    request: Request,
    stage: Stage,
    consent: Field = "",
    language: Field = "",
    token: Field = "",
    participant: Field = "",
) -> Response:
    """Take a consent and make a voter; whoever is one already goes on as the same."""
    visitor = visitor_of(request)
    count_request(request, visitor)
    known = visitor is not None and stage.room.known(visitor.voter)
    if known and not token and not participant:
        return RedirectResponse("/task", 303)
    if not consent:
        raise RefusalError(422, "NoConsent", "Expected consent; tick that you agree.")
    if language not in stage.languages:
        language = next(iter(stage.languages))
    voter = stage.room.enter(
        consent=True,
        language=language,
        token=token or None,
        participant=participant or None,
        address=request.client.host if request.client else None,
        terms=shown_text(stage.room, stage.languages[language]),
    )
    answer = RedirectResponse("/check", 303)
    give_cookie(request, answer, Visitor(voter, language))
    return answer


@router.get("/check")
def check(request: Request, visitor: Known) -> Response:
    """Let a voter set the level and find out whether both ears hear."""
    if visitor is None:
        return RedirectResponse("/", 303)
    return page(request, "check.html.j2")


@router.post("/check")
def checked(request: Request, stage: Stage, visitor: Known, headphones: Field = "") -> Response:
    """Note whether the quietest tone was named, and go on to the tasks."""
    if visitor is None:
        return RedirectResponse("/", 303)
    stage.room.note_headphones(visitor.voter, _NAMED.get(headphones, "skipped"))
    answer = RedirectResponse("/task", 303)
    give_cookie(request, answer, visitor._replace(checked=True))
    return answer
