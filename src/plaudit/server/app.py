"""The web application: routes, the form of errors, and the headers of every answer."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

import plaudit
from plaudit.server import login
from plaudit.server.api import comparison, health, jobs, judges, recordings, score
from plaudit.server.refusal import answer_refusals
from plaudit.server.serving import Serving

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src"
    " 'self' blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


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
    answer_refusals(app)
    for area in (score, jobs, recordings, judges, comparison, health, login):
        app.include_router(area.router)

    @app.middleware("http")
    async def safe_headers(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
