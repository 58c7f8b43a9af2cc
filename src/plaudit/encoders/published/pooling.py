"""Mean and deviation over time by several queries and heads of attention (arXiv 2110.05042).

Each head reads its share of the channels; each of its channels has its own weights over time, which
give a weighted mean and standard deviation of that channel.
"""

import torch
from torch import nn

_WIDTH = 64
_LEAST_VARIANCE = 1e-7


class AttentivePooling(nn.Module):
    """Frames (n, n_frames, dim) to (n, 2 * queries * dim), with the names of ``MQMHASTP``."""

    def __init__(self, dim: int, queries: int, heads: int) -> None:
        super().__init__()
        self.n_query = nn.ModuleList(_Query(dim, heads) for _ in range(queries))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return for each query and each head the means of its channels, then the deviations."""
        channels = x.transpose(1, 2)
        return torch.cat([query(channels) for query in self.n_query], dim=-1)


class _Query(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads_att_trans = nn.ModuleList(_Head(dim // heads) for _ in range(heads))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shares = x.chunk(len(self.heads_att_trans), dim=1)
        pooled = [head(share) for head, share in zip(self.heads_att_trans, shares, strict=True)]
        return torch.cat(pooled, dim=-1)


class _Head(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.att_0 = nn.Conv1d(dim, _WIDTH, 1)
        # Its published bias is the same at all times, which the softmax over time does not see.
        self.att_1 = nn.Conv1d(_WIDTH, dim, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights = self.att_1(torch.tanh(self.att_0(x))).softmax(dim=-1)
        mean = (weights * x).sum(dim=-1)
        variance = (weights * x.square()).sum(dim=-1) - mean.square()
        return torch.cat([mean, variance.clamp(min=_LEAST_VARIANCE).sqrt()], dim=-1)
