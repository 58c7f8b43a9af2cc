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
    """Bring samples of any type and shape to float32 with full scale at 1.0.

    Integers of b bits are divided by ``2**(b-1)`` (uint8 is centred first) and land in [-1, 1); up
    to 24 bits are represented exactly. Floats keep their value, so float32 stays bit for bit.
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
    """Return the samples of a decoded frame, (n_channels, n_samples) float32, full scale 1.0.

    Reads every sample format of ffmpeg, packed or planar. PyAV's own conversion and downmix are not
    used: its downmix is off by about sqrt(2).
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
    """Cut a stream of pieces, (n_channels, any length) float32, into blocks of ``size`` samples.

    A change of the number of channels ends a block early. Only that block and the last one may be
    shorter; none is empty.
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
    """Return the mean of the channels of a block (n_channels, n_samples): (n_samples,) float32.

    The plain mean with equal weights, as in the published procedure. The sum is formed in float64
    and rounded once, so it does not depend on the channels' order.
    """
    if block.shape[0] == 1:
        return np.asarray(block[0])
    total = block[0].astype(np.float64)
    for channel in block[1:]:
        total += channel
    return np.asarray(total / block.shape[0], dtype=np.float32)


def music_seconds(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Return how many seconds of a mono signal, (n_samples,) with full scale 1.0, are not silence.

    The signal is cut into frames of 50 ms; a frame counts, with its full length, when its RMS is
    above -60 dBFS; a constant is no sound. A shorter last frame is measured over the samples it
    has.
    """
    size = max(1, round(_FRAME_S * sample_rate))
    n_frames = len(samples) // size
    whole = samples[: n_frames * size].reshape(n_frames, size)
    power = np.einsum("fs,fs->f", whole, whole, dtype=np.float64) / size
    power -= whole.mean(axis=1, dtype=np.float64) ** 2
    n_loud = int(np.count_nonzero(power > _SILENCE_RMS**2)) * size
    rest = samples[n_frames * size :].astype(np.float64)
    if len(rest) and rest.var() > _SILENCE_RMS**2:
        n_loud += len(rest)
    return n_loud / sample_rate
