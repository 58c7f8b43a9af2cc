"""Matched copies: clips of one prompt made alike in length, band and level.

All clips of a prompt are cut to the length of the shortest, from the start; their channels become
one; a linear-phase filter keeps 40 Hz to 7 kHz (90 dB down within 20 Hz of either edge); and all
have one K-weighted level. Copies are WAV files of floats at 24 kHz: no peak is cut off.

A system whose own sound ends below 7 kHz can still be told by it.
"""

import math
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.errors import SilentError
from plaudit.audio.loudness import weighted_power
from plaudit.audio.whole import Samples
from plaudit.benchmarks.reality.sound import RATE

LOW_HZ, HIGH_HZ = 40.0, 7000.0
LEVEL_DB = -23.0
_TAPS, _BETA = 8191, 9.0
_SILENT_DB = -70.0


def match(samples: Samples, seconds: float) -> Samples:
    """Return the matched copy (1, n_samples) of a clip (1, n_samples) at 24 kHz.

    ``seconds`` is the length of the shortest clip of its prompt. A clip that is silent up to there
    is a `SilentError`.
    """
    from scipy.signal import oaconvolve

    cut = samples[:, : math.floor(seconds * RATE)]
    # "full" and a slice: with "same" a cut that is shorter than the filter would grow.
    half = _TAPS // 2
    filtered = oaconvolve(cut, _filter()[None], axes=1)[:, half : half + cut.shape[1]]
    heard: Samples = np.ascontiguousarray(filtered, np.float32)
    level = 10 * math.log10(weighted_power(heard, RATE) + 1e-12)
    if level < _SILENT_DB:
        raise SilentError(
            f"Between {LOW_HZ:g} and {HIGH_HZ:g} Hz nothing can be heard in its first"
            f" {seconds:.1f} s, the length of the shortest clip of its prompt."
        )
    heard *= np.float32(10 ** ((LEVEL_DB - level) / 20))
    return heard


def write_matched(samples: Samples, seconds: float, path: Path) -> Path:
    """Write the matched copy of a clip; see `match`."""
    import soundfile

    soundfile.write(path, match(samples, seconds).T, RATE, subtype="FLOAT")
    return path


@cache
def _filter() -> NDArray[np.float64]:
    from scipy.signal import firwin

    window = ("kaiser", _BETA)
    edges = [LOW_HZ, HIGH_HZ]
    return np.asarray(firwin(_TAPS, edges, pass_zero=False, fs=RATE, window=window), np.float64)
