"""How long a file says it is: tells a file that was cut off from a short song.

Only what a format states counts, never an estimate: raw AAC, AC-3 and MP3 without a Xing, Info
or VBRI header have their length guessed from the bit rate by ffmpeg, and the guess is off by
seconds on good files. What ffmpeg recomputes from the size of the file (WAV, Ogg) says nothing
about a missing end either, so the WAV header and the end mark of Ogg are read here.
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av
from av.container import InputContainer

from plaudit.core.note import Note

_TAIL_BYTES = 1 << 17  # an Ogg page is at most 65,307 bytes, so two fit
_MP3_HEAD_BYTES = 4096
_PCM_TAGS = {1, 3, 0xFFFE}
# Written when the size was not known: streamed by ffmpeg (all ones) and by sox (2 GiB, rounded).
_STREAMED_BYTES = 0x7FFF_0000

_LOST_S = 0.25
"""Missing seconds that are reported. Encoder delay and padding differ from the stated length by up
to .11 s (HE-AAC), the end of an Opus file by .007 s; no good file tried came near a quarter."""


@dataclass(frozen=True)
class Loss:
    """What the decoder knows to be missing; fields as on `plaudit.audio.decode.Decoder`."""

    decoded_s: float
    expected_s: float | None = None
    n_damaged: int = 0
    n_edge: int = 0
    ends_early: bool = False

    def note(self) -> Note | None:
        """Return a note ``partial_decode``, or None when nothing is known to be missing."""
        facts = []
        lost_s = 0.0 if self.expected_s is None else self.expected_s - self.decoded_s
        if self.expected_s is not None and lost_s > _LOST_S:
            share = 100 * lost_s / self.expected_s
            facts.append(
                f"decoded {self.decoded_s:.1f} s of {self.expected_s:.1f} s; {share:.3g} % lost"
            )
        # Undecodable bytes at an end are harmless tags in a file whose length is as stated.
        n_bad = self.n_damaged
        if self.expected_s is None or lost_s > _LOST_S:
            n_bad += self.n_edge
        if n_bad:
            facts.append(f"{n_bad} damaged packet{'s' * (n_bad > 1)} skipped")
        if self.ends_early and lost_s <= _LOST_S:
            facts.append("the file breaks off before its end (how much is missing is unknown)")
        if not facts:
            return None
        text = "; ".join(facts)
        return Note(
            type="partial_decode",
            message=f"{text[0].upper()}{text[1:]}. The scores describe only what was decoded.",
        )


@dataclass(frozen=True)
class Promise:
    """What a file's own bytes say about its length, before anything is decoded."""

    wav_s: float | None = None  #: Length that a WAV header states, seconds.
    mp3_frames: int | None = None  #: Frames that an MP3 counts in a header.
    ogg_cut: bool = False  #: An Ogg file lacks its end mark.


def read_promise(file: BinaryIO) -> Promise:
    """Look at the first and last bytes of a file; leaves it at its start."""
    file.seek(0)
    head = file.read(12)
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        promise = Promise(wav_s=_wav_seconds(file))
    elif head[:4] == b"OggS":
        promise = Promise(ogg_cut=not _ogg_ends(file))
    else:
        promise = Promise(mp3_frames=_mp3_frames(file, head))
    file.seek(0)
    return promise


def expected_duration(
    container: InputContainer, stream: av.AudioStream, promise: Promise
) -> float | None:
    """Return the length of the audio that a file states."""
    name = container.format.name.split(",")[0]
    stated = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    )
    if name == "wav":
        return promise.wav_s
    if name == "mp3":
        # ffmpeg goes back to guessing from the bit rate when the size does not fit the count.
        per_frame = 1152 if stream.rate >= 32_000 else 576
        return promise.mp3_frames * per_frame / stream.rate if promise.mp3_frames else None
    if name == "caf":  # its duration is recomputed from the size, its packet table is not
        return float(Fraction(stream.frames, stream.rate)) if stream.frames else stated
    if name == "matroska":
        return _matroska_seconds(container, stream)
    return stated if name in {"aiff", "au", "flac", "mov", "ogg", "wv"} else None


def _matroska_seconds(container: InputContainer, stream: av.AudioStream) -> float | None:
    """Read the track's own DURATION tag; the file's length may be that of its pictures."""
    tag = stream.metadata.get("DURATION", "")
    parts = tag.replace("\0", "").strip().split(":")
    if len(parts) == 3:
        try:
            return 3600 * int(parts[0]) + 60 * int(parts[1]) + float(parts[2])
        except ValueError:  # a tag that is not a time states nothing
            return None
    if container.streams.video or container.duration is None:
        return None
    return container.duration / av.time_base


def _wav_seconds(file: BinaryIO) -> float | None:
    """Walk the chunks of a WAV file to the stated size of its samples."""
    byte_rate, wide_size = 0, None
    while len(head := file.read(8)) == 8:
        tag, size = head[:4], int.from_bytes(head[4:], "little")
        if tag == b"data":
            if size == 0xFFFF_FFFF and wide_size:
                size = wide_size
            elif size >= _STREAMED_BYTES or size == 0:
                return None
            return size / byte_rate if byte_rate else None
        body = file.read(min(size, 64))
        if tag == b"fmt " and len(body) >= 16 and int.from_bytes(body[:2], "little") in _PCM_TAGS:
            rate, block = int.from_bytes(body[4:8], "little"), int.from_bytes(body[12:14], "little")
            byte_rate = rate * block
        elif tag == b"ds64" and len(body) >= 16:
            wide_size = int.from_bytes(body[8:16], "little")
        file.seek(size + size % 2 - len(body), os.SEEK_CUR)
    return None


def _mp3_frames(file: BinaryIO, head: bytes) -> int | None:
    """Read the header that counts frames, in the first frame behind an ID3 tag."""
    start = 0
    if head[:3] == b"ID3":
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        start = 10 + size
    file.seek(start)
    first = file.read(_MP3_HEAD_BYTES)
    for mark in (b"Xing", b"Info"):
        at = first.find(mark)
        if at >= 0 and len(first) >= at + 12 and first[at + 7] & 1:
            return int.from_bytes(first[at + 8 : at + 12], "big")
    at = first.find(b"VBRI")
    if at >= 0 and len(first) >= at + 18:
        return int.from_bytes(first[at + 14 : at + 18], "big")
    return None


def _ogg_ends(file: BinaryIO) -> bool:
    """Say whether the last page is whole and carries the end-of-stream flag."""
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 27:
        return False
    n_lacing = tail[at + 26]
    lacing = tail[at + 27 : at + 27 + n_lacing]
    whole = len(lacing) == n_lacing and len(tail) >= at + 27 + n_lacing + sum(lacing)
    return whole and bool(tail[at + 5] & 4)
