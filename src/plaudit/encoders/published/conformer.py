"""Conformer layers (arXiv 2005.08100) as Wav2Vec2-Conformer has them, with rotary positions.

Names of tensors are those of ``transformers.Wav2Vec2ConformerEncoder``. That class is not used: it
adds its final norm to what it returns, and without a kernel for its attention it holds the weight
of every pair of frames. Here attention and feed-forward parts need memory in proportion to length.

Conventions: frames are (n, n_frames, dim).
"""

import torch
from torch import nn
from torch.nn import functional

_ROWS = 4_096  # frames that a feed-forward part reads at once


def rotary(
    n_frames: int, head_dim: int, base: float, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return cosine and sine of each frame's angles, (n_frames, 1, head_dim) each."""
    steps = torch.arange(0, head_dim, 2).float() / head_dim
    angles = torch.arange(n_frames).float()[:, None] * (1.0 / base**steps)
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return angles.cos().to(device), angles.sin().to(device)


class FrozenNorm(nn.Module):
    """Batch norm with the statistics of training; it keeps no counter of batches."""

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))
        self.bias = nn.Parameter(torch.empty(width))
        self.register_buffer("running_mean", torch.empty(width))
        self.register_buffer("running_var", torch.empty(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (n, width, ...), normalised by channel."""
        return functional.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, training=False
        )


class Conformer(nn.Module):
    """Layers 0 to ``depth`` - 1, and after the last a norm of this epsilon where one is given."""

    def __init__(
        self,
        depth: int,
        dim: int,
        heads: int,
        hidden: int,
        kernel: int,
        *,
        final_norm: float | None,
        key_bias: bool,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            _Layer(dim, heads, hidden, kernel, key_bias) for _ in range(depth)
        )
        self.layer_norm = None if final_norm is None else nn.LayerNorm(dim, eps=final_norm)

    def step(
        self,
        index: int,
        x: torch.Tensor,
        turn: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """Return hidden state ``index`` (from 1) from the one before it."""
        x = self.layers[index - 1](x, turn, mask)
        last = index == len(self.layers)
        return self.layer_norm(x) if last and self.layer_norm is not None else x


class _Layer(nn.Module):
    def __init__(self, dim: int, heads: int, hidden: int, kernel: int, key_bias: bool) -> None:
        super().__init__()
        self.ffn1_layer_norm = nn.LayerNorm(dim)
        self.ffn1 = _FeedForward(dim, hidden)
        self.self_attn_layer_norm = nn.LayerNorm(dim)
        self.self_attn = _Attention(dim, heads, key_bias)
        self.conv_module = _Convolution(dim, kernel)
        self.ffn2_layer_norm = nn.LayerNorm(dim)
        self.ffn2 = _FeedForward(dim, hidden)
        self.final_layer_norm = nn.LayerNorm(dim)

    def forward(
        self,
        x: torch.Tensor,
        turn: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        x = x + 0.5 * self.ffn1(self.ffn1_layer_norm(x))
        x = x + self.self_attn(self.self_attn_layer_norm(x), turn, mask)
        x = x + self.conv_module(x)
        x = x + 0.5 * self.ffn2(self.ffn2_layer_norm(x))
        normed: torch.Tensor = self.final_layer_norm(x)
        return normed


class _FeedForward(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(dim, hidden)
        self.output_dense = nn.Linear(hidden, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = [
            self.output_dense(functional.silu(self.intermediate_dense(rows)))
            for rows in torch.split(x, _ROWS, dim=1)
        ]
        return torch.cat(parts, dim=1)


class _Attention(nn.Module):
    def __init__(self, dim: int, heads: int, key_bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q = nn.Linear(dim, dim)
        self.linear_k = nn.Linear(dim, dim, bias=key_bias)
        self.linear_v = nn.Linear(dim, dim)
        self.linear_out = nn.Linear(dim, dim)

    def forward(
        self,
        x: torch.Tensor,
        turn: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        # Positions turn the input of queries and keys, not queries and keys themselves.
        split = x.reshape(*x.shape[:2], self.heads, -1)
        begin, end = split.chunk(2, dim=-1)
        turned = (split * turn[0] + torch.cat([-end, begin], dim=-1) * turn[1]).flatten(2)
        query, key, value = (
            made.reshape(split.shape).transpose(1, 2)
            for made in (self.linear_q(turned), self.linear_k(turned), self.linear_v(x))
        )
        heard = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=None if mask is None else mask[:, None, None, :]
        )
        mixed: torch.Tensor = self.linear_out(heard.transpose(1, 2).flatten(2))
        return mixed


class _Convolution(nn.Module):
    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(dim)
        self.pointwise_conv1 = nn.Conv1d(dim, 2 * dim, 1, bias=False)
        self.depthwise_conv = nn.Conv1d(
            dim, dim, kernel, padding=kernel // 2, groups=dim, bias=False
        )
        self.batch_norm = FrozenNorm(dim)
        self.pointwise_conv2 = nn.Conv1d(dim, dim, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = functional.glu(self.pointwise_conv1(self.layer_norm(x).transpose(1, 2)), dim=1)
        inner = functional.silu(self.batch_norm(self.depthwise_conv(inner)))
        mixed: torch.Tensor = self.pointwise_conv2(inner)
        return mixed.transpose(1, 2)
