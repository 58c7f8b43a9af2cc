"""An acoustic fingerprint: bits that stay when a song is encoded, turned down or cut.

After Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", ISMIR 2002. Sound is
brought to 5,500 Hz mono and cut into frames of .37 s, one every 11.6 ms. The energy of 33 bands
between 300 and 2,000 Hz gives 32 bits a frame: whether the difference between two neighbouring
bands rises from one frame to the next. A gain changes no bit; a codec changes few.

We differ in how songs are looked up. Instead of every frame against a table of all, a
sixteenth of the frames is chosen by a hash of their own bits. Both copies of a song choose the same
frames, wherever they start, so a table of those is enough (`plaudit.datasets.inspect.duplicate`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 5_500  # Hz; keeps what lies below 2 kHz
_FRAME = 2_048  # samples: .37 s
HOP = 64  # samples: 11.6 ms
_BANDS = 33
LOW_HZ, HIGH_HZ = 300.0, 2_000.0
CHOSEN = 16  # one frame in so many is looked up
EVERY = 4  # one frame in so many is kept for comparing
MOST_S = 120.0  # of a song, from its start
_FAINT = 1e-6  # of the loudest frame's energy: below it a frame is silent
_FRAMES = 512  # transformed at a time
_LOUD = 1e9  # peak above which samples are scaled
Words = NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """The fingerprint of one song."""

    keys: Words  #: (n_keys,) bits of the chosen frames.
    times: NDArray[np.int32]  #: (n_keys,) which frames those are, counted in hops of 11.6 ms.
    body: Words  #: (n_frames,) bits of every fourth frame; 0 where it is silent.


def fingerprint(path: Path) -> Fingerprint:
    """Fingerprint the first two minutes of a song.

    There are no keys if it is shorter than a frame or silent; a `PlauditError` if it cannot be
    decoded.
    """
    from plaudit.audio.block import mono
    from plaudit.audio.decode import Decoder
    from plaudit.audio.resample import Resampler

    pieces: list[NDArray[np.float32]] = []
    length = 0
    with Decoder(path) as decoder:
        resampler = Resampler(decoder.sample_rate, RATE)
        for block in decoder:
            pieces.append(resampler.push(mono(block)))
            length += len(pieces[-1])
            if length >= MOST_S * RATE:
                break
        else:
            pieces.append(resampler.flush())
    return fingerprint_of(np.concatenate(pieces)[: int(MOST_S * RATE)])


def fingerprint_of(samples: NDArray[np.floating[Any]]) -> Fingerprint:
    """Fingerprint (n_samples,) mono at 5,500 Hz; what is not finite counts as silence."""
    x = np.nan_to_num(np.asarray(samples, np.float32), posinf=0, neginf=0)
    peak = np.abs(x).max(initial=0)
    words = _words(x / peak if peak > _LOUD else x)  # squares of more would be infinite
    # A song repeats itself at once while nothing moves: the first of equal frames stands for all.
    fresh = np.ones(len(words), dtype=bool)
    fresh[1:] = words[1:] != words[:-1]
    chosen = fresh & (words != 0) & (mixed(words) % CHOSEN == 0)
    times = np.flatnonzero(chosen).astype(np.int32)
    return Fingerprint(words[times], times, words[::EVERY].copy())


def _words(samples: NDArray[np.float32]) -> Words:
    """Return the 32 bits of each frame after the first; 0 where it is silent."""
    from scipy.fft import rfft

    if len(samples) < _FRAME + HOP:
        return np.zeros(0, np.uint32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::HOP]
    window = np.hanning(_FRAME).astype(np.float32)
    edges = np.rint(np.geomspace(LOW_HZ, HIGH_HZ, _BANDS + 1) * _FRAME / RATE).astype(int)
    energy = np.empty((len(frames), _BANDS), np.float32)
    for at in range(0, len(frames), _FRAMES):
        spectrum = rfft(frames[at : at + _FRAMES] * window, axis=1)[:, : edges[-1]]
        power = spectrum.real**2 + spectrum.imag**2
        energy[at : at + _FRAMES] = np.add.reduceat(power, edges[:-1], axis=1)
    steps = energy[:, :-1] - energy[:, 1:]
    rises = steps[1:] > steps[:-1]
    words = np.packbits(rises, axis=1, bitorder="little").view("<u4")[:, 0].astype(np.uint32)
    total = energy[1:].sum(axis=1)
    words[total <= _FAINT * total.max(initial=0.0)] = 0
    return words


def mixed(words: Words) -> Words:
    """Return bits as if drawn at random, equal for equal words (the end of MurmurHash3)."""
    bits = words.copy()
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x85EBCA6B)
    bits ^= bits >> np.uint32(13)
    bits *= np.uint32(0xC2B2AE35)
    bits ^= bits >> np.uint32(16)
    return bits
