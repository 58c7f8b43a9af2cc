"""The tune: the most salient sung or played line of a segment, and the line of its voice.

Salience of the tune is a harmonic sum over the whitened spectrum (after Hermes 1988; Salamon and
Gomez 2012), and the line is its best path: a step of a semitone costs a little, any leap the same.
It is not always the singer. The line of the voice is the best path through the pitches of
`plaudit.encoders.measured.voice_detector`, which also tells where nobody sings.

Conventions: frames of 20 ms; pitch in semitones above A2 (110 Hz), in steps of a fifth; salience is
without unit, about 1 where a tone stands out.
"""

import functools
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.encoders.measured.best_path import best_paths
from plaudit.encoders.measured.row import multiplied
from plaudit.encoders.measured.spectrum import FRAME_S, N_FFT, SAMPLE_RATE, Spectrum
from plaudit.encoders.measured.voice_detector import (
    LOWEST_HZ,
    STEPS,
    STEPS_PER_SEMITONE,
    VoiceOutput,
    detect_voice,
)

_HARMONICS, _DECAY, _TOP_HZ = 10, 0.85, 5000.0
_COST = 0.02  # of a step
_VOICE_COST, _TURN = 0.12, 1.0  # in logits: of a step; to begin or to end singing
_BEGINS = 0.3  # least chance of a note that begins
_AROUND, _MOST_OFF = 2, 0.8  # bins around a harmonic; semitones that it may be off
_LEAST_HEIGHT = 0.5  # of a harmonic over its surroundings, in natural logarithms of power

Floats = NDArray[np.float32]


class Tune(NamedTuple):
    """The line of one segment; every array has a row for each frame."""

    pitch: NDArray[np.float64]  # (n_frames,) semitones above A2, refined between the steps
    step: NDArray[np.intp]  # (n_frames,) the same in whole steps
    sounding: NDArray[np.bool_]  # (n_frames,) whether there is a line
    salience: Floats  # (n_frames,) of the line, relative to the strongest candidate
    envelope: Floats  # (n_frames, 12) level of its harmonics, log, mean 0
    chroma: Tensor  # (n_frames, 12) salience of all candidates by pitch class
    attack: Floats  # (n_frames,) how surely a note begins


def follow(s: Spectrum) -> Tune:
    """Return the tune."""
    raw = _salience(s)
    relative = _relative(raw)
    return _tune(s, raw, relative, best_paths([relative], [_COST])[0])


def follow_voice(s: Spectrum, detected: VoiceOutput | None = None) -> Tune:
    """Return the voice."""
    detected = detect_voice(s) if detected is None else detected
    return _voice(s, detected, best_paths([detected.pitch.numpy()], [_VOICE_COST])[0])


def follow_both(s: Spectrum, detected: VoiceOutput) -> tuple[Tune, Tune]:
    """Return the tune and the voice, in less time than one after the other."""
    raw = _salience(s)
    relative = _relative(raw)
    lines = [relative, detected.pitch.numpy()]
    tune, voice = best_paths(lines, [_COST, _VOICE_COST])
    return _tune(s, raw, relative, tune), _voice(s, detected, voice)


def _salience(s: Spectrum) -> Tensor:
    """Return the salience of all candidates, (n_frames, STEPS)."""
    bank = _harmonic_bank()
    return multiplied(s.white[:, : len(bank)], bank)


def _relative(salience: Tensor) -> Floats:
    highest = salience.max(dim=1, keepdim=True).values
    relative: Floats = (salience / (highest + 0.3 * highest.mean() + 1e-9)).numpy()
    return relative


def _tune(s: Spectrum, raw: Tensor, relative: Floats, step: NDArray[np.intp]) -> Tune:
    frame = np.arange(len(step))
    strength = raw.numpy()[frame, step]
    sounding = (strength > 0.4 * np.quantile(strength, 0.9)) & s.sounding.numpy()
    if sounding.sum() * FRAME_S < 1:
        sounding = np.ones(len(step), dtype=bool)
    pitch = _refined(relative, step)
    return Tune(
        pitch=pitch,
        step=step,
        sounding=sounding,
        salience=relative[frame, step],
        envelope=_envelope(s, pitch),
        chroma=_by_class(raw),
        attack=_attack(step, sounding),
    )


def _voice(s: Spectrum, detected: VoiceOutput, step: NDArray[np.intp]) -> Tune:
    chance = torch.sigmoid(detected.sung)
    pitch = tuned(s.power, step / STEPS_PER_SEMITONE)
    attack: Floats = torch.sigmoid(detected.begins).numpy()
    return Tune(
        pitch=pitch,
        step=step,
        sounding=_on_off(detected.sung.numpy()),
        salience=chance.numpy(),
        envelope=_envelope(s, pitch),
        chroma=_by_class(torch.softmax(detected.pitch, dim=1) * chance.unsqueeze(1)),
        attack=attack,
    )


def _by_class(rows: Tensor) -> Tensor:
    """Return sums of rows (n_frames, STEPS) over the steps of each pitch class, (n_frames, 12)."""
    return rows.reshape(len(rows), -1, 12, STEPS_PER_SEMITONE).sum(dim=(1, 3))


def peaks(attack: Floats) -> NDArray[np.intp]:
    """Return the frames at which notes begin: peaks of the probability of a beginning."""
    inner = attack[1:-1]
    high = (inner > attack[:-2]) & (inner >= attack[2:]) & (inner > _BEGINS)
    return np.flatnonzero(high) + 1


def notes(tune: Tune) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return when the notes of a line begin, in seconds, and their pitch, semitones above A2.

    Each (n_notes,). A note lasts until the next begins; its pitch is the median of its frames in
    which there is a line, and notes without any are left out.
    """
    at = peaks(tune.attack)
    ends = np.append(at, len(tune.pitch))[1:]
    rows = [
        (start * FRAME_S, np.median(tune.pitch[start:end][sounding]))
        for start, end in zip(at, ends, strict=True)
        if (sounding := tune.sounding[start:end]).any()
    ]
    table = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _attack(step: NDArray[np.intp], sounding: NDArray[np.bool_]) -> Floats:
    """Return where a line begins (1) or moves by more than half a semitone (1), else 0."""
    moved = np.abs(np.diff(step, prepend=step[:1])) > 3
    starts = np.diff(sounding.astype(np.int8), prepend=np.int8(0)) > 0
    return ((moved & sounding) * 1.0 + starts).astype(np.float32)


def _on_off(odds: Floats) -> NDArray[np.bool_]:
    """Return the best path (n_frames,) of singing or not, where each change costs."""
    stays = []
    off, on = 0.0, 0.0
    for odd in odds.tolist():
        stays.append((off >= on - _TURN, on >= off - _TURN))
        off, on = max(off, on - _TURN), max(on, off - _TURN) + odd
    state = on > off
    path = []
    for both in reversed(stays):
        path.append(state)
        state = state if both[state] else not state
    return np.array(path[::-1], dtype=np.bool_)


def _envelope(s: Spectrum, pitch: NDArray[np.float64]) -> Floats:
    """Return the log level of the first twelve harmonics (n_frames, 12), less their mean."""
    hertz = LOWEST_HZ * 2 ** (pitch / 12)
    place = hertz[:, None] * np.arange(1, 13) * N_FFT / SAMPLE_RATE
    bins = np.minimum(place.astype(np.intp), N_FFT // 2 - 1)
    power: Floats = s.power.numpy()[np.arange(len(pitch))[:, None], bins]
    levels = np.log1p(np.sqrt(power) / np.float32(s.amplitude_scale))
    centred: Floats = levels - levels.mean(axis=1, keepdims=True)
    return centred


def _refined(salience: Floats, step: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return pitch in semitones, a parabola through each step and its neighbours."""
    frame, inner = np.arange(len(step)), np.clip(step, 1, STEPS - 2)
    left, middle, right = (salience[frame, inner + k].astype(np.float64) for k in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-6)
    offset = np.where(step == inner, np.clip(0.5 * (left - right) / bend, -1, 1), 0.0)
    return np.asarray((step + offset) / STEPS_PER_SEMITONE, dtype=np.float64)


def tuned(power: Tensor, pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return pitch (n_frames,), in semitones above A2, refined by its harmonics.

    ``power`` is (n_frames, N_FFT // 2 + 1). The result lies within `_MOST_OFF` of the given
    ``pitch``. A network that was taught notes does not follow vibrato and drift; higher harmonics
    move further with them. Takes the weighted median of the second to the tenth, then the median of
    three frames.
    """
    order = np.arange(2, 11)
    hertz = LOWEST_HZ * 2 ** (pitch / 12)
    middle = np.rint(hertz[:, None] * order * N_FFT / SAMPLE_RATE).astype(np.intp)
    middle = middle.clip(_AROUND + 1, N_FFT // 2 - _AROUND - 1)
    frame = np.arange(len(pitch))
    around = np.arange(-_AROUND - 1, _AROUND + 2)
    heard: Floats = power.numpy()[frame[:, None, None], middle[..., None] + around]
    rows = np.log(heard + np.float32(1e-7 * power.mean())).astype(np.float64)
    best = rows[..., 1:-1].argmax(axis=2) + 1
    left, top, right = (
        np.take_along_axis(rows, (best + k)[..., None], axis=2)[..., 0] for k in (-1, 0, 1)
    )
    bend = np.minimum(left - 2 * top + right, -1e-3)
    place = middle + around[best] + np.clip(0.5 * (left - right) / bend, -1, 1)
    frequency = place * SAMPLE_RATE / N_FFT / order
    off = 12 * np.log2(frequency / hertz[:, None])
    is_peak = (top > left) & (top >= right) & (np.abs(around[best]) < _AROUND)
    height = (top - np.partition(rows, _AROUND + 1, axis=2)[..., _AROUND + 1] - _LEAST_HEIGHT).clip(
        min=0
    )
    weight = height * np.sqrt(order) * is_peak * (frequency * order < _TOP_HZ)
    ranks = off.argsort(axis=1)
    total = np.take_along_axis(weight, ranks, axis=1).cumsum(axis=1)
    half = (total >= total[:, -1:] / 2).argmax(axis=1)
    off = np.take_along_axis(off, ranks, axis=1)[frame, half].clip(-_MOST_OFF, _MOST_OFF)
    off[total[:, -1] <= 0] = 0.0
    padded = np.pad(pitch + off, 1, mode="edge")
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0))


@functools.cache
def _harmonic_bank() -> Tensor:
    """Return (bins up to the highest, STEPS): the harmonics of candidates, weaker the higher."""
    hertz = LOWEST_HZ * 2 ** (torch.arange(STEPS, dtype=torch.float64) / 12 / STEPS_PER_SEMITONE)
    bank = torch.zeros(N_FFT // 2 + 1, STEPS, dtype=torch.float64)
    column = torch.arange(STEPS)
    for harmonic in range(1, _HARMONICS + 1):
        place = hertz * harmonic * N_FFT / SAMPLE_RATE
        weight = _DECAY ** (harmonic - 1) * (hertz * harmonic < _TOP_HZ)
        low = place.long().clamp(max=N_FFT // 2 - 1)
        bank[low, column] += weight * (1 - (place - low))
        bank[low + 1, column] += weight * (place - low)
    return bank[: int(torch.nonzero(bank.sum(dim=1))[-1]) + 1].float()
