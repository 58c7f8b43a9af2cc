"""The web application: routes, the form of errors, and the headers of every answer."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

import plaudit
from plaudit.server.api import comparison, health, jobs, judges, recordings, score
from plaudit.server.header import HEADERS
from plaudit.server.pages import frame, routes
from plaudit.server.refusal import answer_refusals
from plaudit.server.serving import Serving


def make_app(serving: Serving) -> FastAPI:
    """Return the application of a server."""
    app = FastAPI(
        title="Plaudit",
        version=plaudit.__version__,
        summary="The judge for AI-generated music: how would an audience receive a song?",
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.serving = serving
    answer_refusals(app, frame.fault_page)
    for area in (score, jobs, recordings, judges, comparison, health, routes):
        app.include_router(area.router)

    @app.middleware("http")
    async def safe_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
