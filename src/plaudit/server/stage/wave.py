"""Sounds: a WAV made as it is asked for, whole or in part, alike for all sides of a task."""

import re
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from plaudit.arena.sounds.cut import Sound
from plaudit.server.stage.staging import Id, Stage, Voter

router = APIRouter(include_in_schema=False)
_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


@router.get("/t/{task}/{key}.wav")
def wave(task: Id, key: Id, request: Request, stage: Stage, voter: Voter) -> Response:
    """Return a sound, or the part of it that is asked for."""
    sound = stage.room.sound(voter, task, key)
    header = sound.wav_header()
    whole = len(header) + sound.n_bytes
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    part = byte_range(request.headers.get("range", ""), whole)
    if part is None:
        first, end, status = 0, whole, 200
    elif part[0] >= part[1]:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{whole}"})
    else:
        (first, end), status = part, 206
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{whole}"
    headers["Content-Length"] = str(end - first)
    return StreamingResponse(_slices(sound, header, first, end), status, headers, "audio/wav")


def byte_range(asked: str, whole: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last; None for no range, or several."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        return max(0, whole - int(found[2])), whole
    return int(found[1]), min(whole, int(found[2]) + 1 if found[2] else whole)


def _slices(sound: Sound, header: bytes, first: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from ``first`` to before ``end`` of header and samples together."""
    if first < len(header):
        yield header[first:end]
        first = len(header)
    with sound.path.open("rb") as file:
        file.seek(sound.offset + first - len(header))
        while first < end and (chunk := file.read(min(_CHUNK, end - first))):
            first += len(chunk)
            yield chunk
