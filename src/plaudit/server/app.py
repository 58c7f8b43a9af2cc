"""The web application: routes, and the form of errors; `plaudit.server.front` stands before it."""

from fastapi import FastAPI

import plaudit
from plaudit.server import login
from plaudit.server.api import comparison, health, jobs, judges, recordings, reference, score
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
        redirect_slashes=False,
    )
    app.state.serving = serving
    answer_refusals(app, frame.fault_page)
    api = (score, jobs, recordings, judges, comparison, health)
    for area in (*api, login, reference, routes):
        app.include_router(area.router)
    reference.describe(app)
    return app
