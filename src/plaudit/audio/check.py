"""Notes on what is wrong with a song that can still be judged, made while it is decoded.

Types of notes made here:

- ``partial_decode``: part of the file is missing, damaged or unread (`plaudit.audio.extent`).
- ``clipped``: the waveform is cut off flat at its peak, or runs above full scale.
- ``not_scaled``: the samples are far above full scale, like integers stored as floats.
- ``mostly_silent``: less than half of the song can be heard.
- ``silent``: nothing can be heard.
- ``channels_cancel``: the channels are opposites; their mean, which judges hear, nearly vanishes.
- ``offset``: a constant lies under the samples, which cannot be heard.
- ``low_rate``: the sample rate leaves out much of what judges were trained to hear.

Levels are relative to full scale (1.0 = 0 dBFS); durations in seconds.
"""

import math

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import music_seconds
from plaudit.audio.extent import Loss
from plaudit.core.note import Note

_FLAT_SHARE = 5e-4
"""Share of samples flat at the peak that is reported. Measured on 13 songs: 0 as recorded, at most
5e-5 behind a limiter driven by 12 dB, 3e-4 to 6e-2 when clipped by 6 dB, 8e-3 and more by 12 dB."""

_OVER_LEVEL, _OVER_SHARE = 1.01, 2e-3
"""Share of samples above full scale that is reported. A lossy codec smears flat tops, but it then
overshoots: at most 7e-5 for limited songs coded as MP3 or AAC, mostly 3e-3 to 1e-1 for songs
clipped by 12 dB (a few AAC files stay below, at 4e-4, and are missed)."""

_UNSCALED_PEAK = 8.0
"""Peak from which samples cannot be meant for full scale 1.0: 18 dB above it."""

_FLAT_PEAK = 0.01
"""Peak (-40 dBFS) below which flat runs are not counted: the steps of 16 bits make some there."""

_FLAT_AT_PEAK = 0.5
"""Of all flat runs, the part that must lie at the peak: in 8-bit files they lie anywhere."""

_MIN_RATE = 16_000
"""Sample rate (Hz) below which nothing above 8 kHz is left: half of a 24 kHz judge's treble."""

_OFFSET = 0.01
"""Mean of the samples that is reported: the five real recordings lie within 1e-4."""

_CANCEL_POWER = 0.01
"""Power of the mean, relative to that of the channels, that is reported: -20 dB. Unrelated channels
lie at -3 dB, very wide mixes near -6 dB."""


class ClipMeter:
    """Count samples that stand flat at their channel's peak, or lie above full scale."""

    def __init__(self) -> None:
        self._n = 0
        self._n_over = 0
        self._start(n_channels=0)

    def _start(self, n_channels: int) -> None:
        self._tail = np.zeros((n_channels, 2), dtype=np.float32)
        self._peak = np.zeros(n_channels, dtype=np.float32)
        self._n_flat = np.zeros(n_channels, dtype=np.int64)
        self._n_flat_at_peak = np.zeros(n_channels, dtype=np.int64)

    def push(self, block: NDArray[np.float32]) -> None:
        """Count one more block, (n_channels, n_samples) float32."""
        if len(block) != len(self._peak):  # the first block, or the number of channels changed
            self._start(len(block))
        x = np.concatenate([self._tail, block], axis=1)
        self._tail = x[:, -2:]
        level = np.abs(x[:, 2:])
        self._n += level.size
        self._n_over += int(np.count_nonzero(level > _OVER_LEVEL))
        # Flat samples below a new, higher peak are no clipping: counting starts again.
        peak = level.max(axis=1)
        higher = peak > self._peak * (1 + 2**-9)
        self._peak = np.maximum(self._peak, peak)
        self._n_flat[higher] = 0
        self._n_flat_at_peak[higher] = 0
        step = np.abs(np.diff(x, axis=1)) <= self._peak[:, None] * 2**-16
        third = step[:, 1:] & step[:, :-1]
        self._n_flat += np.count_nonzero(third & (level > self._peak[:, None] / 8), axis=1)
        at_peak = level >= self._peak[:, None] * (1 - 2**-9)
        self._n_flat_at_peak += np.count_nonzero(third & at_peak, axis=1)

    @property
    def peak(self) -> float:
        """Largest absolute sample so far."""
        return float(self._peak.max(initial=0))

    def note(self) -> Note | None:
        """Return a note ``clipped`` or ``not_scaled``, or None."""
        if not self._n or not self._peak.any():
            return None
        peak = self.peak
        if peak > _UNSCALED_PEAK:
            return Note(
                type="not_scaled",
                message=f"The samples reach {peak:.6g} where full scale is 1: they look like "
                "integers stored as floats; divide them by their full scale.",
            )
        if self._n_over >= _OVER_SHARE * self._n:
            return Note(
                type="clipped",
                message=f"{100 * self._n_over / self._n:.3g} % of the samples lie above full scale "
                "(0 dBFS): the song was clipped before it was coded, or will be when it is played.",
            )
        flat = self._n_flat_at_peak
        at_peak = (self._peak >= _FLAT_PEAK) & (flat >= _FLAT_AT_PEAK * self._n_flat)
        n_flat = int(flat[at_peak].sum())
        if n_flat >= _FLAT_SHARE * self._n:
            peak_db = round(20 * math.log10(peak), 1) + 0.0  # no minus before 0.0
            return Note(
                type="clipped",
                message=f"{100 * n_flat / self._n:.3g} % of the samples stand flat at the song's "
                f"peak of {peak_db:.1f} dBFS: the waveform was cut off there.",
            )
        return None


class SongCheck:
    """Every check of one song, fed block by block at ``sample_rate`` (Hz)."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.music_s = 0.0
        self._n = 0
        self._power = 0.0
        self._mono_power = 0.0
        self._sum = 0.0
        self._clip = ClipMeter()

    @property
    def silent(self) -> bool:
        """Whether no frame so far was above -60 dBFS."""
        return self.music_s == 0

    def push(self, block: NDArray[np.float32], mean: NDArray[np.float32]) -> None:
        """Check one more block, (n_channels, n_samples), and its mono mean, (n_samples,)."""
        self._n += block.shape[1]
        self.music_s += music_seconds(mean, self.sample_rate)
        # A constant is no sound, in which channels could be alike or opposite.
        offset, offsets = float(mean.mean(dtype=np.float64)), block.mean(axis=1, dtype=np.float64)
        power = np.einsum("cs,cs->c", block, block, dtype=np.float64)
        self._sum += offset * len(mean)
        self._mono_power += float(np.einsum("s,s->", mean, mean, dtype=np.float64))
        self._mono_power -= offset**2 * len(mean)
        self._power += float((power - offsets**2 * len(mean)).mean())
        self._clip.push(block)

    def notes(self, loss: Loss | None = None) -> tuple[Note, ...]:
        """Return the notes on the song, most serious first; none for a song in order.

        ``loss`` is what the decoder knows to be missing; leave it out for an array.
        """
        notes = [
            loss.note() if loss is not None else None,
            self._silence(),
            self._cancelling(),
            None if self.silent else self._clip.note(),
            self._offset(),
            self._rate(),
        ]
        return tuple(note for note in notes if note is not None)

    def _silence(self) -> Note | None:
        length_s = self._n / self.sample_rate
        if self.silent:
            return Note(
                type="silent",
                message=f"All {length_s:.1f} s are silent (below -60 dBFS): there is nothing to "
                "judge.",
            )
        if self.music_s < length_s / 2:
            return Note(
                type="mostly_silent",
                message=f"Only {self.music_s:.1f} s of {length_s:.1f} s can be heard, the rest is "
                "silent (below -60 dBFS).",
            )
        return None

    def _cancelling(self) -> Note | None:
        nothing = 1e-9 * self._n  # what rounding leaves of a constant
        if self._power <= nothing or self._mono_power >= _CANCEL_POWER * self._power:
            return None
        return Note(
            type="channels_cancel",
            message="The channels nearly cancel each other: their mean, which judges hear, is more "
            "than 20 dB weaker than they are; one of them may be inverted.",
        )

    def _offset(self) -> Note | None:
        offset = self._sum / self._n if self._n else 0.0
        if abs(offset) < _OFFSET * max(1.0, self._clip.peak):
            return None
        return Note(
            type="offset",
            message=f"The mean of the samples is {offset:+.3g}, not 0: a constant that cannot be "
            "heard. The bundled judge takes it out, published judges hear it; export the song "
            "without it.",
        )

    def _rate(self) -> Note | None:
        if self.sample_rate >= _MIN_RATE:
            return None
        return Note(
            type="low_rate",
            message=f"The sample rate is {self.sample_rate} Hz, so nothing above "
            f"{self.sample_rate / 2000:g} kHz can be heard; judges were trained on music at "
            "24 kHz or more.",
        )
