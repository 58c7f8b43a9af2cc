"""Baselines of a clip: its loudness, bandwidth and duration.

Each is a baseline: louder, wider, longer is taken for better. They are rounded to what is no chance
of a codec or of a cut, so that clips that are alike in one of them are a tie:

- ``loudness``: K-weighted level of the mean of the channels in dB (`plaudit.audio.loudness`, as
  in `plaudit.benchmarks.scores.acoustics`), in tenths;
- ``bandwidth``: the highest frequency at which the spectrum over the whole clip lies less than
  80 dB below its strongest part, in whole kHz. It sees where a codec or a system stops. (The
  bandwidth of `plaudit.benchmarks.scores.acoustics` is that of the music, up to 12 kHz.)
- ``duration``: length in whole seconds.
"""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.errors import SilentError
from plaudit.audio.loudness import weighted_power
from plaudit.audio.whole import Samples, read_whole, resampled

RATE = 24_000
"""Sample rate in Hz at which loudness is taken and matched copies are made."""
LEAST_S = 1.0
_FLOOR_DB = 80.0
_FRAME, _BLOCK = 4096, 1 << 20


class Sound(NamedTuple):
    """The baselines of one clip; see the module."""

    loudness: float
    bandwidth: float
    duration: float


class MonoClip(NamedTuple):
    """A clip as one channel (1, n_samples) at `RATE`, with its baselines and exact length."""

    samples: Samples
    sound: Sound
    duration_s: float


BASELINES = {
    "loudness": "louder is better",
    "bandwidth": "wider is better",
    "duration": "longer is better",
}


def read_mono(path: Path) -> MonoClip:
    """Read a clip and its baselines.

    Raises
    ------
    MissingFileError, AudioError
        The file cannot be read as a song, or is silent.
    """
    song = read_whole(path, averaged=True, least_s=LEAST_S)
    if song.facts.silent:
        raise SilentError(f"{path} is silent from beginning to end; check the file.")
    samples = resampled(song.samples, song.sample_rate, RATE, "soxr")
    sound = Sound(
        round(10 * math.log10(weighted_power(samples, RATE) + 1e-12), 1),
        float(round(highest_hz(song.samples[0], song.sample_rate) / 1000)),
        float(round(song.facts.duration_s)),
    )
    return MonoClip(samples, sound, song.facts.duration_s)


def highest_hz(samples: NDArray[np.float32], rate: int) -> float:
    """Return the highest frequency in Hz of samples (n,) that lies above the floor."""
    from scipy.signal import welch

    frame = min(_FRAME, len(samples))
    power = np.zeros(frame // 2 + 1)
    for at in range(0, len(samples) - frame + 1, _BLOCK):
        block = samples[at : at + _BLOCK + frame]
        # A window whose own skirts lie below the floor.
        power += welch(block, rate, "blackmanharris", frame)[1] * len(block)
    above = np.flatnonzero(power > power.max() * 10 ** (-_FLOOR_DB / 10))
    return float(above[-1] * rate / frame) if len(above) else 0.0
