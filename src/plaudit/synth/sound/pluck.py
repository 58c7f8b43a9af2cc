"""Plucked strings: guitars, harp, banjo, clavinet and the basses that are plucked.

Every function is ``(hertz, n_samples, bright, patch) -> tone``; see
`plaudit.synth.sound.instrument`.
"""

import numpy as np

from plaudit.synth.music.notation import Array
from plaudit.synth.sound.tone import Patch, attack, control_times, gliding, pluck, time_of, vibrato


def nylon(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Nylon-strung guitar."""
    place = 0.23 + 0.08 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=1.3, tilt=1.55, damp=0.55)


def steel(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Steel-strung guitar."""
    place = 0.13 + 0.06 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=1.9, tilt=1.05, damp=0.22)


def muted(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Electric guitar damped by the hand: short, with a click."""
    place = 0.1 + 0.08 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=0.22, tilt=1.15, damp=0.9)


def harp(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Harp."""
    place = 0.42 + 0.06 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=1.6, tilt=1.6, damp=0.7)


def banjo(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Banjo: a bright string on a drum skin, soon over."""
    string = pluck(
        hertz, n, bright, place=0.09 + 0.04 * patch.colour, ring=0.5, tilt=0.75, damp=0.3
    )
    skin = np.sin(2 * np.pi * 540 * time_of(n)) * np.exp(-time_of(n) / 0.02)
    string += np.float32(0.25) * skin * np.abs(string[: min(n, 2000)]).max()
    return attack(string, 0.002)


def clavinet(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Clavinet: a struck string through a pick-up near its end, damped when let go."""
    place = 0.06 + 0.05 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=0.9, tilt=0.8, damp=0.5)


def slide(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Steel guitar played with a bar: it slides into the tone and sways."""
    k = np.arange(1.0, 25)
    level = np.abs(np.sin(np.pi * k * 0.14)) * k ** -(1.35 - 0.3 * bright)
    t = control_times(n)
    bend = vibrato(t, 5.2 + patch.motion, 14, 0.3) - (110 + 120 * patch.colour) * np.exp(-t / 0.02)
    wave = gliding(hertz, n, level, bend)
    return attack(wave * np.exp(-time_of(n) / np.float32(2.2)), 0.012)


def overdrive(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Electric guitar through a driven amplifier."""
    string = pluck(hertz, n, bright, place=0.15, ring=2.5, tilt=1.2, damp=0.15)
    driven = np.tanh((5 + 5 * patch.colour) * string / (np.abs(string).max() + 1e-9))
    # A loudspeaker lets little through above 5 kHz: three smoothings stand in for it.
    for _ in range(3):
        driven[1:] = 0.5 * (driven[1:] + driven[:-1])
    return np.asarray(driven, np.float32)


def finger_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Electric bass."""
    place = 0.2 + 0.1 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=1.6, tilt=1.35, damp=0.45)


def slap_bass(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Electric bass struck by the thumb: a bright clack over a solid tone."""
    body = pluck(hertz, n, bright, place=0.28 + 0.06 * patch.colour, ring=1.0, tilt=1.3, damp=0.5)
    clack = pluck(hertz, n, 1.0, place=0.06, ring=0.06, tilt=0.5, damp=0.8)
    return np.asarray(body + np.float32(0.25 + 0.35 * bright) * clack, np.float32)


def upright(hertz: float, n: int, bright: float, patch: Patch) -> Array:
    """Double bass, plucked."""
    place = 0.35 + 0.08 * patch.colour
    return pluck(hertz, n, bright, place=place, ring=0.8, tilt=1.9, damp=0.9)
