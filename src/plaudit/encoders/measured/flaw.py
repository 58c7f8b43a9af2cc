"""Traces of a damaged recording: measures that rise with damage, in any music.

Each is made for one way of damaging a recording (`plaudit.audio.damage.kinds` has ten) and works on
any music that is not silent. Higher is always worse. A judge may fix the sign and learn the weight:
its score then falls as a recording is damaged, also in music unlike all that it was trained on.

Breaks in the course of a recording are in `plaudit.encoders.measured.seam`, and flaws that show
only where material returns in `plaudit.encoders.measured.returning`.

Conventions: a family takes a `Spectrum` and returns named numbers, finite for any sounding input.
Levels are in decibels relative to the segment's own mean power, so that gain changes nothing.
"""

import functools
import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from plaudit.encoders.measured.returning import astray, sequel
from plaudit.encoders.measured.row import logarithm, moving_mean, quantile
from plaudit.encoders.measured.seam import gaps, leaps, loops, splices
from plaudit.encoders.measured.spectrum import (
    BARK_HZ,
    N_FFT,
    SAMPLE_RATE,
    Measures,
    Spectrum,
    standing_out,
)
from plaudit.encoders.measured.transform import PART, amplitude_of, squares

_FLAT_HZ = ((300, 1000), (1000, 2500), (2500, 5000), (5000, 8000))
_HIGH_HZ, _LOW_HZ = (3000, 5000, 8000, 10_000), (60, 120, 250, 450)
_STATIC_N_FFT, _STATIC_HOP, _STATIC_FRAMES = 4096, 2048, 12  # 0.17 s every 85 ms, in tiles of 1 s
_STATIC_EDGES = ((-0.8, 0.08), (-1.1, 0.2))  # flatness at a weight of 1/2, and slope
_AUDIBLE_DB, _AUDIBLE_SLOPE = -40.0, 2.0
_RIPPLES = (slice(8, 700), slice(8, 180))  # 94 Hz to 8.2 kHz, to 2.1 kHz
_RIPPLE_FLOOR = 1e-6  # of the mean power: the top of dark music lies 50 dB below it
_SWAY_STEP, _SWAY_REACH = 4.0, 20  # cents, steps
_SWAY_AXIS = (220.0, 4, _SWAY_STEP, 151)  # Hz, octaves, cents, steps
_SWAY_ALIKE, _SWAY_LEAST, _SWAY_USUAL = 0.5, 6, 0.5  # likeness, pairs of moments, cents


def _hiss(s: Spectrum) -> Measures:
    """Level of the noise floor, which the music never goes below, and how noise-like it is."""
    power = s.sounding_power
    bands = s.bark_mean[s.sounding]
    relative = bands / bands.mean(dim=0).clamp(min=1e-12)
    floor = (10 * torch.log10(quantile(relative, 0.05) + 1e-6)).sort().values
    top = _bins(*_FLAT_HZ[-1]).stop
    lowest = quantile(power[::2, :top], 0.1) + 1e-9 * power.mean()
    flat = torch.stack(
        [part.log().mean() - part.mean().log() for part in (lowest[_bins(*hz)] for hz in _FLAT_HZ)]
    )
    level = 10 * torch.log10(lowest[_bins(400, 3000)].sum() / power.mean(dim=0).sum() + 1e-9)
    return {
        "floor": torch.stack([floor.mean(), floor[:8].mean(), floor[-6:].mean()]),
        "floor_flatness": flat,
        "floor_level": level.reshape(1),
    }


def _static(s: Spectrum) -> Measures:
    """Share of the sound that is as even in time and in frequency as only noise is.

    The spectrum is cut into tiles, a critical band wide and a second long. In a tile of noise the
    mean of the logarithms lies 0.58 (Euler's constant) below the logarithm of the mean, whatever
    its level; in tiles of tones, beats and decays it lies further below. The first two measures are
    the share of the audible bands that are noise in most seconds, by a strict and by a mild limit;
    the third is the share of noisy tiles by the strict limit.
    """
    power = amplitude_of(s.samples, _STATIC_N_FFT, _STATIC_HOP).square_().mul_(_power_weights())
    level = power.sum(dim=1)
    power = power[level > 1e-5 * level.max()]
    frames = min(_STATIC_FRAMES, len(power))
    tiles = power[: len(power) // frames * frames].reshape(-1, frames, power.shape[1])
    whole = tiles.mean(dim=(0, 1)).sum()
    flat, share = [], []
    for low, high in pairwise(BARK_HZ):
        tile = tiles[:, :, _bins(low, high, _STATIC_N_FFT)].flatten(1)
        mean, least = tile.mean(dim=1), 1e-9 * whole / tile.shape[1]
        flat.append(logarithm(tile + least).mean(dim=1) - (mean + least).log())
        share.append(mean.mean() * (tile.shape[1] // frames) / whole)
    flatness = torch.stack(flat)
    level_db = 10 * torch.log10(torch.stack(share) + 1e-9)
    audible = torch.sigmoid((level_db - _AUDIBLE_DB) / _AUDIBLE_SLOPE)
    audible = audible / audible.sum()
    usual = flatness.median(dim=1).values
    (strict, sharp), (mild, soft) = _STATIC_EDGES
    shares = torch.stack(
        [
            (torch.sigmoid((usual - strict) / sharp) * audible).sum(),
            (torch.sigmoid((usual - mild) / soft) * audible).sum(),
            (torch.sigmoid((flatness - strict) / sharp).mean(dim=1) * audible).sum(),
        ]
    )
    return {"static": torch.log10(shares + torch.tensor([0.01, 0.03, 0.01]))}


def _clipping(s: Spectrum) -> Measures:
    """Share of samples near the peaks of the wave."""
    size = s.samples.abs()
    some = np.sort(size[::4].numpy())  # a fifth of the time of `np.partition` at three ranks
    ranks = [min(len(some) - 1, int(q * len(some))) for q in (0.5, 0.9, 0.9995)]
    at = torch.from_numpy(some[ranks])
    block = size[: len(size) // 2400 * 2400].reshape(-1, 2400)
    level = block.square().mean(dim=1).sqrt()
    block, level = block[level > 0.1], level[level > 0.1]
    peak = block.max(dim=1, keepdim=True).values
    return {
        "near_peak": torch.stack(
            [20 * torch.log10((q + 1e-6) / (at[2] + 1e-6)) for q in at[:2]]
            + [_log_share(size > 0.93 * at[2], 1e-5)]
        ),
        "short_crest": torch.stack(
            [
                -20 * torch.log10(peak.squeeze(1) / level).mean(),
                _log_share(block > 0.93 * peak, 1e-4),
            ]
        ),
    }


def _log_share(found: Tensor, least: float) -> Tensor:
    return torch.log10(torch.count_nonzero(found) / found.numel() + least)


def _bandwidth(s: Spectrum) -> Measures:
    """How little power lies above and below some frequencies."""
    mean = s.sounding_power.mean(dim=0)
    share = mean / mean.sum()
    top = SAMPLE_RATE // 2 + 1
    return {
        "dull": torch.stack(
            [-10 * torch.log10(share[_bins(f, top)].sum() + 1e-7) for f in _HIGH_HZ]
        ),
        "thin": torch.stack([-10 * torch.log10(share[_bins(0, f)].sum() + 1e-6) for f in _LOW_HZ]),
    }


def _sway(s: Spectrum) -> Measures:
    """How much all pitches move together within a tenth of a second, and within half of that."""
    slow, quick = _movement(s.slow), _movement(s.quick)  # every 100 ms, every 50 ms
    return {"sway": torch.cat([slow[0], quick[0]]), "blur": slow[1]}


def _movement(amplitude: Tensor) -> tuple[Tensor, Tensor]:
    """Return movement (2,) and blur (1,)."""
    rows = standing_out(amplitude, *_SWAY_AXIS)
    rows = rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-6)
    fit = _fit_of_next(rows, _SWAY_REACH)
    best = fit.max(dim=1)
    at = best.indices.clamp(1, 2 * _SWAY_REACH - 1)
    left, middle, right = (fit.gather(1, (at + k)[:, None]).squeeze(1) for k in (-1, 0, 1))
    offset = 0.5 * (left - right) / (left - 2 * middle + right).clamp(max=-1e-6)
    cents = ((at - _SWAY_REACH).float() + offset.clamp(-1, 1)).abs() * _SWAY_STEP
    # Two moments that share no tones, as in drums, have no common movement.
    cents = cents[best.values > _SWAY_ALIKE]
    if len(cents) < _SWAY_LEAST:
        cents = torch.full((1,), _SWAY_USUAL)
    spread = torch.log(cents.clamp(max=40).square().mean().sqrt() + 0.2)
    return torch.stack([cents.mean(), spread]), -best.values.mean().reshape(1)


def _fit_of_next(rows: Tensor, reach: int) -> Tensor:
    """Return how well each row fits the next one, moved by up to ``reach`` steps either way.

    (n - 1, 2 * reach + 1): sums of products with the middle of the next row, by way of the Fourier
    transform, in which a move is a product.
    """
    length = rows.shape[1]
    fits = []
    for start in range(0, len(rows) - 1, PART):
        before, after = rows[start : len(rows) - 1][:PART], rows[start + 1 :][:PART]
        middle = after[:, reach : length - reach]
        product = torch.fft.rfft(middle, n=length).conj_physical_().mul_(torch.fft.rfft(before))
        fits.append(torch.fft.irfft(product, n=length)[:, : 2 * reach + 1])
    return torch.cat(fits)


def _smear(s: Spectrum) -> Measures:
    """Deviation of the phases of partials from steady motion, in radians a frame of 10 ms."""
    total, turned = s.phase_turns
    sounding = total > 0.01 * total.max()
    frames = (turned / total.clamp(min=1e-9))[sounding]
    frames = frames if len(frames) else torch.full((1,), math.pi / 2)
    mean = turned.sum() / total.sum().clamp(min=1e-9)
    ordered = frames.sort().values
    return {
        "phase": torch.stack(
            [mean, ordered[int(0.25 * len(ordered))], ordered[int(0.1 * len(ordered))]]
        )
    }


def _robot(s: Spectrum) -> Measures:
    """Share of the sound on the harmonics of one pitch that never changes.

    Height and steadiness of a ripple of the whitened spectrum. Music has such ripples at the pitch
    of its tones, but they move with the pitch; a pulse of 30 to 250 Hz through the whole song
    leaves one that stays. Measured over the whole spectrum and over its low part, where dark music
    has its sound and hiss does not cover it.
    """
    ripples = []
    for part in torch.split(s.sounding_power[:, : _RIPPLES[0].stop], PART):
        level = logarithm(part + _RIPPLE_FLOOR * part.mean(dim=1, keepdim=True))
        ripples.append(level - moving_mean(level, 25))
    return {"robot": torch.cat([_comb([part[:, bins] for part in ripples]) for bins in _RIPPLES])}


def _comb(ripples: list[Tensor]) -> Tensor:
    """Return height and steadiness (2,) of the ripple that all frames share.

    ``ripples`` are parts (n_frames, n_bins).
    """
    n = sum(map(len, ripples))
    window = torch.hann_window(ripples[0].shape[1])
    shared = torch.stack([part.sum(dim=0) for part in ripples]).sum(dim=0) * window / n
    # The mean power of all frames, by way of the mean autocorrelation: that needs a transform of
    # only twice their length.
    length = 2 ** math.ceil(math.log2(2 * len(window) - 1))
    parts = [squares(torch.fft.rfft(part * window, n=length)).sum(dim=0) for part in ripples]
    lags = torch.fft.irfft(torch.stack(parts).sum(dim=0).double() / n)
    lags = torch.cat([lags[: length // 2], lags.new_zeros(2048 - length), lags[length // 2 :]])
    period_s = torch.arange(1025) / 2048 / (SAMPLE_RATE / N_FFT)
    inside = (period_s > 0.004) & (period_s < 0.03)
    together = torch.fft.rfft(shared, n=2048).abs()[inside] / window.sum()
    each = torch.fft.rfft(lags).real[inside].clamp(min=0).sqrt().float() / window.sum()
    steady = together / each.clamp(min=1e-6)
    return torch.stack([together.max(), -torch.log(1.01 - steady.max())])


def flatness(s: Spectrum) -> Measures:
    """How little the level moves: the range between loud and ordinary moments, negated."""
    length = int(0.05 * SAMPLE_RATE)
    frames = s.samples[: len(s.samples) // length * length].reshape(-1, length)
    level = (10 * torch.log10(frames.square().mean(dim=1) + 1e-5)).sort().values
    return {"flat": (level[int(0.3 * len(level))] - level[int(0.95 * len(level))]).reshape(1)}


FLAWS = (
    _hiss,
    _static,
    _clipping,
    _bandwidth,
    gaps,
    splices,
    leaps,
    loops,
    _sway,
    astray,
    sequel,
    _smear,
    _robot,
    flatness,
)


def _bins(low_hz: float, high_hz: float, n_fft: int = N_FFT) -> slice:
    width = SAMPLE_RATE / n_fft
    return slice(math.ceil(low_hz / width), math.ceil(high_hz / width))


@functools.cache
def _power_weights() -> Tensor:
    """Weigh power by frequency much as the K-weighting of ITU-R BS.1770 does."""
    hz = torch.arange(_STATIC_N_FFT // 2 + 1) * SAMPLE_RATE / _STATIC_N_FFT
    return torch.where(hz > 1500, 2.5, 1.0) / (1 + (60 / hz.clamp(min=1)) ** 4)
