"""Where the samples of a chunked file lie: WAV (RIFF, RIFX, RF64, BW64, W64), AIFF and CAF.

A header is a promise: it states where the samples begin, how many bytes they take and how they are
stored. It is compared here with the bytes that are there, before anything is decoded.
"""

import os
import re
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

_KNOWN = frozenset(
    b"data|fmt |fact|LIST|id3 |ID3 |bext|iXML|cue |PEAK|smpl|inst|JUNK|junk|PAD |FLLR|acid|cart"
    b"|axml|chna|levl|plst|umid|DISP|afsp|_PMX|ds64|SSND|COMM|FVER|NAME|AUTH|(c) |ANNO|COMT|MARK"
    b"|INST|MIDI|AESD|APPL|CHAN|wave|desc|free|info|kuki|pakt|strg|midi|uuid|chan".split(b"|")
)
"""Names of chunks that are recognised behind a missing pad byte, or cut off."""

_NAME = re.compile(rb"[!-~][ -~]{3}")
_TAGS = (b"ID3", b"TAG", b"APE")  # tags of MP3 that some programs hang behind any file
_FILES = {b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"riff", b"caff"}

_STREAMED_BYTES = 0x7FFF_0000
"""Stated by programs that did not know the size: ffmpeg (all ones) and sox (2 GiB, rounded)."""

_MAX_HEAD = 1 << 16  # bytes of a chunk that describes samples; a longer one is nonsense

Order = Literal["little", "big"]


@dataclass(frozen=True)
class _Form:
    """How one kind of file writes its chunks."""

    first: int  #: Bytes before the first chunk.
    order: Order = "little"
    sound: bytes = b"data"
    describing: tuple[bytes, ...] = (b"fmt ", b"fact", b"ds64")
    name_bytes: int = 4
    size_bytes: int = 4
    pad: int = 2  #: Chunks begin at multiples of so many bytes.
    size_with_head: bool = False
    lead: int = 0  #: Bytes of the chunk before the first sample.

    @property
    def head(self) -> int:
        return self.name_bytes + self.size_bytes


_WAV, _RIFX = _Form(12), _Form(12, order="big")
_W64 = _Form(40, name_bytes=16, size_bytes=8, pad=8, size_with_head=True)
_CAF = _Form(8, order="big", describing=(b"desc",), size_bytes=8, pad=1, lead=4)
_AIFF = _Form(
    12, order="big", sound=b"SSND", describing=(b"COMM", b"FVER", b"wave", b"CHAN"), lead=8
)


@dataclass
class Layout:
    """What the chunks of a file say, and what is there."""

    kind: bytes  #: Its first four bytes, such as ``b"RIFX"``.
    order: Order  #: Byte order of its numbers.
    first: bytes  #: Bytes before its first chunk.
    start: int = 0  #: First byte of its samples.
    lead: bytes = b""  #: Bytes of the samples' chunk in front of them.
    size: int = 0  #: Bytes of samples that are there and meant.
    stated: int | None = None  #: Bytes of samples that are stated; None where they are not.
    unread: int = 0  #: Bytes behind the samples that no other chunk accounts for.
    chunks: dict[bytes, bytes] = field(default_factory=dict)  #: Those that describe the samples.
    odd: bool = False  #: Whether chunks lie where a plain reader does not look for them.


def read_layout(file: BinaryIO, origin: int = 0) -> Layout | None:
    """Walk the chunks of a file from ``origin``; None for other files and those without samples."""
    file.seek(origin)
    first = file.read(40)
    form = _form(first)
    if form is None:
        return None
    end = file.seek(0, os.SEEK_END)
    layout = Layout(first[:4], form.order, first[: form.first])
    at, found = origin + form.first, False

    def chunk(place: int) -> tuple[bytes, int]:
        file.seek(place)
        head = file.read(form.head)
        size = int.from_bytes(head[form.name_bytes :], form.order)
        return head[:4], max(0, size - form.head) if form.size_with_head else size

    while end - at >= form.head:
        name, size = chunk(at)
        body = at + form.head
        rest = end - at
        if found and (name in _FILES or not _NAME.fullmatch(name)):
            layout.unread += 0 if name.startswith(_TAGS) else _sounding(file, at, end)
            break
        if name == form.sound and found:
            layout.odd = True  # the decoder would read the last
            layout.unread += _sounding(file, body, min(body + size, end))
        elif name == form.sound:
            stated = _stated(size, layout, form, end - body)
            if stated == 0 and end - body > form.lead:
                follower = chunk(_next(file, body + size, form, origin))[0]
                stated = 0 if follower in _KNOWN else None
                layout.odd |= stated == 0 or form is not _WAV
            layout.odd |= stated is None and form in (_W64, _AIFF)
            file.seek(body)
            layout.lead = file.read(form.lead)
            layout.start, layout.stated = body + form.lead, stated
            present = max(0, end - layout.start)
            layout.size = present if stated is None else min(stated, present)
            found = stated != 0
            size = size if stated == 0 else layout.size + form.lead
        elif name in form.describing and size <= _MAX_HEAD:
            file.seek(body)
            layout.chunks.setdefault(name, file.read(size))
        if body + size > end:
            layout.unread += 0 if not found or name in _KNOWN else rest
            break
        at = _next(file, body + size, form, origin)
        plain = body + size + -(body + size - origin) % form.pad
        layout.odd |= not found and at != plain
    return layout if layout.start else None


def _form(first: bytes) -> _Form | None:
    if first[8:12] == b"WAVE":
        return {b"RIFF": _WAV, b"RF64": _WAV, b"BW64": _WAV, b"RIFX": _RIFX}.get(first[:4])
    if first[:4] == b"FORM" and first[8:12] in {b"AIFF", b"AIFC"}:
        return _AIFF
    if first[:4] == b"riff" and first[24:28] == b"wave":
        return _W64
    return _CAF if first[:4] == b"caff" else None


def _stated(size: int, layout: Layout, form: _Form, present: int) -> int | None:
    """Return the bytes of samples that a header means by a size; None where it states none."""
    if size == 0xFFFF_FFFF and len(wide := layout.chunks.get(b"ds64", b"")) >= 16:
        size = int.from_bytes(wide[8:16], "little")
        layout.odd |= not 0 < size < 1 << 62
        return size if 0 < size < 1 << 62 else None
    unknown = 1 << 62 if form.size_bytes == 8 else _STREAMED_BYTES
    if size >= unknown and size > present:
        return None
    return max(0, size - form.lead)


def _next(file: BinaryIO, stop: int, form: _Form, origin: int) -> int:
    """Return where the chunk behind one that stops here begins: some programs forget the pad."""
    padded = stop + -(stop - origin) % form.pad
    if form.pad != 2 or padded == stop:
        return padded
    file.seek(stop)
    five = file.read(5)
    here, behind = five[:4], five[1:]
    forgotten = here in _KNOWN or (bool(_NAME.fullmatch(here)) and not _NAME.fullmatch(behind))
    return stop if forgotten else padded


def _sounding(file: BinaryIO, at: int, end: int) -> int:
    """Return how many bytes lie here; none where all are zero, as a disk's padding is."""
    file.seek(at)
    left = end - at
    while left > 0 and (piece := file.read(min(1 << 20, left))):
        if piece.strip(b"\0"):
            return end - at
        left -= len(piece)
    return 0
