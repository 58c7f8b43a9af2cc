"""Drum kits: noise, sweeps and rings, one sound per General MIDI drum number."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from plaudit.synth.music import groove
from plaudit.synth.music.notation import Array

RATE = 44_100
_Numbers = NDArray[np.float32]


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
    "club": Kit(50.0, 1.5, 1.2, 1.7),
    "trap": Kit(41.0, 1.8, 1.3, 1.4),
    "breaks": Kit(66.0, 0.6, 1.1, 1.6),
    "tight": Kit(58.0, 0.65, 1.1, 1.3),
    "percussion": Kit(60.0, 0.7, 0.9, 0.8),
    "hall": Kit(44.0, 2.0, 0.8, 0.6),
}


class Sounds(dict[int, Array]):
    """The sounds of one kit in one song, each made when it is first used."""

    def __init__(self, kit: Kit, rng: np.random.Generator) -> None:
        super().__init__()
        pitch, ring, tone = rng.uniform(0.9, 1.12), kit.ring * rng.uniform(0.8, 1.2), kit.bright
        snap = kit.snap
        # (level, maker); each drum has its own generator, so that its sound depends on no other.
        self._makers: dict[int, tuple[float, Callable[[np.random.Generator], Array]]] = {
            groove.KICK: (1.0, lambda r: _kick(kit.kick_hz * pitch, 0.16 * ring, snap, r)),
            groove.SNARE: (0.75, lambda r: _snare(186 * pitch, 0.13 * ring, tone, snap, r)),
            groove.RIM: (0.4, _rim),
            groove.CLAP: (0.55, lambda r: _clap(0.1 * ring, tone, r)),
            groove.HAT: (0.24, lambda r: _metal(0.035 * ring, tone, r)),
            groove.PEDAL_HAT: (0.2, lambda r: _metal(0.025 * ring, 0.8 * tone, r)),
            groove.OPEN_HAT: (0.24, lambda r: _metal(0.16 * ring, tone, r)),
            groove.RIDE: (0.2, lambda r: _metal(0.35 * ring, 0.8 * tone, r)),
            groove.CRASH: (0.36, lambda r: _metal(0.75 * min(ring, 1.3), 0.9 * tone, r)),
            groove.SHAKER: (0.15, lambda r: _shaker(0.04, tone, r)),
            groove.TAMBOURINE: (0.16, lambda r: _metal(0.07, 1.1 * tone, r)),
            groove.LOW_TOM: (0.8, lambda r: _kick(74 * pitch, 0.26 * ring, 0.3, r)),
            groove.TOM: (0.75, lambda r: _kick(98 * pitch, 0.2 * ring, 0.3, r)),
            groove.HIGH_TOM: (0.7, lambda r: _kick(138 * pitch, 0.16 * ring, 0.3, r)),
            groove.CONGA: (0.5, lambda r: _skin(330 * pitch, 0.07 * ring, r)),
            groove.LOW_CONGA: (0.55, lambda r: _skin(220 * pitch, 0.13 * ring, r)),
            groove.COWBELL: (0.22, lambda r: _bars((587.0, 845.0), 0.06, pitch, r)),
            groove.CLAVE: (0.3, lambda r: _bars((2480.0, 2492.0), 0.03, pitch, r)),
        }
        own = rng.spawn(len(self._makers))
        self._chance = dict(zip(self._makers, own, strict=True))

    @property
    def drums(self) -> tuple[int, ...]:
        """General MIDI numbers of all drums of the kit."""
        return tuple(self._makers)

    def __missing__(self, drum: int) -> Array:
        """Make the sound of a drum."""
        level, make = self._makers[drum]
        self[drum] = np.asarray(np.float32(level) * make(self._chance[drum]), np.float32)
        return self[drum]


def sounds(kit: str, rng: np.random.Generator) -> Sounds:
    """Return one sound for each drum of a kit in `KITS`, slightly different in every song.

    Maps a General MIDI drum number to mono samples at 44,100 Hz, peaks near the drum's usual level.
    """
    return Sounds(KITS[kit], rng)


def _time(seconds: float) -> _Numbers:
    return np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(RATE)


def _band(rng: np.random.Generator, n: int, low: float, high: float) -> _Numbers:
    """Return noise between two frequencies in Hz, with soft edges, at unit root mean square."""
    size = fft.next_fast_len(n, real=True)
    spectrum = fft.rfft(rng.standard_normal(size, dtype=np.float32))
    hertz = np.arange(len(spectrum), dtype=np.float32) * np.float32(RATE / size) + np.float32(1)
    spectrum *= 1 / (1 + (np.float32(low) / hertz) ** 4) / (1 + (hertz / np.float32(high)) ** 4)
    wave = fft.irfft(spectrum, size)[:n]
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), np.float32)


def _faded(wave: _Numbers) -> Array:
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


def _skin(hertz: float, ring_s: float, rng: np.random.Generator) -> Array:
    t = _time(6 * ring_s)
    tone = np.sin(2 * np.pi * hertz * (t + 0.004 * (1 - np.exp(-t / 0.01))))
    slap = _band(rng, len(t), 900, 4500) * np.exp(-t / 0.006)
    return _faded(tone * np.exp(-t / ring_s) + 0.2 * slap)


def _bars(hertz: tuple[float, ...], ring_s: float, pitch: float, rng: np.random.Generator) -> Array:
    t = _time(6 * ring_s)
    wave = np.zeros(len(t), np.float32)
    for tone in hertz:
        wave += np.sin(np.float32(2 * np.pi * tone * pitch * rng.uniform(0.99, 1.01)) * t)
    return _faded(np.tanh(1.5 * wave) * np.exp(-t / np.float32(ring_s)))
