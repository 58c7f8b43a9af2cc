"""The board of a test for its voters, where the test shows it: made anew once a minute at most."""

import html
import re
import threading
import time
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from plaudit.arena.session.room import Room
from plaudit.server.refusal import not_found
from plaudit.server.stage.staging import Known, Stage

router = APIRouter(include_in_schema=False)
_KEPT_S = 60.0
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


@dataclass
class ShownBoard:
    """The page of a board, for as long as it is new enough."""

    text: str = ""
    made: float = -_KEPT_S
    lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, room: Room, database: str | None) -> str:
        """Return the page; one request at a time makes it, the others wait for it."""
        from plaudit.arena.results.board import make_board
        from plaudit.arena.results.stored import read_answers
        from plaudit.benchmarks.standings.record import StandingsSettings
        from plaudit.reports.listening.page import listening_page

        with self.lock:
            if time.monotonic() - self.made >= _KEPT_S:
                board = make_board(read_answers(room.folder.file, database), StandingsSettings())
                self.text = listening_page(board, named=False)
                self.made = time.monotonic()
            return self.text


@router.get("/board")
def board(request: Request, stage: Stage, _: Known) -> HTMLResponse:
    """Show the results so far, if the test does."""
    if not stage.room.test.people.board:
        raise not_found("page")
    text = request.app.state.board.page(stage.room, stage.database)
    found = _POLICY.search(text)
    if found is None:
        raise AssertionError("a page of results states its own policy")
    # It is a file of its own, whose policy names its style by hash.
    headers = {"Content-Security-Policy": html.unescape(found[1]), "Cache-Control": "no-store"}
    return HTMLResponse(text, headers=headers)
