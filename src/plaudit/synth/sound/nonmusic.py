"""Sounds that are not music: silence, noise, tones, clicks, hum, babble and loops.

Every kind is called as ``kind(rng, duration_s)`` and returns mono float32 sound, ``(n,)`` at
44,100 Hz with ``n = round(duration_s * 44100)`` and absolute peak below 1. Levels are drawn at
random, so that loudness alone does not identify a kind.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from plaudit.core.errors import InputError
from plaudit.synth.music.notation import Array, Phrase, SungNote
from plaudit.synth.sound.instrument import INSTRUMENTS, Patch
from plaudit.synth.sound.singer import CONSONANT, FORMANTS, VOICES, sing

RATE = 44_100
_Wave = NDArray[np.float64] | NDArray[np.float32]


def _count(duration_s: float) -> int:
    if not duration_s > 0:
        raise InputError(f"Expected a duration above 0 s, got {duration_s}; give a positive one.")
    return round(duration_s * RATE)


def _levelled(wave: _Wave, rng: np.random.Generator) -> Array:
    """Bring sound to a random level: peak between -26 and -1 dB."""
    peak = float(np.abs(wave).max()) if len(wave) else 0.0
    level = 10 ** (rng.uniform(-26, -1) / 20)
    return np.asarray(wave * (level / max(peak, 1e-9)), np.float32)


def _silence(rng: np.random.Generator, duration_s: float) -> Array:
    """Return digital silence, or (two times in three) a noise floor below -66 dB."""
    n = _count(duration_s)
    floor = 10 ** (rng.uniform(-110, -66) / 20) if rng.uniform() < 2 / 3 else 0.0
    return np.asarray(rng.standard_normal(n, dtype=np.float32) * np.float32(0.2 * floor))


def _noise(rng: np.random.Generator, duration_s: float) -> Array:
    """Return white, pink, brown or blue noise."""
    n = _count(duration_s)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hertz = np.maximum(np.fft.rfftfreq(n, 1 / RATE), 20.0)
    slope = rng.choice([0.0, -0.5, -1.0, 0.5])
    return _levelled(np.fft.irfft(spectrum * hertz**slope, n), rng)


def _tone(rng: np.random.Generator, duration_s: float) -> Array:
    """Return a steady sine, a square wave, two tones at once, or a sweep."""
    n = _count(duration_s)
    t = np.arange(n) / RATE
    low = np.exp(rng.uniform(np.log(80), np.log(2000)))
    kind = int(rng.integers(4))
    if kind == 0:
        wave = np.sin(2 * np.pi * low * t)
    elif kind == 1:
        odd = np.arange(1, 16, 2)
        wave = np.sum([np.sin(2 * np.pi * k * low * t) / k for k in odd], axis=0)
    elif kind == 2:
        wave = np.sin(2 * np.pi * low * t) + np.sin(2 * np.pi * low * rng.uniform(1.05, 2.2) * t)
    else:
        rate = np.log(rng.uniform(3, 20)) / max(duration_s, 1e-3)
        wave = np.sin(2 * np.pi * low * (np.exp(rate * t) - 1) / rate)
    return _levelled(wave, rng)


def _clicks(rng: np.random.Generator, duration_s: float) -> Array:
    """Return a metronome (sometimes with accents), or clicks at random times."""
    n = _count(duration_s)
    period = 60 / rng.uniform(40, 220)
    count = max(int(duration_s / period), 1)
    regular = rng.uniform() < 0.7
    times = np.arange(count) * period if regular else np.sort(rng.uniform(0, duration_s, count))
    accent = int(rng.choice([1, 3, 4]))
    t = np.arange(int(0.03 * RATE)) / RATE
    hertz = rng.uniform(700, 2500)
    wave = np.zeros(n)
    for k, at in enumerate(times):
        pitch = hertz * (1.5 if accent > 1 and k % accent == 0 else 1.0)
        start = int(at * RATE)
        click = (np.sin(2 * np.pi * pitch * t) * np.exp(-t / 0.006))[: n - start]
        wave[start : start + len(click)] += click
    return _levelled(wave, rng)


def _hum(rng: np.random.Generator, duration_s: float) -> Array:
    """Return mains hum of 50 or 60 Hz with its harmonics and some hiss."""
    n = _count(duration_s)
    t = np.arange(n) / RATE
    base = float(rng.choice([50.0, 60.0])) * rng.normal(1, 0.001)
    levels = rng.uniform(0, 1, 12) / np.arange(1, 13) ** 0.7
    wave = np.sum(
        [a * np.sin(2 * np.pi * base * (k + 1) * t) for k, a in enumerate(levels)], axis=0
    )
    wave = wave + rng.uniform(0.005, 0.15) * rng.standard_normal(n)
    return _levelled(wave, rng)


def _babble(rng: np.random.Generator, duration_s: float) -> Array:
    """Return speech-like babble: one to four talkers with falling sentences and no words."""
    n = _count(duration_s)
    vowels, consonants = list(FORMANTS), list(CONSONANT)
    doses = {"robotic_pitch": 0.6, "glitch": 0.0, "buzz": 0.0}
    wave = np.zeros(n, np.float32)
    for talker in rng.spawn(int(rng.integers(1, 5))):
        voice = str(talker.choice(list(VOICES)))
        base = VOICES[voice].lowest - 2
        notes: list[SungNote] = []
        phrases: list[Phrase] = []
        at = float(talker.uniform(0.05, 0.8))
        while at < duration_s - 0.3:
            start, syllables = at, int(talker.integers(4, 16))
            for k in range(syllables):
                long = float(talker.uniform(0.09, 0.26))
                fall = 5.0 * (1 - k / syllables)
                notes.append(
                    SungNote(
                        at, at, long, base + fall + float(talker.normal(0, 1.3)),
                        float(talker.uniform(0.4, 0.9)), str(talker.choice(vowels)),
                        str(talker.choice(consonants)), len(phrases),
                    )
                )  # fmt: skip
                at += long
                if at > duration_s - 0.3:
                    break
            phrases.append(Phrase(start, at, 0.0))
            at += float(talker.uniform(0.25, 1.1))
        wave += sing(notes, phrases, voice, n, doses=doses, rng=talker)
    return _levelled(wave, rng)


def _random_notes(rng: np.random.Generator, duration_s: float) -> Array:
    """Return unrelated notes of unrelated instruments at unrelated times, any pitch in between."""
    n = _count(duration_s)
    names = list(INSTRUMENTS)
    wave = np.zeros(n, np.float32)
    for _ in range(max(int(duration_s * rng.uniform(1.5, 8)), 1)):
        instrument = INSTRUMENTS[str(rng.choice(names))]
        hertz = 440.0 * 2 ** ((rng.uniform(36, 88) - 69) / 12)
        held = int(rng.uniform(0.08, 1.6) * RATE)
        sound = instrument.play(hertz, held, float(rng.uniform(0.2, 1)), Patch(0.5, 0.5))
        fade = min(2000, held)
        sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        at = int(rng.uniform(0, max(n - held, 1)))
        room = min(held, n - at)
        wave[at : at + room] += sound[:room] * np.float32(
            rng.uniform(0.3, 1) / (np.abs(sound).max() + 1e-9)
        )
    return _levelled(wave, rng)


def _loop(rng: np.random.Generator, duration_s: float) -> Array:
    """Return half a second of chord and drum, again and again."""
    n = _count(duration_s)
    cell = int(rng.uniform(0.4, 0.6) * RATE)
    instrument = INSTRUMENTS[str(rng.choice(list(INSTRUMENTS)))]
    root = rng.integers(45, 65)
    sound = np.zeros(cell, np.float32)
    for interval in (0, int(rng.choice([3, 4])), 7):
        hertz = 440.0 * 2 ** ((root + interval - 69) / 12)
        sound += instrument.play(hertz, cell, 0.6, Patch(0.5, 0.5))
    burst = rng.standard_normal(cell, dtype=np.float32) * np.exp(-np.arange(cell) / 1500)
    sound = sound / (np.abs(sound).max() + 1e-9) + 0.3 * burst
    return _levelled(np.tile(sound, -(-n // cell))[:n], rng)


NONMUSIC: dict[str, Callable[[np.random.Generator, float], Array]] = {
    "silence": _silence,
    "noise": _noise,
    "tone": _tone,
    "clicks": _clicks,
    "hum": _hum,
    "babble": _babble,
    "random_notes": _random_notes,
    "loop": _loop,
}
