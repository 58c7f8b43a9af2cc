"""How long a file says it is: tells a file that was cut off from a short song.

Only what a format states counts, never an estimate: raw AAC, AC-3 and MP3 without a Xing, Info
or VBRI header have their length guessed from the bit rate by ffmpeg, and the guess is off by
seconds on good files. What ffmpeg recomputes from the size of the file (WAV, Ogg) says nothing
about a missing end either, so the chunks of WAV and the end mark of Ogg are read here. A count that
the size of the file rules out is not believed.
"""

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import av
from av.container import InputContainer

from plaudit.audio.chunk import Layout
from plaudit.audio.mpeg import Mp3Count, mp3_count
from plaudit.audio.rebuilt import wav_format
from plaudit.core.note import Note

_TAIL_BYTES = 1 << 17  # an Ogg page is at most 65,307 bytes, so two fit
_FLAC_FRAME_BYTES = 10  # no frame of FLAC is smaller, not even one of silence

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
    unread_s: float = 0.0  #: Seconds that the bytes behind the stated end of the sound would last.

    def note(self) -> Note | None:
        """Return a note ``partial_decode``, or None when nothing is known to be missing."""
        facts = []
        lost_s = 0.0 if self.expected_s is None else self.expected_s - self.decoded_s
        if self.expected_s is not None and lost_s > _LOST_S:
            share = 100 * lost_s / self.expected_s
            facts.append(
                f"decoded {self.decoded_s:.1f} s of the {self.expected_s:.1f} s that the file"
                f" states; {share:.3g} % missing"
            )
        # Undecodable bytes at an end are harmless tags in a file whose length is as stated.
        n_bad = self.n_damaged
        if self.expected_s is None or lost_s > _LOST_S:
            n_bad += self.n_edge
        if n_bad:
            facts.append(f"{n_bad} damaged packet{'s' * (n_bad > 1)} skipped")
        if self.ends_early and lost_s <= _LOST_S:
            facts.append("the file breaks off before its end (how much is missing is unknown)")
        if self.unread_s > _LOST_S:
            facts.append(
                f"the file holds bytes for {self.unread_s:.1f} s behind the end of the sound that"
                " its header states, and they were not decoded"
            )
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
    mp3: Mp3Count | None = None  #: Frames that an MP3 counts in a header.
    flac_samples: int | None = None  #: Most samples that a FLAC file of this size can hold.
    ogg_cut: bool = False  #: An Ogg file lacks its end mark.
    unread: float = 0.0  #: What lies behind the end that a header states, in shares of the sound.


def read_promise(file: BinaryIO, start: int, layout: Layout | None) -> Promise:
    """Look at the first and last bytes of a file that begins behind ``start`` bytes of tags."""
    if layout is not None:
        form = wav_format(layout)
        rate = form.byte_rate if form is not None else 0
        return Promise(
            wav_s=layout.stated / rate if layout.stated and rate else None,
            unread=layout.unread / layout.size if layout.size else 0.0,
        )
    file.seek(start)
    head = file.read(4)
    if head == b"OggS":
        return Promise(ogg_cut=not _ogg_ends(file))
    if head == b"fLaC":
        return Promise(flac_samples=_flac_samples(file, start))
    return Promise(mp3=mp3_count(file, start))


def expected_duration(
    container: InputContainer, stream: av.AudioStream, promise: Promise
) -> float | None:
    """Return the length of the audio that a file states."""
    name = container.format.name.split(",")[0]
    stated = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    )
    if name in {"wav", "w64"}:
        return promise.wav_s
    if name == "mp3":
        # ffmpeg goes back to guessing from the bit rate when the size does not fit the count.
        per_frame = 1152 if stream.rate >= 32_000 else 576
        return promise.mp3.n_frames * per_frame / stream.rate if promise.mp3 else None
    if name == "caf":  # its duration is recomputed from the size, its packet table is not
        return float(Fraction(stream.frames, stream.rate)) if stream.frames else stated
    most = promise.flac_samples
    if name == "flac" and stated is not None and most is not None:
        return stated if stated * stream.rate <= most else None
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


def _flac_samples(file: BinaryIO, start: int) -> int:
    """Return how many samples a FLAC file of this size can hold."""
    file.seek(start + 8)
    block = int.from_bytes(file.read(4)[2:], "big")
    return block * (file.seek(0, os.SEEK_END) // _FLAC_FRAME_BYTES)


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
