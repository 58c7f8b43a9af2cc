"""A file with a repaired header, which every decoder reads in the same way.

The decoder misreads some files that state how they are to be read: big-endian WAV is heard as
noise, 24 bits in 32 as floats, and a chunk without its pad byte ends the reading. For those, and
only those, the header is written anew and the samples are put into its order while they are read.
"""

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from plaudit.audio.chunk import Layout

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_WAV_CODES = {2, 6, 7, 0x11}  # ADPCM, A-law, u-law: a fixed number of bytes a second
_LOOKS, _LOOK_BYTES = 16, 1 << 12  # places looked at to tell how 24 bits lie in 32

Turn = Callable[[bytes], bytes]
_FLOATS: Turn = bytes  # changes nothing: the decoder knows them


class Rebuilt:
    """Part of a file behind a head of its own, read like a file.

    The part is ``size`` bytes from ``start``; ``turn`` changes whole units of ``width`` bytes.
    """

    def __init__(
        self,
        file: BinaryIO,
        head: bytes,
        start: int,
        size: int,
        width: int = 1,
        turn: Turn | None = None,
    ) -> None:
        self.name = file.name
        self._file, self._head, self._start = file, head, start
        self._size = size - size % width
        self._width, self._turn = width, turn
        self._at = 0

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; an impossible one is an ``OSError``, as in a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._head) + self._size}
        if base[whence] + offset < 0:
            raise OSError(22, "Invalid argument")
        self._at = base[whence] + offset
        return self._at

    def read(self, n: int) -> bytes:
        """Return up to ``n`` bytes, at least one before the end."""
        if self._at < len(self._head):
            piece = self._head[self._at : self._at + n]
        else:
            offset = self._at - len(self._head)
            low = min(offset - offset % self._width, self._size)
            high = min(offset + n + -(offset + n) % self._width, self._size)
            self._file.seek(self._start + low)
            piece = self._file.read(high - low)
            if self._turn is not None:
                piece = self._turn(piece[: len(piece) - len(piece) % self._width])
            piece = piece[offset - low : offset - low + n]
        self._at += len(piece)
        return piece


class WavFormat:
    """How the samples of a WAV file are stored, from its ``fmt`` chunk."""

    def __init__(self, layout: Layout) -> None:
        body = layout.chunks[b"fmt "]
        order = ">" if layout.order == "big" else "<"
        self.code, self.n_channels, self.rate, self.stated_rate, self.block, self.bits = (
            struct.unpack(f"{order}HHIIHH", body[:16])
        )
        if self.code == _EXTENSIBLE and len(body) >= 28:
            # Programs that write big-endian files turn the first field of the code's GUID or not.
            self.code = max(body[24:28])
            self.bits = struct.unpack(f"{order}H", body[18:20])[0] or self.bits
        even = self.n_channels and self.block % self.n_channels == 0
        self.width = self.block // self.n_channels if even else 0

    @property
    def byte_rate(self) -> int:
        """Bytes a second, or 0 where the code does not fix them."""
        if self.code in {_PCM, _FLOAT, 6, 7}:
            return int(self.rate * self.block)
        return int(self.stated_rate) if self.code in _WAV_CODES else 0

    @property
    def padded(self) -> bool:
        """Whether integers lie in more bytes than their bits need."""
        return self.code == _PCM and self.width in {2, 3, 4} and -(-self.bits // 8) < self.width


def wav_format(layout: Layout) -> WavFormat | None:
    """Return how a WAV file stores its samples; None for other files."""
    return WavFormat(layout) if len(layout.chunks.get(b"fmt ", b"")) >= 16 else None


def rebuild(file: BinaryIO, layout: Layout) -> Rebuilt | None:
    """Return the file with a repaired header; None where the header needs no repair.

    Raises
    ------
    ValueError
        Its header says how it is to be read, but nothing here can.
    """
    form = wav_format(layout)
    if layout.kind in {b"FORM", b"caff"}:
        return _aiff(file, layout) if layout.odd and layout.kind == b"FORM" else None
    if form is None:
        return None
    swapped = layout.order == "big"
    if swapped and form.code not in {_PCM, _FLOAT, 6, 7}:
        raise ValueError(f"a big-endian WAV file (RIFX) in the code {form.code:#06x}")
    turn = _settle(file, layout, form) if form.padded else None
    floats = turn is _FLOATS
    whole = form.padded and not floats
    if not (swapped or layout.odd or whole):
        return None
    if swapped and form.width > 1:
        turn = _swapped(form.width, turn)
    fmt = layout.chunks[b"fmt "]
    if swapped or whole:
        bits = 8 * form.width if whole else form.bits
        byte_rate = form.rate * form.block
        fields = form.code, form.n_channels, form.rate, byte_rate, form.block, bits
        fmt = struct.pack("<HHIIHH", *fields)
    size = layout.size if layout.size < 0xFFFF_0000 else 0  # 0: as far as the file goes
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"\0" * (len(fmt) % 2)
    head = b"RIFF" + struct.pack("<I", size) + b"WAVE" + chunks + b"data" + struct.pack("<I", size)
    return Rebuilt(file, head, layout.start, layout.size, max(1, form.width), turn)


def _aiff(file: BinaryIO, layout: Layout) -> Rebuilt:
    size = min(layout.size + 8, 0xFFFF_FFFF)
    chunks = b"".join(
        name + struct.pack(">I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in layout.chunks.items()
    )
    head = layout.first + chunks + b"SSND" + struct.pack(">I", size) + layout.lead
    return Rebuilt(file, head, layout.start, layout.size)


def _swapped(width: int, then: Turn | None) -> Turn:
    def turn(raw: bytes) -> bytes:
        raw = np.frombuffer(raw, np.uint8).reshape(-1, width)[:, ::-1].tobytes()
        return raw if then is None else then(raw)

    return turn


def _shift(raw: bytes) -> bytes:
    """Bring integers of 24 bits from the low end of 32 to the high end."""
    return (np.frombuffer(raw, "<i4") << 8).tobytes()


def _settle(file: BinaryIO, layout: Layout, form: WavFormat) -> Turn | None:
    """Tell from the samples whether 24 bits lie at the high end of 32, the low end, or are floats.

    The rules put them at the high end; some programs write them at the low end, and one writes
    floats under the same header.
    """
    if form.width != 4 or form.bits <= 16:
        return None
    raw = b""
    for number in range(_LOOKS):
        offset = number * layout.size // _LOOKS // 4 * 4
        file.seek(layout.start + offset)
        piece = file.read(min(_LOOK_BYTES, layout.size - offset))
        raw += piece[: len(piece) // 4 * 4]
    x = np.frombuffer(raw, "<i4" if layout.order == "little" else ">i4")
    level = np.abs(x.view(x.dtype.str.replace("i", "f")))
    if x.any() and ((level == 0) | ((level > 2**-24) & (level < 2**25))).all():
        return _FLOATS
    low = (x & 0xFF).any() and (x >> 23 == x >> 31).all()
    return _shift if low else None
