"""Measures of form: passages that return, and borders of sections.

`plaudit.encoders.measured.music.form` averages similarity over lags, which finds material that
returns at one steady distance. Here each moment is compared with all others and matched with the
most similar one (after Foote 2000; Serra et al. 2012), separately in tune, harmony, timbre and
rhythm.
"""

import math

import numpy as np
import torch
from torch import Tensor

from plaudit.encoders.measured.spectrum import FRAME_S, Measures, Spectrum
from plaudit.encoders.measured.tune import Tune, notes

_BLOCK = 12  # frames: 0.24 s
_SPANS = ((8, 12), (16, 24))  # length of what is compared and least distance, in blocks
_BEAT_BLOCK = 4  # frames: 80 ms
_RHYTHM_BLOCKS, _RHYTHM_STEP = 25, 3
_HALF_S = 25  # frames
_SIDES = (6, 10)  # half seconds on either side of a boundary
_N_CEPSTRA = 13
_RUNS, _LEAP, _PER_RHYTHM = (4, 7), 14.0, 3.0  # notes; semitones; semitones for a factor of e


def returns(s: Spectrum, tune: Tune) -> Measures:
    """How well each moment is matched by another one, in tune, harmony and timbre."""
    frame = torch.arange(len(tune.step))
    line = torch.zeros(len(frame), 12)
    line[frame, torch.from_numpy(np.rint(tune.pitch).astype(np.int64)) % 12] = torch.from_numpy(
        tune.sounding.astype(np.float32)
    )
    out: Measures = {}
    for name, rows in (("line", line), ("harmony", tune.chroma), ("timbre", _cepstra(s))):
        blocks = _blocks(rows, _BLOCK)
        blocks = blocks - blocks.mean(dim=0)
        blocks = blocks / blocks.norm(dim=1, keepdim=True).clamp(min=1e-6)
        for span, apart in _SPANS:
            out[f"{name}_match_{span}"] = _match(blocks @ blocks.T, span, apart)
    return out


def _rhythm_returns(s: Spectrum, tune: Tune) -> Measures:
    """How well each two seconds of rhythm are matched by others, in the band and in the tune."""
    rise = _rise(s)
    band = torch.stack([rise[:, :10].mean(1), rise[:, 10:24].mean(1), rise[:, 24:].mean(1)], dim=1)
    attack = torch.from_numpy(tune.attack).unsqueeze(1)
    return {
        name: _rhythm_match(_blocks(rows, _BEAT_BLOCK))
        for name, rows in (("band_rhythm", band), ("tune_rhythm", attack))
    }


def _boundaries(s: Spectrum, tune: Tune) -> Measures:
    """How sections differ, how sharply they meet, and whether all features change there at once."""
    power = s.frame_power.unsqueeze(1)
    chroma = _blocks(tune.chroma, _HALF_S)
    pictures = {
        "timbre": _blocks(_cepstra(s), _HALF_S),
        "harmony": chroma / chroma.sum(dim=1, keepdim=True).clamp(min=1e-6),
        "level": 10 * torch.log10(_blocks(power, _HALF_S) / power.mean() + 1e-3),
        "density": _blocks(_rise(s).mean(dim=1, keepdim=True), _HALF_S),
    }
    out: Measures = {}
    curves = []
    for name, rows in pictures.items():
        step = torch.diff(rows, dim=0).norm(dim=1)
        step = step if len(step) else torch.zeros(1)
        contrasts = [_contrast(rows, side) for side in _SIDES]
        curves.append(contrasts[0] - contrasts[0].mean())
        out[f"{name}_contrast"] = torch.cat(
            [_shape(curve) for curve in contrasts]
            + [torch.stack([step.mean(), torch.quantile(step, 0.95)])]
        )
    agree = [_cosine(curves[a], curves[b]) for a, b in ((0, 1), (0, 2), (2, 3))]
    level, density = pictures["level"], pictures["density"]
    out["contrast_agreement"] = torch.stack(agree)
    out["section_spread"] = torch.stack(
        [level.std(correction=0), density.std(correction=0), density.mean()]
    )
    return out


RECURRENCE = (returns, _rhythm_returns, _boundaries)


def verses(_spectrum: Spectrum, voice: Tune) -> Measures:
    """How similar returning passages of the sung line are: in notes, pitch classes and rhythm."""
    sung = torch.from_numpy(voice.sounding.astype(np.float32))
    frame = torch.arange(len(sung))
    note = torch.zeros(len(frame), 37)
    note[frame, torch.from_numpy(np.clip(np.rint(voice.pitch), 0, 36).astype(np.int64))] = sung
    level = torch.from_numpy(voice.envelope.max(axis=1)) * sung
    attack = torch.from_numpy(voice.attack)
    out: Measures = {}
    for name, rows in (("note", note), ("chance", voice.chroma)):
        blocks = _blocks(rows, _BLOCK)
        blocks = blocks - blocks.mean(dim=0)
        blocks = blocks / blocks.norm(dim=1, keepdim=True).clamp(min=1e-3)
        for span, apart in _SPANS:
            out[f"{name}_match_{span}"] = _match(blocks @ blocks.T, span, apart)
    rise = torch.diff(level, prepend=level[:1]).clamp(min=0)
    for name, row in (("attack", attack), ("swell", rise), ("sung", sung)):
        out[f"{name}_rhythm"] = _rhythm_match(_blocks(row.unsqueeze(1), _BEAT_BLOCK))
    return out


def retold(_spectrum: Spectrum, voice: Tune) -> Measures:
    """Return how far each run of 4 or of 7 notes is from the others most like it.

    ``retold``: for each length, the least distance in intervals (semitones), rhythm (log ratio of
    times), pitches, and pitches with rhythm: its mean, its high end, and how far its mean is below
    the mean distance of all runs. 0 where there are too few notes.

    Counted in notes and not in seconds, so that a tempo that wanders does not hide what returns.
    """
    at, pitch = notes(voice)
    intervals = np.clip(np.diff(pitch), -_LEAP, _LEAP)
    # An octave is a common error of the detector: only the rest counts as a move.
    intervals = np.where(np.abs(intervals) > 10, np.abs(intervals) - 12, intervals)
    rhythm = np.log(np.diff(at).clip(min=0.04))
    out = []
    for length in _RUNS:
        if len(intervals) < 2 * length:  # no two runs that share no note
            out += [0.0] * 12
            continue
        apart = [
            np.abs(rows[:, None] - rows[None, :]).mean(axis=2)
            for row in (intervals, rhythm, pitch[1:])
            for rows in [np.lib.stride_tricks.sliding_window_view(row, length)]
        ]
        place = np.arange(len(apart[0]))
        near = np.abs(place[:, None] - place[None, :]) < length
        for distance in (*apart, apart[2] + _PER_RHYTHM * apart[1]):
            least = np.where(near, np.inf, distance).min(axis=1)
            least = least[np.isfinite(least)]
            out += [least.mean(), np.quantile(least, 0.8), distance[~near].mean() - least.mean()]
    return {"retold": torch.tensor(out, dtype=torch.float32)}


def _cepstra(s: Spectrum) -> Tensor:
    n = s.mel_db.shape[1]
    band = torch.arange(n) + 0.5
    basis = torch.cos(math.pi / n * band[:, None] * torch.arange(1, _N_CEPSTRA + 1))
    return s.mel_db @ basis.to(s.mel_db) / 10


def _rise(s: Spectrum) -> Tensor:
    """Return how much louder each mel band is than a frame before, (n_frames, n_mels)."""
    return s.rise_db / 10


def _blocks(rows: Tensor, length: int) -> Tensor:
    """Average rows over blocks of so many frames; a segment always has two."""
    length = max(1, min(length, len(rows) // 2))
    n = len(rows) // length
    return rows[: n * length].reshape(n, length, -1).mean(dim=1)


def _match(same: Tensor, span: int, apart: int) -> Tensor:
    """Return mean, low end and spread of the best matches and of all; 0 if too short."""
    n = len(same) - span + 1
    if n < apart + 2:
        return torch.zeros(6)
    along = torch.stack([same[k : k + n, k : k + n] for k in range(span)]).mean(dim=0)
    place = torch.arange(n)
    far = (place[:, None] - place[None, :]).abs() >= apart
    best = along.masked_fill(~far, -9.0).max(dim=1).values
    best, every = best[best > -8], along[far]
    mean, spread = every.mean(), every.std(correction=0)
    gain = (best.mean() - mean) / (spread + 1e-3)
    return torch.stack(
        [best.mean(), torch.quantile(best, 0.1), best.std(correction=0), mean, spread, gain]
    )


def _rhythm_match(rows: Tensor) -> Tensor:
    if len(rows) < 3 * _RHYTHM_BLOCKS:
        return torch.zeros(4)
    rows = rows - rows.mean(dim=0)
    rows = rows / rows.square().mean(dim=0).sqrt().clamp(min=1e-6)
    pieces = rows.unfold(0, _RHYTHM_BLOCKS, _RHYTHM_STEP).flatten(1)
    pieces = pieces / pieces.norm(dim=1, keepdim=True).clamp(min=1e-3)
    same = pieces @ pieces.T
    place = torch.arange(len(same)) * _RHYTHM_STEP
    far = (place[:, None] - place[None, :]).abs() >= _RHYTHM_BLOCKS
    best = same.masked_fill(~far, -9.0).max(dim=1).values
    best = best[best > -8]
    every = same[far]
    return torch.stack(
        [best.mean(), torch.quantile(best, 0.1), every.mean(), every.std(correction=0)]
    )


def _contrast(rows: Tensor, side: int) -> Tensor:
    """Return how far the mean before each half second is from the mean after it."""
    side = min(side, len(rows) // 2)
    total = torch.cat([torch.zeros(1, rows.shape[1]), rows.cumsum(dim=0)])
    before = total[side:-side] - total[: -2 * side]
    after = total[2 * side :] - total[side:-side]
    contrast: Tensor = (before - after).norm(dim=1) / side
    return contrast


def _shape(curve: Tensor) -> Tensor:
    """Return the highest point, the mean, their ratio and the peaks a second of a curve."""
    peaks = torch.zeros(())
    if len(curve) > 3:
        middle = curve[1:-1]
        high = (middle > curve[:-2]) & (middle > curve[2:])
        high &= middle > curve.mean() + 0.5 * curve.std(correction=0)
        peaks = high.float().sum() / (len(curve) * _HALF_S * FRAME_S)
    return torch.stack(
        [curve.max(), curve.mean(), curve.max() / curve.mean().clamp(min=1e-4), peaks]
    )


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    cosine: Tensor = (a * b).sum() / (a.norm() * b.norm() + 1e-6)
    return cosine
