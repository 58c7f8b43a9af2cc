"""``/v1/songs``: what is known of a song, how it looks, how it sounds."""

import pathlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse, JSONResponse
from sqlalchemy.orm import Session

from plaudit.core.database import reading, writing
from plaudit.core.errors import InputError
from plaudit.core.parse import parse_json
from plaudit.judging.record import JudgeId
from plaudit.server.access import Asking, Caller, Server
from plaudit.server.api.comparison import loaded_judge
from plaudit.server.database.schema import StoredSong, Upload
from plaudit.server.database.uploads import own_song, remove_song, rows_of
from plaudit.server.refusal import FaultBody, RefusalError, not_found
from plaudit.server.similar import SimilarSongs, similar_songs
from plaudit.server.view import SongView, song_view
from plaudit.server.work.outline import MADE, MAKING, WANTED

router = APIRouter(
    prefix="/v1/songs",
    tags=["songs"],
    responses={404: {"model": FaultBody}, 422: {"model": FaultBody}},
)
Hash = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_AUDIO: dict[int | str, dict[str, Any]] = {
    **{code: {"content": {"audio/*": {}}} for code in (200, 206)},
    **{code: {"content": {"text/plain": {}}} for code in (400, 416)},
}


@router.get("/{sha256}")
def song(sha256: Hash, server: Server, caller: Asking) -> SongView:
    """Return a song with its rows (and their timelines) by the judges that are loaded."""
    with reading(server.engine) as session:
        found, upload = _own(session, caller, sha256)
        return song_view(found, upload, rows_of(session, sha256))


@router.delete("/{sha256}", status_code=204)
def remove(sha256: Hash, server: Server, caller: Asking) -> Response:
    """Remove a song, and its scores where nobody else sent it."""
    if not remove_song(server.engine, server.folder, caller.owner, sha256):
        raise not_found("song")
    return Response(status_code=204)


@router.get("/{sha256}/outline", responses={202: {"model": dict[str, str]}})
def outline(sha256: Hash, server: Server, caller: Asking) -> Response:
    """Return the outline of a song: ``low`` and ``high`` of 1,000 equal parts, and its loudness.

    202 while it is being made; ask again.
    """
    with writing(server.engine) as session:
        found, _ = _own(session, caller, sha256)
        if not found.present:
            raise gone()
        if found.outline is None:
            found.outline = WANTED
        state = found.outline
    if state in (WANTED, MAKING):
        return JSONResponse({"state": state}, 202, {"Retry-After": "1"})
    if state != MADE:
        raise RefusalError(
            404, "NoOutline", "This song has no outline: it cannot be read as audio."
        )
    return _file(server.folder.outline(sha256), "application/json")


@router.get("/{sha256}/similar", responses={503: {"model": FaultBody}})
def similar(
    sha256: Hash,
    server: Server,
    caller: Asking,
    judge: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> SimilarSongs:
    """Return the caller's songs that sound most like this one to a judge, by their embeddings."""
    with reading(server.engine) as session:
        _own(session, caller, sha256)
        loaded = loaded_judge(session, server, judge)
        songs = similar_songs(session, caller.owner, loaded.hash, sha256, limit)
    name = parse_json(loaded.card)["name"]
    identity = JudgeId(name=name, version=loaded.version, hash=loaded.hash)
    return SimilarSongs(judge=identity, songs=tuple(songs))


@router.get("/{sha256}/audio", response_class=FileResponse, responses=_AUDIO)
def audio(sha256: Hash, server: Server, caller: Asking) -> FileResponse:
    """Return the song as it was sent; parts of it by Range."""
    with reading(server.engine) as session:
        found, _ = _own(session, caller, sha256)
        reference, kind = found.reference, found.media_type
    try:
        path = server.folder.song(sha256, reference)
    except InputError as error:
        raise gone() from error
    return _file(path, kind)


@router.get("/{sha256}/preview", response_class=FileResponse, responses=_AUDIO)
def playable(sha256: Hash, server: Server, caller: Asking) -> FileResponse:
    """Return the song as a small mono MP3 that every browser can play, once it is made."""
    with reading(server.engine) as session:
        _own(session, caller, sha256)
    return _file(server.folder.playable(sha256), "audio/mpeg")


def gone() -> RefusalError:
    """Return the refusal of a file that is no longer here, or not yet."""
    return RefusalError(404, "Gone", "The audio of this song is not here (any more).")


def _file(path: pathlib.Path, kind: str) -> FileResponse:
    if not path.is_file():
        raise gone()
    # Whatever it is, no browser shall take it for a page.
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
    return FileResponse(path, media_type=kind, headers=headers)


def _own(session: Session, caller: Caller, sha256: str) -> tuple[StoredSong, Upload]:
    found = own_song(session, caller.owner, sha256)
    if found is None:
        raise not_found("song")
    return found
