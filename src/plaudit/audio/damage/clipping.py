"""Hard clipping: the wave is cut flat at a rail low enough for a given share of its samples.

The rail is the same for all channels. The rest is turned up until the power, or the peak, is what
it was, whichever comes first, so the loudness stays nearly the same. Samples of digital silence do
not count, so that pauses do not make the rest clip harder. A wave that spends much of its time at
its peak anyway, such as a square wave, cannot be clipped.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.loudness import energy

Floats = NDArray[np.float32]

_LEVELS = 1 << 16
_BLOCK = 1 << 18


def clip(
    audio: Floats,
    sample_rate: int,  # noqa: ARG001 (the signature of every kind)
    rng: np.random.Generator,  # noqa: ARG001
    *,
    clipped_share: float,
) -> Floats:
    """Clip a recording so that ``clipped_share``, in (0, 1), of the samples end up at the rail."""
    peak = float(np.maximum(audio.max(), -audio.min()))
    if peak == 0:
        return audio.copy()
    rail = _rail(audio, peak, clipped_share)
    out = np.clip(audio, np.float32(-rail), np.float32(rail))
    gain = min(np.sqrt(energy(audio) / energy(out)), peak / rail)
    out *= np.float32(gain)
    return out


def _rail(audio: Floats, peak: float, share: float) -> float:
    """Return the magnitude that a share of the samples that are not zero reaches."""
    counts = np.zeros(_LEVELS + 1, dtype=np.int64)
    flat = audio.reshape(-1)
    for at in range(0, flat.size, _BLOCK):
        block = np.abs(flat[at : at + _BLOCK])
        level = (block[block > 0] / np.float32(peak) * _LEVELS).astype(np.int64)
        counts += np.bincount(np.minimum(level, _LEVELS), minlength=_LEVELS + 1)
    reached = np.cumsum(counts[::-1])[::-1]
    low_enough = np.flatnonzero(reached <= share * reached[0])
    # At least one level: it is a divisor.
    level_of_rail = max(int(low_enough[0]), 1) if low_enough.size else _LEVELS
    return peak * level_of_rail / _LEVELS
