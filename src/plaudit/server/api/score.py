"""``POST /v1/score``: songs come in and become a job."""

import asyncio
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from plaudit.core.database import reading
from plaudit.core.errors import PlauditError
from plaudit.core.file import sha256_of
from plaudit.core.note import Note, error_note
from plaudit.core.settings import Record, nearest, read_json
from plaudit.server.access import Asking, Server
from plaudit.server.database.queue import Wanted, add_job, waiting
from plaudit.server.database.schema import Job
from plaudit.server.database.uploads import NewSong, take_in
from plaudit.server.refusal import FaultBody, RefusalError
from plaudit.server.serving import Serving
from plaudit.server.upload import Form, Received, media_type, received, song_name
from plaudit.server.view import JobView, job_view

router = APIRouter(prefix="/v1", tags=["score"])


class Named(Record):
    """Songs below the folder of ``--songs``, named instead of sent."""

    paths: tuple[str, ...] = Field(min_length=1, examples=[["takes/a.wav", "takes/b.wav"]])
    judges: tuple[str, ...] = Field(default=(), examples=[["bundled"]])
    prompt: str | None = None
    lyrics: str | None = None


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
                    "prompt": {"type": "string"},
                    "lyrics": {"type": "string"},
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
    if request.headers.get("content-type", "").split(";")[0].strip() == "application/json":
        named = read_json(Named, (await request.body()).decode(errors="replace"), "the request")
        return await asyncio.to_thread(_score_named, server, caller.owner, named)
    async with received(request, server) as form:
        return await asyncio.to_thread(score_form, server, caller.owner, form)


def score_form(server: Serving, owner: str, form: Form) -> JobView:
    """Make a job of a form; its files are moved to their place."""
    if not form.files:
        raise RefusalError(422, "NoSongs", "Expected at least one file in the field 'files'.")
    judges = known_judges(server, tuple(form.texts.get("judges", ())))
    given = _given(server, _text(form, "prompt"), _text(form, "lyrics"))
    songs = [_new_song(file) for file in form.files]
    take_in(server.engine, server.folder, owner, songs, server.limits.keep_uploads_s)
    return _job(server, owner, judges, [Wanted(song.name, song.sha256, given) for song in songs])


def _score_named(server: Serving, owner: str, named: Named) -> JobView:
    judges = known_judges(server, named.judges)
    given = _given(server, named.prompt, named.lyrics)
    if len(named.paths) > server.limits.songs_per_request:
        most = server.limits.songs_per_request
        raise RefusalError(413, "TooManySongs", f"A request may name at most {most} songs.")
    wanted, songs = [], []
    for reference in named.paths:
        name = song_name(reference)
        try:
            path = server.folder.named(reference)
            size = path.stat().st_size
            if size > server.limits.song_mb * 1e6:
                raise RefusalError(
                    413, "TooBig", f"{name} has more than {server.limits.song_mb:g} MB."
                )
            relative = str(path.relative_to(server.folder.allowed or path))
            song = NewSong(sha256_of(path), name, size, media_type(path), reference=relative)
        except (PlauditError, OSError) as error:
            note = (
                error_note(error)
                if isinstance(error, PlauditError)
                else Note(type="Unreadable", message=f"{name} cannot be read.")
            )
            wanted.append(Wanted(name, None, given, note))
            continue
        songs.append(song)
        wanted.append(Wanted(name, song.sha256, given))
    take_in(server.engine, server.folder, owner, songs, server.limits.keep_uploads_s)
    return _job(server, owner, judges, wanted)


def known_judges(server: Serving, names: Sequence[str]) -> tuple[str, ...]:
    """Return the judges that were asked for, each once; the first of the server by default."""
    for name in names:
        if name not in server.judges:
            text = f"There is no judge '{name[:100]}' here; {nearest(name[:100], server.judges)}"
            raise RefusalError(422, "NoJudge", text)
    return tuple(dict.fromkeys(names)) or server.judges[:1]


def _job(server: Serving, owner: str, judges: Sequence[str], songs: Sequence[Wanted]) -> JobView:
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


def _given(server: Serving, prompt: str | None, lyrics: str | None) -> dict[str, Any]:
    given = {"prompt": prompt, "lyrics": lyrics}
    for name, text in given.items():
        if text is not None and len(text) > server.limits.text_chars:
            most = server.limits.text_chars
            raise RefusalError(413, "TooLong", f"The {name} may have at most {most} characters.")
    # PostgreSQL keeps no NUL in a text.
    return {name: text.replace("\0", "") for name, text in given.items() if text is not None}
