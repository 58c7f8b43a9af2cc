"""From decoded frames to blocks of exactly one second, the same whatever codec they came from.

A codec hands out frames of its own size (1152 samples in MP3, 4096 in FLAC). Everything after this
file sees ``(n_channels, n_samples)`` float32 with full scale at 1.0, cut into equal blocks, so the
same samples stored as WAV and as FLAC give bit-identical results downstream.
"""

from collections.abc import Iterable, Iterator

import av
import numpy as np
from numpy.typing import NDArray

_SILENCE_RMS = 1e-3
"""Level under which a frame is silence: -60 dBFS. Sixteen-bit noise lies near -96 dBFS, tape hiss
and dither under -65, while a pianissimo in a mastered recording stays above -55."""

_FRAME_S = 0.05
"""Length of the frames that are called silent or not: short enough to find the end of a note."""

_DTYPES: dict[str, np.dtype[np.generic]] = {
    "u8": np.dtype(np.uint8),
    "s16": np.dtype(np.int16),
    "s32": np.dtype(np.int32),
    "s64": np.dtype(np.int64),
    "flt": np.dtype(np.float32),
    "dbl": np.dtype(np.float64),
}


def scale(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    """Bring samples of any type to float32 with full scale at 1.0.

    Integers of b bits are divided by ``2**(b-1)`` (unsigned ones are centred first), so up to 24
    bits are represented exactly; floats keep their value, so float32 stays bit for bit.

    Parameters
    ----------
    samples : ndarray
        Of type uint8, a signed integer, or floats; any shape.

    Returns
    -------
    ndarray
        Float32, same shape; integers land in [-1, 1).
    """
    if samples.dtype == np.uint8:
        samples = samples.astype(np.int16) - 128
        return np.asarray(samples, dtype=np.float32) / np.float32(128)
    if samples.dtype.kind == "i":
        # float64 first: a 32-bit integer does not fit into the 24 bits of a float32.
        full_scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
        return (samples.astype(np.float64) / full_scale).astype(np.float32)
    # A float64 beyond float32 becomes infinite here, and is then reported as non-finite.
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)


def channels(frame: av.AudioFrame) -> NDArray[np.float32]:
    """Take the samples out of a decoded frame.

    PyAV's own conversion and downmix are not used: its downmix is off by about sqrt(2).

    Parameters
    ----------
    frame : av.AudioFrame
        Any of ffmpeg's sample formats, packed or planar.

    Returns
    -------
    ndarray
        (n_channels, n_samples) float32, full scale 1.0.
    """
    name = frame.format.name
    n_channels, n_samples = frame.layout.nb_channels, frame.samples
    if frame.format.is_planar:
        dtype = _DTYPES[name.removesuffix("p")]
        planes = [np.frombuffer(memoryview(p), dtype, count=n_samples) for p in frame.planes]
        return scale(np.stack(planes))
    plane = memoryview(frame.planes[0])
    packed = np.frombuffer(plane, _DTYPES[name], count=n_samples * n_channels)
    return scale(np.ascontiguousarray(packed.reshape(n_samples, n_channels).T))


def reblock(pieces: Iterable[NDArray[np.float32]], size: int) -> Iterator[NDArray[np.float32]]:
    """Cut a stream of pieces into blocks of one size.

    A change of the number of channels ends a block early; that is the only one, beside the last,
    that may be shorter.

    Parameters
    ----------
    pieces : iterable of ndarray
        (n_channels, any length) float32.
    size : int
        Samples in a block.

    Yields
    ------
    ndarray
        (n_channels, size) float32; the last one holds what is left, never zero samples.
    """
    waiting: list[NDArray[np.float32]] = []
    n_waiting = 0
    for piece in pieces:
        if waiting and piece.shape[0] != waiting[0].shape[0]:
            yield np.concatenate(waiting, axis=1)
            waiting, n_waiting = [], 0
        waiting.append(piece)
        n_waiting += piece.shape[1]
        if n_waiting < size:
            continue
        whole = np.concatenate(waiting, axis=1)
        end = n_waiting - n_waiting % size
        for start in range(0, end, size):
            yield whole[:, start : start + size]
        n_waiting -= end
        waiting = [whole[:, end:].copy()] if n_waiting else []
    if n_waiting:
        yield np.concatenate(waiting, axis=1)


def mono(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average the channels: the plain mean, with equal weights, as the published procedure does.

    The sum is formed in float64 and rounded once, so it does not depend on the channels' order.

    Parameters
    ----------
    block : ndarray
        (n_channels, n_samples) float32.

    Returns
    -------
    ndarray
        (n_samples,) float32.
    """
    if block.shape[0] == 1:
        only: NDArray[np.float32] = block[0]
        return only
    total = block[0].astype(np.float64)
    for channel in block[1:]:
        total += channel
    mean: NDArray[np.float32] = (total / block.shape[0]).astype(np.float32)
    return mean


def music_seconds(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Measure how much of a signal is not silence.

    The signal is cut into frames of 50 ms; a frame counts, with its full length, when its RMS is
    above -60 dBFS. A shorter last frame is judged on the samples it has.

    Parameters
    ----------
    samples : ndarray
        (n_samples,) float32 mono, full scale 1.0.
    sample_rate : int
        Hz.

    Returns
    -------
    float
        Seconds, between 0 and the length of the signal.
    """
    size = max(1, round(_FRAME_S * sample_rate))
    n_frames = len(samples) // size
    whole = samples[: n_frames * size].reshape(n_frames, size)
    loud = np.einsum("fs,fs->f", whole, whole, dtype=np.float64) > size * _SILENCE_RMS**2
    n_loud = int(np.count_nonzero(loud)) * size
    rest = samples[n_frames * size :].astype(np.float64)
    if len(rest) and rest @ rest > len(rest) * _SILENCE_RMS**2:
        n_loud += len(rest)
    return n_loud / sample_rate
