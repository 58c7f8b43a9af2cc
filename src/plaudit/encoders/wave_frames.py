"""The convolutions of MERT over one recording, piece by piece: on a CPU, or of a long recording.

The first of the seven layers makes 4,800 frames of 512 numbers a second, close to two gigabytes a
minute with its norm and activation, though 75 frames a second come out in the end. Each output
frame depends on its own 400 samples, so some are made at a time, and every layer is a matrix
product of windows with the activation in it.

The group norm after the first layer needs the mean and variance of each channel over the whole
recording. A channel is a weighted sum of ten samples, so both follow from the mean and covariance
of windows of ten samples, in float64, and the norm becomes part of the weights. The difference to
the layers one after another is the order of sums, some 1e-6 of the largest frame.
"""

import math
from typing import Any

import torch
from torch import Tensor

from plaudit.encoders.arithmetic import gelu, product

_PIECE = 128  # frames at a time: 1.7 s, 17 MB after the first layer
_WINDOWS = 1 << 16


def frame_step(extractor: Any) -> int:
    """Return the samples from frame to frame of the convolutions of a `MertNetwork`."""
    return math.prod(layer.conv.stride[0] for layer in extractor.conv_layers)


def frame_count(extractor: Any, n_samples: int) -> int:
    """Return how many frames the convolutions make of a recording."""
    for layer in extractor.conv_layers:
        n_samples = (n_samples - layer.conv.kernel_size[0]) // layer.conv.stride[0] + 1
    return n_samples


def wave_frames(
    extractor: Any,
    samples: Tensor,
    n_frames: int,
    dtype: torch.dtype = torch.float32,
    piece: int = _PIECE,
) -> Tensor:
    """Return the first frames (n_frames, dim) of a recording (n_samples,).

    Parameters
    ----------
    extractor : Module
        The convolutions of a `MertNetwork`, on the device of the samples.
    samples : Tensor, shape (n_samples,)
        The whole recording: its statistics count, also where no frame is asked for.
    n_frames : int
        How many frames to make.
    dtype : torch.dtype, default float32
        Type of matrix products; the first layer is always float32.
    piece : int
        Frames made at a time.
    """
    first, *others = [_Windows(layer) for layer in extractor.conv_layers]
    if isinstance(first.norm, torch.nn.GroupNorm):
        first.take_in_norm(samples)
    step = frame_step(extractor)
    reach = 1  # samples that one frame depends on
    for layer in (*reversed(others), first):
        reach = (reach - 1) * layer.stride + layer.kernel
    made = []
    for start in range(0, n_frames, piece):
        stop = min(start + piece, n_frames)
        x = samples[start * step : (stop - 1) * step + reach, None]
        x = first.frames(x, torch.float32)
        for layer in others:
            x = layer.frames(x, dtype)
        made.append(x.float())
    return torch.cat(made)


class _Windows:
    """A layer as a product of its weights and windows of its input (n_in, width)."""

    def __init__(self, layer: Any) -> None:
        self.kernel, self.stride = layer.conv.kernel_size[0], layer.conv.stride[0]
        self.weight = layer.conv.weight.permute(0, 2, 1).flatten(1).contiguous()
        self.bias = layer.conv.bias
        self.norm = layer.layer_norm

    def windows(self, x: Tensor) -> Tensor:
        width = x.shape[1]
        n = (len(x) - self.kernel) // self.stride + 1
        return x.contiguous().as_strided((n, self.kernel * width), (self.stride * width, 1))

    def take_in_norm(self, samples: Tensor) -> None:
        """Make weights and bias of the group norm part of those of the convolution.

        On the CPU, whatever the device: not every GPU has float64.
        """
        device, samples = samples.device, samples.cpu()
        heard = self.windows(samples[:, None])
        centre = samples.double().mean()
        total = torch.zeros(1 + self.kernel, self.kernel, dtype=torch.float64)
        for part in torch.split(heard, _WINDOWS):
            apart = part.double() - centre
            total[0] += apart.sum(0)
            total[1:] += apart.T @ apart
        mean, square = total[0] / len(heard), total[1:] / len(heard)
        weight = self.weight.cpu().double()
        variance = ((weight @ (square - mean.outer(mean))) * weight).sum(1).clamp(min=0)
        mean += centre
        gain = self.norm.weight.cpu() / (variance + self.norm.eps).sqrt()
        self.weight = (weight * gain[:, None]).float().to(device)
        self.bias = (self.norm.bias.cpu() - (weight @ mean) * gain).float().to(device)
        self.norm = None

    def frames(self, x: Tensor, dtype: torch.dtype) -> Tensor:
        y = product(self.windows(x), self.weight, self.bias, dtype, activate=self.norm is None)
        if self.norm is None:
            return y
        return gelu(self.norm(y.float()))
