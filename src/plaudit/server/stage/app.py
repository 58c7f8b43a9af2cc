"""The web application of a listening test; `plaudit.server.front` stands before it."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import OperationalError

from plaudit.arena.session.errors import (
    AnswerError,
    ClosedError,
    ConflictError,
    NotFoundError,
    RefusedError,
    TooEarlyError,
)
from plaudit.server.pages import asset
from plaudit.server.refusal import answer_refusals, refuse
from plaudit.server.stage import entrance, hearing, own, shown_board, wave
from plaudit.server.stage.frame import fault_page
from plaudit.server.stage.staging import Staging

_KNOWN: dict[type[Exception], tuple[int, str]] = {
    AnswerError: (422, "WrongAnswer"),
    RefusedError: (403, "NotInvited"),
    TooEarlyError: (409, "TooEarly"),
    ConflictError: (409, "Conflict"),
    NotFoundError: (404, "NotFound"),
    ClosedError: (410, "Closed"),
}


def make_app(staging: Staging) -> FastAPI:
    """Return the application of a test."""
    app = FastAPI(title="Plaudit", openapi_url=None, redirect_slashes=False)
    app.state.staging = staging
    app.state.board = shown_board.ShownBoard()
    answer_refusals(app, fault_page, _KNOWN)
    for area in (asset, entrance, hearing, wave, own, shown_board):
        app.include_router(area.router)

    @app.exception_handler(OperationalError)
    def busy(_: Request, __: Exception) -> Response:
        """Ask to try again: other writers took too long, or the database is being started."""
        text = "The database does not answer in time; try again."
        return refuse(503, "Busy", text, {"Retry-After": "2"})

    @app.get("/healthz", response_class=PlainTextResponse)
    def healthz() -> str:
        return "ok\n"

    return app
