"""Band limit: a recording as through a small radio, a telephone or a wall.

Butterworth filters, eighth order above and fourth below, run forwards: music is delayed by less
than a millisecond but for its lowest tones. A recording whose own band is narrow loses a share of
that band, so that one at 8,000 Hz is damaged too. What is left is turned up until it is as loud as
the recording was (K-weighted power), by 12 dB at most.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import weighted_power

Floats = NDArray[np.float32]

_BLOCK = 1 << 18
_LARGEST_GAIN_DB = 12.0


def limit_band(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,  # noqa: ARG001 (the signature of every kind)
    *,
    high_hz: float,
    high_share: float,
    low_hz: float,
) -> Floats:
    """Remove the treble and the bass of a recording.

    The upper edge (-3 dB) lies at ``high_hz``, or at the share ``high_share`` in (0, 1) of half the
    sample rate where that is lower; the lower edge (-3 dB) at ``low_hz``, below it.
    """
    from scipy.signal import butter, sosfilt

    high = min(high_hz, high_share * sample_rate / 2)
    sections = np.concatenate(
        [
            butter(8, high, "lowpass", fs=sample_rate, output="sos"),
            butter(4, low_hz, "highpass", fs=sample_rate, output="sos"),
        ]
    )
    out = np.empty_like(audio)
    state = np.zeros((len(sections), len(audio), 2))
    for at in range(0, audio.shape[1], _BLOCK):
        out[:, at : at + _BLOCK], state = sosfilt(sections, audio[:, at : at + _BLOCK], zi=state)
    before, after = weighted_power(audio, sample_rate), weighted_power(out, sample_rate)
    if after > 0:
        out *= np.float32(min(np.sqrt(before / after), 10 ** (_LARGEST_GAIN_DB / 20)))
    return out
