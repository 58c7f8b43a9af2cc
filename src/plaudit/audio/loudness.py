"""How loud a recording is, as ITU-R BS.1770 weights frequencies: a shelf for the head, a high-pass.

There is no gate, and all channels count the same: this compares a recording with a changed copy of
it, also over a tenth of a second, where the standard's blocks of 0.4 s are too long. Audio is
``(n_channels, n_samples)`` float32.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BLOCK = 1 << 18


def energy(audio: Floats) -> float:
    """Return the sum of the squares of all samples, 0 for silence.

    Added up in float64: a float32 sum would stand still within an hour of music.
    """
    total = 0.0
    for at in range(0, audio.shape[1], _BLOCK):
        block = audio[:, at : at + _BLOCK].astype(np.float64)
        total += float(np.vdot(block, block))
    return total


def weighted_power(audio: Floats, sample_rate: int) -> float:
    """Return the mean square over all channels after K-weighting, 0 for silence."""
    from scipy.signal import sosfilt

    sections = k_weighting(sample_rate)
    state = np.zeros((2, len(audio), 2))
    total = 0.0
    for at in range(0, audio.shape[1], _BLOCK):
        block, state = sosfilt(sections, audio[:, at : at + _BLOCK], zi=state)
        total += float(np.vdot(block, block))
    return total / audio.size


def k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """Return the two filters of BS.1770, (2, 6) second-order sections: shelf, then high-pass.

    At 48,000 Hz they are those of the standard; at other rates the same analogue filters, by the
    bilinear transform. Their parameters are from B. De Man, "Evaluation of implementations of the
    EBU R128 loudness measurement", AES 145, 2018. A sample rate below twice the shelf's 1,682 Hz
    leaves no room for the shelf; the lowest rate is 4,000 Hz.
    """
    gain = 10 ** (3.999843853973347 / 20)
    k, q = np.tan(np.pi * 1681.974450955533 / sample_rate), 0.7071752369554196
    middle = gain**0.4996667741545416
    shelf = [
        gain + middle * k / q + k * k,
        2 * (k * k - gain),
        gain - middle * k / q + k * k,
        1 + k / q + k * k,
        2 * (k * k - 1),
        1 - k / q + k * k,
    ]
    k, q = np.tan(np.pi * 38.13547087602444 / sample_rate), 0.5003270373238773
    high_pass = [1.0, -2.0, 1.0, 1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]
    sections = np.array([shelf, high_pass])
    sections[0] /= shelf[3]
    sections[1, 3:] /= high_pass[3]
    return sections
