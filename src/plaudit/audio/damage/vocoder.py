"""Vocoder smear: the damage that a bad phase vocoder or neural decoder does to music.

The recording is taken apart into partials (a short-time Fourier transform of 46 ms under a Hann
window, four frames to a window), and three things go wrong at once: each partial's phase is off by
a random angle, frame by frame (phasy, hoarse, attacks dissolve); magnitudes linger (a metallic
tail); and in a share of the sound the phases are the same in every frame, which gives it one pitch,
that of the frames (a robot at 86 Hz).

The angles are the same in all channels, so that the stereo image stays. Power is set back to what
it was over the whole recording.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import energy

Floats = NDArray[np.float32]

_WINDOW_S = 0.0464
_OVERLAP = 4
_FRAMES = 256


def smear(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,
    *,
    phase_degrees: float,
    smear_ms: float,
    robot_share: float,
) -> Floats:
    """Smear a recording as a bad vocoder does.

    Errors of phases are uniform up to ``phase_degrees``, 0 to 180; a magnitude falls with the time
    constant ``smear_ms``; ``robot_share``, 0 to 1, of the amplitude has the same phases in every
    frame.
    """
    from scipy.fft import irfft, rfft

    channels, n = audio.shape
    hop = max(4, round(_WINDOW_S * sample_rate / _OVERLAP))
    length = hop * _OVERLAP
    window = np.sin(np.pi * (np.arange(length) + 0.5) / length).astype(np.float32) ** 2
    # Hann squared, four to a window, sums to 3/2.
    synthesis = window / np.float32(1.5)
    keep = np.float32(np.exp(-hop / sample_rate / (smear_ms / 1000)) if smear_ms > 0 else 0.0)
    largest = np.float32(np.deg2rad(phase_degrees))
    # The same angles in every frame leave only the harmonics of the frame rate; were they equal for
    # all partials, the pulses would need so much headroom that the song came out faint.
    angle = rng.uniform(-np.pi, np.pi, length // 2 + 1)
    robot = (robot_share * np.exp(1j * angle)).astype(np.complex64)
    # Frames start 3 hops before the recording and end after it.
    n_frames = -(-n // hop) + _OVERLAP - 1
    out = np.zeros((channels, n), dtype=np.float32)
    held = np.zeros((channels, length // 2 + 1), dtype=np.float32)
    for first in range(0, n_frames, _FRAMES):
        count = min(_FRAMES, n_frames - first)
        start = (first - _OVERLAP + 1) * hop
        span = (count - 1) * hop + length
        low, high = max(start, 0), min(start + span, n)
        error = rng.uniform(-1, 1, (count, length // 2 + 1)).astype(np.float32) * largest
        turn = np.exp(1j * error)
        for channel in range(channels):
            piece = np.zeros(span, dtype=np.float32)
            piece[low - start : high - start] = audio[channel, low:high]
            frames = np.lib.stride_tricks.sliding_window_view(piece, length)[::hop]
            spectrum = rfft(frames * window, axis=1)
            magnitude = np.abs(spectrum)
            lingering = _linger(magnitude, keep, held[channel])
            held[channel] = lingering[-1]
            unit = spectrum / np.maximum(magnitude, np.float32(1e-20))
            mixed = lingering * ((1 - np.float32(robot_share)) * unit * turn + robot)
            mixed_frames = irfft(mixed, length, axis=1)
            total = np.zeros(span, dtype=np.float32)
            for index, frame in enumerate(mixed_frames * synthesis):
                total[index * hop : index * hop + length] += frame
            out[channel, low:high] += total[low - start : high - start]
    after = energy(out)
    if after > 0:
        out *= np.float32(np.sqrt(energy(audio) / after))
    return out


def _linger(magnitude: Floats, keep: np.float32, held: Floats) -> Floats:
    """Let magnitudes rise at once and fall by a factor of ``keep`` a frame."""
    out = magnitude.copy()
    before = held
    for row in out:
        np.maximum(row, before * keep, out=row)
        before = row
    return out
