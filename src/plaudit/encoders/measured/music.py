"""What the bundled encoder measures: timbre, dynamics, rhythm, harmony, form.

Each family takes a `Spectrum` and returns named numbers. They are ordinary measurements of music
information retrieval, each chosen because it responds to a fault that an audience hears; their
weights are learned afterwards. All are finite for any input that is not silent.
"""

import functools
import math
from itertools import pairwise

import torch
from torch import Tensor

from plaudit.encoders.measured.row import logarithm, multiplied
from plaudit.encoders.measured.spectrum import (
    BAND_BINS,
    BINS_PER_SEMITONE,
    FRAME_S,
    N_FFT,
    N_MELS,
    PITCH_FRAME_S,
    SAMPLE_RATE,
    Measures,
    Spectrum,
    band_means,
)
from plaudit.encoders.measured.transform import PART

_N_CEPSTRA = 16
# Krumhansl and Kessler (1982): how well each pitch class fits a major and a minor key.
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_ROLLOFF = torch.tensor([0.85, 0.99])  # shares of the power below
_MODULATION_HZ = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def _timbre(s: Spectrum) -> Measures:
    """Shape of the spectrum, how it varies, how wide it is, and where it is noise or empty."""
    mel = s.mel_db[s.sounding]
    cepstra = mel @ _cosines().to(mel)
    bands = s.band_db[s.sounding]
    floor_db, peak_db = torch.quantile(bands, torch.tensor([0.05, 0.95]), dim=0)
    hz = torch.arange(s.power.shape[1]) * SAMPLE_RATE / N_FFT
    # The floor keeps a codec's empty bins, whose logarithm would be anything, out of flatness.
    floor = 1e-5 * s.sounding_power.mean()
    parts = []
    for part in torch.split(s.sounding_power, PART):
        power = part + floor
        total = power.sum(dim=1)
        reached = torch.searchsorted(power.cumsum(dim=1), total.unsqueeze(1) * _ROLLOFF)
        flatness = multiplied(logarithm(power), band_means())
        centroid = torch.log2((power @ hz / total).clamp(min=20))
        parts.append(torch.cat([centroid.unsqueeze(1), reached / len(hz), flatness], dim=1))
    centroid, *rolloff, flatness = torch.split(torch.cat(parts).T, [1, 1, 1, len(BAND_BINS)])
    flatness = flatness - logarithm(s.band_mean[s.sounding] + floor).T
    return {
        "cepstrum_mean": cepstra.mean(dim=0),
        "cepstrum_spread": _spread(cepstra),
        "cepstrum_motion": torch.diff(cepstra, dim=0).abs().mean(dim=0),
        "band_level": bands.mean(dim=0),
        "band_floor": floor_db - bands.mean(dim=0),
        "band_peak": peak_db - bands.mean(dim=0),
        "flatness_mean": flatness.mean(dim=1),
        "flatness_spread": flatness.std(dim=1, correction=0),
        "centroid": _centre_and_spread(centroid),
        "rolloff": torch.cat([_centre_and_spread(r) for r in rolloff]),
    }


def _dynamics(s: Spectrum) -> Measures:
    """How loudness moves: range, pauses, and at which rates it pulses, overall and in the voice."""
    level = s.loudness_db[s.sounding]
    quantiles = torch.quantile(level, torch.tensor([0.05, 0.25, 0.5, 0.75, 0.95]).to(level))
    bands = s.band_db
    voice = bands[:, 2:5].mean(dim=1)
    quiet = (voice < torch.quantile(voice, 0.7) - 15).float()
    return {
        "sounding": s.sounding.float().mean().reshape(1),
        "level_quantiles": quantiles[[0, 1, 3, 4]] - quantiles[2],
        "level_motion": torch.diff(s.loudness_db).abs().mean().reshape(1),
        "pulse": _modulation(s.loudness_db),
        "voice_pulse": _modulation(voice),
        "voice_pause": torch.stack([quiet.mean(), torch.diff(quiet).abs().mean() / FRAME_S]),
        "slow_level": _blocks(s.loudness_db.unsqueeze(1), 2.0).std(dim=0, correction=0),
    }


def _rhythm(s: Spectrum) -> Measures:
    """Pulse: how strong, how fast, how steady; onsets: how many, how sharp."""
    onset = s.onset - s.onset.mean()
    spread = s.onset.std(correction=0)
    lags = slice(int(0.25 / FRAME_S), int(2.0 / FRAME_S))
    whole = _autocorrelation(onset, int(4.0 / FRAME_S))
    # A soft maximum: which of two near lags is best must not depend on small changes by a codec.
    lag = torch.arange(lags.start, lags.stop).to(onset)
    share = torch.softmax(whole[lags] / 0.03, dim=0)
    pieces = torch.stack([_autocorrelation(p, lags.stop)[lags] for p in _pieces(onset, 6.0)])
    alike = torch.nn.functional.cosine_similarity(pieces, whole[lags].unsqueeze(0), dim=1)
    strength = pieces.max(dim=1).values
    skew = (onset / spread.clamp(min=1e-6)).pow(3).mean()
    peaks = (s.onset[1:-1] > s.onset[:-2]) & (s.onset[1:-1] >= s.onset[2:])
    strong = peaks & (s.onset[1:-1] > s.onset.mean() + spread)
    return {
        "pulse_strength": torch.stack(
            [whole[lags].max(), (share * whole[2 * lags.start : 2 * lags.stop : 2]).sum()]
        ),
        "pulse_lag": (share * torch.log2(lag * FRAME_S)).sum().reshape(1),
        "pulse_steady": torch.stack([alike.mean(), alike.min(), strength.mean(), strength.min()]),
        "onset": torch.stack([s.onset.mean(), spread, skew, strong.float().mean() / FRAME_S]),
        "onset_spectrum": _modulation(s.onset),
    }


def harmony(s: Spectrum) -> Measures:
    """Key: how clear, how lasting; intervals, tuning, and how tonal the sound is."""
    chroma = s.chroma
    total = chroma.mean(dim=0)
    fit = _key_fit(total.unsqueeze(0))[0]
    ordered = fit.sort(descending=True).values
    blocks = _blocks(chroma, 4.0)
    block_fit = _key_fit(blocks)
    in_key = block_fit @ torch.softmax(fit / 0.05, dim=0)
    entropy = -(chroma * (chroma + 1e-9).log()).sum(dim=1)
    centred = blocks - blocks.mean(dim=1, keepdim=True)
    unit = centred / centred.norm(dim=1, keepdim=True).clamp(min=1e-9)
    whole = total - total.mean()
    agree = unit @ (whole / whole.norm().clamp(min=1e-9))
    intervals = torch.stack([(chroma * chroma.roll(k, dims=1)).sum(dim=1) for k in range(7)], dim=1)
    intervals = intervals[:, 1:] / intervals[:, :1].clamp(min=1e-9)
    fraction = s.pitch.square().reshape(len(s.pitch), -1, BINS_PER_SEMITONE).sum(dim=1)
    fraction = fraction / fraction.sum(dim=1, keepdim=True).clamp(min=1e-9)
    turn = torch.arange(BINS_PER_SEMITONE).to(fraction) * (2 * math.pi / BINS_PER_SEMITONE)
    wave = torch.stack([fraction @ torch.cos(turn), fraction @ torch.sin(turn)], dim=1)
    sharpest = s.pitch.topk(6, dim=1).values.sum(dim=1) / s.pitch.sum(dim=1).clamp(min=1e-9)
    return {
        "key_fit": torch.stack([ordered[0], ordered[0] - ordered[1], in_key.mean(), in_key.min()]),
        "block_key_fit": _centre_and_spread(block_fit.max(dim=1).values),
        "key_agreement": torch.stack([agree.mean(), agree.min(), agree.std(correction=0)]),
        "chroma_entropy": torch.cat(
            [_centre_and_spread(entropy), -(total * (total + 1e-9).log()).sum().reshape(1)]
        ),
        "chroma_motion": torch.diff(chroma, dim=0).abs().sum(dim=1).mean().reshape(1),
        "intervals_mean": intervals.mean(dim=0),
        "intervals_spread": intervals.std(dim=0, correction=0),
        "tuning": torch.stack([wave.mean(dim=0).norm(), wave.norm(dim=1).mean()]),
        "tonal": _centre_and_spread(sharpest),
    }


def form(s: Spectrum) -> Measures:
    """Self-similarity: whether material returns, sections contrast, and there is any form."""
    timbres = _blocks(s.mel_db @ _cosines().to(s.mel_db), 0.5, FRAME_S)
    chromas = _blocks(s.chroma, 0.5, PITCH_FRAME_S)
    out: Measures = {}
    for name, rows in (("timbre", timbres), ("chroma", chromas)):
        centred = rows - rows.mean(dim=0)
        unit = centred / centred.norm(dim=1, keepdim=True).clamp(min=1e-6)
        same = unit @ unit.T
        n = len(same)
        shortest, longest = min(4, n - 1), max(n - 6, min(5, n))
        returns = torch.stack(
            [same.diagonal(lag).mean() for lag in range(shortest, longest)] or [same.mean()]
        )
        novelty = _novelty(same)
        out[f"{name}_return"] = torch.stack(
            [returns.max(), returns.mean(), returns.std(correction=0)]
        )
        out[f"{name}_novelty"] = torch.stack(
            [novelty.max(), novelty.mean(), novelty.std(correction=0)]
        )
        out[f"{name}_similarity"] = torch.stack([same.abs().mean(), same.std(correction=0)])
        out[f"{name}_next"] = same.diagonal(1).mean().reshape(1)
    return out


FAMILIES = (_timbre, _dynamics, _rhythm, harmony, form)


@functools.cache
def _cosines() -> Tensor:
    band = torch.arange(N_MELS, dtype=torch.float64) + 0.5
    order = torch.arange(_N_CEPSTRA, dtype=torch.float64)
    basis = torch.cos(math.pi / N_MELS * band[:, None] * order)
    return (basis * math.sqrt(2 / N_MELS)).float()


def _spread(rows: Tensor) -> Tensor:
    return rows.std(dim=0, correction=0)


def _centre_and_spread(values: Tensor) -> Tensor:
    return torch.stack([values.mean(), values.std(correction=0)])


def _blocks(rows: Tensor, length_s: float, frame_s: float | None = None) -> Tensor:
    """Average rows (n_frames, dim) over blocks of ``length_s``; always at least two blocks."""
    if frame_s is None:
        frame_s = FRAME_S if rows.shape[1] == 1 else PITCH_FRAME_S
    n = max(2, round(len(rows) * frame_s / length_s))
    return torch.stack([piece.mean(dim=0) for piece in torch.tensor_split(rows, n) if len(piece)])


def _pieces(values: Tensor, length_s: float) -> list[Tensor]:
    n = max(1, round(len(values) * FRAME_S / length_s))
    return list(torch.tensor_split(values, n))


def _modulation(values: Tensor) -> Tensor:
    """Share of the variation of a per-frame curve in each band of modulation rates, as log."""
    curve = values - values.mean()
    power = torch.fft.rfft(curve * torch.hann_window(len(curve)).to(curve)).abs().square()
    hz = torch.arange(len(power)).to(curve) / (len(curve) * FRAME_S)
    shares = [power[(hz >= a) & (hz < b)].sum() for a, b in pairwise(_MODULATION_HZ)]
    return torch.log10(torch.stack(shares) / power.sum().clamp(min=1e-9) + 1e-4)


def _autocorrelation(values: Tensor, n_lags: int) -> Tensor:
    centred = values - values.mean()
    spectrum = torch.fft.rfft(centred, n=2 * len(centred) + n_lags).abs().square()
    raw = torch.fft.irfft(spectrum, n=2 * len(centred) + n_lags)[:n_lags]
    scaled: Tensor = raw / raw[0].clamp(min=1e-9)
    return scaled


def _key_fit(chroma: Tensor) -> Tensor:
    """Correlation of chroma rows with the 24 key profiles, (n, 24)."""
    profiles = torch.stack(
        [torch.tensor(p).roll(k) for p in (_MAJOR, _MINOR) for k in range(12)]
    ).to(chroma)
    a = profiles - profiles.mean(dim=1, keepdim=True)
    b = chroma - chroma.mean(dim=1, keepdim=True)
    fit: Tensor = (b / b.norm(dim=1, keepdim=True).clamp(min=1e-9)) @ (
        a / a.norm(dim=1, keepdim=True)
    ).T
    return fit


def _novelty(same: Tensor, half: int = 8) -> Tensor:
    """Foote (2000): a checkerboard slid along the diagonal; high where sections meet."""
    half = max(1, min(half, len(same) // 3))
    sign = torch.ones(2 * half).to(same)
    sign[:half] = -1
    board = torch.outer(sign, sign) / (4 * half * half)
    windows = same.unfold(0, 2 * half, 1).unfold(1, 2 * half, 1)
    novelty: Tensor = (windows.diagonal(dim1=0, dim2=1) * board.unsqueeze(-1)).sum(dim=(0, 1))
    return novelty
