"""Drop-outs: the sound is gone for moments, in all channels at once.

The time is divided evenly into as many slots as the worst strength has gaps. Each slot has a place,
a length and a rank, and a strength opens the gaps of the first ranks: gaps stay where they are and
grow with the strength. Sound goes and comes within a millisecond.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MOST_GAPS_PER_S = 3.2
"""Slots per second; no strength can have more gaps."""

_EDGE_S = 0.001


def cut_gaps(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,
    *,
    gaps_per_s: float,
    gap_ms: float,
) -> Floats:
    """Cut gaps into a recording, ``gaps_per_s`` of them each second (at least one in all).

    At most ``MOST_GAPS_PER_S``. A gap lasts 0.6 to 1.4 times ``gap_ms``.
    """
    n = audio.shape[1]
    duration_s = n / sample_rate
    slots = max(1, round(MOST_GAPS_PER_S * duration_s))
    place = (np.arange(slots) + rng.uniform(0.2, 0.8, slots)) * (n / slots)
    length = rng.uniform(0.6, 1.4, slots) * gap_ms / 1000 * sample_rate
    chosen = rng.permutation(slots)[: max(1, round(gaps_per_s * duration_s))]
    edge = max(1, round(_EDGE_S * sample_rate))
    out = audio.copy()
    for slot in chosen:
        # Around its place, so that a longer gap contains the shorter one.
        low = max(0, round(place[slot] - length[slot] / 2))
        high = min(n, max(low + 1, round(place[slot] + length[slot] / 2)))
        out[:, low:high] = 0
        before, after = out[:, max(0, low - edge) : low], out[:, high : high + edge]
        before *= np.linspace(1, 0, before.shape[1] + 2, dtype=np.float32)[1:-1]
        after *= np.linspace(0, 1, after.shape[1] + 2, dtype=np.float32)[1:-1]
    return out
