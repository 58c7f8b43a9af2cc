"""A whole song in memory, for judges that hear one as a whole or cut it by rules of their own.

An hour takes .7 GB for each channel at 48 kHz; `plaudit.audio.song` reads in constant memory.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import mono
from plaudit.audio.checked import CheckedSong, SongFacts, Source
from plaudit.audio.resample import Resampler

Samples = NDArray[np.float32]
ResamplerName = Literal["sinc", "soxr"]


class WholeSong(NamedTuple):
    """One recording: ``samples`` (n_channels, n_samples) at ``sample_rate`` Hz, and its facts."""

    samples: Samples
    sample_rate: int
    facts: SongFacts


def read_whole(
    source: Source, *, averaged: bool, least_s: float, max_s: float | None = None
) -> WholeSong:
    """Read and check a song at its own rate; with ``averaged`` its channels become one.

    Raises
    ------
    MissingFileError, AudioError
        One of `plaudit.audio.errors`, naming the file and a way out.
    """
    with CheckedSong(source, max_s, least_s=least_s) as song:
        blocks = [mono(block)[None] if averaged else block for block in song]
    return WholeSong(np.concatenate(blocks, axis=1), song.sample_rate, song.facts)


def resampled(samples: Samples, rate: int, to: int, by: ResamplerName) -> Samples:
    """Return samples (n_channels, n_samples) at another rate (Hz).

    ``by``: "sinc" as torchaudio's default (`plaudit.audio.resample`), "soxr" as librosa's default
    (soxr's high quality, cut or filled with zeros to ``ceil(n to / rate)`` samples).
    """
    if rate == to:
        return samples
    if by == "sinc":
        channels = []
        for channel in samples:
            resampler = Resampler(rate, to)
            channels.append(np.concatenate([resampler.push(channel), resampler.flush()]))
        return np.stack(channels)
    import soxr

    n = math.ceil(samples.shape[1] * to / rate)
    made = soxr.resample(np.ascontiguousarray(samples.T), rate, to, quality="HQ").T[:, :n]
    return np.ascontiguousarray(np.pad(made, ((0, 0), (0, n - made.shape[1]))), np.float32)
