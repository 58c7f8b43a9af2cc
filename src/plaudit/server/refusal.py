"""What the server says when it cannot do what was asked: a status and one sentence."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from plaudit.core.errors import PlauditError
from plaudit.core.settings import Record
from plaudit.reports.look.wording import safe_text


class RefusalError(HTTPException):
    """An answer other than the one that was asked for; the framework lets an `HTTPException` by."""

    def __init__(
        self, status: int, type: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.status, self.type, self.message = status, type, message


class Fault(Record):
    """An error as the API writes it: ``type`` for programs, ``message`` for people."""

    type: str
    message: str


class FaultBody(Record):
    """The body of every answer that is an error."""

    error: Fault


def not_found(what: str) -> RefusalError:
    """Return the refusal of something that is not there, or belongs to somebody else."""
    return RefusalError(404, "NotFound", f"There is no such {what}, or it is not yours.")


def refuse(
    status: int, type: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return the answer of a refusal."""
    body = FaultBody(error=Fault(type=type, message=safe_text(message)))
    return JSONResponse(body.model_dump(), status, headers)


def answer_refusals(app: FastAPI) -> None:
    """Let an app answer every error in one form."""

    @app.exception_handler(RefusalError)
    async def refused(_: Request, error: RefusalError) -> JSONResponse:
        return refuse(error.status, error.type, error.message, dict(error.headers or {}))

    @app.exception_handler(PlauditError)
    async def wrong_input(_: Request, error: PlauditError) -> JSONResponse:
        return refuse(422, type(error).__name__, str(error))

    @app.exception_handler(RequestValidationError)
    async def wrong_form(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return refuse(422, "WrongForm", f"{where}: {first['msg']}.")

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return refuse(error.status_code, "Http", f"{error.detail}.", dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, __: Exception) -> JSONResponse:
        return refuse(500, "Unforeseen", "The server failed in a way that nobody foresaw.")
