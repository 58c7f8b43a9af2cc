"""A collection for others: read by whoever has its link, and taken away as a file."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from plaudit.audio.preview import Preview
from plaudit.core.database import reading, writing
from plaudit.core.parse import load_values
from plaudit.judging.record import SongScores
from plaudit.reports.songs.page import song_page
from plaudit.reports.songs.row_text import RowText
from plaudit.server.access import Server, Visiting
from plaudit.server.data_folder import DataFolder
from plaudit.server.database.collections import collected_songs, shared_collection
from plaudit.server.database.schema import Collected, Collection, StoredSong
from plaudit.server.database.uploads import judged_songs
from plaudit.server.pages.chart import Wish, chart
from plaudit.server.pages.frame import Judging, chosen_judge, fragment, page, wants_part
from plaudit.server.refusal import not_found
from plaudit.server.serving import Serving
from plaudit.server.work.outline import MADE, WANTED

router = APIRouter(prefix="/shared", include_in_schema=False)
Kind = Literal["json", "csv", "html"]
_TYPES = {"json": "application/json", "csv": "text/csv", "html": "text/html"}
_MOST = 2000
judge_of = chosen_judge


@router.get("/{token}", name="shared")
def shared(
    token: str, request: Request, server: Server, _: Visiting, wish: Annotated[Wish, Query()]
) -> Response:
    """Show a collection that is shared."""
    with reading(server.engine) as session:
        found = _shared(session, token)
        judge = judge_of(session, server, wish.judge)
        rows = [] if judge is None else collected_rows(session, found, judge)
        title = found.title
    values: dict[str, Any] = {
        "chart": None if judge is None else chart(judge, rows, wish),
        "path": f"/shared/{token}",
    }
    if wants_part(request, "songs-chart"):
        return fragment("shared_part.html.j2", **values)
    answer = page(request, "shared.html.j2", title=title, judge=judge, n=len(rows), **values)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@router.get("/{token}/songs.{kind}")
def shared_songs(
    token: str,
    kind: Kind,
    server: Server,
    _: Visiting,
    judge: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Download a collection that is shared."""
    with reading(server.engine) as session:
        found = _shared(session, token)
        session.expunge(found)
    return download(server, found, kind, judge)


def _shared(session: Session, token: str) -> Collection:
    found = shared_collection(session, token)
    if found is None:
        raise not_found("collection")
    return found


def collected_rows(
    session: Session, collection: Collection, judge: Judging, *, timeline: bool = False
) -> list[SongScores]:
    """Return the rows of a collection's songs by a judge, in its order, each with its own name."""
    songs = collected_songs(session, collection.id)
    judged = judged_songs(
        session, collection.owner, judge.hash, among=songs, most=_MOST, timeline=timeline
    )
    rows = {row.sha256: row for row in judged}
    names = dict(
        session.execute(
            select(Collected.sha256, Collected.name).where(Collected.collection_id == collection.id)
        )
        .tuples()
        .all()
    )
    return [rows[song].model_copy(update={"path": names[song]}) for song in songs if song in rows]


def download(server: Serving, collection: Collection, kind: Kind, judge_name: str) -> Response:
    """Return the songs of a collection as a file, the same as the command line writes."""
    with reading(server.engine) as session:
        judge = judge_of(session, server, judge_name)
        if judge is None:
            raise not_found("judge")
        rows = _named_apart(collected_rows(session, collection, judge, timeline=True))
    if kind == "html":
        text = song_page(rows, judge.card, _previews(server, rows), collection.title)
    else:
        written = RowText(kind, judge.card.score_names)
        text = written.begin() + "".join(map(written.row, rows)) + written.end()
    # It is a file of its own, with its own policy: no page of this server.
    headers = {
        "Content-Disposition": f'attachment; filename="collection.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type=_TYPES[kind], headers=headers)


def _named_apart(rows: Sequence[SongScores]) -> list[SongScores]:
    """Return rows with a number in names that came before."""
    seen: dict[str, int] = {}
    apart = []
    for row in rows:
        name = row.path or ""
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            parts = PurePath(name)
            name = f"{parts.stem} ({seen[name]}){parts.suffix}"
        apart.append(row.model_copy(update={"path": name}))
    return apart


def _previews(server: Serving, rows: Sequence[SongScores]) -> dict[str, Preview]:
    """Return how songs look and sound, as far as that is made; the others are made now."""
    with writing(server.engine) as session:
        states = {}
        for row in rows:
            song = session.get(StoredSong, row.sha256)
            if song is not None:
                states[row.sha256] = song.outline
                song.outline = song.outline or WANTED
    return {
        row.path or "": _preview(server.folder, row.sha256)
        for row in rows
        if states.get(row.sha256) == MADE
    }


def _preview(folder: DataFolder, sha256: str) -> Preview:
    outline = load_values(folder.outline(sha256))
    low, high = (np.asarray(outline[side], np.float32) for side in ("low", "high"))
    playable = folder.playable(sha256)
    mp3 = playable.read_bytes() if playable.is_file() else None
    return Preview(low, high, mp3, outline["duration_s"])
