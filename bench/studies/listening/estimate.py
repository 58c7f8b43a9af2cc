"""Estimates from sound alone: tempo, key, chroma and the pitch of a voice.

They know nothing of how songs are made, so that they can check what a score claims.
Tempo is counted in beats per minute, pitch in MIDI numbers (69 is A4, 440 Hz).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import stft

from plaudit.synth.music.notation import Array, SungNote

RATE = 44_100
PITCH_HOP_S, PITCH_CENTRE_S = 441 / RATE, 1024 / RATE
# Key profiles of Krumhansl and Kessler (1982): how well each pitch class fits a key on C.
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def tempo_of(audio: Array) -> float:
    """Estimate the tempo from onset strength, in beats per minute between 45 and 200.

    Parameters
    ----------
    audio : ndarray, (2, n)
        Sound at 44,100 Hz, at least 8 s.
    """
    _, _, spectrum = stft(audio.mean(axis=0), RATE, nperseg=1024, noverlap=1024 - 441)
    # Little compression: accents must stay louder than the hi-hat between them.
    rise = np.maximum(np.diff(np.log1p(10 * np.abs(spectrum)), axis=1), 0).sum(axis=0)
    rise -= np.convolve(rise, np.ones(50) / 50, mode="same")
    power = np.abs(np.fft.rfft(rise * np.hanning(len(rise)), 2**16)) ** 2
    same = np.fft.irfft(power)[:800]
    same /= np.maximum(1 - np.arange(800) / len(rise), 0.2)
    bpm = np.arange(45, 200, 0.1)
    # A tempo is as strong as its period and the multiples of it: the beat and its bar.
    lags = np.arange(1, 5)[:, None] * 6000 / bpm
    strength = np.interp(lags, np.arange(len(same)), same).mean(axis=0)
    return float(bpm[np.argmax(strength)])


def chroma_of(audio: Array) -> NDArray[np.float64]:
    """Return the share of each pitch class (C first) per 0.37 s: (12, frames).

    Only spectral peaks from 60 to 600 Hz count: fundamentals and few overtones, of which the third
    would vote for the fifth.

    Parameters
    ----------
    audio : ndarray of float32, (2, n_samples)
        Stereo sound at 44,100 Hz.

    Returns
    -------
    ndarray of float64, (12, n_frames)
        Shares, each column summing to 1 where there is sound.
    """
    hertz, _, spectrum = stft(audio.mean(axis=0), RATE, nperseg=32768, noverlap=16384)
    strength = np.abs(spectrum)
    inner = strength[1:-1]
    peaks = np.where((inner > strength[:-2]) & (inner > strength[2:]), inner, 0.0)
    counted = (hertz[1:-1] > 60) & (hertz[1:-1] < 600)
    classes = np.rint(12 * np.log2(hertz[1:-1][counted] / 440) + 69).astype(int) % 12
    chroma = np.array([peaks[counted][classes == k].sum(axis=0) for k in range(12)])
    return np.asarray(chroma / np.maximum(chroma.sum(axis=0), 1e-9))


def key_of(audio: Array) -> tuple[int, str]:
    """Estimate the key: (tonic 0-11, "major" or "minor")."""
    return key_of_chroma(chroma_of(audio).mean(axis=1))


def key_of_chroma(chroma: NDArray[np.float64]) -> tuple[int, str]:
    """Return the key whose Krumhansl profile correlates best with twelve strengths."""
    fits = {
        (tonic, name): float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
        for name, profile in (("major", _MAJOR), ("minor", _MINOR))
        for tonic in range(12)
    }
    return max(fits, key=lambda key: fits[key])


def pitch_of(voice: Array) -> NDArray[np.float64]:
    """Track the pitch of a voice alone: MIDI numbers every 10 ms, nan where nobody sings.

    Parameters
    ----------
    voice : ndarray, (n,)
        One voice at 44,100 Hz, at least 2,048 samples.

    Returns
    -------
    ndarray of float64, (n_frames,)
        Frame k is centred on ``PITCH_CENTRE_S + k * PITCH_HOP_S`` seconds.
    """
    every = np.lib.stride_tricks.sliding_window_view(voice, 2048)[::441]
    level = np.mean(np.square(every), axis=1)
    pitch = np.full(len(every), np.nan)
    loud = np.flatnonzero(level > 0.003 * level.max())
    framed = every[loud]
    spectrum = fft.rfft(framed * np.hanning(2048).astype(np.float32), 4096, axis=1)
    # Magnitudes rather than powers: one overtone on a formant would pass for the fundamental.
    strength = np.abs(spectrum)
    strength[:, 280:] = 0  # above 3 kHz there is more air than tone
    same = fft.irfft(strength, axis=1)
    lags = np.arange(RATE // 1000, RATE // 75)
    taper = np.correlate(np.hanning(2048), np.hanning(2048), mode="full")[2047:]
    fit = same[:, lags] / (same[:, :1] + 1e-9) / np.sqrt(taper[lags] / taper[0])
    # Of nearly equal peaks the shortest period is the fundamental's.
    good = fit > 0.9 * fit.max(axis=1, keepdims=True)
    inner = (fit[:, 1:-1] >= fit[:, :-2]) & (fit[:, 1:-1] >= fit[:, 2:]) & good[:, 1:-1]
    best = np.argmax(inner, axis=1) + 1
    rows = np.arange(len(fit))
    before, here, after = (fit[rows, best + k] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / np.where(np.abs(bend) < 1e-9, 1.0, bend)
    midi = 69 + 12 * np.log2(RATE / (lags[best] + np.clip(shift, -1, 1)) / 440)
    tonal = inner.any(axis=1) & (fit.max(axis=1) > 0.3)
    pitch[loud[tonal]] = midi[tonal]
    return pitch


@dataclass(frozen=True)
class PitchMatch:
    """How well a sung line's pitch follows its notes.

    Parameters
    ----------
    notes : int
        Notes long enough to be compared, and heard.
    unheard : int
        Notes long enough to be compared in whose middle no pitch was found.
    error_cents : float
        Median over notes of the distance between the note's median pitch and the score's; nan when
        no note could be compared.
    within_quarter_tone : float
        Share of the notes long enough that lie within 50 cents; nan when there are none.
    """

    notes: int
    unheard: int
    error_cents: float
    within_quarter_tone: float


def match_pitch(voice: Array, sung: Sequence[SungNote]) -> PitchMatch:
    """Compare the pitch of a voice alone with the notes it was to sing.

    The first 0.1 s of a note (scoop and consonant) and the last 0.05 s are left out, and so are
    notes of which less than 0.05 s is left.

    Parameters
    ----------
    voice : ndarray, (n,)
        The singer without the band, at 44,100 Hz.
    sung : sequence of SungNote
        The line; empty for an instrumental song.

    Returns
    -------
    PitchMatch
        Figures over all notes.
    """
    if not sung:
        return PitchMatch(0, 0, np.nan, np.nan)
    pitch = pitch_of(voice)
    times = PITCH_CENTRE_S + PITCH_HOP_S * np.arange(len(pitch))
    errors, unheard = [], 0
    for note in sung:
        inside = (times > note.onset_s + 0.1) & (times < note.onset_s + note.duration_s - 0.05)
        if inside.sum() < 5:
            continue
        note_pitch = pitch[inside]
        if np.isfinite(note_pitch).any():
            errors.append(100 * abs(float(np.nanmedian(note_pitch)) - note.pitch))
        else:
            unheard += 1
    compared = len(errors) + unheard
    return PitchMatch(
        notes=len(errors),
        unheard=unheard,
        error_cents=float(np.median(errors)) if errors else np.nan,
        within_quarter_tone=float(np.sum(np.array(errors) < 50) / compared) if compared else np.nan,
    )
