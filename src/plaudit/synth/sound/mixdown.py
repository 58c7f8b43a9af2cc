"""From parts to a record: room, loudness, limiter.

Loudness is integrated loudness after ITU-R BS.1770-4 (K weighting, 400 ms blocks, two gates). Audio
is stereo, (2, n), at 44,100 Hz.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import sosfilt

from plaudit.audio.loudness import k_weighting
from plaudit.synth.music.notation import Array

RATE = 44_100
CEILING_DB = -0.3  # no sample of a record comes closer to full scale
_BLOCK = 64
_Numbers = NDArray[np.float64]
SILENCE_LUFS = -70.0

_K_WEIGHT = k_weighting(RATE).astype(np.float32)


def loudness_lufs(audio: Array) -> float:
    """Return the integrated loudness of at least 0.4 s of stereo sound, LUFS.

    ``SILENCE_LUFS`` when nothing is above the absolute gate of -70 LUFS.
    """
    weighted = sosfilt(_K_WEIGHT, audio, axis=1)
    hop = RATE // 10
    count = weighted.shape[1] // hop
    power = np.square(weighted[:, : count * hop]).reshape(2, count, hop).mean(axis=2).sum(axis=0)
    return _gated(np.convolve(power.astype(np.float64), np.ones(4) / 4, mode="valid"))


def _gated(blocks: _Numbers) -> float:
    """Return the loudness of overlapping blocks of 400 ms that pass both gates of the standard."""
    level = -0.691 + 10 * np.log10(blocks + 1e-12)
    loud = level > SILENCE_LUFS
    if not loud.any():
        return SILENCE_LUFS
    gate = -0.691 + 10 * np.log10(blocks[loud].mean()) - 10.0
    return float(-0.691 + 10 * np.log10(blocks[loud & (level > gate)].mean()))


def room(rng: np.random.Generator, reverb_s: float) -> NDArray[np.float32]:
    """Make the stereo impulse response of a room, (2, n): decaying noise that darkens as it fades.

    It fades by 60 dB in ``reverb_s`` seconds and has unit energy per channel.
    """
    n = int(reverb_s * RATE)
    t = np.arange(n) / RATE
    noise = rng.standard_normal((2, n))
    dark = uniform_filter1d(noise, 9, axis=1) * 3.0
    brightness = np.exp(-t / (0.12 * reverb_s))
    tail = (noise * brightness + dark * (1 - brightness)) * 10 ** (-3 * t / reverb_s)
    tail *= np.clip(t / 0.012, 0, 1)  # nothing comes back before the first wall
    energy = np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    return np.asarray(tail / energy, np.float32)


def reverberate(send: Array, response: NDArray[np.float32]) -> Array:
    """Convolve what is sent to the room, (n,), with its response, (2, m): returns (2, n)."""
    n, m = len(send), response.shape[1]
    size = fft.next_fast_len(4 * m, real=True)
    step = size - m + 1
    spectrum = fft.rfft(response, size, axis=1)
    wet = np.zeros((2, n + size), np.float32)
    for at in range(0, n, step):
        piece = fft.irfft(fft.rfft(send[at : at + step], size) * spectrum, size, axis=1)
        wet[:, at : at + size] += piece
    return wet[:, :n]


@dataclass(frozen=True)
class Target:
    """Integrated loudness of a record in LUFS, and its highest sample in dB relative to 1."""

    loudness_lufs: float
    peak_db: float


def draw_target(rng: np.random.Generator) -> Target:
    """Draw a loudness, -15.5 to -12 LUFS, and a peak 9.5 to 11.3 dB above it, whatever the song.

    A mix has peaks 11 dB and more above its loudness, so the limiter can bring it to any target
    drawn here. Left to the mix, a record's peak would show how full it is.
    """
    loudness = float(rng.uniform(-15.5, -12.0))
    return Target(loudness, loudness + float(rng.uniform(9.5, 11.3)))


def limit(audio: Array, ceiling: float) -> Array:
    """Keep peaks below ``ceiling`` by turning the gain down ahead of them, without clipping.

    Sound that never comes near the ceiling is returned as it is.
    """
    peak, _ = _blocks(audio)
    eased = _eased(peak, ceiling)
    return audio if eased.min() >= 1.0 else _turned(audio, eased)


def master(audio: Array, target: Target) -> Array:
    """Bring a mix to a loudness, within .1 LU, and a peak, within .3 dB; silence stays silence.

    A mix whose peaks are lower above its loudness than the target's keeps them. The limiter's gain
    is found on blocks of 64 samples, where peak and weighted power are known for any gain, and is
    applied to the sound once.
    """
    peak, power = _blocks(audio)
    if not peak.any():
        return audio
    target_crest = target.peak_db - target.loudness_lufs
    # The ceiling, relative to the mix, at which peaks have the target's height above the loudness.
    low, high = 0.02 * float(peak.max()), float(peak.max())
    for _ in range(18):
        ceiling = float(np.sqrt(low * high))
        eased = _eased(peak, ceiling)
        crest = 20 * np.log10(float((peak * eased).max())) - _integrated(power * eased**2)
        low, high = (ceiling, high) if crest < target_crest else (low, ceiling)
    limited = _turned(audio, eased)
    gain_db = target.loudness_lufs - loudness_lufs(limited)
    # A mix that cannot reach the loudness below full scale stays a little softer.
    top_db = 20 * np.log10(float(np.abs(limited).max()) + 1e-12)
    return limited * np.float32(10 ** (min(gain_db, CEILING_DB - top_db) / 20))


def _blocks(audio: Array) -> tuple[_Numbers, _Numbers]:
    """Return peak and K-weighted power (sum of the channels' means) of blocks of 64 samples."""
    n = audio.shape[1]
    count = -(-n // _BLOCK)
    padded = np.zeros((2, count * _BLOCK), np.float32)
    padded[:, :n] = np.abs(audio)
    peak = padded.reshape(2, count, _BLOCK).max(axis=(0, 2))
    padded[:, :n] = sosfilt(_K_WEIGHT, audio, axis=1)
    power = np.square(padded).reshape(2, count, _BLOCK).mean(axis=2).sum(axis=0)
    return peak.astype(np.float64), power.astype(np.float64)


def _eased(peak: _Numbers, ceiling: float) -> _Numbers:
    """Return a smooth gain per block that keeps every block's peak below the ceiling."""
    gain = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    # Look ahead 15 ms, then smooth over less than that: the gain is down when the peak comes.
    held = minimum_filter1d(gain, 21, mode="nearest")
    once = uniform_filter1d(held, 9, mode="nearest")
    return np.asarray(uniform_filter1d(once, 9, mode="nearest"))


def _turned(audio: Array, gain: _Numbers) -> Array:
    at = (np.arange(len(gain)) + 0.5) * _BLOCK
    return np.asarray(audio * np.interp(np.arange(audio.shape[1]), at, gain).astype(np.float32))


def _integrated(power: _Numbers) -> float:
    """Return integrated loudness from weighted power per block (69 blocks are 100 ms)."""
    count = len(power) // 69
    steps = power[: count * 69].reshape(count, 69).mean(axis=1)
    return _gated(np.convolve(steps, np.ones(4) / 4, mode="valid"))
