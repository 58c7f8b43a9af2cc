"""The APEX heads (arXiv 2605.03395): a shared trunk and one branch per axis.

Shared blocks are Linear, BatchNorm, GELU (erf), Dropout: 768-512-256, or 768-512-384-256 with
three. A branch is two such blocks 256-128-64, a Linear(64, 1) and a sigmoid over the axis.
Tensor names are the published ones, with our axis names in them; `plaudit.model.checkpoint`
translates. Input (n, dim), output (n, n_axes) in the range of each axis.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.core.axes import AXIS
from plaudit.model.card import HeadSpec
from plaudit.model.falling import Falling
from plaudit.model.grade import read_grades


class HeadOutput(NamedTuple):
    """Scores (n, n_axes) in the range of each axis; for ordinal heads more.

    ``spread`` (n, n_axes) is the standard deviation of the distribution, in the range of the axis;
    ``logits`` (n, n_axes, grades - 1) are those of lying above each threshold.
    """

    value: Tensor
    spread: Tensor | None = None
    logits: Tensor | None = None


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
        wanted = 2 if spec.output == "ordinal" else 1
        self.branch = nn.Sequential(*blocks, nn.Linear(dims[-1], wanted))

    def forward(self, x: Tensor) -> Tensor:
        """Return the score before the sigmoid (n,), or location and width of the grades (n, 2)."""
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
        self.axes, self.output, self.grades = spec.axes, spec.output, spec.grades
        dims = (spec.input_dim, *spec.shared_dims)
        self.shared = nn.Sequential(*(Block(a, b, spec.shared_dropout) for a, b in pairwise(dims)))
        for axis in spec.axes:
            self.add_module(f"branch_{axis}", Branch(dims[-1], spec))
        self.wide = nn.Linear(spec.input_dim, len(spec.axes)) if spec.wide else None
        self.flaws = slice(*spec.falling) if spec.falling else None
        self.falling = (
            Falling(spec.falling[1] - spec.falling[0], len(spec.axes)) if spec.falling else None
        )

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return scores (n, n_axes) of embeddings (n, dim), each in the range of its axis."""
        return self.judge(embeddings).value

    def judge(self, embeddings: Tensor) -> HeadOutput:
        """Return scores with spread and logits.

        Parameters
        ----------
        embeddings : Tensor, shape (n, dim)
            Embeddings of songs or segments.

        Returns
        -------
        HeadOutput
            Of n rows; spread and logits are None for heads that give one value.
        """
        raw = self._raw(embeddings)
        if self.output == "value":
            scores = []
            for name, one in zip(self.axes, raw, strict=True):
                axis = AXIS[name]
                # Half precision would round popularity to halves.
                scores.append(torch.sigmoid(one.float()) * (axis.high - axis.low) + axis.low)
            return HeadOutput(torch.stack(scores, dim=1))
        values, spreads, logits = [], [], []
        for name, one in zip(self.axes, raw, strict=True):
            axis, said = AXIS[name], read_grades(one, self.grades)
            values.append(said.value * (axis.high - axis.low) + axis.low)
            spreads.append(said.spread * (axis.high - axis.low))
            logits.append(said.logits)
        return HeadOutput(
            torch.stack(values, dim=1), torch.stack(spreads, dim=1), torch.stack(logits, dim=1)
        )

    def _raw(self, embeddings: Tensor) -> list[Tensor]:
        """Return what each branch says, with the straight line, less what the flaws take."""
        seen, taken = embeddings, None
        if self.flaws is not None and self.falling is not None:
            taken = self.falling(embeddings[:, self.flaws])
            seen = embeddings.clone()
            seen[:, self.flaws] = 0
        trunk = self.shared(seen)
        raw = [self.get_submodule(f"branch_{name}")(trunk) for name in self.axes]
        if self.wide is None and taken is None:
            return raw
        more = torch.zeros(len(seen), len(raw), device=seen.device)
        if self.wide is not None:
            more = more + self.wide(seen)
        if taken is not None:
            more = more - taken
        # Of grades, the location moves and the width stays.
        return [
            torch.stack([one[:, 0] + add, one[:, 1]], dim=1) if one.ndim == 2 else one + add
            for one, add in zip(raw, more.unbind(dim=1), strict=True)
        ]
