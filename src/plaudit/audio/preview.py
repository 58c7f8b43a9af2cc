"""What a page needs to show and play a song: its outline, and a small MP3 made in memory.

One streaming pass. The outline is gathered at a resolution that halves as the song grows, so
neither it nor the decoding ever holds the whole song; only the MP3 grows, at its bit rate.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.core.errors import InputError

_PREVIEW_RATE = 24_000
"""Sample rate of the preview, Hz: what the judges of MERT hear."""

_MP3_FRAME = 576  # samples in an MP3 frame at 24 kHz
_MIN_BIT_RATE, _MAX_BIT_RATE = 8_000, 160_000  # what MP3 allows at 24 kHz


@dataclass(frozen=True, eq=False)
class Preview:
    """A song as a page shows it."""

    #: (bins,) float32: lowest and highest sample in each of ``bins`` equal parts of the song, full
    #: scale 1.0.
    envelope_low: NDArray[np.float32]
    envelope_high: NDArray[np.float32]
    mp3: bytes | None  #: The song as mono MP3 at 24 kHz; None when it is longer than was allowed.
    duration_s: float  #: Seconds.


class Envelope:
    """Lowest and highest sample of equal steps, in bounded memory.

    When the steps kept reach twice ``n_steps``, neighbours are merged and a step becomes twice as
    long: between ``n_steps`` and ``2 n_steps`` steps are kept, however long the signal.
    """

    def __init__(self, n_steps: int) -> None:
        self._limit = 2 * n_steps
        self._step = 1
        self._steps = np.zeros((2, 0), dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)

    def push(self, x: NDArray[np.float32]) -> None:
        """Take in more samples, (n,) float32."""
        x = np.concatenate([self._rest, x])
        # First make the steps long enough for what is coming, so little is ever kept at once.
        while self._steps.shape[1] + len(x) // self._step > self._limit:
            if self._steps.shape[1] % 2:
                # An odd step cannot be merged yet: the samples behind it are still to come.
                x = self._fill(x, 1)
            even = self._steps.reshape(2, -1, 2)
            self._steps = np.stack([even[0].min(axis=1), even[1].max(axis=1)])
            self._step *= 2
        self._rest = self._fill(x, len(x) // self._step).copy()

    def _fill(self, x: NDArray[np.float32], n: int) -> NDArray[np.float32]:
        """Turn ``n`` steps of samples into lows and highs; return the samples that are left."""
        whole = x[: n * self._step].reshape(n, self._step)
        new = np.stack([whole.min(axis=1), whole.max(axis=1)])
        self._steps = np.concatenate([self._steps, new], axis=1)
        return x[n * self._step :]

    def bins(self, n_bins: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return lows and highs, each (n_bins,) float32, of so many equal parts of the signal.

        A signal with fewer samples than parts repeats them.
        """
        steps = self._steps
        if len(self._rest):
            rest = np.array([[self._rest.min()], [self._rest.max()]], dtype=np.float32)
            steps = np.concatenate([steps, rest], axis=1)
        starts = np.arange(n_bins) * steps.shape[1] // n_bins
        low: NDArray[np.float32] = np.minimum.reduceat(steps[0], starts)
        high: NDArray[np.float32] = np.maximum.reduceat(steps[1], starts)
        return low, high


class _Mp3Writer:
    """Encodes mono samples to MP3 in memory; the same samples give the same bytes."""

    def __init__(self, bit_rate: int) -> None:
        self._bytes = io.BytesIO()
        # Bit-exact: no version or date is written, so a report can be made again byte for byte.
        self._container = av.open(self._bytes, "w", format="mp3", options={"fflags": "+bitexact"})
        self._stream = self._container.add_stream(
            "libmp3lame",
            rate=_PREVIEW_RATE,
            layout="mono",
            format="fltp",
            # Faster than LAME's default of 5, for a difference that no preview needs.
            options={"compression_level": "7"},
        )
        self._stream.bit_rate = bit_rate
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact
        self._rest = np.zeros(0, dtype=np.float32)
        self._n = 0

    def push(self, x: NDArray[np.float32]) -> None:
        """Encode more samples, (n,) float32 at 24 kHz; what lies above full scale is clipped."""
        x = np.concatenate([self._rest, x])
        n_whole = len(x) - len(x) % _MP3_FRAME
        for at in range(0, n_whole, _MP3_FRAME):
            self._encode(x[at : at + _MP3_FRAME])
        self._rest = x[n_whole:].copy()

    def finish(self) -> bytes:
        """Return the finished file."""
        if len(self._rest):
            self._encode(self._rest)
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        return self._bytes.getvalue()

    def _encode(self, x: NDArray[np.float32]) -> None:
        planar = np.clip(x, -1, 1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout="mono")
        frame.sample_rate = _PREVIEW_RATE
        frame.pts = self._n
        self._n += len(x)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


def preview(
    path: Path, bins: int = 1200, bit_rate: int = 48_000, max_audio_s: float = 900.0
) -> Preview:
    """Make the outline of a song and a small MP3 of it; the same file and settings, the same bytes.

    Parameters
    ----------
    path : Path
        Song in any format of `plaudit.audio.decode`.
    bins : int
        Points of the outline, at least 1.
    bit_rate : int
        Of the MP3, in bits per second, 8,000 to 160,000.
    max_audio_s : float
        A song longer than this (seconds) gets no MP3, so that a page stays small; 0 for never.

    Raises
    ------
    InputError
        ``bins``, ``bit_rate`` or ``max_audio_s`` is out of range.
    MissingFileError, AudioError
        The song cannot be read; one of `plaudit.audio.errors`.
    """
    if bins < 1:
        raise InputError(f"Expected at least 1 bin in a preview, got {bins}.")
    if not _MIN_BIT_RATE <= bit_rate <= _MAX_BIT_RATE:
        raise InputError(
            f"Expected a bit rate from {_MIN_BIT_RATE} to {_MAX_BIT_RATE} bits per second, got "
            f"{bit_rate}."
        )
    if max_audio_s < 0:
        raise InputError(f"Expected max_audio_s to be 0 or more seconds, got {max_audio_s}.")
    envelope = Envelope(max(4 * bins, 4096))
    writer = _Mp3Writer(bit_rate) if max_audio_s > 0 else None
    with open_song(path, _PREVIEW_RATE, SegmentRule(length_s=10.0)) as song:
        for segment in song:
            n_samples = round((segment.end_s - segment.start_s) * _PREVIEW_RATE)
            samples = segment.samples[:n_samples]
            envelope.push(samples)
            if writer is not None and segment.end_s > max_audio_s:
                writer = None
            if writer is not None:
                writer.push(samples)
    low, high = envelope.bins(bins)
    return Preview(
        envelope_low=low,
        envelope_high=high,
        mp3=None if writer is None else writer.finish(),
        duration_s=song.duration_s,
    )
