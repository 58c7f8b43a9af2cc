"""Matrix products, attention and a long convolution, in the order of sums that suits a CPU.

Every function computes what the plain torch line in it computes, and is that line wherever
gradients are kept or the device is no CPU. Without gradients on a CPU:

- matrix products go to oneDNN, not to MKL, which is slower on processors of other makers, and the
  activation is applied while the results are still in the cache;
- attention in bfloat16, for which torch has no quick kernel, runs head by head and some hundred
  queries at a time, into memory that is used again: the square of logits stays in the cache;
- a convolution of 128 tokens is a product of spectra, a fortieth of the multiplications.

In float32 the results differ from torch's by the order of sums, some 1e-7 of the largest value.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

_QUERIES = 512  # at a time: 2.3 MB of logits for 2,249 keys
_FFT = 256
_ONEDNN = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def gelu(x: Tensor) -> Tensor:
    """Return the Gaussian error unit, x times the share of a normal distribution below x."""
    return functional.gelu(x)


def linear(
    x: Tensor,
    layer: nn.Module,
    dtype: torch.dtype = torch.float32,
    count: Tensor | None = None,
    *,
    activate: bool = False,
) -> Tensor:
    """Return the output of a linear layer for x (n, n_tokens, n_in), multiplied in ``dtype``.

    In bfloat16 a weight is off by up to .4 %, for every token the same, and a mean over tokens does
    not average that out. So what the rounding of weights takes from the mean token is added to the
    bias, in float32; only its effect on how tokens differ from their mean is left. (That needs
    tokens of one size, which a norm gives them; the convolutions before have none.)

    Parameters
    ----------
    x : Tensor
        Input.
    layer : Module
        A plain linear layer, or one with an adapter.
    dtype : torch.dtype
        Either float32 or bfloat16; sums are kept in float32 in any case.
    count : Tensor, optional
        How many equal tokens each token stands for, (n_tokens,).
    activate : bool, default False
        Whether GELU follows.
    """
    if type(layer) is not nn.Linear or not direct(x):
        y: Tensor = layer(x)
        return gelu(y) if activate else y
    weight: Tensor = layer.weight
    bias: Tensor = layer.bias
    if dtype != torch.float32:
        tokens = x.float().flatten(0, -2)
        mean = tokens.mean(0) if count is None else (count / count.sum()) @ tokens
        rounded = weight.to(dtype)
        bias = bias + (weight - rounded) @ mean
        weight = rounded
    return product(x, weight, bias, dtype, activate=activate)


def direct(x: Tensor) -> bool:
    """Return whether the kernels for a CPU can be called: no gradients are kept, no graph made."""
    idle = not torch.is_grad_enabled() and not torch.compiler.is_compiling()
    return x.device.type == "cpu" and _ONEDNN and idle


def product(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    dtype: torch.dtype = torch.float32,
    *,
    activate: bool = False,
) -> Tensor:
    """Return x (..., n_in) times the transpose of weight (n_out, n_in), plus the bias."""
    if not direct(x):
        y = functional.linear(x, weight, bias)
        return gelu(y) if activate else y
    how: tuple[str, list[float], str] = ("gelu", [], "none") if activate else ("none", [], "")
    out = torch.ops.mkldnn._linear_pointwise(x.to(dtype), weight.to(dtype), bias, *how)
    return cast("Tensor", out)


def attend(q: Tensor, k: Tensor, v: Tensor, count: Tensor | None) -> Tensor:
    """Return softmax(q kᵀ / √dim + log count) v, each (n, n_heads, n_tokens, dim).

    ``count`` (n_tokens,) is how many equal tokens each key stands for, None for one each.
    """
    mask = None if count is None else count.log().to(q.dtype)
    if not direct(q) or q.dtype == torch.float32:
        shared = None if mask is None else mask[None, None, None]
        return functional.scaled_dot_product_attention(q, k, v, attn_mask=shared)
    out = torch.empty_like(v)
    n_tokens, dim = q.shape[2:]
    logits = torch.empty(_QUERIES, n_tokens, dtype=q.dtype)
    shares = torch.empty_like(logits)
    for n in range(q.shape[0]):
        for head in range(q.shape[1]):
            keys = (k[n, head] * dim**-0.5).T.contiguous()
            values = v[n, head].contiguous()
            for start in range(0, n_tokens, _QUERIES):
                queries = q[n, head, start : start + _QUERIES].contiguous()
                here = torch.mm(queries, keys, out=logits[: len(queries)])
                if mask is not None:
                    here += mask
                weights = torch.softmax(here, -1, out=shares[: len(queries)])
                out[n, head, start : start + _QUERIES] = weights @ values
    return out


def shifted_products(x: Tensor, conv: nn.Conv1d, spectra: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return a padded, grouped convolution of x (n, dim, n_tokens), and the spectra it used.

    The kernel is cut to as many outputs as there are tokens. ``spectra`` are those of an earlier
    call with the same weights, None for the first.
    """
    groups, kernel = conv.groups, conv.kernel_size[0]
    n, dim, n_tokens = x.shape
    size = max(_FFT, 2 << (kernel - 1).bit_length())
    step = size - kernel + 1  # outputs a block
    if spectra is None:
        weight = conv.weight.reshape(groups, -1, dim // groups, kernel)  # (groups, out, in, kernel)
        spectra = (
            torch.fft.rfft(weight, size).conj().permute(0, 3, 2, 1).resolve_conj().contiguous()
        )
    n_blocks = -(-n_tokens // step)
    left = kernel // 2
    padded = functional.pad(x, (left, n_blocks * step + kernel - 1 - left - n_tokens))
    blocks = padded.unfold(2, size, step)  # (n, dim, n_blocks, size)
    heard = torch.fft.rfft(blocks).reshape(n, groups, -1, n_blocks, size // 2 + 1)
    # For each group and frequency: (n * n_blocks, in) times (in, out).
    heard = heard.permute(1, 4, 0, 3, 2).reshape(groups, size // 2 + 1, n * n_blocks, -1)
    made = torch.fft.irfft(heard @ spectra, size, dim=1)[:, :step]
    # From (groups, step, n, n_blocks, out) to (n, groups, out, n_blocks, step).
    made = made.reshape(groups, step, n, n_blocks, -1).permute(2, 0, 4, 3, 1)
    made = made.reshape(n, dim, n_blocks * step)[..., :n_tokens]
    assert conv.bias is not None  # noqa: S101 - the published one has it
    return made + conv.bias[:, None], spectra
