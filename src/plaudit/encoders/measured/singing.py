"""What the bundled encoder measures of the tune: its contour, its voice, its pauses, its words.

Families take a `Spectrum` and the `Tune` in it, and return named numbers, finite for any input that
is not silent. A voice here is whatever carries the tune.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.encoders.measured.spectrum import FRAME_S, N_FFT, SAMPLE_RATE, Measures, Spectrum
from plaudit.encoders.measured.tune import Tune, notes, peaks
from plaudit.encoders.measured.voice_detector import LOWEST_HZ

_Floats = NDArray[np.float64]
_WINDOW_FRAMES = 200  # 4 s
_NOTE_FRAMES = 16  # shortest stretch of a note in which a vibrato shows
_VIBRATO_HZ = (4.0, 7.5)
_QUIET_DB = -50.0
_BREATH_FRAMES = 12  # 0.24 s
_FEW_NOTES, _FAR = 6, 7.0  # semitones
_LONGEST_WAIT, _USUALLY_HELD = 200, 0.7  # frames; value for too few waits
_WAITS = ((1.8, 0, 0.5, 0.15), (2.5, 0, 0.4, 0.3), (0.0, 50, 0.5, 0.3), (2.5, 0, 0.5, 0.5))
"""Least wait in medians and in frames, share of it that is passed over, quantile."""


def contour(_spectrum: Spectrum, tune: Tune) -> Measures:
    """How far the tune ranges, in all and within four seconds, and how it moves."""
    pitch = _sung(tune.pitch, tune)
    place = np.clip(np.rint(pitch), 0, 40).astype(np.intp)
    used = np.bincount(place, minlength=41) / len(place)
    classes = np.bincount(place % 12, minlength=12) / len(place)
    local = [
        np.subtract(*np.quantile(part[sounding], (0.9, 0.1)))
        for start in range(0, max(1, len(tune.pitch) - _WINDOW_FRAMES + 1), _WINDOW_FRAMES // 2)
        for part in [tune.pitch[start : start + _WINDOW_FRAMES]]
        for sounding in [tune.sounding[start : start + _WINDOW_FRAMES]]
        if sounding.sum() > 50
    ] or [0.0]
    moved, both = _moves(tune)
    moved = moved[both] if both.any() else np.zeros(1)
    return _measures(
        tune_range=[pitch.std(), np.subtract(*np.quantile(pitch, (0.9, 0.1))), pitch.mean()],
        tune_notes=[used.max(), np.sort(used)[-3:].sum(), _entropy(used), _entropy(classes)],
        tune_local_range=[np.mean(local), np.min(local)],
        tune_moves=[
            np.mean(moved < 0.25),
            np.mean((moved > 0.6) & (moved < 4)),
            np.mean(moved >= 4),
        ],
    )


def _phrasing(_spectrum: Spectrum, tune: Tune) -> Measures:
    """How long the voice goes on, how often and how long it rests, and how often it breaks."""
    edge = np.flatnonzero(np.diff(np.r_[0, tune.sounding.astype(np.int8), 0]))
    runs = (edge[1::2] - edge[::2]) * FRAME_S if len(edge) else np.zeros(1)
    rests = (edge[2::2] - edge[1:-1:2]) * FRAME_S
    seconds = len(tune.pitch) * FRAME_S
    return _measures(
        sung=[tune.sounding.mean(), np.log(runs.mean() + 0.02), np.log(runs.max() + 0.02)],
        sung_breaks=[(runs < 0.1).sum() / seconds, (rests < 0.12).sum() / seconds],
        rests=[(rests > 0.25).sum() / seconds, rests[rests > 0.25].sum() / seconds],
        tune_salience=[_sung(tune.salience, tune).mean(), _sung(tune.salience, tune).std()],
    )


def vibrato(_spectrum: Spectrum, tune: Tune) -> Measures:
    """How pitch moves within a note: slow drift, vibrato, faster jitter."""
    leap = np.abs(np.diff(np.r_[tune.pitch[0], tune.pitch])) >= 0.7
    steady = tune.sounding & ~leap
    edge = np.flatnonzero(np.diff(np.r_[0, steady.astype(np.int8), 0]))
    notes = [(a, b) for a, b in zip(edge[::2], edge[1::2], strict=True) if b - a >= _NOTE_FRAMES]
    if not notes:
        return _measures(pitch_motion=[-4.0] * 6, vibrato_share=[-2.0], notes=[-1.5, 0.0])
    power = np.array([_pitch_motion(tune.pitch[a:b]) for a, b in notes])
    frames = np.array([b - a for a, b in notes])
    mean = (power * (frames / frames.sum())[:, None]).sum(axis=0)
    share = np.median(power[:, 1] / (power.sum(axis=1) + 1e-6))
    return _measures(
        pitch_motion=np.log10(np.r_[mean, np.median(power, axis=0)] + 1e-4),
        vibrato_share=[np.log10(share + 1e-2)],
        notes=[np.log(frames.mean() * FRAME_S), frames.sum() / len(tune.pitch)],
    )


def _vowels(_spectrum: Spectrum, tune: Tune) -> Measures:
    """How the colour of the voice changes: within moments, over the song, and where it starts."""
    voiced = _sung(tune.envelope, tune)
    _, both = _moves(tune)
    change = np.abs(np.diff(tune.envelope, axis=0)).mean(axis=1)
    change = change[both] if both.any() else np.zeros(1)
    n = len(tune.envelope) // 10
    blocks = (tune.envelope * tune.sounding[:, None])[: n * 10].reshape(n, 10, -1).mean(axis=1)
    size = np.linalg.norm(blocks, axis=1)
    unit = blocks[size > 0.3] / size[size > 0.3, None]
    return _measures(
        vowel_spread=[voiced.std(axis=0).mean()],
        vowel_motion=[
            change.mean(),
            np.quantile(change, 0.8),
            np.mean(change < 0.5 * np.median(change)),
        ],
        vowel_mean=voiced.mean(axis=0)[[0, 1, 2, 4, 7]],
        vowels_alike=[(unit @ unit.T).mean() if len(unit) > 8 else 0.0],
    )


def _consonants(s: Spectrum, _tune: Tune) -> Measures:
    """How treble comes in bursts beside the voice, and how abruptly the voice's band moves."""
    total = float(s.frame_power.mean())
    high, middle = (_level_db(s, low, top, total) for low, top in ((4500, 9000), (300, 3000)))
    spread = high.std()
    centred = high - high.mean()
    together = 0.0
    if spread > 1e-3 and middle.std() > 1e-3:
        together = float(np.mean(centred * (middle - middle.mean())) / spread / middle.std())
    step = np.diff(middle)
    return _measures(
        treble_bursts=[spread, np.mean(centred**3) / (spread + 1e-3) ** 3, together],
        voice_steps=[np.mean(step < -8), np.mean(step > 8), 10 * np.mean(step < -15)],
    )


SINGING = (contour, _phrasing, vibrato, _vowels, _consonants)


def breaths(s: Spectrum, voice: Tune) -> Measures:
    """How the air sounds before a voice comes in after a rest, against other moments without it."""
    total = float(s.frame_power.mean())
    air = np.stack([_level_db(s, low, top, total) for low, top in ((1500, 4000), (4000, 9000))])
    starts = np.flatnonzero(np.diff(np.r_[0, voice.sounding.astype(np.int8)]) > 0)
    before, deep = np.zeros(len(air[0]), dtype=bool), 0
    for start in starts:
        if start >= _BREATH_FRAMES and not voice.sounding[start - _BREATH_FRAMES : start].any():
            before[start - _BREATH_FRAMES : start] = True
            deep += 1
    other = ~before & ~voice.sounding
    seconds = len(voice.pitch) * FRAME_S
    if before.sum() < _BREATH_FRAMES or other.sum() < _BREATH_FRAMES:
        return _measures(breaths=[0.0] * 4, breath_count=[deep / seconds])
    rise = [np.mean(row[before]) - np.mean(row[other]) for row in air]
    burst = [np.quantile(row[before], 0.8) - np.median(row[other]) for row in air]
    return _measures(breaths=[*rise, *burst], breath_count=[deep / seconds])


def _throat(s: Spectrum, voice: Tune) -> Measures:
    """How a voice stands out: between its harmonics, in treble, in level; how sure it is."""
    on = voice.sounding
    if on.sum() < _NOTE_FRAMES:
        return _measures(throat=[0.0] * 10)
    hertz = np.asarray(LOWEST_HZ * 2 ** (voice.pitch[on] / 12), dtype=np.float64)
    rows = s.power.numpy()[on]
    gaps = []
    for low, top in ((1, 4), (4, 8), (8, 13)):
        order = np.arange(low, top, dtype=np.float64)
        at, between = (
            np.log1p(np.sqrt(rows[np.arange(len(rows))[:, None], _place(hertz, order + k)]))
            for k in (0.0, 0.5)
        )
        gaps.append((at - between).mean(axis=1))
    total = float(s.frame_power.mean())
    treble, middle = (_level_db(s, low, top, total) for low, top in ((4500, 9000), (300, 3000)))
    off = ~on if (~on).sum() >= _NOTE_FRAMES else on
    return _measures(
        throat=[
            *(gap.mean() for gap in gaps),
            *(gap.std() for gap in gaps[:2]),
            treble[on].mean() - treble[off].mean(),
            middle[on].mean() - middle[off].mean(),
            treble[on].std(),
            voice.salience[on].mean(),
            voice.salience[on].std(),
        ]
    )


def _place(hertz: _Floats, order: _Floats) -> NDArray[np.intp]:
    bins = np.rint(hertz[:, None] * order * N_FFT / SAMPLE_RATE).astype(np.intp)
    return np.minimum(bins, N_FFT // 2)


def pace(_spectrum: Spectrum, voice: Tune) -> Measures:
    """Sung notes: their number, distances in time and pitch, evenness and certainty."""
    at, pitch = notes(voice)
    seconds = len(voice.attack) * FRAME_S
    count = {
        "note_count": [len(at)],
        "pace": [len(at) / seconds, np.log(voice.attack.mean() + 1e-3), voice.attack.std()],
    }
    if len(at) < _FEW_NOTES:
        return _measures(**count, note_gaps=[0.0] * 6, note_moves=[0.0] * 6)
    apart = np.log(np.diff(at))
    turn = np.abs(np.diff(apart))
    moved = np.minimum(np.abs(np.diff(pitch)), _FAR)
    return _measures(
        **count,
        note_gaps=[*np.quantile(apart, (0.1, 0.5, 0.9)), apart.std(), turn.mean(), turn.std()],
        note_moves=[
            moved.mean(),
            np.mean(moved < 0.5),
            np.mean(moved > 2.5),
            pitch.std(),
            np.subtract(*np.quantile(pitch, (0.85, 0.15))),
            np.abs(pitch - np.median(pitch)).mean(),
        ],
    )


def held(_spectrum: Spectrum, voice: Tune) -> Measures:
    """Return the probability of singing late in a long gap before the next note.

    Where a singer pauses and breathes, the last part of the wait is silent. ``held``: chances of a
    voice in [0, 1], for each of `_WAITS`.
    """
    at = peaks(voice.attack)
    wait = np.diff(at)
    out = []
    for medians, shortest, after, quantile in _WAITS:
        least = max(medians * float(np.median(wait)), shortest) if len(wait) else 0.0
        long = [
            voice.salience[start + int(after * frames) : start + max(frames - 3, 1)].mean()
            for start, frames in zip(at[:-1].tolist(), wait.tolist(), strict=True)
            if max(least, 10) <= frames <= _LONGEST_WAIT
        ]
        out.append(np.quantile(long, quantile) if len(long) > 1 else _USUALLY_HELD)
    return _measures(held=out)


VOICE = (contour, _phrasing, vibrato, _vowels, breaths, _throat, pace, held)


def _measures(**parts: object) -> Measures:
    return {
        name: torch.from_numpy(np.nan_to_num(np.asarray(part, dtype=np.float32)))
        for name, part in parts.items()
    }


def _moves(tune: Tune) -> tuple[_Floats, NDArray[np.bool_]]:
    """Return how far pitch moves from frame to frame, and where there is a line in both."""
    moved = np.abs(np.diff(tune.step.astype(np.float64))) / 5
    return moved, tune.sounding[1:] & tune.sounding[:-1]


def _sung(rows: NDArray[np.floating[Any]], tune: Tune) -> NDArray[np.floating[Any]]:
    """Return the rows where there is a line; a single row of zeros if there is none."""
    return rows[tune.sounding] if tune.sounding.any() else np.zeros_like(rows[:1])


def _entropy(share: _Floats) -> float:
    return float(-(share * np.log(share + 1e-9)).sum())


def _pitch_motion(pitch: _Floats) -> _Floats:
    """Return power of the pitch of a note below, in, and well above the rates of vibrato."""
    time = np.arange(len(pitch), dtype=np.float64)
    time -= time.mean()
    centred = pitch - pitch.mean()
    centred = centred - time * (time @ centred) / (time @ time)
    window = np.hanning(len(pitch))
    power = np.abs(np.fft.rfft(centred[:512] * window[:512], 512)) ** 2 / (window**2).sum() / 8
    hertz = np.fft.rfftfreq(512, FRAME_S)
    low, high = _VIBRATO_HZ
    inside = (hertz >= low) & (hertz <= high)
    return np.array([power[hertz < low].sum(), power[inside].sum(), power[hertz > 9].sum()])


def _level_db(s: Spectrum, low_hz: float, high_hz: float, total: float) -> _Floats:
    width = SAMPLE_RATE / N_FFT
    low, high = math.floor(low_hz / width) + 1, math.ceil(high_hz / width)
    band = s.power[:, low:high].sum(dim=1) / total
    level: _Floats = (10 * torch.log10(band + 10 ** (_QUIET_DB / 10))).numpy()
    return level.astype(np.float64)
