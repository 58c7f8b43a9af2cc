"""What all pages share: templates, the masthead with its links, the page of an error."""

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from sqlalchemy.orm import Session

from plaudit.core.settings import read_json
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.look.wording import count_text
from plaudit.server.api.health import ready
from plaudit.server.database.schema import LoadedJudge
from plaudit.server.header import policy
from plaudit.server.pages.drawing import template_environment
from plaudit.server.serving import Serving, serving_of

LINKS = (
    ("/", "Songs"),
    ("/compare", "Compare"),
    ("/rank", "Rank"),
    ("/collections", "Collections"),
    ("/jobs", "Jobs"),
    ("/judges", "Judges"),
)


@cache
def _environment() -> Environment:
    environment = template_environment("plaudit.server.pages")
    environment.globals |= {"links": LINKS}
    environment.filters |= {
        "songs": count_text,
        "query": lambda pairs: urlencode(pairs, doseq=True),
    }
    return environment


def page(
    request: Request, template: str, *, status: int = 200, sounding: bool = False, **values: Any
) -> HTMLResponse:
    """Return a page of a template; one that is ``sounding`` draws and plays songs."""
    serving = serving_of(request)
    nonce = secrets.token_urlsafe(16) if sounding else ""
    values |= {"state": _state(serving), "keys": serving.keys, "nonce": nonce}
    text = _environment().get_template(template).render(here=request.url.path, **values)
    headers = {"Cache-Control": "no-store", "Vary": "HX-Request"}
    if sounding:
        headers["Content-Security-Policy"] = policy(nonce)
    return HTMLResponse(text, status, headers)


def fragment(template: str, **values: Any) -> HTMLResponse:
    """Return a part of a page, which htmx puts in its place."""
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, headers={"Cache-Control": "no-store", "Vary": "HX-Request"})


def wants_part(request: Request, target: str) -> bool:
    """Return whether htmx asks for the part of a page with an id."""
    return request.headers.get("hx-target") == target


def fault_page(
    request: Request, status: int, _: str, message: str, headers: Mapping[str, str]
) -> HTMLResponse:
    """Return a page that says what went wrong."""
    titles = {403: "That is not allowed here", 404: "It is not here", 429: "One moment, please",
              503: "Not now"}  # fmt: skip
    title = titles.get(status, "That did not work")
    answer = page(request, "fault.html.j2", status=status, title=title, message=message)
    answer.headers.update(headers)
    return answer


def _state(server: Serving) -> str:
    """Return why nothing is judged at the moment; empty where songs are judged."""
    if server.fault:
        return f"Nothing is judged any more: {server.fault}"
    if not ready(server):
        return "The judges are being loaded. Songs may be sent already; they wait their turn."
    return ""


class Judging:
    """A judge that is loaded, with its card."""

    def __init__(self, judge: LoadedJudge) -> None:
        self.name, self.hash, self.coverage = judge.name, judge.hash, judge.coverage
        self.card = _card(judge.card, published=judge.published)


@cache
def _card(text: str, *, published: bool) -> Card | PublishedCard:
    if published:
        return read_json(PublishedCard, text, "a card")
    return read_json(Card, text, "a card")


def judges_of(session: Session, server: Serving) -> list[Judging]:
    """Return the judges of a server that are loaded, in its order."""
    found = (session.get(LoadedJudge, name) for name in server.judges)
    return [Judging(judge) for judge in found if judge is not None]


def chosen_judge(session: Session, server: Serving, name: str | None) -> Judging | None:
    """Return the judge of a name, else the first; None while none is loaded."""
    judges = judges_of(session, server)
    return next((judge for judge in judges if judge.name == name), judges[0] if judges else None)
