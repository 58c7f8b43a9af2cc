"""The encoder promise: what every encoder offers, and nothing more.

Conventions: segments are float32 (n, n_samples), mono, at ``sample_rate`` Hz, all of one length;
layer means are float32 (n, n_layers, dim), the mean over time of each chosen hidden layer.
Adding an encoder means keeping this promise in one file and naming it in `plaudit.encoders.open`.
"""

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from plaudit.core.choice import Precision
from plaudit.core.errors import PlauditError
from plaudit.encoders.spec import EncoderSpec

if TYPE_CHECKING:
    import torch


class WeightsError(PlauditError, ValueError):
    """Weights do not fit: a tensor is missing, unexpected, of a wrong shape, or left unset."""


class UnsafeWeightsError(WeightsError):
    """A weight file would run code when loaded; it was refused and nothing ran."""


class WeightsNotFoundError(PlauditError, FileNotFoundError):
    """Weights are neither in the folder nor cached, and the hub did not give them."""

    def __str__(self) -> str:
        """Return the sentence alone, without errno decoration."""
        return str(self.args[0]) if self.args else ""


class Encoder(Protocol):
    """Turns segments into layer means; frozen, deterministic, and the same alone or in a batch."""

    @property
    def spec(self) -> EncoderSpec:
        """Name, hash, sample rate (Hz), layers, dimension and licence."""

    @property
    def batch_size(self) -> int:
        """How many segments at a time suit the device it runs on."""

    @property
    def precision(self) -> Precision:
        """Precision really used: "exact" (float32) or "fast" (bfloat16)."""

    @property
    def device(self) -> str:
        """Device really used, such as "cpu" or "cuda:1"."""

    def encode(self, segments: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return layer means (n, n_layers, dim) of segments (n, n_samples)."""

    def tensors(self) -> dict[str, "torch.Tensor"]:
        """Return every tensor by canonical name, to be written beside a judge."""


class EncoderFacts:
    """Facts of an encoder that are fixed once it is built."""

    _spec: EncoderSpec
    _device: "torch.device"
    _precision: Precision = "exact"

    @property
    def spec(self) -> EncoderSpec:
        """Name, hash, sample rate (Hz), layers, dimension and licence."""
        return self._spec

    @property
    def batch_size(self) -> int:
        """One: segments are heard one by one."""
        return 1

    @property
    def precision(self) -> Precision:
        """Precision in use: "exact" where there is no faster kind."""
        return self._precision

    @property
    def device(self) -> str:
        """Device in use."""
        return str(self._device)
