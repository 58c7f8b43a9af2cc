"""What the measured encoder looks at: log-mel, chroma and onset strength of one segment.

Conventions: mono float32 at 24 kHz; frames of 85 ms every 20 ms; decibels relative to the mean
power of the sounding frames, so that gain changes nothing; pitch classes start at C, A4 = 440 Hz.
"""

import functools
import math
from typing import NamedTuple

import torch
from torch import Tensor

SAMPLE_RATE = 24_000
N_FFT, HOP = 2048, 480
FRAME_S = HOP / SAMPLE_RATE
N_MELS = 48
MEL_LOW_HZ, MEL_HIGH_HZ = 40.0, 11_800.0
N_FFT_PITCH, HOP_PITCH = 8192, 2400  # 2.9 Hz apart, every 100 ms: enough to part semitones at C3
PITCH_FRAME_S = HOP_PITCH / SAMPLE_RATE
PITCH_LOW_MIDI, PITCH_HIGH_MIDI, BINS_PER_SEMITONE = 45, 93, 5
# Below the mean power of the segment: inaudible beside it, and what a codec rewrites freely.
FLOOR_DB = -50.0
_SILENCE_POWER = 1e-6  # -60 dBFS, the level `plaudit.audio` calls silence
# A frame sounds when it is within 50 dB of the segment's loud frames: gain does not change that.
_QUIET_RATIO = 1e-5
_EDGE = 64  # samples, 3 ms
_OFFSET_RATIO = 1e-2  # of the root mean square: what a smaller mean does cannot be seen in a score
_FLOOR = 10 ** (FLOOR_DB / 10)

Measures = dict[str, Tensor]  # by name, each of one dimension


class Spectrum(NamedTuple):
    """Pictures of one segment, cut to the part between its first and last sounding frame."""

    first: int  # frame of the segment at which they start
    samples: Tensor  # (n_samples,) with a mean power of 1 where it sounds
    mel_db: Tensor  # (n_frames, N_MELS)
    power: Tensor  # (n_frames, N_FFT // 2 + 1)
    loudness_db: Tensor  # (n_frames,)
    sounding: Tensor  # (n_frames,) bool
    onset: Tensor  # (n_frames,) >= 0
    pitch: Tensor  # (n_pitch_frames, n_semitones * BINS_PER_SEMITONE) amplitude
    chroma: Tensor  # (n_pitch_frames, 12), rows sum to 1 where there is sound


def _centred(samples: Tensor) -> Tensor:
    """Return samples with a mean of 0, unchanged where it is nearly so; padding stays 0."""
    sounding = torch.nonzero(samples)
    if not len(sounding):
        return samples
    first, last = int(sounding[0]), int(sounding[-1]) + 1
    heard = samples[first:last].double()
    if heard.mean().abs() <= _OFFSET_RATIO * heard.square().mean().sqrt():
        return samples
    # Resampling smears both ends of the constant over a few samples, which would be clicks.
    edge = torch.arange(1, len(heard) + 1).to(samples) / _EDGE
    fade = torch.minimum(edge, edge.flip(0)).clamp(max=1)
    centred = samples.clone()
    centred[first:last] = fade * (heard - heard.mean()).to(samples.dtype)
    return centred


def look(samples: Tensor) -> Spectrum | None:
    """Return the pictures of one segment, or None when less than half a second of it sounds.

    ``samples`` are (n_samples,), mono at 24 kHz; padding and silence at either end are cut off, and
    a constant under the samples is taken out: nobody hears it.
    """
    samples = _centred(samples)
    level = samples.unfold(0, HOP, HOP).square().mean(dim=1)
    if int((level > _SILENCE_POWER).sum()) * FRAME_S < 0.5:
        return None
    loud = level > _QUIET_RATIO * torch.quantile(level[level > 0], 0.9)
    places = torch.nonzero(loud).squeeze(1)
    first, last = int(places[0]), int(places[-1]) + 1
    cut = samples[first * HOP : last * HOP]
    sounding = loud[first:last]
    cut = cut / level[first:last][sounding].mean().sqrt()

    power = _power(cut, N_FFT, HOP)[: len(sounding)]
    mel = power @ _mel_bank().to(power)
    mel_db = 10 * torch.log10(mel / mel[sounding].sum(dim=1).mean() + _FLOOR)
    rise = torch.diff(mel_db, dim=0, prepend=mel_db[:1]).clamp(min=0)
    amplitude = _power(cut, N_FFT_PITCH, HOP_PITCH).sqrt()
    pitch = amplitude @ _pitch_bank().to(amplitude)
    per_class = pitch.reshape(len(pitch), -1, 12, BINS_PER_SEMITONE).sum(dim=(1, 3))
    return Spectrum(
        first=first,
        samples=cut,
        mel_db=mel_db,
        power=power,
        loudness_db=10 * torch.log10(power.sum(dim=1) / power.sum(dim=1).mean() + _FLOOR),
        sounding=sounding,
        onset=rise.mean(dim=1),
        pitch=pitch,
        chroma=per_class / per_class.sum(dim=1, keepdim=True).clamp(min=1e-9),
    )


def transform(samples: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return the short-time Fourier transform under a Hann window, (n_frames, n_fft // 2 + 1).

    Complex, without scaling; ``n_fft`` and ``hop`` are in samples, and frame ``k`` is centred at
    sample ``k * hop``.
    """
    window = torch.hann_window(n_fft, device=samples.device)
    padded = torch.nn.functional.pad(samples, (n_fft // 2, n_fft // 2))
    waves: Tensor = torch.fft.rfft(padded.unfold(0, n_fft, hop) * window)
    return waves


def moving_mean(rows: Tensor, width: int, *, inside: bool = False) -> Tensor:
    """Return means over a window of ``width`` that moves along the last dimension of (..., n).

    ``inside`` takes only windows that lie inside: (..., n - width + 1), and ``width`` at most
    ``n``. Without it the windows are centred on each of the ``n`` places, ``width`` is odd, and
    windows at the ends have fewer numbers.

    By running sums in double precision: over wide windows `torch` would add every number again.
    """
    around = 0 if inside else width // 2
    n = rows.shape[-1]
    sums = torch.nn.functional.pad(rows.double(), (1 + around, around)).cumsum_(dim=-1)
    total = sums[..., width:] - sums[..., :-width]
    if inside:
        return (total / width).to(rows.dtype)
    middle = torch.arange(n, device=rows.device)
    count = (middle + around + 1).clamp(max=n) - (middle - around).clamp(min=0)
    return (total / count).to(rows.dtype)


def quantile(rows: Tensor, share: float) -> Tensor:
    """Return a quantile, ``share`` in [0, 1], over the first dimension of (n, ...).

    Without interpolation, which is much faster: each result is one of the numbers.
    """
    rank = 1 + int(share * (len(rows) - 1))
    return rows.kthvalue(rank, dim=0).values


def standing_out(
    amplitude: Tensor, low_hz: float, octaves: int, step_cents: float, around: int
) -> Tensor:
    """Return what stands out of spectra along a logarithmic frequency axis, (n_frames, n_steps).

    ``amplitude`` is (n_frames, n_fft // 2 + 1); the axis starts at ``low_hz`` and spans ``octaves``
    in steps of ``step_cents``. A result is by how much the logarithm of the amplitude lies over its
    mean across ``around`` steps (odd), at least 0.
    """
    low, part = _log_grid(2 * (amplitude.shape[1] - 1), low_hz, octaves, step_cents)
    log = (amplitude + 1e-3 * amplitude.mean()).log()
    rows = log[:, low] * (1 - part) + log[:, low + 1] * part
    return (rows - moving_mean(rows, around)).clamp(min=0)


@functools.cache
def _log_grid(n_fft: int, low_hz: float, octaves: int, step_cents: float) -> tuple[Tensor, Tensor]:
    """Return bins below each step of a log-frequency axis, and the parts to the next."""
    steps = torch.arange(round(octaves * 1200 / step_cents))
    place = low_hz * 2 ** (steps * step_cents / 1200) * n_fft / SAMPLE_RATE
    return place.long(), place - place.long()


def _power(samples: Tensor, n_fft: int, hop: int) -> Tensor:
    # Squares of the parts: the absolute value would take a root only to square it again.
    parts = torch.view_as_real(transform(samples, n_fft, hop))
    power: Tensor = parts.square().sum(dim=-1) / torch.hann_window(n_fft).square().sum()
    return power


@functools.cache
def _mel_bank() -> Tensor:
    """Triangles equally spaced in mel (O'Shaughnessy), (n_bins, N_MELS)."""
    low, high = (2595 * math.log10(1 + f / 700) for f in (MEL_LOW_HZ, MEL_HIGH_HZ))
    edges = 700 * (10 ** (torch.linspace(low, high, N_MELS + 2, dtype=torch.float64) / 2595) - 1)
    bins = torch.arange(N_FFT // 2 + 1, dtype=torch.float64) * SAMPLE_RATE / N_FFT
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    bank = torch.minimum(rising, falling).clamp(min=0)
    # Low bands are narrower than a bin; each gets at least its nearest one.
    nearest = (bins[:, None] - edges[1:-1]).abs().argmin(dim=0)
    empty = bank.sum(dim=0) < 1e-6
    bank[nearest[empty], torch.nonzero(empty).squeeze(1)] = 1.0
    return bank.float()


@functools.cache
def _pitch_bank() -> Tensor:
    """Gaussian bumps a fifth of a semitone apart from A2 to A6, (n_bins, n_pitch_bins)."""
    steps = (PITCH_HIGH_MIDI - PITCH_LOW_MIDI) * BINS_PER_SEMITONE
    offset = torch.arange(steps, dtype=torch.float64) / BINS_PER_SEMITONE
    # Bin 0 is a C, two fifths of a semitone below its centre, so that five bins make one class.
    midi = PITCH_LOW_MIDI + 3 + offset - (BINS_PER_SEMITONE // 2) / BINS_PER_SEMITONE
    hz = 440 * 2 ** ((midi - 69) / 12)
    bins = torch.arange(N_FFT_PITCH // 2 + 1, dtype=torch.float64) * SAMPLE_RATE / N_FFT_PITCH
    distance = 12 * torch.log2(bins[:, None].clamp(min=1) / hz)
    # Never narrower than the window's main lobe, or low notes would fall between the bins.
    width = torch.maximum(
        torch.full_like(hz, 0.2), 12 * torch.log2(1 + 1.2 * SAMPLE_RATE / N_FFT_PITCH / hz)
    )
    bank = torch.exp(-0.5 * (distance / width).square())
    return (bank / bank.sum(dim=0, keepdim=True)).float()
