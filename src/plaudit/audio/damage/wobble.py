"""Wow and flutter: the recording is read at a speed that sways, the same for all channels.

Output sample m is the input at ``m + d(m)``, where ``d`` is a sum of four sines, two slow and two
fast, that all start at zero. The speed is ``1 + d'``, and ``d'`` is largest where all meet: that is
what ``wow_cents`` and ``flutter_cents`` name. Since ``d`` is bounded the recording stays in time to
within a few hundredths of a second and keeps its length; the end loses or gains as much silence.

Read by a Hann-windowed sinc of 24 taps with 4,096 phases: errors lie some 70 dB below the treble.
Where the tape runs fast, the highest tones are not filtered before they fold back at half the
sample rate; at 170 cents that is what lies in the top tenth of the band.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_REACH, _PHASES = 12, 4096
_BLOCK = 1 << 14
_WOW_HZ = ((0.4, 0.8), (0.8, 1.5))
_FLUTTER_HZ = ((4.0, 6.5), (6.5, 9.0))


def wobble(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,
    *,
    wow_cents: float,
    flutter_cents: float,
) -> Floats:
    """Let the pitch of a recording sway and tremble.

    ``wow_cents`` and ``flutter_cents`` are the largest slow and fast deviation upwards, in cents.
    """
    n = audio.shape[1]
    sines = _draw(rng, wow_cents, flutter_cents)
    padded = np.pad(audio, ((0, 0), (_REACH, _REACH)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH, axis=1)
    taps = _taps()
    out = np.zeros_like(audio)
    for at in range(0, n, _BLOCK):
        place = np.arange(at, min(at + _BLOCK, n), dtype=np.float64)
        time_s = place / sample_rate
        for hz, depth in sines:
            turn = 2 * np.pi * hz
            place += np.sin(turn * time_s) * (depth * sample_rate / turn)
        whole, phase = np.divmod(np.rint(place * _PHASES).astype(np.int64), _PHASES)
        # Beyond the end there is silence; before the start there is nothing to read, as d'> -1.
        inside = whole < n
        whole = np.clip(whole, 0, n - 1)
        for channel, row in enumerate(windows):
            value = np.einsum("mt,mt->m", row[whole + 1], taps[phase])
            out[channel, at : at + len(place)] = value * inside
    return out


def _draw(rng: np.random.Generator, wow: float, flutter: float) -> list[tuple[float, float]]:
    """Return frequency (Hz) and signed depth (change of speed) of each sine."""
    sines = []
    for cents, bands in ((wow, _WOW_HZ), (flutter, _FLUTTER_HZ)):
        share = rng.uniform(0.4, 0.6)
        for part, band in zip((share, 1 - share), bands, strict=True):
            sign = rng.choice((-1.0, 1.0))
            sines.append((float(rng.uniform(*band)), sign * part * (2 ** (cents / 1200) - 1)))
    return sines


def _taps() -> Floats:
    """Return (phases, taps): row p reads the input p / phases after the middle one's left tap."""
    phase = np.arange(_PHASES)[:, None] / _PHASES
    t = np.arange(2 * _REACH)[None, :] - (_REACH - 1) - phase
    window = np.cos(np.pi * t / (2 * _REACH)) ** 2
    taps: Floats = (np.sinc(t) * window).astype(np.float32)
    return taps
