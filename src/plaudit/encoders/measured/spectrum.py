"""What the measured encoder looks at: log-mel, chroma and onset strength of one segment.

Conventions: mono float32 at 24 kHz; frames of 85 ms every 20 ms; decibels relative to the mean
power of the sounding frames, so that gain changes nothing; pitch classes start at C, A4 = 440 Hz.
"""

import functools
import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from plaudit.encoders.measured.row import between, logarithm, moving_mean, multiplied, quantile
from plaudit.encoders.measured.transform import (
    PART,
    amplitude_of,
    amplitudes,
    squares,
    wave_parts,
    window_power,
)

SAMPLE_RATE = 24_000
N_FFT, HOP = 2048, 480
FRAME_S = HOP / SAMPLE_RATE
BAND_BINS = tuple(
    pairwise(
        round(hz * N_FFT / SAMPLE_RATE) for hz in (40, 150, 400, 1000, 2500, 5000, 8000, 11800)
    )
)
# Critical bands (Zwicker 1961), Hz.
BARK_HZ = (
    100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700,
    4400, 5300, 6400, 7700, 9500, 11500,
)  # fmt: skip
N_MELS = 48
MEL_LOW_HZ, MEL_HIGH_HZ = 40.0, 11_800.0
N_FFT_PITCH, HOP_PITCH = 8192, 2400  # 2.9 Hz apart, every 100 ms: enough to part semitones at C3
PITCH_FRAME_S = HOP_PITCH / SAMPLE_RATE
PITCH_LOW_MIDI, PITCH_HIGH_MIDI, BINS_PER_SEMITONE = 45, 93, 5
_PITCH_TOP_HZ = 2400  # above the highest bump: there is nothing beyond
# Below the mean power of the segment: inaudible beside it, and what a codec rewrites freely.
FLOOR_DB = -50.0
WHITE_BINS, _WHITEN_BINS = 752, 41  # up to 8.8 kHz, the highest harmonic that is looked at
_PEAK_BINS = 8, 700  # 94 Hz to 8.2 kHz
EDGE_N_FFT, EDGE_HOP = 512, 120  # 21 ms every 5 ms
_EDGE_BAND, _EDGE_ALL = 10**-2.5, 1e-4
_SILENCE_POWER = 1e-6  # -60 dBFS, the level `plaudit.audio` calls silence
# A frame sounds when it is within 50 dB of the segment's loud frames: gain does not change that.
_QUIET_RATIO = 1e-5
_EDGE = 64  # samples, 3 ms
_OFFSET_RATIO = 1e-2  # of the root mean square: what a smaller mean does cannot be seen in a score
_FLOOR = 10 ** (FLOOR_DB / 10)

Measures = dict[str, Tensor]  # by name, each of one dimension


class Spectrum:
    """Pictures of one segment, cut to the part between its first and last sounding frame.

    Each is made when it is first looked at, and kept.

    Parameters
    ----------
    samples : Tensor, shape (n_samples,)
        With a mean power of 1 where it sounds.
    sounding : Tensor of bool, shape (n_frames,)
        Frames that sound.
    first : int
        Frame of the segment at which the pictures start.
    """

    def __init__(self, samples: Tensor, sounding: Tensor, first: int = 0) -> None:
        self.samples = samples
        self.sounding = sounding
        self.first = first

    @functools.cached_property
    def power(self) -> Tensor:
        """Power, (n_frames, N_FFT // 2 + 1)."""
        return self._fine[0]

    @property
    def phase_turns(self) -> Tensor:
        """Unsteadiness of phases, (2, n), every 10 ms: see `phase_turn`."""
        return self._fine[1]

    @functools.cached_property
    def _fine(self) -> tuple[Tensor, Tensor]:
        # The transform every 10 ms is that of every 20 ms and more: it is made once for both.
        power = torch.empty(len(self.samples) // HOP + 1, N_FFT // 2 + 1)
        turns: list[Tensor] = []
        done = 0
        for part in wave_parts(self.samples, N_FFT, HOP // 2, again=2):
            size = amplitudes(part)
            new = size[2 if done else 0 :: 2]
            here = torch.square(new, out=power[done : done + len(new)])
            here.div_(window_power(N_FFT))
            done += len(new)
            turns.append(phase_turn(part, size))
        return power[: len(self.sounding)], torch.cat(turns, dim=1)

    @functools.cached_property
    def sounding_power(self) -> Tensor:
        """Power of the frames that sound, (n_sounding, N_FFT // 2 + 1)."""
        return self.power if bool(self.sounding.all()) else self.power[self.sounding]

    @functools.cached_property
    def frame_power(self) -> Tensor:
        """Power of each frame, (n_frames,)."""
        return self.power.sum(dim=1)

    @functools.cached_property
    def loudness_db(self) -> Tensor:
        """Level of each frame, (n_frames,)."""
        return 10 * torch.log10(self.frame_power / self.frame_power.mean() + _FLOOR)

    @functools.cached_property
    def _banded(self) -> list[Tensor]:
        # One product: each is limited by how fast the power can be read, not by its arithmetic.
        banks = _mel_bank(), band_means(), _bark_bank()
        together = multiplied(self.power, torch.cat(banks, dim=1))
        return list(torch.split(together, [b.shape[1] for b in banks], 1))

    @property
    def band_mean(self) -> Tensor:
        """Mean power of the bins of each of `BAND_BINS`, (n_frames, n_bands)."""
        return self._banded[1]

    @property
    def bark_mean(self) -> Tensor:
        """Mean power of the bins of each critical band, (n_frames, len(BARK_HZ) - 1)."""
        return self._banded[2]

    @functools.cached_property
    def band_db(self) -> Tensor:
        """Level of each of `BAND_BINS`, (n_frames, n_bands)."""
        width = torch.tensor([high - low for low, high in BAND_BINS])
        return 10 * torch.log10(
            self.band_mean * width / self.frame_power[self.sounding].mean() + _FLOOR
        )

    @functools.cached_property
    def mel_db(self) -> Tensor:
        """Level of mel bands, (n_frames, N_MELS)."""
        mel = self._banded[0]
        return 10 * torch.log10(mel / mel[self.sounding].sum(dim=1).mean() + _FLOOR)

    @functools.cached_property
    def rise_db(self) -> Tensor:
        """How much louder each mel band is than a frame before, at least 0, (n_frames, N_MELS)."""
        return torch.diff(self.mel_db, dim=0, prepend=self.mel_db[:1]).clamp(min=0)

    @functools.cached_property
    def onset(self) -> Tensor:
        """Mean rise of all mel bands, (n_frames,)."""
        return self.rise_db.mean(dim=1)

    @functools.cached_property
    def white(self) -> Tensor:
        """How far the log amplitude lies above its surroundings in frequency, at least 0.

        (n_frames, WHITE_BINS): above them nobody looks.
        """
        scale = self.amplitude_scale
        white = torch.empty(len(self.power), WHITE_BINS)
        heard = self.power[:, : WHITE_BINS + _WHITEN_BINS // 2]
        for part, out in zip(torch.split(heard, PART), torch.split(white, PART), strict=True):
            level = (part.sqrt() / scale).log1p_()
            mean = moving_mean(level, _WHITEN_BINS)[:, :WHITE_BINS]
            torch.sub(level[:, :WHITE_BINS], mean, out=out).clamp_(min=0)
        return white

    @functools.cached_property
    def amplitude_scale(self) -> float:
        """Half the mean amplitude of the bins of sounding frames, the unit of log amplitudes."""
        return 0.5 * float(self.sounding_power.sqrt().mean())

    @functools.cached_property
    def slow(self) -> Tensor:
        """Amplitude with fine frequencies, (n_pitch_frames, N_FFT_PITCH // 2 + 1)."""
        return amplitude_of(self.samples, N_FFT_PITCH, HOP_PITCH)

    @functools.cached_property
    def quick(self) -> Tensor:
        """Amplitude between both, (2 * n_pitch_frames - 1, N_FFT_PITCH // 4 + 1)."""
        return amplitude_of(self.samples, N_FFT_PITCH // 2, HOP_PITCH // 2)

    @functools.cached_property
    def pitch(self) -> Tensor:
        """Amplitude by pitch, (n_pitch_frames, n_semitones * BINS_PER_SEMITONE)."""
        bank = _pitch_bank()
        return multiplied(self.slow[:, : len(bank)], bank / math.sqrt(window_power(N_FFT_PITCH)))

    @functools.cached_property
    def chroma(self) -> Tensor:
        """Amplitude by pitch class, (n_pitch_frames, 12); rows sum to 1 where there is sound."""
        by_class = self.pitch.reshape(len(self.pitch), -1, 12, BINS_PER_SEMITONE).sum(dim=(1, 3))
        return by_class / by_class.sum(dim=1, keepdim=True).clamp(min=1e-9)

    @functools.cached_property
    def edge_db(self) -> Tensor:
        """Levels of bands every 5 ms, (n_edge_frames, n_bands), for moments of change.

        Limited to 25 dB below a band's loud moments and 40 dB below those of all bands: further
        down a codec switches bands on and off, which nobody hears.
        """
        bank = _edge_bank()
        parts = wave_parts(self.samples, EDGE_N_FFT, EDGE_HOP)
        bands = torch.cat([multiplied(squares(part), bank) for part in parts])
        loud = quantile(bands, 0.9)
        floor = torch.maximum(loud * _EDGE_BAND, loud.mean() * _EDGE_ALL)
        return 10 * torch.log10(bands + floor + 1e-6)


def _centred(samples: Tensor) -> Tensor:
    """Return samples with a mean of 0, unchanged where it is nearly so; padding stays 0."""
    nonzero = samples.numpy() != 0
    if not nonzero.any():
        return samples
    first, last = int(nonzero.argmax()), len(nonzero) - int(nonzero[::-1].argmax())
    heard = samples[first:last].double()
    if heard.mean().abs() <= _OFFSET_RATIO * (heard @ heard / len(heard)).sqrt():
        return samples
    # Resampling smears both ends of the constant over a few samples, which would be clicks.
    edge = torch.arange(1, min(_EDGE, len(heard)) + 1).to(samples) / _EDGE
    centred = samples.clone()
    inside = centred[first:last]
    inside.copy_(heard.sub_(heard.mean()))
    inside[: len(edge)] *= edge
    inside[-len(edge) :] *= edge.flip(0)
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

    return Spectrum(cut, sounding, first)


def standing_out(
    amplitude: Tensor, low_hz: float, octaves: int, step_cents: float, around: int
) -> Tensor:
    """Return the peaks of spectra along a logarithmic frequency axis, (n_frames, n_steps).

    ``amplitude`` is (n_frames, n_fft // 2 + 1); the axis starts at ``low_hz`` and spans ``octaves``
    in steps of ``step_cents``. A result is by how much the logarithm of the amplitude lies over its
    mean across ``around`` steps (odd), at least 0.
    """
    low, part = _log_grid(2 * (amplitude.shape[1] - 1), low_hz, octaves, step_cents)
    floor = 1e-3 * amplitude.mean()
    first, last = int(low[0]), int(low[-1]) + 2
    peaks = torch.empty(len(amplitude), len(low))
    heard = amplitude[:, first:last]
    for rows, out in zip(torch.split(heard, PART), torch.split(peaks, PART), strict=True):
        row = between(logarithm(rows + floor), low - first, part)
        torch.sub(row, moving_mean(row, around), out=out).clamp_(min=0)
    return peaks


def phase_turn(waves: Tensor, size: Tensor) -> Tensor:
    """Return how much the phases of partials turn more than they did before, (2, n_frames - 2).

    ``waves`` is a transform (n_frames, N_FFT // 2 + 1), ``size`` its amplitudes. Partials are high
    peaks; for each frame but the first and the last come the sum of their amplitudes, and that of
    amplitudes times radians.
    """
    low, high = _PEAK_BINS
    heard = size.numpy()[1:-1, low:high]
    inner = heard[:, 1:-1]
    peak = inner > 3 * heard.mean(axis=1, keepdims=True)
    peak &= inner > heard[:, :-2]
    peak &= inner >= heard[:, 2:]
    frame, place = np.divmod(np.flatnonzero(peak), inner.shape[1])
    at = torch.from_numpy(frame * waves.shape[1] + place + low + 1)
    before, now, after = (waves.take(at + k * waves.shape[1]) for k in range(3))
    turn = torch.angle(after * now.conj().square() * before).abs().numpy()
    weight = inner[frame, place]
    sums = [np.bincount(frame, part, len(inner)) for part in (weight, weight * turn)]
    return torch.from_numpy(np.stack(sums)).float()


@functools.cache
def _log_grid(n_fft: int, low_hz: float, octaves: int, step_cents: float) -> tuple[Tensor, Tensor]:
    """Return bins below each step of a log-frequency axis, and the parts to the next."""
    steps = torch.arange(round(octaves * 1200 / step_cents))
    place = low_hz * 2 ** (steps * step_cents / 1200) * n_fft / SAMPLE_RATE
    return place.long(), place - place.long()


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
def band_means() -> Tensor:
    """Return (n_bins, n_bands): a product with it averages over the bins of each band."""
    bank = torch.zeros(N_FFT // 2 + 1, len(BAND_BINS))
    for band, (low, high) in enumerate(BAND_BINS):
        bank[low:high, band] = 1 / (high - low)
    return bank


@functools.cache
def _bark_bank() -> Tensor:
    hz = torch.arange(N_FFT // 2 + 1) * SAMPLE_RATE / N_FFT
    inside = [(hz >= a) & (hz < b) for a, b in pairwise(BARK_HZ)]
    return torch.stack([band.float() / band.sum() for band in inside], dim=1)


@functools.cache
def _pitch_bank() -> Tensor:
    """Gaussian bumps a fifth of a semitone apart from A2 to A6, (bins up to A6, n_pitch_bins)."""
    steps = (PITCH_HIGH_MIDI - PITCH_LOW_MIDI) * BINS_PER_SEMITONE
    offset = torch.arange(steps, dtype=torch.float64) / BINS_PER_SEMITONE
    # Bin 0 is a C, two fifths of a semitone below its centre, so that five bins make one class.
    midi = PITCH_LOW_MIDI + 3 + offset - (BINS_PER_SEMITONE // 2) / BINS_PER_SEMITONE
    hz = 440 * 2 ** ((midi - 69) / 12)
    n_bins = math.ceil(_PITCH_TOP_HZ * N_FFT_PITCH / SAMPLE_RATE)
    bins = torch.arange(n_bins, dtype=torch.float64) * SAMPLE_RATE / N_FFT_PITCH
    distance = 12 * torch.log2(bins[:, None].clamp(min=1) / hz)
    # Never narrower than the window's main lobe, or low notes would fall between the bins.
    width = torch.maximum(
        torch.full_like(hz, 0.2), 12 * torch.log2(1 + 1.2 * SAMPLE_RATE / N_FFT_PITCH / hz)
    )
    bank = torch.exp(-0.5 * (distance / width).square())
    return (bank / bank.sum(dim=0, keepdim=True)).float()


@functools.cache
def _edge_bank() -> Tensor:
    """Bands for edges: 24 steps between 94 Hz and 11.7 kHz, each at least a bin wide."""
    steps = torch.logspace(math.log10(2), math.log10(250), 25).round().long().tolist()
    edges = sorted(set(steps))
    bank = torch.zeros(EDGE_N_FFT // 2 + 1, len(edges) - 1)
    for k in range(len(edges) - 1):
        bank[edges[k] : edges[k + 1], k] = 1.0 / (edges[k + 1] - edges[k])
    return bank
