"""A prepared sound as one task has it: so many frames of a file, served as WAV built on the fly.

Prepared sounds are PCM of 16 bits, 44.1 kHz, two channels. All sides of a task have one length, so
that size, header and time to load are alike.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

SAMPLE_RATE, CHANNELS = 44_100, 2
FRAME = 2 * CHANNELS  # bytes


@dataclass(frozen=True)
class Sound:
    """Frames of a file of PCM."""

    path: Path
    first: int  #: Frame that it begins with.
    last: int  #: Frame after its last.

    @property
    def n_bytes(self) -> int:
        """Size of its PCM, without the header."""
        return (self.last - self.first) * FRAME

    @property
    def offset(self) -> int:
        """Byte of the file at which it begins."""
        return self.first * FRAME

    def wav_header(self) -> bytes:
        """Return the 44 bytes that make WAV of it."""
        rate = SAMPLE_RATE * FRAME
        form = struct.pack("<IHHIIHH", 16, 1, CHANNELS, SAMPLE_RATE, rate, FRAME, 16)
        n = self.n_bytes
        return b"RIFF%sWAVEfmt %sdata%s" % (struct.pack("<I", 36 + n), form, struct.pack("<I", n))
