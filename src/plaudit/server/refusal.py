"""What the server says when it cannot do what was asked: a status and one sentence."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from plaudit.core.errors import PlauditError
from plaudit.core.note import Note
from plaudit.core.settings import Record
from plaudit.reports.look.wording import safe_text


class RefusalError(HTTPException):
    """An answer other than the one that was asked for; the framework lets an `HTTPException` by."""

    def __init__(
        self, status: int, type: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.status, self.type, self.message = status, type, message


class FaultBody(Record):
    """The body of every answer that is an error."""

    error: Note


def not_found(what: str) -> RefusalError:
    """Return the refusal of something that is not there, or belongs to somebody else."""
    return RefusalError(404, "NotFound", f"There is no such {what}, or it is not yours.")


def refuse(
    status: int, type: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer of a refusal."""
    body = FaultBody(error=Note(type=type, message=safe_text(message)))
    return JSONResponse(body.model_dump(), status, headers)


FaultPage = Callable[[Request, int, str, str, Mapping[str, str]], Response]
"""Draws an error: request, status, type, sentence, headers."""


def answer_refusals(
    app: FastAPI,
    fault_page: FaultPage,
    known: Mapping[type[Exception], tuple[int, str]] = MappingProxyType({}),
) -> None:
    """Let an app answer every error in one form: JSON, or a page where a browser asks for one.

    ``known`` names the status and the type of further errors.
    """

    async def answer(
        request: Request,
        status: int,
        type: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return await asyncio.to_thread(
                fault_page, request, status, type, message, headers or {}
            )
        return refuse(status, type, message, dict(headers or {}))

    @app.exception_handler(RefusalError)
    async def refused(request: Request, error: RefusalError) -> Response:
        return await answer(request, error.status, error.type, error.message, error.headers)

    @app.exception_handler(PlauditError)
    async def wrong_input(request: Request, error: PlauditError) -> Response:
        status, name = known.get(type(error), (422, type(error).__name__))
        return await answer(request, status, name, str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_form(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return await answer(request, 422, "WrongForm", f"{where}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        # The framework says "Not Found", and no more.
        nothing = error.status_code == 404
        text = "There is nothing at this address." if nothing else f"{error.detail}."
        return await answer(request, error.status_code, "Http", text, error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, __: Exception) -> JSONResponse:
        return refuse(500, "Unforeseen", "The server failed in a way that nobody foresaw.")
