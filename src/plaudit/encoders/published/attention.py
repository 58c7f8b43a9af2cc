"""Attention with its three projections in one tensor, as `torch.nn.MultiheadAttention` has them.

That class is not used: without gradients it holds the weight of every pair of frames. Here memory
grows with length alone.
"""

import torch
from torch import nn
from torch.nn import functional


class PackedAttention(nn.Module):
    """Self-attention of (n, n_frames, dim), without mask or positions.

    Names of tensors: ``in_proj_weight`` (3 dim, dim), ``in_proj_bias``, ``out_proj.*``.
    """

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dim, dim))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * dim))
        self.out_proj = nn.Linear(dim, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return (n, n_frames, dim)."""
        made = functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        query, key, value = (
            part.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)
            for part in made.chunk(3, dim=-1)
        )
        heard = functional.scaled_dot_product_attention(query, key, value)
        mixed: torch.Tensor = self.out_proj(heard.transpose(1, 2).flatten(2))
        return mixed
