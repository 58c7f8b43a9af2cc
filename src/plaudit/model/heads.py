"""The APEX heads (arXiv 2605.03395): a shared trunk and one branch per axis.

Shared blocks are Linear, BatchNorm, GELU (erf), Dropout: 768-512-256, or 768-512-384-256 with
three. A branch is two such blocks 256-128-64, a Linear(64, 1) and a sigmoid over the axis.
Tensor names are the published ones, with our axis names in them; `plaudit.model.checkpoint`
translates. Input (n, dim), output (n, n_axes) in the range of each axis.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from plaudit.core.axes import AXIS
from plaudit.model.card import HeadSpec


class Block(nn.Module):
    """Linear, BatchNorm, GELU, Dropout, under the published tensor names."""

    def __init__(self, n_in: int, n_out: int, dropout: float) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.GELU(), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return features (n, n_out) of features (n, n_in)."""
        out: Tensor = self.block(x)
        return out


class Branch(nn.Module):
    """Blocks and a last linear unit for one axis."""

    def __init__(self, n_in: int, spec: HeadSpec) -> None:
        super().__init__()
        dims = (n_in, *spec.branch_dims)
        blocks = [Block(a, b, spec.branch_dropout) for a, b in pairwise(dims)]
        self.branch = nn.Sequential(*blocks, nn.Linear(dims[-1], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the score before the sigmoid, shape (n,)."""
        out: Tensor = self.branch(x)
        return out.squeeze(-1)


class Heads(nn.Module):
    """Shared trunk and branches for the axes of a spec.

    Parameters
    ----------
    spec : HeadSpec
        Axes and widths.
    """

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        self.axes = spec.axes
        dims = (spec.input_dim, *spec.shared_dims)
        self.shared = nn.Sequential(*(Block(a, b, spec.shared_dropout) for a, b in pairwise(dims)))
        for axis in spec.axes:
            self.add_module(f"branch_{axis}", Branch(dims[-1], spec))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return scores (n, n_axes) of embeddings (n, dim), each in the range of its axis."""
        trunk = self.shared(embeddings)
        scores = []
        for name in self.axes:
            axis = AXIS[name]
            raw = self.get_submodule(f"branch_{name}")(trunk)
            scores.append(torch.sigmoid(raw) * (axis.high - axis.low) + axis.low)
        return torch.stack(scores, dim=1)
