"""How the golden vectors were made: weights filled from names, and the test signals.

Every tensor is filled with numbers drawn from its own published name. Whoever loads the same
tensors under the same names and runs the published procedure must get the golden numbers here.

Conventions: sample rate in Hz, signals are float32 in [-1, 1], mono, shape (n_samples,).
"""

import zlib

import numpy as np
from numpy.typing import NDArray


def fill(name: str, shape: tuple[int, ...], tag: str = "golden-1") -> NDArray[np.generic]:
    """Tensor for the weight called ``name`` (``mert/...`` or ``apex/...``)."""
    # The legacy generator, on purpose: the golden numbers were drawn from it.
    rng = np.random.RandomState(zlib.crc32(f"{tag}/{name}".encode()) & 0xFFFFFFFF)
    x = rng.standard_normal(shape if shape else (1,)).astype(np.float64)
    if name.endswith("num_batches_tracked"):
        return np.asarray(1000, dtype=np.int64)
    if name.endswith(("running_var", "weight_g")):
        v = 1.0 + 0.1 * np.abs(x)
    elif ("norm" in name or ".block.1." in name) and name.endswith("weight"):
        v = 1.0 + 0.1 * x
    elif name.endswith(("bias", "running_mean")):
        v = 0.1 * x
    else:
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
        v = x * np.sqrt(2.0 / fan_in)
    return np.asarray(v, dtype=np.float32).reshape(shape)


def song(duration_s: float, sample_rate: int = 24_000) -> NDArray[np.float32]:
    """A decaying arpeggio with a little noise: the input of the score vectors."""
    t = np.arange(int(duration_s * sample_rate)) / sample_rate
    frequency = 220.0 * 2 ** (np.floor(t * 2) % 12 / 12)
    phase = 2 * np.pi * np.cumsum(frequency) / sample_rate
    envelope = np.exp(-3.0 * (t * 2 % 1.0))
    noise = 0.01 * np.random.RandomState(7).standard_normal(t.size)
    tone = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.25 * np.sin(3 * phase)
    return np.asarray(0.3 * envelope * tone + noise, dtype=np.float32)


def resample_input(sample_rate: int) -> NDArray[np.float32]:
    """Half a second of three tones and noise: the input of ``resample.npz``."""
    t = np.arange(int(sample_rate * 0.5)) / sample_rate
    rng = np.random.RandomState(sample_rate)
    noise = 0.05 * rng.standard_normal(t.size)
    x = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 3000 * t + 0.3)
    return np.asarray(x + 0.1 * np.sin(2 * np.pi * 11500 * t) + noise, dtype=np.float32)
