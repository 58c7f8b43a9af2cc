"""Pitched instruments by synthesis: additive, plucked, subtractive and FM families.

Most are sums of damped sinusoids, ``sum_k a_k exp(-d_k t) sin(2 pi f_k t + p_k)``. Over a grid of
samples such a sum is a matrix product: with sample index ``n = i * B + j``, ``z_k**n`` factors into
``z_k**(i B) * z_k**j``, so a two-second tone of 60 partials costs a fraction of a millisecond.

An instrument plays as long as it is asked to; notes are cut and released by the renderer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.synth.score import Array

RATE = 44_100
TOP_HZ = 12_000.0
BLOCK = 256
Numbers = NDArray[np.float64]
Samples = NDArray[np.floating]


@dataclass(frozen=True)
class Patch:
    """What makes this song's copy of an instrument its own: both in [0, 1], drawn per part."""

    colour: float
    motion: float


@dataclass(frozen=True)
class Instrument:
    """An instrument: its family, how it sounds, and how long it rings when let go.

    ``play(hertz, n_samples, bright, patch)`` returns the tone from its attack on; ``bright`` in
    [0, 1] is how hard it is played. ``octaves`` moves the written part to where it sounds well.
    """

    family: str
    play: Callable[[float, int, float, Patch], Array]
    release_s: float
    octaves: int = 0


def damped(hertz: Numbers, level: Numbers, decay: Numbers, phase: Numbers, n: int) -> Array:
    """Sum damped sinusoids.

    Parameters
    ----------
    hertz, level, decay, phase : ndarray, (partials,)
        Frequency in Hz, amplitude, decay rate in 1/s, and starting phase in radians.
    n : int
        Samples at 44,100 Hz.

    Returns
    -------
    ndarray of float32, (n,)
        The sum.
    """
    power = (-decay + 2j * np.pi * hertz) / RATE
    rows = -(-n // BLOCK)
    left = np.exp(np.outer(np.arange(rows) * BLOCK, power)) * (level * np.exp(1j * phase))
    right = np.exp(np.outer(power, np.arange(BLOCK)))
    a = np.concatenate([left.real, left.imag], axis=1).astype(np.float32)
    b = np.concatenate([right.imag, right.real], axis=0).astype(np.float32)
    return np.asarray((a @ b).reshape(-1)[:n])


def _harmonics(hertz: float, most: int) -> Numbers:
    return np.arange(1.0, min(most, max(int(TOP_HZ / hertz), 1)) + 1)


def _phases(k: Numbers) -> Numbers:
    """Return scattered but fixed phases: no peak where all partials meet, and no dice."""
    return np.asarray((2.399963 * k * k) % (2 * np.pi))


def _attack(wave: Array, seconds: float) -> Array:
    n = min(max(int(seconds * RATE), 1), len(wave))
    wave[:n] *= np.sin(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
    return wave


def _time(n: int) -> NDArray[np.float32]:
    return np.arange(n, dtype=np.float32) / np.float32(RATE)


# --- struck and plucked (additive) ------------------------------------------------------------


def _piano(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = _harmonics(hertz, 26)
    stretched = k * hertz * np.sqrt(1 + 0.0004 * k * k)
    level = k ** -(1.5 - 0.45 * bright - 0.2 * patch.colour) * np.abs(np.sin(np.pi * k / 7.5))
    decay = 0.5 * (hertz / 220) ** 0.6 + 0.28 * k
    # Two strings, hardly apart: the fast first decay and the long second one.
    both = np.concatenate([stretched, stretched * 1.0006])
    levels = np.concatenate([level, 0.45 * level])
    decays = np.concatenate([1.9 * decay, 0.55 * decay])
    wave = damped(both, levels, decays, np.tile(_phases(k), 2), n)
    return _attack(wave, 0.004 - 0.002 * bright)


def _pluck(
    hertz: float, n: int, bright: float, *, place: float, ring: float, tilt: float, damp: float
) -> Array:
    """Pluck a string at ``place`` of its length: partials with a node there are missing."""
    k = _harmonics(hertz, 40)
    level = np.abs(np.sin(np.pi * k * place)) * k ** -(tilt - 0.4 * bright)
    decay = 1 / ring + damp * k + 0.004 * k * k
    wave = damped(k * hertz * (1 + 0.00004 * k * k), level, decay, _phases(k), n)
    return _attack(wave, 0.003)


def _nylon(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _pluck(
        hertz, n, bright, place=0.23 + 0.08 * patch.colour, ring=1.3, tilt=1.55, damp=0.55
    )


def _steel(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _pluck(
        hertz, n, bright, place=0.13 + 0.06 * patch.colour, ring=1.9, tilt=1.05, damp=0.22
    )


def _harp(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _pluck(hertz, n, bright, place=0.42 + 0.06 * patch.colour, ring=1.6, tilt=1.6, damp=0.7)


def _finger_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _pluck(hertz, n, bright, place=0.2 + 0.1 * patch.colour, ring=1.6, tilt=1.35, damp=0.45)


def _upright(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _pluck(hertz, n, bright, place=0.35 + 0.08 * patch.colour, ring=0.8, tilt=1.9, damp=0.9)


def _marimba(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([1.0, 3.93, 9.6])
    level = np.array([1.0, 0.25 + 0.2 * bright, 0.08 + 0.1 * patch.colour])
    decay = np.array([3.2, 9.0, 24.0]) * (hertz / 330) ** 0.4
    return _attack(damped(ratio * hertz, level, decay, np.zeros(3), n), 0.002)


def _overdrive(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    string = _pluck(hertz, n, bright, place=0.15, ring=2.5, tilt=1.2, damp=0.15)
    driven = np.tanh((5 + 5 * patch.colour) * string / (np.abs(string).max() + 1e-9))
    # A loudspeaker lets little through above 5 kHz: three smoothings stand in for it.
    for _ in range(3):
        driven[1:] = 0.5 * (driven[1:] + driven[:-1])
    return np.asarray(driven, np.float32)


# --- sustained (additive and subtractive) -----------------------------------------------------


def _organ(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0])
    level = np.array([0.5, 1.0, 0.5, 0.6, 0.25, 0.3, 0.1, 0.12])
    level = level * np.where(ratio > 2, 0.4 + 0.9 * patch.colour * (0.5 + bright), 1.0)
    keep = ratio * hertz < TOP_HZ
    zeros = np.zeros(int(keep.sum()))
    wave = damped(ratio[keep] * hertz, level[keep], zeros, _phases(ratio[keep]), n)
    wave *= 1 + 0.14 * np.sin(2 * np.pi * (0.8 + 5.4 * patch.motion) * _time(n))
    return _attack(wave, 0.012)


def _saws(
    hertz: float,
    n: int,
    *,
    spread: float,
    tilt: float,
    most: int,
    sweep: float = 0.0,
    hold: float = 1.0,
) -> Array:
    """Three detuned saws; the upper partials fade at ``sweep`` times their number per second.

    ``hold`` is the share of every partial that stays: a filter that closes, without a filter.
    """
    k = _harmonics(hertz, most)
    level = k**-tilt
    tuned = np.concatenate([k * hertz * f for f in (1.0, 1 + spread, 1 - 0.92 * spread)])
    levels = np.tile(level, 3) * np.repeat([1.0, 0.75, 0.75], len(k))
    phases = np.concatenate([_phases(k), _phases(k + 0.3), _phases(k + 0.7)])
    if sweep == 0 or hold >= 1:
        return damped(tuned, levels, np.zeros(len(tuned)), phases, n)
    closing = np.tile(sweep * (k - 0.5), 3)
    held = np.tile(k ** -(tilt + 0.8), 3) * hold
    fade = damped(tuned, levels, closing, phases, n)
    return fade + damped(tuned, held, np.zeros(len(tuned)), phases, n)


def _strings(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = _saws(hertz, n, spread=0.0022 + 0.001 * patch.motion, tilt=1.35 - 0.2 * bright, most=24)
    wave *= 1 + 0.07 * np.sin(2 * np.pi * (4.6 + patch.motion) * _time(n))
    return _attack(wave, 0.14)


def _warm_pad(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = _saws(hertz, n, spread=0.004, tilt=1.9 - 0.3 * bright - 0.2 * patch.colour, most=14)
    wave *= 1 + 0.12 * np.sin(2 * np.pi * (0.3 + 0.5 * patch.motion) * _time(n))
    return _attack(wave, 0.3)


def _saw_lead(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _attack(
        _saws(
            hertz,
            n,
            spread=0.003,
            tilt=1.0,
            most=36,
            sweep=0.3 + 0.6 * patch.motion,
            hold=0.3 + 0.5 * bright,
        ),
        0.012,
    )


def _square_lead(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = _harmonics(hertz, 40)[::2]
    level = k ** -(1.25 - 0.25 * bright)
    wave = damped(k * hertz, level, 0.08 * (k - 1) * (1 + patch.colour), _phases(k), n)
    return _attack(wave, 0.01)


def _accordion(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return _attack(
        _saws(hertz, n, spread=0.0035 + 0.002 * patch.motion, tilt=1.05 - 0.2 * bright, most=18),
        0.05,
    )


def _pluck_synth(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = _saws(
        hertz, n, spread=0.003, tilt=0.9, most=30, sweep=1.2 + 1.5 * patch.colour, hold=0.0
    )
    wave *= np.exp(-_time(n) * np.float32(2.5 - bright))
    return _attack(wave, 0.003)


def _synth_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    sweep = 0.6 + 1.2 * patch.motion
    return _attack(
        _saws(hertz, n, spread=0.0015, tilt=1.0 - 0.1 * bright, most=32, sweep=sweep, hold=0.8),
        0.006,
    )


def _sub_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.array([1.0, 2.0, 3.0, 5.0])
    level = np.array([1.0, 0.25 + 0.2 * patch.colour, 0.12 + 0.1 * bright, 0.03])
    return _attack(damped(k * hertz, level, 0.3 * k, np.zeros(4), n), 0.012)


# --- frequency modulation ---------------------------------------------------------------------


def _fm(hertz: float, n: int, ratio: float, index: Samples, envelope: Samples) -> Array:
    turn = np.float32(2 * np.pi * hertz) * _time(n)
    return np.asarray(
        envelope * np.sin(turn + index * np.sin(np.float32(ratio) * turn)), np.float32
    )


def _epiano(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = _time(n)
    body = _fm(hertz, n, 1.0, (0.6 + 1.6 * bright) * np.exp(-2.5 * t), np.exp(-1.1 * t))
    tine = 0.12 * (0.5 + patch.colour) * np.exp(-9 * t)
    body += _fm(hertz, n, 14.0 if hertz < 800 else 7.0, 0.4 * np.exp(-12 * t), tine)
    body *= 1 + np.float32(0.12 * patch.motion) * np.sin(np.float32(2 * np.pi * 4.8) * t)
    return _attack(body, 0.003)


def _bell(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = _time(n)
    ratio = 3.5 if patch.colour < 0.5 else 2.0
    return _attack(
        _fm(hertz, n, ratio, (1.0 + 1.5 * bright) * np.exp(-3 * t), np.exp(-1.8 * t)), 0.002
    )


def _brass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = _time(n)
    rise = 1 - np.exp(-t / 0.035)
    index = (1.2 + 1.6 * bright + 0.6 * patch.colour) * rise * (0.75 + 0.25 * np.exp(-3 * t))
    wave = _fm(hertz, n, 1.0, index, rise)
    return _attack(np.asarray(wave, np.float32), 0.02)


def _flute(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = _time(n)
    depth = (0.004 + 0.003 * patch.motion) * np.clip((t - 0.2) / 0.3, 0, 1)
    turn = np.float32(2 * np.pi * hertz) * (t - depth / (2 * np.pi * 5) * np.cos(2 * np.pi * 5 * t))
    wave = np.sin(turn) + (0.18 + 0.25 * bright) * np.sin(2 * turn) + 0.08 * np.sin(3 * turn)
    return _attack(np.asarray(wave, np.float32), 0.05)


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument("additive", _piano, 0.14),
    "nylon_guitar": Instrument("plucked", _nylon, 0.12),
    "steel_guitar": Instrument("plucked", _steel, 0.15),
    "harp": Instrument("plucked", _harp, 0.4, 1),
    "overdrive": Instrument("plucked", _overdrive, 0.06),
    "finger_bass": Instrument("plucked", _finger_bass, 0.06),
    "upright_bass": Instrument("plucked", _upright, 0.1),
    "marimba": Instrument("additive", _marimba, 0.3),
    "organ": Instrument("additive", _organ, 0.05),
    "strings": Instrument("subtractive", _strings, 0.25),
    "warm_pad": Instrument("subtractive", _warm_pad, 0.4),
    "accordion": Instrument("subtractive", _accordion, 0.07),
    "saw_lead": Instrument("subtractive", _saw_lead, 0.08),
    "square_lead": Instrument("subtractive", _square_lead, 0.08),
    "pluck_synth": Instrument("subtractive", _pluck_synth, 0.15),
    "synth_bass": Instrument("subtractive", _synth_bass, 0.05),
    "sub_bass": Instrument("additive", _sub_bass, 0.06),
    "epiano": Instrument("fm", _epiano, 0.15),
    "bell": Instrument("fm", _bell, 0.4),
    "brass": Instrument("fm", _brass, 0.08),
    "flute": Instrument("fm", _flute, 0.1),
}
