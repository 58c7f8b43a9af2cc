"""An array as a song: checked and handed out in the same blocks as a decoded file."""

import numbers
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import scale
from plaudit.audio.decode import MAX_CHANNELS, MAX_RATE, MIN_RATE
from plaudit.audio.errors import ArrayError, ChannelError, EmptyAudioError, SampleRateError

_INTEGERS = (np.int16, np.int32)


def array_blocks(
    samples: NDArray[Any], sample_rate: float
) -> tuple[Iterator[NDArray[np.float32]], int]:
    """Check an array of samples and cut it into blocks of one second.

    Parameters
    ----------
    samples : ndarray
        ``(n_samples,)`` or ``(n_channels, n_samples)`` with at most 8 channels: floats with full
        scale 1.0, or int16 or int32 with that type's full scale.
    sample_rate : int
        Hz; a float is taken when it is whole.

    Returns
    -------
    blocks : iterator of ndarray
        ``(n_channels, n)`` float32, n being the sample rate for all but the last.
    sample_rate : int
        The rate as a plain int.

    Raises
    ------
    ArrayError, ChannelError, EmptyAudioError, SampleRateError
        The array or its rate does not make a song.
    """
    if not isinstance(samples, np.ndarray):
        raise ArrayError(
            f"Expected a NumPy array of samples, got {type(samples).__name__}; convert it with "
            "numpy.asarray."
        )
    rate = _whole_rate(sample_rate)
    if samples.dtype.kind != "f" and samples.dtype not in _INTEGERS:
        raise ArrayError(
            f"Expected samples as floats, int16 or int32, got {samples.dtype}; convert them to "
            "float32 with full scale at 1.0."
        )
    if samples.ndim not in (1, 2):
        raise ArrayError(
            f"Expected samples of shape (n_samples,) or (n_channels, n_samples), got "
            f"{samples.shape}; pass one song at a time."
        )
    if samples.size == 0:
        raise EmptyAudioError(
            f"Expected a song, but the array of shape {samples.shape} holds no samples."
        )
    rows = samples[None, :] if samples.ndim == 1 else samples
    if len(rows) > MAX_CHANNELS:
        hint = "transpose it" if rows.shape[1] <= MAX_CHANNELS else "mix it down to stereo first"
        raise ChannelError(
            f"Expected at most {MAX_CHANNELS} channels in (n_channels, n_samples), got "
            f"{samples.shape}; {hint}."
        )
    return (scale(rows[:, at : at + rate]) for at in range(0, rows.shape[1], rate)), rate


def _whole_rate(sample_rate: float) -> int:
    number = isinstance(sample_rate, numbers.Real) and not isinstance(sample_rate, bool)
    if not number or not float(sample_rate).is_integer():
        raise SampleRateError(
            f"Expected the sample rate as a whole number of Hz, got {sample_rate!r}; pass "
            "(samples, sample_rate)."
        )
    rate = int(sample_rate)
    if not MIN_RATE <= rate <= MAX_RATE:
        raise SampleRateError(
            f"Expected a sample rate from {MIN_RATE} to {MAX_RATE} Hz, got {rate}; pass the "
            "rate the samples were made at."
        )
    return rate
