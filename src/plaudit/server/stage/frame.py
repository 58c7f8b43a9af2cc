"""What all pages of a test share: its language, the masthead, the page of an error."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from plaudit.server.pages.drawing import template_environment
from plaudit.server.stage.language import Language
from plaudit.server.stage.staging import staging_of, visitor_of


@cache
def _environment() -> Environment:
    return template_environment("plaudit.server.stage")


def language_of(request: Request) -> Language:
    """Return the language of a page: as asked for, as kept, as the browser prefers."""
    languages = staging_of(request).languages
    visitor = visitor_of(request)
    preferred = request.headers.get("accept-language", "")[:500].lower().split(",")
    asked = [request.query_params.get("language", ""), visitor.language if visitor else ""]
    for code in [*asked, *(part.split(";")[0].split("-")[0].strip() for part in preferred)]:
        if code in languages:
            return languages[code]
    return next(iter(languages.values()))


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page of a template, in the language of who asks."""
    language = language_of(request)
    text = (
        _environment()
        .get_template(template)
        .render(
            say=language.say,
            code=language.code,
            test=staging_of(request).room.test,
            known=visitor_of(request) is not None,
            **values,
        )
    )
    return HTMLResponse(text, status, {"Cache-Control": "no-store", "Vary": "Cookie"})


def fault_page(
    request: Request, status: int, type: str, _: str, headers: Mapping[str, str]
) -> HTMLResponse:
    """Return a page that says what went wrong, in the language of who reads it."""
    name = "NotFound" if status == 404 else type
    sentence = language_of(request).fault(name)
    answer = page(request, "fault.html.j2", status=status, sentence=sentence)
    answer.headers.update(headers)
    return answer
