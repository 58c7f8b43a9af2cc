"""A formant singer: glottal pulses at a moving pitch, shaped by vowels, with consonants and breath.

The source is a wavetable read at the sung pitch (glide, scoop, vibrato, drift); the vocal tract is
a bank of five resonances that move from vowel to vowel, applied to short overlapping spectra.
Formant frequencies follow common tables for sung vowels (after Peterson and Barney, 1952, and the
Csound formant appendix).

The faults of naturalness that live in the sound are dosed here: robotic_pitch, glitch and buzz.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import uniform_filter1d

from plaudit.synth.music.notation import Array, Phrase, SungNote

_RATE = 44_100
_HOP = 441  # control points are 10 ms apart
_FFT_SIZE = 2048


@dataclass(frozen=True)
class Voice:
    """A kind of singer: lowest comfortable MIDI pitch, and a factor on the formants of a man."""

    lowest: int
    tract: float


VOICES: dict[str, Voice] = {
    "soprano": Voice(59, 1.17),
    "alto": Voice(54, 1.12),
    "tenor": Voice(48, 1.03),
    "baritone": Voice(43, 0.97),
}

# Formants of a man's vowels: frequencies in Hz, levels in dB; bandwidths are shared.
FORMANTS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "a": ((700, 1150, 2550, 3050, 3600), (0, -5, -13, -15, -24)),
    "e": ((430, 1750, 2450, 3000, 3500), (0, -9, -11, -14, -22)),
    "i": ((290, 2050, 2650, 3050, 3600), (0, -12, -13, -16, -24)),
    "o": ((450, 820, 2500, 2950, 3500), (0, -7, -17, -17, -26)),
    "u": ((330, 680, 2400, 2900, 3500), (0, -12, -20, -21, -28)),
}
_BANDWIDTHS = np.array([75.0, 95.0, 130.0, 150.0, 220.0])

# Seconds, centre frequency in Hz, level, and how much the vowel is dipped meanwhile.
CONSONANT: dict[str, tuple[float, float, float, float]] = {
    "s": (0.1, 7000, 0.9, 1.0),
    "t": (0.04, 4800, 1.0, 1.0),
    "k": (0.04, 2200, 0.8, 1.0),
    "h": (0.07, 1500, 0.35, 0.7),
    "d": (0.025, 3800, 0.6, 0.9),
    "b": (0.025, 700, 0.5, 0.9),
    "m": (0.07, 0, 0.0, 0.75),
    "n": (0.06, 0, 0.0, 0.7),
    "l": (0.05, 0, 0.0, 0.5),
    "r": (0.05, 0, 0.0, 0.5),
}


def sing(
    sung: Sequence[SungNote],
    phrases: Sequence[Phrase],
    voice: str,
    n_samples: int,
    *,
    doses: Mapping[str, float],
    rng: np.random.Generator,
    tract: float = 1.0,
) -> Array:
    """Sing a line: mono, (n_samples,) at 44,100 Hz, silent where nobody sings, at no set level.

    ``sung`` and ``phrases`` are in order of time, see `plaudit.synth.music.notation`. ``voice`` is
    a name in `VOICES`. Of ``doses`` (fault to dose in [0, 1]) robotic_pitch, glitch and buzz are
    read. ``rng`` decides vibrato, drift and breath; ``tract`` is a factor on the formants, above 1
    for a smaller head.
    """
    names = ("pitch", "air", "glitch", "frozen", "consonant")
    chance = dict(zip(names, rng.spawn(len(names)), strict=True))
    out = np.zeros(n_samples, np.float32)
    if not sung:
        return out
    frames = n_samples // _HOP + 2
    pitch, level, breath, noise_dip = _control(sung, phrases, frames, doses, chance["pitch"])
    frozen = str(chance["frozen"].choice(list(FORMANTS)))
    shape = _tract(sung, frames, tract * VOICES[voice].tract, frozen, doses["buzz"])
    air = 0.02 * (1.0 - doses["buzz"])
    for start, end in _stretches((level + breath) > 1e-4, frames):
        piece = _stretch(
            pitch[start:end], level[start:end], breath[start:end], shape[start:end],
            air=air, buzz=doses["buzz"], rng=chance["air"],
        )  # fmt: skip
        at = start * _HOP
        room = min(len(piece), n_samples - at)
        out[at : at + room] += piece[:room]
    _consonants(out, sung, noise_dip, 1.0 - doses["buzz"], chance["consonant"])
    _glitches(out, sung, doses["glitch"], chance["glitch"])
    return out


def _control(
    sung: Sequence[SungNote],
    phrases: Sequence[Phrase],
    frames: int,
    doses: Mapping[str, float],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """Return pitch (MIDI), loudness and breath at each control frame, and the consonants' level."""
    human = 1.0 - doses["robotic_pitch"]
    pitch = np.full(frames, sung[0].pitch)
    level = np.zeros(frames)
    breath = np.zeros(frames)
    vibrato_hz, vibrato_depth = rng.uniform(5.0, 6.4), rng.uniform(0.22, 0.42)
    scoops = rng.uniform(0.2, 1.1, len(sung)) * (rng.uniform(size=len(sung)) < 0.5)
    turns = rng.uniform(0, 2 * np.pi, len(sung))
    rates = vibrato_hz * rng.normal(1, 0.05, len(sung))
    wave = np.zeros(frames)
    for k, note in enumerate(sung):
        a = int(note.onset_s * _RATE / _HOP)
        b = min(max(int((note.onset_s + note.duration_s) * _RATE / _HOP), a + 3), frames)
        following = sung[k + 1].onset_s if k + 1 < len(sung) else frames * _HOP / _RATE
        pitch[a : int(following * _RATE / _HOP) + 1] = note.pitch
        t = np.arange(b - a) * _HOP / _RATE
        grown = np.clip((t - 0.22) / 0.35, 0, 1)
        wave[a:b] = vibrato_depth * grown * np.sin(2 * np.pi * rates[k] * t + turns[k])
        first = k == 0 or sung[k - 1].phrase != note.phrase
        depth = scoops[k] * (1.0 if first else 0.35)
        wave[a:b] -= depth * np.exp(-t / 0.06)
        dip = CONSONANT[note.consonant][3] if note.consonant else 0.15
        gap = 0.05 if note.consonant else 0.02
        attack = np.where(t < gap, 1 - dip, 1 - dip * np.exp(-(t - gap) / 0.02))
        attack = 1 - (1 - attack) * (1 - doses["buzz"])
        swell = 1 + 0.25 * human * np.sin(np.pi * np.arange(b - a) / max(b - a, 1))
        level[a:b] = note.velocity * attack * swell
    smooth = max(round(6 * human), 1)
    pitch = uniform_filter1d(pitch, smooth, mode="nearest")
    drift = uniform_filter1d(rng.normal(0, 1, frames), 40, mode="nearest") * 0.5
    pitch += human * (wave + drift)
    level = uniform_filter1d(level, 3, mode="nearest")
    for phrase in phrases:
        a, b = (int((phrase.start_s - x) * _RATE / _HOP) for x in (phrase.breath_s, 0.04))
        if phrase.breath_s > 0 and 0 <= a < b:
            breath[a:b] = 0.5 * np.sin(np.pi * np.linspace(0, 1, b - a)) ** 0.7
        c, d = (int(x * _RATE / _HOP) for x in (phrase.start_s, phrase.end_s))
        if d - c > 10:  # a phrase swells and dies away
            arch = 1 - 0.3 * human * np.linspace(-0.75, 1, d - c) ** 2
            level[c:d] *= arch[: max(min(d, frames) - c, 0)]
    return pitch, level, breath * (1 - doses["buzz"]), 1.0


def _tract(
    sung: Sequence[SungNote], frames: int, tract: float, frozen: str, buzz: float
) -> NDArray[np.float64]:
    """Return formant frequencies and levels, (frames, 10), gliding from vowel to vowel."""
    shape = np.empty((frames, 10))
    still = np.concatenate([np.array(FORMANTS[frozen][0]) * tract, FORMANTS[frozen][1]])
    at = 0
    for k, note in enumerate(sung):
        until = int(sung[k + 1].onset_s * _RATE / _HOP) if k + 1 < len(sung) else frames
        freqs, levels = FORMANTS[note.vowel]
        shape[at:until] = np.concatenate([np.array(freqs) * tract, levels])
        at = max(at, until)
    shape = uniform_filter1d(shape, 7, axis=0, mode="nearest")
    return np.asarray(shape + buzz * (still - shape))


def _stretches(on: NDArray[np.bool_], frames: int) -> list[tuple[int, int]]:
    """Return (start, end) frames of runs where the voice sounds, merging runs 100 ms apart."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < 10:
            runs[-1] = (runs[-1][0], min(end + 2, frames))
        else:
            runs.append((max(start - 1, 0), min(end + 2, frames)))
    return runs


def _wavetable(top: int, tilt: float) -> NDArray[np.float32]:
    """Return one glottal cycle of 4,096 samples with ``top`` harmonics falling as k**-tilt."""
    k = np.arange(1, top + 1)
    spectrum = np.zeros(2049, complex)
    # Phases that spread the pulse a little: gentler than all sines in step.
    spectrum[1 : top + 1] = k**-tilt * np.exp(1j * 0.6 * np.pi * (k / top) ** 2) / 1j
    wave = np.fft.irfft(spectrum, 4096)
    return np.asarray(wave / np.abs(wave).max(), np.float32)


def _stretch(
    pitch: NDArray[np.float64],
    level: NDArray[np.float64],
    breath: NDArray[np.float64],
    shape: NDArray[np.float64],
    *,
    air: float,
    buzz: float,
    rng: np.random.Generator,
) -> Array:
    """Sing one unbroken stretch: source, then vocal tract by overlapping spectra."""
    n = (len(pitch) - 1) * _HOP
    if n < _HOP:
        return np.zeros(0, np.float32)
    grid = np.arange(len(pitch)) * _HOP
    at = np.arange(n)
    hertz = 440.0 * 2.0 ** ((pitch - 69) / 12)
    cycles = np.cumsum(np.interp(at, grid, hertz / _RATE))
    top = int(np.clip(11_000 / hertz.max(), 6, 90))
    table = _wavetable(top, 1.25 - 0.45 * buzz)
    source = table[((cycles % 1.0) * 4096).astype(np.int32)]
    noise = rng.standard_normal(n, dtype=np.float32)
    loud = np.interp(at, grid, level).astype(np.float32)
    sigh = np.interp(at, grid, breath).astype(np.float32)
    driven = source * loud + noise * (air * loud + 0.035 * sigh)

    step = _FFT_SIZE // 4
    count = n // step + 2
    padded = np.zeros((count + 1) * step, np.float32)
    padded[step : step + n] = driven
    framed = np.lib.stride_tricks.sliding_window_view(padded, 2 * step)[::step]
    window = np.hanning(2 * step + 1)[:-1].astype(np.float32)
    spectra = fft.rfft(framed * window, _FFT_SIZE, axis=1)
    middle = np.clip(np.arange(len(framed)) * step // _HOP, 0, len(shape) - 1)
    shaped = fft.irfft(spectra * _response(shape[middle]), _FFT_SIZE, axis=1)
    total = np.zeros((len(framed) + 4) * step, np.float32)
    for part in range(4):  # each spectrum spans four steps: add the quarters where they belong
        rows = shaped[:, part * step : (part + 1) * step].reshape(-1)
        total[part * step : part * step + len(rows)] += rows
    return np.asarray(total[step : step + n], np.float32)


def _response(shape: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the tract's magnitude at each spectral bin, (frames, FFT_SIZE // 2 + 1)."""
    hertz = np.fft.rfftfreq(_FFT_SIZE, 1 / _RATE).astype(np.float32)
    response = np.full((len(shape), len(hertz)), 0.004, np.float32)
    for k in range(5):
        centre = shape[:, k, None].astype(np.float32)
        gain = (10 ** (shape[:, 5 + k, None] / 20)).astype(np.float32)
        width = np.float32(_BANDWIDTHS[k] * 0.8)
        response += gain / (1 + ((hertz - centre) / width) ** 2)
    return response


def _consonants(
    out: Array, sung: Sequence[SungNote], level: float, amount: float, rng: np.random.Generator
) -> None:
    """Add the noise of each consonant just before its vowel, in place."""
    loud = float(np.sqrt(np.mean(out**2))) * level * amount
    bank: dict[str, Array] = {}
    for name, (seconds, centre, strength, _) in CONSONANT.items():
        n = int(seconds * _RATE)
        white = fft.rfft(rng.standard_normal(n, dtype=np.float32))
        hertz = np.fft.rfftfreq(n, 1 / _RATE)
        white *= 1 / (1 + ((hertz - centre) / (0.35 * centre + 200)) ** 2)
        burst = fft.irfft(white, n)
        envelope = np.hanning(n) if seconds > 0.05 else np.exp(-np.arange(n) / (0.25 * n))
        burst = burst / (np.sqrt(np.mean(burst**2)) + 1e-9) * envelope
        bank[name] = np.asarray(burst * strength, np.float32)
    for note in sung:
        if not note.consonant or CONSONANT[note.consonant][2] == 0:
            continue
        burst = bank[note.consonant]
        at = max(int((note.onset_s - 0.6 * len(burst) / _RATE) * _RATE), 0)
        room = min(len(burst), len(out) - at)
        out[at : at + room] += burst[:room] * np.float32(loud * note.velocity)


def _glitches(out: Array, sung: Sequence[SungNote], dose: float, rng: np.random.Generator) -> None:
    """Stutter, drop out and speed up: up to two and a half times a second sung, in place."""
    sung_s = sum(note.duration_s for note in sung)
    most = max(int(2.5 * sung_s), 1)
    which = rng.integers(len(sung), size=most)
    place, kind = rng.uniform(0, 0.8, most), rng.integers(3, size=most)
    lengths = rng.uniform(0.03, 0.09, most)
    for k in range(round(most * dose)):
        note = sung[int(which[k])]
        at = int((note.onset_s + place[k] * note.duration_s) * _RATE)
        n = int(lengths[k] * _RATE)
        end = min(at + 4 * n, len(out))
        if end - at < 4 * n:
            continue
        if kind[k] == 0:
            out[at:end] = np.tile(out[at : at + n], 4)
        elif kind[k] == 1:
            out[at : at + 2 * n] = 0.0
        else:
            out[at : at + 2 * n] = out[at : at + 4 * n : 2].copy()
