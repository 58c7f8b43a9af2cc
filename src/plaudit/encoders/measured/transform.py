"""Short-time Fourier transforms of a segment, a few frames at a time.

A part stays in the cache of the processor through all that is done with it, and memory for a whole
transform is never asked for: both cost more than the arithmetic.

Conventions: a Hann window; complex, without scaling; ``n_fft`` and ``hop`` are in samples, and
frame ``k`` is centred at sample ``k * hop``.
"""

import functools
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

PART = 64  # rows of some thousand numbers that the cache holds


def wave_parts(
    samples: Tensor, n_fft: int, hop: int, *, cut: int = 0, again: int = 0
) -> Iterator[Tensor]:
    """Yield the transform of samples (n_samples,) in parts (n_frames, n_fft // 2 + 1).

    ``cut`` frames at either end are left out. Each part begins with the last ``again`` frames of
    the one before it.
    """
    size = PART * 2048 // n_fft
    padded = torch.nn.functional.pad(samples, (n_fft // 2, n_fft // 2))
    frames = padded.unfold(0, n_fft, hop)
    frames = frames[cut : len(frames) - cut]
    for start in range(0, max(1, len(frames) - again), size - again):
        yield torch.fft.rfft(frames[start : start + size] * _window(n_fft))


def amplitudes(waves: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the absolute values of complex numbers, in ``out`` where it is given."""
    # NumPy takes a third of torch's time.
    return torch.from_numpy(np.abs(waves.numpy(), out=None if out is None else out.numpy()))


def squares(waves: Tensor, out: Tensor | None = None) -> Tensor:
    """Return the squared absolute values of complex numbers, in ``out`` where it is given."""
    return amplitudes(waves, out).square_()


def amplitude_of(samples: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return the absolute values of the transform, (n_frames, n_fft // 2 + 1)."""
    amplitude = torch.empty(len(samples) // hop + 1, n_fft // 2 + 1)
    done = 0
    for part in wave_parts(samples, n_fft, hop):
        amplitudes(part, amplitude[done : done + len(part)])
        done += len(part)
    return amplitude


def window_power(n_fft: int) -> float:
    """Return the sum of the squared window."""
    return float(_window(n_fft).square().sum())


@functools.cache
def _window(n_fft: int) -> Tensor:
    return torch.hann_window(n_fft)
