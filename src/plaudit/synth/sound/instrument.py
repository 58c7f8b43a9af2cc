"""Pitched instruments by synthesis: additive, plucked, subtractive and FM families.

Building blocks are in `plaudit.synth.sound.tone`, plucked strings in `plaudit.synth.sound.pluck`.
Notes are cut and released by the renderer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from plaudit.synth.music.notation import Array
from plaudit.synth.sound import pluck
from plaudit.synth.sound.tone import (
    RATE,
    TOP_HZ,
    Patch,
    attack,
    control_times,
    damped,
    fm,
    gliding,
    harmonics,
    phases,
    saws,
    time_of,
    vibrato,
)

__all__ = ["INSTRUMENTS", "RATE", "Instrument", "Patch"]


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


# --- struck (additive) -------------------------------------------------------------------------


def _piano(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = harmonics(hertz, 26)
    stretched = k * hertz * np.sqrt(1 + 0.0004 * k * k)
    level = k ** -(1.5 - 0.45 * bright - 0.2 * patch.colour) * np.abs(np.sin(np.pi * k / 7.5))
    decay = 0.5 * (hertz / 220) ** 0.6 + 0.28 * k
    # Two strings, hardly apart: the fast first decay and the long second one.
    both = np.concatenate([stretched, stretched * 1.0006])
    levels = np.concatenate([level, 0.45 * level])
    decays = np.concatenate([1.9 * decay, 0.55 * decay])
    wave = damped(both, levels, decays, np.tile(phases(k), 2), n)
    return attack(wave, 0.004 - 0.002 * bright)


def _marimba(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([1.0, 3.93, 9.6])
    level = np.array([1.0, 0.25 + 0.2 * bright, 0.08 + 0.1 * patch.colour])
    decay = np.array([3.2, 9.0, 24.0]) * (hertz / 330) ** 0.4
    return attack(damped(ratio * hertz, level, decay, np.zeros(3), n), 0.002)


def _vibraphone(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([1.0, 4.0, 10.0])
    level = np.array([1.0, 0.18 + 0.15 * bright, 0.04 + 0.05 * patch.colour])
    decay = np.array([0.9, 3.0, 12.0]) * (hertz / 330) ** 0.3
    wave = damped(ratio * hertz, level, decay, np.zeros(3), n)
    wave *= 1 + 0.3 * np.sin(np.float32(2 * np.pi * (3.5 + 2 * patch.motion)) * time_of(n))
    return attack(wave, 0.003)


def _music_box(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([1.0, 2.0, 3.0, 5.4, 8.9])
    level = np.array([1.0, 0.35, 0.12, 0.15 + 0.2 * bright, 0.06 + 0.1 * patch.colour])
    decay = np.array([2.2, 3.0, 5.0, 11.0, 20.0])
    keep = ratio * hertz < TOP_HZ
    zeros = np.zeros(int(keep.sum()))
    return attack(damped(ratio[keep] * hertz, level[keep], decay[keep], zeros, n), 0.002)


# --- sustained (additive and subtractive) -----------------------------------------------------


def _organ(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    ratio = np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0])
    level = np.array([0.5, 1.0, 0.5, 0.6, 0.25, 0.3, 0.1, 0.12])
    level = level * np.where(ratio > 2, 0.4 + 0.9 * patch.colour * (0.5 + bright), 1.0)
    keep = ratio * hertz < TOP_HZ
    zeros = np.zeros(int(keep.sum()))
    wave = damped(ratio[keep] * hertz, level[keep], zeros, phases(ratio[keep]), n)
    wave *= 1 + 0.14 * np.sin(2 * np.pi * (0.8 + 5.4 * patch.motion) * time_of(n))
    return attack(wave, 0.012)


def _strings(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = saws(hertz, n, spread=0.0022 + 0.001 * patch.motion, tilt=1.35 - 0.2 * bright, most=24)
    wave *= 1 + 0.07 * np.sin(2 * np.pi * (4.6 + patch.motion) * time_of(n))
    return attack(wave, 0.14)


def _warm_pad(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = saws(hertz, n, spread=0.004, tilt=1.9 - 0.3 * bright - 0.2 * patch.colour, most=14)
    wave *= 1 + 0.12 * np.sin(2 * np.pi * (0.3 + 0.5 * patch.motion) * time_of(n))
    return attack(wave, 0.3)


# Where an open vowel has its resonances: Hz, width in Hz, level.
_VOWEL = ((650.0, 180.0, 1.0), (1080.0, 220.0, 0.55), (2650.0, 400.0, 0.22), (3300.0, 500.0, 0.12))


def _choir(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = harmonics(hertz, 28)
    shape = np.zeros(len(k))
    for centre, width, high in _VOWEL:
        shape += high / (1 + ((k * hertz - centre * (0.92 + 0.2 * patch.colour)) / width) ** 2)
    level = (0.06 + shape) * k ** -(0.75 - 0.25 * bright)
    apart = np.array([1.0, 1.0026, 0.9975, 1.0047])
    tuned = np.concatenate([k * hertz * f for f in apart])
    scattered = np.concatenate([phases(k + 0.4 * v) for v in range(len(apart))])
    wave = damped(tuned, np.tile(level, len(apart)), np.zeros(len(tuned)), scattered, n)
    wave *= 1 + 0.08 * np.sin(np.float32(2 * np.pi * (4.4 + patch.motion)) * time_of(n))
    return attack(wave, 0.1)


def _fiddle(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.arange(1.0, 31)
    body = 0.55 + 0.45 * np.cos(k * (1.1 + patch.colour)) ** 2
    level = body * k ** -(1.15 - 0.25 * bright)
    return attack(
        gliding(hertz, n, level, vibrato(control_times(n), 5.4 + patch.motion, 18, 0.15)), 0.035
    )


def _cello(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.arange(1.0, 25)
    level = (0.6 + 0.4 * np.sin(0.9 * k + 2 * patch.colour) ** 2) * k ** -(1.4 - 0.25 * bright)
    return attack(
        gliding(hertz, n, level, vibrato(control_times(n), 4.8 + patch.motion, 16, 0.25)), 0.09
    )


def _clarinet(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.arange(1.0, 20)
    even = 0.06 + 0.16 * patch.colour
    level = np.where(k % 2 == 1, 1.0, even) * k ** -(1.25 - 0.45 * bright)
    return attack(
        gliding(hertz, n, level, vibrato(control_times(n), 5 + patch.motion, 5, 0.3)), 0.03
    )


def _sax(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.arange(1.0, 24)
    formant = 0.35 + np.exp(-(((k * hertz - 900 - 500 * patch.colour) / 700) ** 2))
    level = formant * k ** -(0.95 - 0.25 * bright)
    t = control_times(n)
    bend = vibrato(t, 5.2 + patch.motion, 22, 0.2) - 45 * np.exp(-t / 0.02)
    return attack(gliding(hertz, n, level, bend), 0.025)


def _saw_lead(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return attack(
        saws(
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
    k = harmonics(hertz, 40)[::2]
    level = k ** -(1.25 - 0.25 * bright)
    wave = damped(k * hertz, level, 0.08 * (k - 1) * (1 + patch.colour), phases(k), n)
    return attack(wave, 0.01)


def _accordion(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    return attack(
        saws(hertz, n, spread=0.0035 + 0.002 * patch.motion, tilt=1.05 - 0.2 * bright, most=18),
        0.05,
    )


def _pluck_synth(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = saws(hertz, n, spread=0.003, tilt=0.9, most=30, sweep=1.2 + 1.5 * patch.colour, hold=0.0)
    wave *= np.exp(-time_of(n) * np.float32(2.5 - bright))
    return attack(wave, 0.003)


def _stab(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = saws(hertz, n, spread=0.006, tilt=0.75, most=34, sweep=2.0 + 2 * patch.motion, hold=0.25)
    wave *= np.exp(-time_of(n) * np.float32(4.5 - 2 * bright))
    return attack(wave, 0.003)


def _synth_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    sweep = 0.6 + 1.2 * patch.motion
    return attack(
        saws(hertz, n, spread=0.0015, tilt=1.0 - 0.1 * bright, most=32, sweep=sweep, hold=0.8),
        0.006,
    )


def _reese_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    wave = saws(hertz, n, spread=0.0035 + 0.001 * patch.motion, tilt=1.15 - 0.15 * bright, most=20)
    k = np.array([1.0, 2.0])
    deep = damped(k * hertz, np.array([1.2, 0.2 + 0.2 * patch.colour]), 0.1 * k, np.zeros(2), n)
    return attack(wave + deep, 0.012)


def _sub_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    k = np.array([1.0, 2.0, 3.0, 5.0])
    level = np.array([1.0, 0.25 + 0.2 * patch.colour, 0.12 + 0.1 * bright, 0.03])
    return attack(damped(k * hertz, level, 0.3 * k, np.zeros(4), n), 0.012)


def _bass_808(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = control_times(n)
    drop = 700 * np.exp(-t / 0.012)  # the beater: over before a pitch is heard
    level = np.array([1.0, 0.1 + 0.1 * patch.colour, 0.16 + 0.12 * bright, 0.04, 0.06])
    wave = np.tanh(1.6 * gliding(hertz, n, level, drop))
    return attack(wave * np.exp(-time_of(n) / np.float32(0.9 + 0.8 * patch.motion)), 0.005)


# --- frequency modulation ---------------------------------------------------------------------


def _epiano(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = time_of(n)
    body = fm(hertz, n, 1.0, (0.6 + 1.6 * bright) * np.exp(-2.5 * t), np.exp(-1.1 * t))
    tine = 0.12 * (0.5 + patch.colour) * np.exp(-9 * t)
    body += fm(hertz, n, 14.0 if hertz < 800 else 7.0, 0.4 * np.exp(-12 * t), tine)
    body *= 1 + np.float32(0.12 * patch.motion) * np.sin(np.float32(2 * np.pi * 4.8) * t)
    return attack(body, 0.003)


def _bell(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = time_of(n)
    ratio = 3.5 if patch.colour < 0.5 else 2.0
    return attack(
        fm(hertz, n, ratio, (1.0 + 1.5 * bright) * np.exp(-3 * t), np.exp(-1.8 * t)), 0.002
    )


def _brass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = time_of(n)
    rise = 1 - np.exp(-t / 0.035)
    index = (1.2 + 1.6 * bright + 0.6 * patch.colour) * rise * (0.75 + 0.25 * np.exp(-3 * t))
    wave = fm(hertz, n, 1.0, index, rise)
    return attack(np.asarray(wave, np.float32), 0.02)


def _flute(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    t = time_of(n)
    depth = (0.004 + 0.003 * patch.motion) * np.clip((t - 0.2) / 0.3, 0, 1)
    turn = np.float32(2 * np.pi * hertz) * (t - depth / (2 * np.pi * 5) * np.cos(2 * np.pi * 5 * t))
    wave = np.sin(turn) + (0.18 + 0.25 * bright) * np.sin(2 * turn) + 0.08 * np.sin(3 * turn)
    return attack(np.asarray(wave, np.float32), 0.05)


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument("additive", _piano, 0.14),
    "nylon_guitar": Instrument("plucked", pluck.nylon, 0.12),
    "steel_guitar": Instrument("plucked", pluck.steel, 0.15),
    "muted_guitar": Instrument("plucked", pluck.muted, 0.05),
    "slide_guitar": Instrument("plucked", pluck.slide, 0.15),
    "banjo": Instrument("plucked", pluck.banjo, 0.1),
    "clavinet": Instrument("plucked", pluck.clavinet, 0.04),
    "harp": Instrument("plucked", pluck.harp, 0.4, 1),
    "overdrive": Instrument("plucked", pluck.overdrive, 0.06),
    "finger_bass": Instrument("plucked", pluck.finger_bass, 0.06),
    "slap_bass": Instrument("plucked", pluck.slap_bass, 0.05),
    "upright_bass": Instrument("plucked", pluck.upright, 0.1),
    "marimba": Instrument("additive", _marimba, 0.3),
    "vibraphone": Instrument("additive", _vibraphone, 0.4),
    "music_box": Instrument("additive", _music_box, 0.5, 1),
    "organ": Instrument("additive", _organ, 0.05),
    "choir": Instrument("additive", _choir, 0.3),
    "clarinet": Instrument("additive", _clarinet, 0.07),
    "strings": Instrument("subtractive", _strings, 0.25),
    "fiddle": Instrument("subtractive", _fiddle, 0.1),
    "cello": Instrument("subtractive", _cello, 0.2),
    "sax": Instrument("subtractive", _sax, 0.08),
    "warm_pad": Instrument("subtractive", _warm_pad, 0.4),
    "accordion": Instrument("subtractive", _accordion, 0.07),
    "saw_lead": Instrument("subtractive", _saw_lead, 0.08),
    "square_lead": Instrument("subtractive", _square_lead, 0.08),
    "pluck_synth": Instrument("subtractive", _pluck_synth, 0.15),
    "stab": Instrument("subtractive", _stab, 0.12),
    "synth_bass": Instrument("subtractive", _synth_bass, 0.05),
    "reese_bass": Instrument("subtractive", _reese_bass, 0.06),
    "sub_bass": Instrument("additive", _sub_bass, 0.06),
    "bass_808": Instrument("additive", _bass_808, 0.08),
    "epiano": Instrument("fm", _epiano, 0.15),
    "bell": Instrument("fm", _bell, 0.4),
    "brass": Instrument("fm", _brass, 0.08),
    "flute": Instrument("fm", _flute, 0.1),
}
