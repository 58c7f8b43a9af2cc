"""From parts to a record: room, loudness, limiter.

Loudness is integrated loudness after ITU-R BS.1770-4 (K weighting, 400 ms blocks, two gates).
"""

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import sosfilt

from plaudit.synth.score import Array

RATE = 44_100
CEILING = 0.944  # -0.5 dB
SILENCE_LUFS = -70.0

# K weighting at 44.1 kHz: a high shelf of +4 dB, then a high pass (bilinear transforms of the
# analogue prototypes in BS.1770; the standard tabulates only 48 kHz).
K_WEIGHT = np.array(
    [
        [1.5308412300498355, -2.6509799951536985, 1.1690790799210682,
         1.0, -1.6636551132560204, 0.7125954280732254],
        [1.0, -2.0, 1.0, 1.0, -1.9891696736297957, 0.9891990357870394],
    ]
)  # fmt: skip


def loudness_lufs(audio: Array) -> float:
    """Return the integrated loudness of stereo sound.

    Parameters
    ----------
    audio : ndarray, (2, n)
        Sound at 44,100 Hz, at least 0.4 s long.

    Returns
    -------
    float
        LUFS; ``SILENCE_LUFS`` when nothing is above the absolute gate of -70 LUFS.
    """
    weighted = sosfilt(K_WEIGHT.astype(np.float32), audio, axis=1)
    hop = RATE // 10
    count = weighted.shape[1] // hop
    power = np.square(weighted[:, : count * hop]).reshape(2, count, hop).mean(axis=2).sum(axis=0)
    blocks = np.convolve(power.astype(np.float64), np.ones(4) / 4, mode="valid")
    level = -0.691 + 10 * np.log10(blocks + 1e-12)
    loud = level > SILENCE_LUFS
    if not loud.any():
        return SILENCE_LUFS
    gate = -0.691 + 10 * np.log10(blocks[loud].mean()) - 10.0
    return float(-0.691 + 10 * np.log10(blocks[loud & (level > gate)].mean()))


def room(rng: np.random.Generator, reverb_s: float) -> NDArray[np.float32]:
    """Make the stereo impulse response of a room: decaying noise that darkens as it fades.

    Parameters
    ----------
    rng : numpy.random.Generator
        The room's own echoes.
    reverb_s : float
        Time in seconds in which it fades by 60 dB.

    Returns
    -------
    ndarray of float32, (2, n)
        Unit energy per channel.
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


def limit(audio: Array, ceiling: float = CEILING) -> Array:
    """Keep peaks below a ceiling by turning the gain down ahead of them, without clipping.

    Parameters
    ----------
    audio : ndarray, (2, n)
        Sound of any level.
    ceiling : float
        Highest absolute sample afterwards.

    Returns
    -------
    ndarray of float32, (2, n)
        Limited sound; untouched where it never comes near the ceiling.
    """
    n = audio.shape[1]
    block = 64
    count = -(-n // block)
    padded = np.zeros((2, count * block), np.float32)
    padded[:, :n] = np.abs(audio)
    peak = padded.reshape(2, count, block).max(axis=(0, 2))
    wanted = np.minimum(1.0, ceiling / np.maximum(peak, 1e-9))
    if wanted.min() >= 1.0:
        return audio
    # Look ahead 15 ms, then smooth over less than that: the gain is down when the peak comes.
    reach = 21
    held = minimum_filter1d(wanted, reach, mode="nearest")
    eased = uniform_filter1d(uniform_filter1d(held, 9, mode="nearest"), 9, mode="nearest")
    at = (np.arange(count) + 0.5) * block
    gain = np.interp(np.arange(n), at, eased).astype(np.float32)
    return np.asarray(audio * gain)


def master(audio: Array, target_lufs: float) -> Array:
    """Bring a mix to a loudness with all peaks under the ceiling.

    Parameters
    ----------
    audio : ndarray, (2, n)
        The mix.
    target_lufs : float
        Integrated loudness to reach; reached within about 0.3 LU unless the mix is all peaks.

    Returns
    -------
    ndarray of float32, (2, n)
        The record. Silence stays silence.
    """
    now = loudness_lufs(audio)
    if now <= SILENCE_LUFS:
        return audio
    gain = 10 ** ((target_lufs - now) / 20)
    louder = limit(audio * np.float32(gain))
    missing = target_lufs - loudness_lufs(louder)
    if abs(missing) < 0.1:
        return louder
    # The limiter took some of it: ask for that much more, once.
    return limit(audio * np.float32(gain * 10 ** (1.2 * missing / 20)))
