"""What is read from an MP3 itself: where its tags end, its first frame, the frames it counts."""

import os
import re
from typing import BinaryIO, NamedTuple

_SYNC = re.compile(rb"\xff(?=[\xe0-\xff])")
_LOOK_BYTES = 1 << 16  # searched for the first frame behind the tags
_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates of layer III in kbit/s by their number, for MPEG-1 and for MPEG-2 and 2.5."""

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Sample rates (Hz) by the number of the version and their own."""

# Of the stated bytes: not every encoder counts the first frame and padding alike.
_WHOLE, _FRAME_BYTES = 0.98, 1 << 13


class Mp3Count(NamedTuple):
    """What the Xing, Info or VBRI header of an MP3 counts."""

    n_frames: int  #: Frames of sound.
    n_bytes: int | None  #: Their bytes; None where only frames are counted.
    n_present: int  #: Bytes of the file from the first frame on.

    def all_read(self, n_read: int) -> bool:
        """Say whether all bytes that are stated are there and were decoded, whatever the count."""
        if self.n_bytes is None or self.n_bytes > self.n_present:
            return False
        return n_read >= _WHOLE * self.n_bytes - _FRAME_BYTES


class _Frame(NamedTuple):
    """Header of a frame of layer III."""

    first: bool  #: Whether it is MPEG-1.
    mono: bool
    checked: bool  #: Whether two bytes of checksum follow the header.
    rate: int
    kbits: int  #: 0 for the free format.
    padding: int

    def size(self, kbits: int) -> int:
        return (144_000 if self.first else 72_000) * kbits // self.rate + self.padding


def tags_end(file: BinaryIO) -> tuple[int, int]:
    """Return where the ID3v2 tags at the start of a file end, and how many there are."""
    at, n = 0, 0
    file.seek(0)
    while (head := file.read(10))[:3] == b"ID3" and len(head) == 10 and max(head[6:10]) < 0x80:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte
        at += 10 + size + (10 if head[5] & 0x10 else 0)
        n += 1
        file.seek(at)
    return at, n


def mp3_count(file: BinaryIO, start: int) -> Mp3Count | None:
    """Read the header that counts frames, at its place in the first frame behind the tags.

    None where there is none, or where so many frames do not fit into the bytes that it states (or,
    where it states none, into the file).
    """
    file.seek(start)
    data = file.read(_LOOK_BYTES)
    at = next((m.start() for m in _SYNC.finditer(data) if _is_frame(data, m.start())), None)
    if at is None or (frame := _frame(data, at)) is None:
        return None
    n_present = file.seek(0, os.SEEK_END) - start - at
    side = (17 if frame.mono else 32) if frame.first else (9 if frame.mono else 17)
    n_frames, n_bytes = _xing(data, at + 4 + side)
    if not n_frames and frame.checked:
        n_frames, n_bytes = _xing(data, at + 6 + side)
    if data[at + 36 : at + 40] == b"VBRI" and len(data) >= at + 54:
        n_bytes, n_frames = _number(data, at + 46), _number(data, at + 50)
    if not n_frames:
        return None
    smallest = frame._replace(padding=0).size(_KBITS[frame.first][1])
    if n_frames * smallest > (n_bytes or n_present) + smallest:
        return None
    return Mp3Count(n_frames, n_bytes or None, n_present)


def is_free_format(file: BinaryIO, start: int) -> bool:
    """Say whether a frame that states no bit rate follows the tags."""
    file.seek(start)
    frame = _frame(file.read(_LOOK_BYTES).lstrip(b"\0"), 0)
    return frame is not None and not frame.kbits


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _xing(data: bytes, at: int) -> tuple[int, int]:
    """Read a Xing or Info header here: frames and bytes, each 0 where it is not stated."""
    if data[at : at + 4] not in {b"Xing", b"Info"} or len(data) < at + 16:
        return 0, 0
    flags = _number(data, at + 4)
    n_frames = _number(data, at + 8) if flags & 1 else 0
    return n_frames, _number(data, at + (12 if flags & 1 else 8)) if flags & 2 else 0


def _frame(data: bytes, at: int) -> _Frame | None:
    """Read the header of a frame of layer III; None where there is none."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return None
    version, rate, kbits = data[at + 1] >> 3 & 3, data[at + 2] >> 2 & 3, data[at + 2] >> 4
    if version == 1 or rate == 3 or kbits == 15:
        return None
    first = version == 3
    return _Frame(
        first=first,
        mono=data[at + 3] >> 6 == 3,
        checked=not data[at + 1] & 1,
        rate=_RATES[version][rate],
        kbits=_KBITS[first][kbits],
        padding=data[at + 2] >> 1 & 1,
    )


def _is_frame(data: bytes, at: int) -> bool:
    """Say whether a frame begins here: another follows where it ends, or the data end before."""
    frame = _frame(data, at)
    if frame is None or not frame.kbits:
        return False
    behind = at + frame.size(frame.kbits)
    return behind + 4 > len(data) or _frame(data, behind) is not None
