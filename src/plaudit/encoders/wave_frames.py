"""The convolutions of a HuBERT network over a recording of any length, in pieces.

The first of the seven layers makes 4,800 frames of 512 numbers a second, close to two gigabytes a
minute with its norm and activation, though 75 frames a second come out in the end. Each output
frame depends on its own 400 samples, and the group norm of the first layer on the mean and
variance of that layer over the whole recording. So a long recording is read twice: once for the
mean and variance, once for the frames, piece by piece.

Up to one piece (30 s) the network's own forward runs, to the last bit. For longer ones the
difference is that of the order of sums, about 1e-6 of a frame.
"""

import math
from typing import Any, cast

import torch

_PIECE_FRAMES = 2249  # 30 s at 24 kHz


def wave_frames(extractor: Any, samples: torch.Tensor, piece: int = _PIECE_FRAMES) -> torch.Tensor:
    """Return the frames (dim, n_frames) of a recording (n_samples,).

    ``extractor`` is a ``HubertFeatureEncoder``, ``piece`` how many frames are made at a time.
    """
    layers = list(extractor.conv_layers)
    kernels = [layer.conv.kernel_size[0] for layer in layers]
    strides = [layer.conv.stride[0] for layer in layers]
    step = math.prod(strides)
    reach = 1 + sum((k - 1) * math.prod(strides[:i]) for i, k in enumerate(kernels))
    n_frames = (len(samples) - reach) // step + 1
    if n_frames <= piece:
        return cast("torch.Tensor", extractor(samples[None])[0])
    first = layers[0]
    grouped = isinstance(getattr(first, "layer_norm", None), torch.nn.GroupNorm)
    mean, deviation = _moments(first, samples, piece * step) if grouped else (None, None)
    frames = []
    for start in range(0, n_frames, piece):
        stop = min(start + piece, n_frames)
        heard = samples[start * step : (stop - 1) * step + reach][None, None]
        if mean is None or deviation is None:
            x = first(heard)
        else:
            norm = first.layer_norm
            x = (first.conv(heard) - mean) / deviation * norm.weight[:, None] + norm.bias[:, None]
            x = first.activation(x)
        for layer in layers[1:]:
            x = layer(x)
        frames.append(x[0])
    return torch.cat(frames, dim=1)


def _moments(layer: Any, samples: torch.Tensor, piece: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation (dim, 1) of each channel of the first convolution."""
    kernel, stride = layer.conv.kernel_size[0], layer.conv.stride[0]
    n_frames = (len(samples) - kernel) // stride + 1
    per_piece = piece // stride
    total = torch.zeros(2, layer.conv.out_channels, dtype=torch.float64)  # of x, of x squared
    for start in range(0, n_frames, per_piece):
        stop = min(start + per_piece, n_frames)
        x = layer.conv(samples[start * stride : (stop - 1) * stride + kernel][None, None])[0]
        variance, mean = (m.double().cpu() for m in torch.var_mean(x.float(), 1, correction=0))
        total += (stop - start) * torch.stack([mean, variance + mean.square()])
    mean, square = total / n_frames
    deviation = (square - mean.square() + layer.layer_norm.eps).sqrt()
    moments = torch.stack([mean, deviation]).float().to(samples.device)
    return moments[0][:, None], moments[1][:, None]
