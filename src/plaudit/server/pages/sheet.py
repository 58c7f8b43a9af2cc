"""The page of one song: heard, seen, its scores with what they mean, and songs like it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.judging.record import SongScores
from plaudit.reports.look.wording import score_text
from plaudit.reports.songs.chart_row import ChartRow, chart_row
from plaudit.reports.songs.order import overall
from plaudit.reports.songs.page import card_view
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.database.uploads import judged_songs, own_song, remove_song, rows_of
from plaudit.server.pages.chart import columns_of
from plaudit.server.pages.frame import Judging, judges_of, page
from plaudit.server.refusal import not_found
from plaudit.server.similar import similar_songs
from plaudit.server.view import SongView, song_view

router = APIRouter(prefix="/songs", include_in_schema=False)
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_LIKE = 5


@dataclass(frozen=True)
class Like:
    """A song that sounds like the one of the page, with what it is ordered by."""

    sha256: str
    name: str
    similarity: float
    overall: str


@router.get("/{sha256}")
def song(
    sha256: Hash,
    request: Request,
    server: Server,
    caller: Asking,
    judge: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show a song with its scores by one judge."""
    with reading(server.engine) as session:
        found = own_song(session, caller.owner, sha256)
        if found is None:
            raise not_found("song")
        view = song_view(*found, rows_of(session, sha256))
        judges = judges_of(session, server)
        scored = [own for own in judges if _row(view, own) is not None]
        chosen = next((own for own in scored if own.name == judge), scored[0] if scored else None)
        row = None if chosen is None else _row(view, chosen)
        like = [] if chosen is None else _like(session, caller, chosen, sha256)
    return page(
        request,
        "song.html.j2",
        sounding=True,
        song=view,
        judges=scored,
        judge=chosen,
        row=row,
        shown=None if row is None or chosen is None else _shown(row, chosen),
        spans=[] if row is None else _spans(row),
        like=like,
        card=None if chosen is None else card_view(chosen.card),
    )


@router.post("/{sha256}/remove")
def remove(sha256: Hash, server: Server, caller: Asking) -> Response:
    """Remove a song."""
    if not remove_song(server.engine, server.folder, caller.owner, sha256):
        raise not_found("song")
    return RedirectResponse("/", 303)


def _row(view: SongView, judge: Judging) -> SongScores | None:
    return next((row for row in view.rows if row.judge.hash == judge.hash), None)


def _shown(row: SongScores, judge: Judging) -> ChartRow:
    return chart_row(
        row, 1, row.path or "", columns_of(judge, [row]),
        overall=overall(row, judge.card.score_names), mp3=None, has_wave=True,
    )  # fmt: skip


def _spans(row: SongScores) -> list[tuple[float, float, list[str]]]:
    """Return the ends of segments, and their scores as the timeline shows them while it plays."""
    axes = tuple(row.scores)
    return [
        (span.start_s, span.end_s, [score_text(axis, span.scores.get(axis)) for axis in axes])
        for span in row.timeline or ()
    ]


def _like(session: Session, caller: Caller, judge: Judging, sha256: str) -> list[Like]:
    nearest = similar_songs(session, caller.owner, judge.hash, sha256, _LIKE)
    among = [song.sha256 for song in nearest]
    rows = {
        row.sha256: row
        for row in judged_songs(session, caller.owner, judge.hash, among=among, most=1000)
    }
    axes = judge.card.score_names
    return [
        Like(
            song.sha256,
            song.name,
            song.similarity,
            score_text(axes[-1], overall(rows[song.sha256], axes)),
        )
        for song in nearest
        if song.sha256 in rows
    ]
