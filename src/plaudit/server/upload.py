"""Songs as they come over the network: streamed to disk, counted, hashed, and never held.

A request is stopped at the first byte beyond a limit. What it has left on disk goes with it.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from plaudit.reports.look.wording import safe_text
from plaudit.server.database.uploads import uploaded_bytes
from plaudit.server.front import body_of
from plaudit.server.refusal import RefusalError
from plaudit.server.serving import Serving

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MB = 1_000_000
_NAME_CHARS = 300  # of a file name that is kept


@dataclass
class Received:
    """A file that came in whole."""

    name: str
    path: Path
    sha256: str
    size_bytes: int
    media_type: str


@dataclass
class Form:
    """A request: its songs, the recording of its field ``reference``, and texts by field."""

    files: list[Received] = field(default_factory=list)
    reference: Received | None = None
    texts: dict[str, list[str]] = field(default_factory=dict)


@asynccontextmanager
async def received(request: Request, serving: Serving) -> AsyncIterator[Form]:
    """Receive a form with files; files that nobody moved are removed afterwards.

    Raises
    ------
    RefusalError
        It is no form, or exceeds a limit: 400, 408, 413, 415 or 507.
    """
    form = Form()
    parts = _Parts(form, serving)
    try:
        await _receive(request, serving, parts)
        yield form
    except ClientDisconnect as error:
        raise RefusalError(400, "Gone", "The client went away.") from error
    finally:
        parts.close()
        for file in form.files if form.reference is None else [*form.files, form.reference]:
            file.path.unlink(missing_ok=True)


async def _receive(request: Request, serving: Serving, parts: "_Parts") -> None:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        text = "Expected a form with files (multipart/form-data)."
        raise RefusalError(415, "NoForm", text)
    body_of(request).expect_songs()
    limits, n_bytes = serving.limits, 0
    room = limits.data_mb * _MB - await asyncio.to_thread(uploaded_bytes, serving.engine)
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())
        async for chunk in request.stream():
            n_bytes += len(chunk)
            serving.arriving += len(chunk)
            full = serving.folder.free_bytes() < limits.free_mb * _MB
            if full or serving.arriving > room:
                text = "The server has no room for more songs now; try again later."
                raise RefusalError(507, "NoRoom", text)
            await asyncio.to_thread(parser.write, chunk)  # which waits for the disk
        parser.finalize()
    except FormParserError as error:
        raise RefusalError(400, "BrokenForm", "The form is broken; send it again.") from error
    finally:
        serving.arriving -= n_bytes
    if not parts.whole:
        raise RefusalError(400, "BrokenForm", "The form ends in the middle; send it again.")


class _Parts:
    """The parts of a form as the parser meets them."""

    def __init__(self, form: Form, serving: Serving) -> None:
        self._form, self._limits, self._folder = form, serving.limits, serving.folder.incoming
        self._head, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._name, self._file_name = "", ""
        self._file: BinaryIO | None = None
        self._path = Path()
        self._text = bytearray()
        self._hash = hashlib.sha256()
        self._n_bytes = 0
        self.whole = False

    def callbacks(self) -> "MultipartCallbacks":
        """Return the functions that the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def close(self) -> None:
        """Remove a file that did not come whole."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = None

    def _begin(self) -> None:
        self._headers, self._head, self._value = {}, b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._head += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._head.lower()] = self._value
        self._head, self._value = b"", b""

    def _open(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if kind != b"form-data" or b"name" not in options:
            raise RefusalError(400, "BrokenForm", "A part of the form has no name; send it again.")
        self._name = options[b"name"].decode(errors="replace")
        self._text, self._n_bytes = bytearray(), 0
        if b"filename" not in options:
            return
        most = self._limits.songs_per_request
        if self._name == "reference":
            if self._form.reference is not None:
                raise RefusalError(413, "TooManySongs", "A request may have one reference.")
        elif len(self._form.files) >= most:
            raise RefusalError(413, "TooManySongs", f"A request may have at most {most} songs.")
        self._file_name = song_name(options[b"filename"].decode(errors="replace"))
        held, path = tempfile.mkstemp(dir=self._folder)
        self._file, self._path, self._hash = os.fdopen(held, "wb"), Path(path), hashlib.sha256()

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        self._n_bytes += len(piece)
        if self._file is None:
            if self._n_bytes > 4 * self._limits.text_chars:
                most = self._limits.text_chars
                raise RefusalError(413, "TooLong", f"A text may have at most {most} characters.")
            self._text += piece
            return
        if self._n_bytes > self._limits.song_mb * _MB:
            text = f"{self._file_name} has more than the {self._limits.song_mb:g} MB allowed."
            raise RefusalError(413, "TooBig", text)
        self._hash.update(piece)
        self._file.write(piece)

    def _end(self) -> None:
        if self._file is None:
            texts = self._form.texts.setdefault(self._name, [])
            texts.append(bytes(self._text).decode(errors="replace"))
            if sum(map(len, self._form.texts.values())) > 10 * self._limits.songs_per_request:
                raise RefusalError(413, "TooManyFields", "The form has too many fields.")
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        digest, kind = self._hash.hexdigest(), media_type(self._path)
        came = Received(self._file_name, self._path, digest, self._n_bytes, kind)
        if self._name != "reference":
            self._form.files.append(came)
        elif self._n_bytes:
            self._form.reference = came
        else:  # a browser sends the field of a form that was left empty
            self._path.unlink()

    def _finish(self) -> None:
        self.whole = True


def song_name(stated: str) -> str:
    """Return the name of a song as its sender stated it: its last part, as text that is safe."""
    name = safe_text(stated.replace("\\", "/").rsplit("/", 1)[-1].strip())
    return name[:_NAME_CHARS] or "unnamed"


_MAGIC = (
    (b"RIFF", "audio/wav"), (b"RF64", "audio/wav"), (b"fLaC", "audio/flac"), (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"), (b"\x1aE\xdf\xa3", "audio/webm"), (b"FORM", "audio/aiff"),
)  # fmt: skip


def media_type(path: Path) -> str:
    """Return what a browser is told that a file is, by its first bytes and never by its name."""
    with path.open("rb") as file:
        head = file.read(12)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/mpeg"
    return "application/octet-stream"
