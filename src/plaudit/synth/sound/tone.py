"""What instruments are built from: sums of damped partials, strings, saws, modulation, vibrato.

Most tones are sums of damped sinusoids, ``sum_k a_k exp(-d_k t) sin(2 pi f_k t + p_k)``. Over a
grid of samples such a sum is a matrix product: with sample index ``n = i * B + j``, ``z_k**n``
factors into ``z_k**(i B) * z_k**j``, so a two-second tone of 60 partials costs a fraction of a
millisecond. Tones whose pitch moves are read from a table of one period instead.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.synth.music.notation import Array

RATE = 44_100
TOP_HZ = 12_000.0
_ROWS = 4
_BLOCK = 256
_TABLE = 2048
_STEP = 32
Numbers = NDArray[np.float64]
Samples = NDArray[np.floating]


@dataclass(frozen=True)
class Patch:
    """What makes this song's copy of an instrument its own: both in [0, 1], drawn per part."""

    colour: float
    motion: float


def damped(hertz: Numbers, level: Numbers, decay: Numbers, phase: Numbers, n: int) -> Array:
    """Sum damped sinusoids, (n,) samples at 44,100 Hz.

    Frequencies in Hz, amplitudes, decay rates in 1/s and starting phases in radians are
    (partials,).
    """
    power = (-decay + 2j * np.pi * hertz) / RATE
    rows = -(-n // _BLOCK)
    left = np.exp(np.outer(np.arange(rows) * _BLOCK, power)) * (level * np.exp(1j * phase))
    right = np.exp(np.outer(power, np.arange(_BLOCK)))
    a = np.concatenate([left.real, left.imag], axis=1).astype(np.float32)
    b = np.concatenate([right.imag, right.real], axis=0).astype(np.float32)
    # A few rows at a time: a large product is shared out among threads, and rounds by their number.
    out = np.empty((rows, _BLOCK), dtype=np.float32)
    for start in range(0, rows, _ROWS):
        np.matmul(a[start : start + _ROWS], b, out=out[start : start + _ROWS])
    return out.reshape(-1)[:n]


def harmonics(hertz: float, most: int) -> Numbers:
    """Return 1, 2, 3, ... up to ``most`` or the highest harmonic below 12 kHz."""
    return np.arange(1.0, min(most, max(int(TOP_HZ / hertz), 1)) + 1)


def phases(k: Numbers) -> Numbers:
    """Return scattered but fixed phases: no peak where all partials meet, and no random draw."""
    return np.asarray((2.399963 * k * k) % (2 * np.pi))


def attack(wave: Array, seconds: float) -> Array:
    """Fade a wave in, in place, over so many seconds."""
    n = min(max(int(seconds * RATE), 1), len(wave))
    wave[:n] *= np.sin(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
    return wave


def time_of(n: int) -> NDArray[np.float32]:
    """Return the time in seconds of each of ``n`` samples."""
    return np.arange(n, dtype=np.float32) / np.float32(RATE)


def pluck(
    hertz: float, n: int, bright: float, *, place: float, ring: float, tilt: float, damp: float
) -> Array:
    """Pluck a string at ``place`` of its length, 0 at the bridge to 0.5 in the middle.

    Partials with a node there are missing. ``bright`` is the force in [0, 1]; the whole tone fades
    by a factor e in ``ring`` seconds, each higher partial faster by ``damp``, in 1/s; ``tilt`` is
    how steeply partials fall with their number.
    """
    k = harmonics(hertz, 40)
    level = np.abs(np.sin(np.pi * k * place)) * k ** -(tilt - 0.4 * bright)
    decay = 1 / ring + damp * k + 0.004 * k * k
    wave = damped(k * hertz * (1 + 0.00004 * k * k), level, decay, phases(k), n)
    return attack(wave, 0.003)


def saws(
    hertz: float,
    n: int,
    *,
    spread: float,
    tilt: float,
    most: int,
    sweep: float = 0.0,
    hold: float = 1.0,
) -> Array:
    """Play three detuned saws whose upper partials fade.

    ``spread`` is the detuning of the outer saws as a share of the frequency, ``tilt`` the exponent
    with which partials fall, ``most`` their greatest number. Partials fade at ``sweep`` times their
    number, in 1/s, down to the share ``hold``: the effect of a filter that closes.
    """
    k = harmonics(hertz, most)
    level = k**-tilt
    tuned = np.concatenate([k * hertz * f for f in (1.0, 1 + spread, 1 - 0.92 * spread)])
    levels = np.tile(level, 3) * np.repeat([1.0, 0.75, 0.75], len(k))
    scattered = np.concatenate([phases(k), phases(k + 0.3), phases(k + 0.7)])
    if sweep == 0 or hold >= 1:
        return damped(tuned, levels, np.zeros(len(tuned)), scattered, n)
    closing = np.tile(sweep * (k - 0.5), 3)
    held = np.tile(k ** -(tilt + 0.8), 3) * hold
    fade = damped(tuned, levels, closing, scattered, n)
    return fade + damped(tuned, held, np.zeros(len(tuned)), scattered, n)


def fm(hertz: float, n: int, ratio: float, index: Samples, envelope: Samples) -> Array:
    """Modulate a sine by another at ``ratio`` of its frequency, ``index`` radians deep."""
    turn = np.float32(2 * np.pi * hertz) * time_of(n)
    return np.asarray(
        envelope * np.sin(turn + index * np.sin(np.float32(ratio) * turn)), np.float32
    )


def gliding(hertz: float, n: int, level: Numbers, bend: Numbers) -> Array:
    """Read one period, made of the given harmonics, at a pitch that moves."""
    k = harmonics(hertz, len(level))
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
    spectrum[1 : len(k) + 1] = level[: len(k)] * np.exp(1j * phases(k))
    period = (np.fft.irfft(spectrum, _TABLE) * _TABLE / 2).astype(np.float32)
    # The pitch holds still for the 0.7 ms of a step: phase is then a straight line within it.
    step = np.asarray(hertz * _TABLE / RATE * 2 ** (bend / 1200), np.float64)
    start = np.concatenate([[0.0], np.cumsum(step[:-1]) * _STEP])
    places = start[:, None] % _TABLE + step[:, None] * np.arange(_STEP)
    return np.asarray(period[places.astype(np.int32).reshape(-1)[:n] % _TABLE], np.float32)


def control_times(n: int) -> Numbers:
    """Return the times in seconds at which `gliding` wants the bend of a tone of ``n`` samples."""
    return np.asarray(np.arange(-(-n // _STEP)) * (_STEP / RATE), np.float64)


def vibrato(t: Numbers, hertz: float, cents: float, delay_s: float) -> Numbers:
    """Return the bend in cents, at times ``t``, of a vibrato that sets in after ``delay_s``."""
    return np.asarray(
        cents * np.clip((t - delay_s) / 0.3, 0, 1) * np.sin(2 * np.pi * hertz * (t - delay_s))
    )
