"""Drum kits: noise, sweeps and rings, one sound per General MIDI drum number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.synth import groove
from plaudit.synth.score import Array

RATE = 44_100
Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Kit:
    """A drum kit: pitch of the kick in Hz; ring, brightness and snap, 1 for a studio kit."""

    kick_hz: float
    ring: float
    bright: float
    snap: float


KITS: dict[str, Kit] = {
    "studio": Kit(54.0, 1.0, 1.0, 1.0),
    "electronic": Kit(47.0, 1.25, 1.15, 1.3),
    "brushes": Kit(62.0, 0.8, 0.75, 0.5),
    "dusty": Kit(58.0, 0.75, 0.5, 0.7),
}


def sounds(kit: str, rng: np.random.Generator) -> dict[int, Array]:
    """Make one sound for each drum of a kit, slightly different in every song.

    Parameters
    ----------
    kit : str
        Name in `KITS`.
    rng : numpy.random.Generator
        Noise, and the song's own variation.

    Returns
    -------
    dict
        General MIDI drum number to mono samples at 44,100 Hz, peaks near the drum's usual level.
    """
    made = KITS[kit]
    pitch, ring, tone = rng.uniform(0.9, 1.12), made.ring * rng.uniform(0.8, 1.2), made.bright
    return {
        groove.KICK: 1.0 * _kick(made.kick_hz * pitch, 0.16 * ring, made.snap, rng),
        groove.SNARE: 0.75 * _snare(186 * pitch, 0.13 * ring, tone, made.snap, rng),
        groove.RIM: 0.4 * _rim(rng),
        groove.CLAP: 0.55 * _clap(0.1 * ring, tone, rng),
        groove.HAT: 0.24 * _metal(0.035 * ring, tone, rng),
        groove.OPEN_HAT: 0.24 * _metal(0.16 * ring, tone, rng),
        groove.RIDE: 0.2 * _metal(0.35 * ring, 0.8 * tone, rng),
        groove.CRASH: 0.36 * _metal(0.75 * ring, 0.9 * tone, rng),
        groove.SHAKER: 0.15 * _shaker(0.04, tone, rng),
        groove.TOM: 0.75 * _kick(98 * pitch, 0.2 * ring, 0.3, rng),
    }


def _time(seconds: float) -> Numbers:
    return np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(RATE)


def _band(rng: np.random.Generator, n: int, low: float, high: float) -> Numbers:
    """Return noise between two frequencies in Hz, with soft edges, at unit root mean square."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hertz = np.fft.rfftfreq(n, 1 / RATE) + 1.0
    spectrum *= 1 / (1 + (low / hertz) ** 4) / (1 + (hertz / high) ** 4)
    wave = np.fft.irfft(spectrum, n)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), np.float32)


def _faded(wave: Numbers) -> Array:
    n = min(len(wave), 400)
    wave[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
    return np.asarray(wave, np.float32)


def _kick(hertz: float, ring_s: float, snap: float, rng: np.random.Generator) -> Array:
    t = _time(5 * ring_s)
    # The pitch falls from four times to the kick's own within some 30 ms.
    cycles = hertz * (t + 3 * 0.018 * (1 - np.exp(-t / 0.018)))
    wave = np.sin(2 * np.pi * cycles) * np.exp(-t / ring_s)
    click = _band(rng, len(t), 1500, 6000) * np.exp(-t / 0.004) * 0.12 * snap
    return _faded(np.tanh(1.4 * wave) + click)


def _snare(
    hertz: float, ring_s: float, bright: float, snap: float, rng: np.random.Generator
) -> Array:
    t = _time(5 * ring_s)
    drum = np.sin(2 * np.pi * hertz * t) + 0.6 * np.sin(2 * np.pi * 1.78 * hertz * t)
    wires = _band(rng, len(t), 1200, 9000 * bright) * np.exp(-t / ring_s)
    crack = _band(rng, len(t), 2500, 9000) * np.exp(-t / 0.008)
    return _faded(0.45 * drum * np.exp(-t / 0.06) + 0.3 * wires + 0.25 * snap * crack)


def _rim(rng: np.random.Generator) -> Array:
    t = _time(0.08)
    tick = np.sin(2 * np.pi * 1720 * t) + 0.7 * np.sin(2 * np.pi * 820 * t)
    return _faded((tick + 0.4 * _band(rng, len(t), 1500, 7000)) * np.exp(-t / 0.012))


def _clap(ring_s: float, bright: float, rng: np.random.Generator) -> Array:
    t = _time(5 * ring_s)
    hands = np.exp(-t / ring_s)
    for late in (0.009, 0.019):
        hands = np.maximum(hands * (t > late), np.exp(-(t % late) / 0.004) * (t < late))
    return _faded(0.45 * _band(rng, len(t), 900, 5000 * bright) * hands)


def _metal(ring_s: float, bright: float, rng: np.random.Generator) -> Array:
    t = _time(min(5 * ring_s, 2.4))
    tones = np.array([3205.0, 4370.0, 5430.0, 6790.0, 8210.0, 9770.0]) * rng.uniform(0.97, 1.03, 6)
    shimmer = np.zeros(len(t), np.float32)
    for hertz in tones.astype(np.float32):
        shimmer += np.sin(np.float32(2 * np.pi) * hertz * t)
    noise = _band(rng, len(t), 5500, 6000 + 9000 * bright)
    return _faded((0.12 * shimmer + 0.5 * noise) * np.exp(-t / np.float32(ring_s)))


def _shaker(ring_s: float, bright: float, rng: np.random.Generator) -> Array:
    t = _time(5 * ring_s)
    swell = (t / ring_s) * np.exp(1 - t / ring_s)
    return _faded(0.5 * _band(rng, len(t), 4500, 5000 + 6000 * bright) * swell)
