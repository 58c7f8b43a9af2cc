"""The tune: the most salient sung or played line of a segment, and the line of its voice.

Salience of the tune is a harmonic sum over the whitened spectrum (after Hermes 1988; Salamon and
Gomez 2012), and the line is its best path: a step of a semitone costs a little, any leap the same.
It is not always the singer. The line of the voice is the best path through what
`plaudit.encoders.voice` hears, which may also be that nobody sings.

Conventions: frames of 20 ms; pitch in semitones above A2 (110 Hz), in steps of a fifth; salience is
without unit, about 1 where a tone stands out.
"""

import functools
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.encoders.spectrum import FRAME_S, N_FFT, SAMPLE_RATE, Spectrum
from plaudit.encoders.voice import LOWEST_HZ, STEPS, STEPS_PER_SEMITONE, voice_logits, whitened

_HARMONICS, _DECAY, _TOP_HZ = 10, 0.85, 5000.0
_REACH, _COST, _LEAP = 15, 0.02, 1.3  # steps, per step, factor on the cost of the longest step
_VOICE_COST, _TURN = 0.12, 2.0  # in logits: per step; to begin or to end singing

Floats = NDArray[np.float32]


class Tune(NamedTuple):
    """The line of one segment; every array has a row for each frame."""

    pitch: NDArray[np.float64]  # (n_frames,) semitones above A2, refined between the steps
    step: NDArray[np.intp]  # (n_frames,) the same in whole steps
    sounding: NDArray[np.bool_]  # (n_frames,) whether there is a line to speak of
    salience: Floats  # (n_frames,) of the line, relative to the strongest candidate
    envelope: Floats  # (n_frames, 12) level of its harmonics, log, mean 0
    chroma: Tensor  # (n_frames, 12) salience of all candidates by pitch class


def follow(s: Spectrum) -> Tune:
    """Follow the tune.

    Parameters
    ----------
    s : Spectrum
        Pictures of a segment.

    Returns
    -------
    Tune
        Its line, one row for each of the spectrum's frames.
    """
    level, white = whitened(s)
    raw = white @ _harmonic_bank().to(level)
    highest = raw.max(dim=1, keepdim=True).values
    relative: Floats = (raw / (highest + 0.3 * highest.mean() + 1e-9)).cpu().numpy()
    step = _best_path(relative, _COST)
    frame = np.arange(len(step))
    strength = raw.cpu().numpy()[frame, step]
    sounding = (strength > 0.4 * np.quantile(strength, 0.9)) & s.sounding.cpu().numpy()
    if sounding.sum() * FRAME_S < 1:
        sounding = np.ones(len(step), dtype=bool)
    pitch = _refined(relative, step)
    return Tune(
        pitch=pitch,
        step=step,
        sounding=sounding,
        salience=relative[frame, step],
        envelope=_envelope(level, pitch),
        chroma=raw.reshape(len(raw), -1, 12, STEPS_PER_SEMITONE).sum(dim=(1, 3)),
    )


def follow_voice(s: Spectrum) -> Tune:
    """Follow the voice.

    Parameters
    ----------
    s : Spectrum
        Pictures of a segment.

    Returns
    -------
    Tune
        As of `follow`; ``sounding`` is where somebody sings, ``salience`` the chance that somebody
        does, and ``chroma`` the chance of a voice by pitch class.
    """
    logits = voice_logits(s)
    share = torch.softmax(logits, dim=1)
    sung, absent = logits[:, :STEPS].cpu().numpy(), logits[:, STEPS].cpu().numpy()
    step = _best_path(sung, _VOICE_COST)
    at = sung[np.arange(len(step)), step]
    pitch = _refined(sung, step)
    chroma = share[:, :STEPS].reshape(len(share), -1, 12, STEPS_PER_SEMITONE).sum(dim=(1, 3))
    chance: Floats = (1 - share[:, STEPS]).cpu().numpy()
    return Tune(
        pitch=pitch,
        step=step,
        # Against no voice stands the sum over all pitches, of which the best is only a part.
        sounding=_on_off(np.logaddexp.reduce(sung, axis=1) - absent) & (at > sung.mean(axis=1)),
        salience=chance,
        envelope=_envelope(whitened(s)[0], pitch),
        chroma=chroma,
    )


def _on_off(odds: Floats) -> NDArray[np.bool_]:
    """Return the best path (n_frames,) of singing or not, where each change costs."""
    n = len(odds)
    stays = np.zeros((n, 2), dtype=np.bool_)
    off, on = 0.0, 0.0
    for frame, odd in enumerate(odds.tolist()):
        stays[frame] = off >= on - _TURN, on >= off - _TURN
        off, on = max(off, on - _TURN), max(on, off - _TURN) + odd
    path = np.zeros(n, dtype=np.bool_)
    state = on > off
    for frame in range(n - 1, -1, -1):
        path[frame] = state
        state = state if stays[frame, int(state)] else not state
    return path


def _envelope(level: Tensor, pitch: NDArray[np.float64]) -> Floats:
    """Return the log level of the first twelve harmonics (n_frames, 12), less their mean."""
    hertz = LOWEST_HZ * 2 ** (pitch / 12)
    place = hertz[:, None] * np.arange(1, 13) * N_FFT / SAMPLE_RATE
    bins = np.minimum(place.astype(np.intp), N_FFT // 2 - 1)
    levels: Floats = level.cpu().numpy()[np.arange(len(pitch))[:, None], bins]
    centred: Floats = levels - levels.mean(axis=1, keepdims=True)
    return centred


def _refined(salience: Floats, step: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return pitch in semitones, a parabola through each step and its neighbours."""
    frame, inner = np.arange(len(step)), np.clip(step, 1, STEPS - 2)
    left, middle, right = (salience[frame, inner + k].astype(np.float64) for k in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-6)
    offset = np.where(step == inner, np.clip(0.5 * (left - right) / bend, -1, 1), 0.0)
    return np.asarray((step + offset) / STEPS_PER_SEMITONE, dtype=np.float64)


def _best_path(salience: Floats, a_step: float) -> NDArray[np.intp]:
    """Return the path (n_frames,) of the highest sum of salience less the cost of moving."""
    n_frames, n = salience.shape
    cost = (-a_step * np.abs(np.arange(-_REACH, _REACH + 1))).astype(np.float32)
    leap = np.float32(-a_step * _REACH * _LEAP)
    came_from = np.zeros((n_frames, n), dtype=np.int16)
    state = np.arange(n)
    padded = np.full(n + 2 * _REACH, -1e9, dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _REACH + 1)
    total = salience[0].copy()
    for frame in range(1, n_frames):
        padded[_REACH : _REACH + n] = total
        moved = windows + cost
        choice = moved.argmax(axis=1)
        value, source = moved[state, choice], state + choice - _REACH
        best = int(total.argmax())
        leaps = total[best] + leap > value
        came_from[frame] = np.where(leaps, best, source)
        total = np.where(leaps, total[best] + leap, value) + salience[frame]
    path = np.zeros(n_frames, dtype=np.intp)
    path[-1] = int(total.argmax())
    for frame in range(n_frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path


@functools.cache
def _harmonic_bank() -> Tensor:
    """Return (n_bins, STEPS): the harmonics of each candidate, weaker the higher."""
    hertz = LOWEST_HZ * 2 ** (torch.arange(STEPS, dtype=torch.float64) / 12 / STEPS_PER_SEMITONE)
    bank = torch.zeros(N_FFT // 2 + 1, STEPS, dtype=torch.float64)
    column = torch.arange(STEPS)
    for harmonic in range(1, _HARMONICS + 1):
        place = hertz * harmonic * N_FFT / SAMPLE_RATE
        weight = _DECAY ** (harmonic - 1) * (hertz * harmonic < _TOP_HZ)
        low = place.long().clamp(max=N_FFT // 2 - 1)
        bank[low, column] += weight * (1 - (place - low))
        bank[low + 1, column] += weight * (place - low)
    return bank.float()
