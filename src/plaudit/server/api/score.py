"""``POST /v1/score``: songs come in and become a job."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from pydantic import Field
from sqlalchemy.orm import Session

from plaudit.core.database import reading
from plaudit.core.errors import PlauditError
from plaudit.core.file import sha256_of
from plaudit.core.note import Note, error_note
from plaudit.core.settings import Record, nearest, read_json
from plaudit.judging.given import NAMES
from plaudit.server.access import Asking, Server
from plaudit.server.condition import Conditions, check_needs, given_of
from plaudit.server.data_folder import is_sha256
from plaudit.server.database.queue import Wanted, add_job, waiting
from plaudit.server.database.schema import Job
from plaudit.server.database.uploads import NewSong, own_song, take_in
from plaudit.server.refusal import FaultBody, RefusalError, not_found
from plaudit.server.serving import Serving
from plaudit.server.upload import Form, Received, media_type, received, song_name
from plaudit.server.view import JobView, job_view

R = TypeVar("R", bound=Record)
router = APIRouter(prefix="/v1", tags=["score"])


class Named(Conditions):
    """Songs below the folder of ``--songs``, named instead of sent; ``reference`` too is a path."""

    paths: tuple[str, ...] = Field(min_length=1, examples=[["takes/a.wav", "takes/b.wav"]])
    judges: tuple[str, ...] = Field(default=(), examples=[["bundled"]])


CONDITIONS: dict[str, Any] = {
    "prompt": {"type": "string"},
    "lyrics": {"type": "string"},
    "reference": {
        "type": "string",
        "format": "binary",
        "description": "A recording; or, without a file name, the SHA-256 of one that was sent.",
    },
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "format": "binary"},
                    },
                    "judges": {"type": "array", "items": {"type": "string"}},
                    **CONDITIONS,
                },
            }
        },
        "application/json": {"schema": Named.model_json_schema()},
    },
}


@router.post(
    "/score",
    status_code=202,
    openapi_extra={"requestBody": _BODY},
    responses={code: {"model": FaultBody} for code in (400, 408, 413, 415, 422, 503, 507)},
)
async def score(request: Request, server: Server, caller: Asking) -> JobView:
    """Send songs (a form with ``files``), or name files of the server (JSON); get a job."""
    await asyncio.to_thread(check_queue, server)
    if is_json(request):
        named = await read_body(request, Named)
        return await asyncio.to_thread(_score_named, server, caller.owner, named)
    async with received(request, server) as form:
        return await asyncio.to_thread(score_form, server, caller.owner, form)


async def read_body(request: Request, record: type[R]) -> R:
    """Read a record from the body of a request."""
    return read_json(record, (await request.body()).decode(errors="replace"), "the request")


def is_json(request: Request) -> bool:
    """Return whether the body of a request is JSON."""
    kind = request.headers.get("content-type", "")
    return kind.split(";")[0].strip().lower() == "application/json"


def score_form(server: Serving, owner: str, form: Form) -> JobView:
    """Make a job of a form; its files are moved to their place."""
    if not form.files:
        raise RefusalError(422, "NoSongs", "Expected at least one file in the field 'files'.")
    judges = known_judges(server, tuple(form.texts.get("judges", ())))
    conditions = form_conditions(form)
    songs, given = take_in_form(server, owner, form, conditions, judges)
    return make_job(
        server, owner, judges, [Wanted(song.name, song.sha256, given) for song in songs]
    )


def form_conditions(form: Form) -> Conditions:
    """Return what the songs of a form are to answer; its recording stands for a text."""
    heard = None if form.reference is None else form.reference.sha256
    texts = {name: _text(form, name) for name in NAMES}
    return Conditions(**{**texts, "reference": heard or texts["reference"]})


def take_in_form(
    server: Serving, owner: str, form: Form, conditions: Conditions, judges: Sequence[str]
) -> tuple[list[NewSong], dict[str, str]]:
    """Move the files of a form to their place; return its songs, and what they are to answer."""
    given = given_of(server, conditions)
    songs = [_new_song(file) for file in form.files]
    with reading(server.engine) as session:
        check_needs(session, judges, given)
        if form.reference is None and "reference" in given:
            check_own(session, owner, given["reference"])
    heard = [] if form.reference is None else [_new_song(form.reference)]
    take_in(server.engine, server.folder, owner, [*heard, *songs], server.limits.keep_uploads_s)
    return songs, given


def check_own(session: Session, owner: str, sha256: str) -> None:
    """Refuse a recording that an owner has not sent."""
    if not is_sha256(sha256) or own_song(session, owner, sha256) is None:
        raise not_found("recording (reference)")


def _score_named(server: Serving, owner: str, named: Named) -> JobView:
    judges = known_judges(server, named.judges)
    given = given_of(server, named)
    with reading(server.engine) as session:
        check_needs(session, judges, given)
    if len(named.paths) > server.limits.songs_per_request:
        most = server.limits.songs_per_request
        raise RefusalError(413, "TooManySongs", f"A request may name at most {most} songs.")
    wanted, songs = [], []
    if named.reference is not None:
        heard = _named_song(server, named.reference)
        if isinstance(heard, Note):
            raise RefusalError(422, heard.type, f"The reference: {heard.message}")
        songs.append(heard)
        given["reference"] = heard.sha256
    for path in named.paths:
        song = _named_song(server, path)
        if isinstance(song, Note):
            wanted.append(Wanted(song_name(path), None, given, song))
            continue
        songs.append(song)
        wanted.append(Wanted(song.name, song.sha256, given))
    take_in(server.engine, server.folder, owner, songs, server.limits.keep_uploads_s)
    return make_job(server, owner, judges, wanted)


def _named_song(server: Serving, named: str) -> NewSong | Note:
    """Return a file below the folder of songs, or why it cannot be had."""
    name = song_name(named)
    try:
        path = server.folder.named(named)
        size = path.stat().st_size
        if size > server.limits.song_mb * 1e6:
            raise RefusalError(413, "TooBig", f"{name} has more than {server.limits.song_mb:g} MB.")
        relative = str(path.relative_to(server.folder.allowed or path))
        return NewSong(sha256_of(path), name, size, media_type(path), reference=relative)
    except PlauditError as error:
        return error_note(error)
    except OSError:
        return Note(type="Unreadable", message=f"{name} cannot be read.")


def known_judges(server: Serving, names: Sequence[str]) -> tuple[str, ...]:
    """Return the judges that were asked for, each once; the first of the server by default."""
    for name in names:
        if name not in server.judges:
            text = f"There is no judge '{name[:100]}' here; {nearest(name[:100], server.judges)}"
            raise RefusalError(422, "NoJudge", text)
    return tuple(dict.fromkeys(names)) or server.judges[:1]


def make_job(
    server: Serving, owner: str, judges: Sequence[str], songs: Sequence[Wanted]
) -> JobView:
    """Queue songs as a job of an owner."""
    job_id = add_job(server.engine, owner, judges, songs)
    with reading(server.engine) as session:
        return job_view(session, session.get_one(Job, job_id))


def check_queue(server: Serving) -> None:
    """Refuse songs where enough of them wait."""
    if waiting(server.engine) >= server.limits.queue_songs:
        text = "The queue is full; send the songs again in a while."
        raise RefusalError(503, "QueueFull", text, {"Retry-After": "30"})


def _new_song(file: Received) -> NewSong:
    return NewSong(file.sha256, file.name, file.size_bytes, file.media_type, incoming=file.path)


def _text(form: Form, name: str) -> str | None:
    texts = form.texts.get(name, [])
    return texts[0] if texts and texts[0].strip() else None
