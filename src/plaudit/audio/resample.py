"""Bring a signal to another sample rate with the published windowed sinc, in a stream.

Convention of the filter (that of torchaudio's default resampler, which APEX uses): with
``g = gcd(rate_in, rate_out)``, ``o = rate_in / g``, ``n = rate_out / g`` and
``base = 0.99 min(o, n)``, output sample ``m = q n + i`` (phase ``i < n``) is

    y[m] = sum_j  x[q o + j]  h((j / o - i / n) base),    h(t) = sinc(t) cos(pi t / 12)^2 base / o

over all integers ``j`` with ``|t| < 6``: a Hann-windowed sinc, six zero crossings to a side,
roll-off 0.99. Input before the first and after the last sample is zero; ``ceil(n N / o)`` samples
come out.

Only about ``12 o / base`` taps of a phase are not zero, and only those are kept: the dense kernel
of the textbook form needs gigabytes for a rate such as 44,101 Hz.

Where we differ: the published code forms its taps in float32, we in float64. The outputs are within
6e-6 of each other (the largest of the golden vectors, at 22,050 Hz), ours nearer to the formula.

Source: J. O. Smith, "Digital Audio Resampling Home Page", 2002, and the published APEX procedure
(arXiv 2605.03395).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LOWPASS_WIDTH = 6
_ROLLOFF = 0.99

# Output samples computed at a time: bounds the gathered windows to a few megabytes.
_BATCH = 4096


class Kernel(NamedTuple):
    """Filter of one pair of rates.

    ``up`` is n and ``down`` is o of the formula. Row r belongs to output sample r: ``start[r]`` is
    the input index of its first tap, ``taps[r]`` its (n_taps,) float32 taps. Taps repeat after
    n rows; they are laid out for one batch more, so that a batch is a slice from any phase on.
    """

    up: int
    down: int
    start: NDArray[np.int64]
    taps: NDArray[np.float32]


@lru_cache(maxsize=16)
def kernel(rate_in: int, rate_out: int) -> Kernel:
    """Return the filter of a pair of different rates (Hz); it is cached, do not write to it."""
    divisor = math.gcd(rate_in, rate_out)
    down, up = rate_in // divisor, rate_out // divisor
    base = _ROLLOFF * min(down, up)
    half = _LOWPASS_WIDTH * down / base
    centre = np.arange(up) * (down / up)
    start = np.floor(centre - half).astype(np.int64)
    n_taps = math.ceil(2 * half) + 2
    offset = start[:, None] + np.arange(n_taps)[None, :]
    t = (offset / down - (np.arange(up) / up)[:, None]) * base
    window = np.cos(t * (math.pi / _LOWPASS_WIDTH / 2)) ** 2
    taps = np.where(np.abs(t) < _LOWPASS_WIDTH, np.sinc(t) * window * (base / down), 0.0)
    cycle, row = np.divmod(np.arange(up + _BATCH), up)
    return Kernel(up, down, cycle * down + start[row], taps.astype(np.float32)[row])


class Resampler:
    """Windowed-sinc resampler from ``rate_in`` to ``rate_out`` (Hz) that is fed piece by piece.

    However the signal is cut into pieces, the output is bit for bit that of the whole signal: each
    output sample is one product of its own window of the input, summed in a fixed order. Equal
    rates hand the input through unchanged.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._kernel = None if rate_in == rate_out else kernel(rate_in, rate_out)
        self._n_in = 0
        self._n_out = 0
        # Zeros stand before the first sample; `_first` is the input index of `_buffer[0]`.
        self._first = 0 if self._kernel is None else int(self._kernel.start[0])
        self._buffer = np.zeros(-self._first, dtype=np.float32)

    def push(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next piece, (n,) float32, and return the output that is final by now, (m,).

        Both may be empty.
        """
        self._n_in += len(x)
        if self._kernel is None:
            return x
        self._buffer = np.concatenate([self._buffer, x])
        return self._take(None)

    def flush(self) -> NDArray[np.float32]:
        """Return the rest of the output, as if the input went on with zeros."""
        if self._kernel is None:
            return np.zeros(0, dtype=np.float32)
        tail = np.zeros(self._kernel.taps.shape[1] + self._kernel.down, dtype=np.float32)
        self._buffer = np.concatenate([self._buffer, tail])
        return self._take(-(-self._n_in * self._kernel.up // self._kernel.down))

    def _take(self, n_total: int | None) -> NDArray[np.float32]:
        """Compute outputs ``_n_out`` up to ``n_total``, or as far as the buffer reaches."""
        assert self._kernel is not None  # noqa: S101 (both callers have looked)
        up, down, start, taps = self._kernel
        n_taps = taps.shape[1]
        if n_total is None:
            # Output m needs q o + start[i] + n_taps <= end of buffer; start[i] rises with i by
            # less than o, so this bound is at most a few samples too careful.
            reach = self._first + len(self._buffer) - n_taps - int(start[0])
            n_total = max(self._n_out, (reach - 1) * up // down) if reach > 0 else self._n_out
        pieces = []
        if len(self._buffer) >= n_taps:
            windows = np.lib.stride_tricks.sliding_window_view(self._buffer, n_taps)
            for low in range(self._n_out, n_total, _BATCH):
                cycle, phase = divmod(low, up)
                rows = slice(phase, phase + min(_BATCH, n_total - low))
                window = windows[start[rows] + (cycle * down - self._first)]
                # Not a matrix product: BLAS may sum in another order for another batch size.
                pieces.append(np.einsum("mt,mt->m", window, taps[rows]))
        self._n_out = max(self._n_out, n_total)
        cycle_next, phase_next = divmod(self._n_out, up)
        spent = cycle_next * down + int(start[phase_next]) - self._first
        self._buffer = self._buffer[max(0, spent) :].copy()
        self._first += max(0, spent)
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def resample(x: NDArray[np.float32], rate_in: int, rate_out: int) -> NDArray[np.float32]:
    """Resample a whole signal, (n,) float32, to (ceil(n rate_out / rate_in),); rates in Hz."""
    resampler = Resampler(rate_in, rate_out)
    return np.concatenate([resampler.push(x), resampler.flush()])
