"""Noise of four colours under a recording, at a loudness relative to the music's.

The power of the noise falls with frequency as ``f^-a``: white a = 0, pink 1, brown 2, blue -1,
from 20 Hz up (flat below). It is made in pieces of the inverse Fourier transform, overlapped under
sine windows, so that its slope is exact at any sample rate and its power steady.

Music and noise are compared by the mean power after the K-weighting of ITU-R BS.1770, because at
equal plain power rumble would be inaudible where hiss is unbearable. There is no gate. Each channel
has noise of its own. The level of the noise follows from the level of the music, so silence has no
noise; a song of which half is silent has 3 dB less.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import weighted_power

Floats = NDArray[np.float32]

_SLOPES = {"white": 0.0, "pink": 1.0, "brown": 2.0, "blue": -1.0}
COLOURS: tuple[str, ...] = tuple(_SLOPES)
"""Colours of noise."""

_LOWEST_HZ = 20.0
_PIECE_S = 1.0


def add_noise(
    audio: Floats, sample_rate: int, rng: np.random.Generator, *, variant: str, snr_lu: float
) -> Floats:
    """Lay noise of a colour (``variant``, one of ``COLOURS``) over a recording.

    ``snr_lu`` is the loudness of the music over that of the noise, LU (dB after K-weighting).
    """
    out = coloured(rng, audio.shape, sample_rate, variant)
    music, noise = weighted_power(audio, sample_rate), weighted_power(out, sample_rate)
    out *= np.float32(np.sqrt(music / max(noise, 1e-30) * 10 ** (-snr_lu / 10)))
    out += audio
    return out


def coloured(
    rng: np.random.Generator, shape: tuple[int, ...], sample_rate: int, colour: str
) -> Floats:
    """Return noise of one of ``COLOURS`` with about unit power.

    ``shape`` is (n_channels, n_samples).
    """
    channels, n = shape
    half = round(_PIECE_S * sample_rate / 2)
    frequency = np.fft.rfftfreq(2 * half, 1 / sample_rate)
    shape_of = np.maximum(frequency, _LOWEST_HZ) ** (-_SLOPES[colour] / 2)
    shape_of[0] = 0
    # Mean power of the pieces: Parseval, with both halves of the spectrum.
    shape_of *= half * np.sqrt(2 / np.sum(shape_of**2))
    window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
    out = np.zeros((channels, n), dtype=np.float32)
    # Each piece is white noise by its own Fourier transform: real and imaginary part are normal.
    for start in range(-half, n, half):
        spectrum = rng.standard_normal((2, channels, len(frequency))) * shape_of
        piece = np.fft.irfft(spectrum[0] + 1j * spectrum[1], axis=-1).astype(np.float32) * window
        low, high = max(start, 0), min(start + 2 * half, n)
        out[:, low:high] += piece[:, low - start : high - start]
    return out
