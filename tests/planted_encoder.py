"""An encoder of NumPy alone, so that a worker starts in a blink; some sounds end its process.

Layers are -1 (level and extremes of a segment) and 7 (the same, doubled). What a song does to the
worker is told by its peak, which no other song of these tests has.
"""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from numpy.typing import NDArray

from plaudit.core.choice import Precision
from plaudit.embeddings.extract.encoder_source import EncoderSource, OpenEncoder
from plaudit.encoders.spec import EncoderSpec

if TYPE_CHECKING:
    import torch

RATE = 24_000
KILLS, FAILS, OVERFLOWS = 0.75, 0.5, 0.25


class PlantedEncoder:
    """Keeps the encoder promise."""

    precision: Precision = "exact"
    device = "cpu"
    batch_size = 2

    def __init__(self, spec: EncoderSpec) -> None:
        self.spec = spec

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        peak = float(np.abs(segments).max())
        if abs(peak - KILLS) < 1e-3:
            os.kill(os.getpid(), signal.SIGKILL)
        if abs(peak - FAILS) < 1e-3:
            raise RuntimeError("the device is on fire")
        loud = 1e6 if abs(peak - OVERFLOWS) < 1e-3 else 1.0
        level = np.sqrt(np.mean(np.square(segments), axis=1))
        row = np.stack([level * loud, segments.max(axis=1), segments.min(axis=1)], axis=1)
        return np.stack([row, 2 * row], axis=1).astype(np.float32)

    def tensors(self) -> "dict[str, torch.Tensor]":
        return {}


class PlantedSource(EncoderSource):
    """Opens it."""

    def open(self) -> OpenEncoder:
        columns = [self.opened.layers.index(layer) for layer in self.layers]
        return OpenEncoder(PlantedEncoder(self.opened), columns)


class GpuEncoder(PlantedEncoder):
    """Says that it runs on a GPU."""

    device = "cuda"


class GpuSource(PlantedSource):
    """Opens it."""

    def open(self) -> OpenEncoder:
        return OpenEncoder(GpuEncoder(self.opened), super().open().columns)


class BrokenSource(PlantedSource):
    """Opens in the parent only."""

    def open(self) -> OpenEncoder:
        import multiprocessing

        if multiprocessing.parent_process() is not None:
            raise RuntimeError("no room for it")
        return super().open()


SPEC = EncoderSpec(
    kind="measured",
    name="planted",
    hash="ab" * 32,
    sample_rate=RATE,
    layers=(-1, 7),
    dim=3,
    licence="Apache-2.0",
    config={},
)


def source(
    layers: tuple[int, ...] = (-1, 7), kind: type[EncoderSource] = PlantedSource
) -> EncoderSource:
    return kind(SPEC, Path("nowhere"), layers, "cpu", "exact")


def write_song(path: Path, seed: int, seconds: float = 3.0, peak: float = 0.1) -> Path:
    """Write a noise of its own with a peak of its own."""
    noise = np.random.default_rng(seed).normal(size=int(seconds * RATE))
    sound = noise / np.abs(noise).max() * (peak + 0.001 * seed if peak == 0.1 else peak)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, RATE, subtype="FLOAT" if path.suffix == ".wav" else None)
    return path
