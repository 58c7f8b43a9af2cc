"""Breaks in the course of a recording: gaps, joins and repeats.

These are flaws with the conventions of `plaudit.encoders.measured.flaw`; they look at moments, at
the scale of milliseconds.
"""

import torch
from torch import Tensor

from plaudit.encoders.measured.row import moving_mean
from plaudit.encoders.measured.spectrum import SAMPLE_RATE, Measures, Spectrum
from plaudit.encoders.measured.transform import amplitudes, wave_parts

_GAP_FRAME_S, _GAP_REACH_S, _GAP_LEAST = 0.005, 0.15, 0.003
_EDGE_LAG = 6  # frames of 5 ms
_LASTING = (16, 30)  # frames: 80 and 150 ms
_LEAP_N_FFT, _LEAP_HOP, _LEAP_AROUND = 1024, 240, 61  # 43 ms every 10 ms; frames, 0.6 s
_LEAP_CUT = 3  # frames at either end


def gaps(s: Spectrum) -> Measures:
    """How often the sound stops for a moment."""
    length = round(_GAP_FRAME_S * SAMPLE_RATE)
    frames = s.samples[: len(s.samples) // length * length].reshape(-1, length)
    level = 10 * torch.log10(frames.square().mean(dim=1) + 1e-8)
    reach = round(_GAP_REACH_S / _GAP_FRAME_S)
    around = torch.nn.functional.pad(level, (reach, reach), value=-80.0).unfold(0, reach + 1, 1)
    loudest = around.max(dim=1).values
    sides = torch.minimum(loudest[: len(level)], loudest[reach:])
    dip = (sides - level)[sides > -20]
    shares = [(dip > depth).float().sum() / len(level) for depth in (35, 50)]
    # Music has a few dips as deep: shares below `_GAP_LEAST` hardly count.
    return {"gap": torch.log10(torch.stack(shares) + _GAP_LEAST)}


def splices(s: Spectrum) -> Measures:
    """How abruptly one sound ends as another begins, and how little lasts for half a second.

    Where two pieces of music are joined, the sound before ends within a moment and the sound after
    stays. At a drum hit neither holds: nothing ends, and the hit dies away. So the change of a band
    is the lesser of two: how far its level moves in 30 ms, and how far its mean level after that
    lies from its mean level before.

    ``cut``: by how many dB the bands that end and those that begin move, whichever is less, at the
    most abrupt 0.2, 1 and 5 % of the moments, with means over 80 and over 150 ms; ``break``: how
    much less alike half a second apart is than two seconds apart.
    """
    level = s.edge_db
    cuts = [_cut(level, min(kept, (len(level) - _EDGE_LAG) // 2)) for kept in _LASTING]
    shape = level[: len(level) // 10 * 10].reshape(-1, 10, level.shape[1]).mean(dim=1)
    shape = shape - shape.mean(dim=1, keepdim=True)
    shape = shape / shape.norm(dim=1, keepdim=True).clamp(min=1e-6)
    # Lags of 50 ms; beyond two seconds similarity is that of the piece as a whole.
    alike = [(shape[lag:] * shape[:-lag]).sum(dim=1).mean() for lag in _lags(len(shape))]
    return {
        "cut": torch.cat(cuts),
        "break": torch.stack([alike[-1] - near for near in alike[:-1]]),
    }


def _cut(level: Tensor, kept: int) -> Tensor:
    """Return how abruptly lasting sounds take turns (3,), dB; levels are (n_frames, n_bands)."""
    usual = moving_mean(level.T, kept, inside=True).T  # row t: frames t to t + kept
    before, after = usual[: -kept - _EDGE_LAG + 1], usual[kept + _EDGE_LAG - 1 :]
    sudden = level[_EDGE_LAG:] - level[:-_EDGE_LAG]
    sudden = sudden[kept - 1 : len(sudden) - kept + 1]
    change = torch.minimum(sudden.abs(), (after - before).abs())
    change = change * (sudden.sign() == (after - before).sign()) * sudden.sign()
    ends_and_begins = torch.minimum(
        change.clamp(min=0).mean(dim=1), (-change).clamp(min=0).mean(dim=1)
    )
    return _worst(ends_and_begins)


def leaps(s: Spectrum) -> Measures:
    """How far phases jump where no new sound begins.

    A partial that sounds on continues from its own phase, and a tone that is struck adds partials
    and level. At the seam of two pieces, or where a sound returns after a gap, all partials start
    anew at once at any phase, though the level need not move. So a moment counts by how far its
    spectrum lies from the one predicted from the two before it (complex domain: Bello et al. 2004),
    less the share of it that is new.

    ``leap``: the deviation, as a share of what sounds, less the share that is new, less the mean of
    that within 0.3 s around; averaged over the 0.2, 1 and 5 % of the moments where it is greatest.
    """
    # Frames that reach beyond either end are left out: everything starts or stops there.
    offs: list[Tensor] = []
    every = torch.empty(len(s.samples) // _LEAP_HOP + 1 - 2 * _LEAP_CUT, _LEAP_N_FFT // 2 + 1)
    done = 0
    for waves in wave_parts(s.samples, _LEAP_N_FFT, _LEAP_HOP, cut=_LEAP_CUT, again=2):
        size = amplitudes(waves, every[done : done + len(waves)])
        done += len(waves) - 2
        unit = size[:-1].clamp(min=1e-9).reciprocal_()
        scale = (unit[:-1] * unit[1:]).to(waves.dtype)
        # A product of complex numbers takes a tenth of the time of a quotient with a real one.
        predicted = waves[1:-1].square().mul_(waves[:-2].conj_physical()).mul_(scale)
        offs.append(amplitudes(predicted.sub_(waves[2:])))
    total, least = every.sum(dim=1), 1e-4 * every.mean()
    leaps, start = [], 1
    for off in offs:
        before, after = (every[start + k : start + k + len(off)] for k in (0, 1))
        start += len(off)
        lasting = torch.minimum(before, after)
        off.div_((before + after).add_(least)).clamp_(max=1).mul_(lasting)
        leaps.append(torch.stack([off.sum(dim=1), lasting.sum(dim=1)]))
    deviation, lasting = torch.cat(leaps, dim=1)
    before, after = total[1:-1], total[2:]
    new = (after - lasting) / (before + after).clamp(min=1e-9)
    leap = deviation / lasting.clamp(min=1e-9) - new
    return {"leap": _worst(leap - moving_mean(leap, _LEAP_AROUND))}


def _worst(moments: Tensor) -> Tensor:
    """Return the means (3,) of the greatest 0.2, 1 and 5 % of moments (n_moments,)."""
    worst = moments.sort(descending=True).values
    return torch.stack([worst[: max(1, int(q * len(worst)))].mean() for q in (0.002, 0.01, 0.05)])


def loops(s: Spectrum) -> Measures:
    """Share of the time that repeats exactly the sound of 0.2 to 0.9 s before."""
    level = s.edge_db
    level = level[: len(level) // 4 * 4].reshape(-1, 4, level.shape[1]).mean(dim=1)
    nearest = torch.full((len(level),), 99.0)
    for lag in range(10, min(46, len(level) - 15)):
        distance = (level[lag:] - level[:-lag]).abs().mean(dim=1)
        steady = moving_mean(distance, 15)
        nearest[lag:] = torch.minimum(nearest[lag:], steady)
    return {"loop": torch.stack([(nearest < 1.2).float().mean(), torch.exp(-nearest).mean()])}


def _lags(n_blocks: int) -> list[int]:
    """Return the lags in blocks of 50 ms that a segment is long enough for, the longest last."""
    return [min(lag, max(1, n_blocks // 2)) for lag in (4, 8, 16, 40)]
