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
from plaudit.model.bundled.fault_heads import Faults
from plaudit.model.bundled.penalty import Falling, Tolerance
from plaudit.model.bundled.trees import Trees
from plaudit.model.card import HeadSpec
from plaudit.model.ordinal import read_grades


class HeadOutput(NamedTuple):
    """Scores (n, n_axes) in the range of each axis; for ordinal heads more.

    ``spread`` (n, n_axes) is the standard deviation of the distribution, in the range of the axis;
    ``logits`` (n, n_axes, grades - 1) are those of lying above each threshold. ``amounts``
    (n, n_faults) are those of the faults, in [0, 1], of heads that name them.
    """

    value: Tensor
    spread: Tensor | None = None
    logits: Tensor | None = None
    amounts: Tensor | None = None


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

    @property
    def last(self) -> nn.Linear:
        """The unit that says the score; of grades, their location first."""
        unit = self.branch[-1]
        if not isinstance(unit, nn.Linear):
            raise AssertionError("a branch ends in a linear unit")
        return unit

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
        # An axis with faults of its own is told by them alone: a free branch beside them learns
        # what the training songs happen to share.
        told = {axis for _, axis in spec.faults}
        self.free = tuple(axis for axis in spec.axes if axis not in told)
        for axis in self.free:
            self.add_module(f"branch_{axis}", Branch(dims[-1], spec))
        self.wide = nn.Linear(spec.input_dim, len(self.free)) if spec.wide and self.free else None
        self.flaws = slice(*spec.falling) if spec.falling else None
        self.falling = Falling(spec.flaw_families, len(spec.axes)) if spec.falling else None
        self.tolerance = Tolerance(len(spec.axes)) if spec.falling else None
        self.faults = (
            Faults(
                spec.faults,
                spec.axes,
                spec.input_dim,
                dims[-1],
                spec.flaw_families,
                spec.branch_dropout,
            )
            if spec.faults
            else None
        )
        self.trees = Trees(spec.axes, spec.trees, spec.leaves) if spec.trees else None

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
        raw, amounts = self._raw(embeddings)
        if self.output == "value":
            scores = []
            for name, one in zip(self.axes, raw, strict=True):
                axis = AXIS[name]
                # Half precision would round popularity to halves.
                scores.append(torch.sigmoid(one.float()) * (axis.high - axis.low) + axis.low)
            return HeadOutput(torch.stack(scores, dim=1), amounts=amounts)
        values, spreads, logits = [], [], []
        for name, one in zip(self.axes, raw, strict=True):
            axis, said = AXIS[name], read_grades(one, self.grades)
            values.append(said.value * (axis.high - axis.low) + axis.low)
            spreads.append(said.spread * (axis.high - axis.low))
            logits.append(said.logits)
        return HeadOutput(
            torch.stack(values, dim=1),
            torch.stack(spreads, dim=1),
            torch.stack(logits, dim=1),
            amounts,
        )

    @torch.no_grad()
    def lift(self, by: Tensor) -> None:
        """Add to the raw score of each axis, for good; the order of songs stays.

        Parameters
        ----------
        by : Tensor, shape (n_axes,)
            In units before the sigmoid.
        """
        if self.trees is not None:  # it is averaged with what the network says
            self.trees.by += by
        for place, axis in enumerate(self.axes):
            branch = getattr(self, f"branch_{axis}", None)
            if isinstance(branch, Branch):
                branch.last.bias[0] += by[place]
            elif self.faults is not None:
                self.faults.flawless[place] += by[place]

    def _raw(self, embeddings: Tensor) -> tuple[list[Tensor], Tensor | None]:
        """Return what branches, straight line, faults and trees say, less what flaws take.

        Then the amounts of the faults.
        """
        seen, flaws = embeddings, None
        if self.flaws is not None:
            flaws = embeddings[:, self.flaws]
            seen = embeddings.clone()
            seen[:, self.flaws] = 0
        trunk = self.shared(seen)
        said = {name: self.get_submodule(f"branch_{name}")(trunk) for name in self.free}
        if self.wide is not None:
            lines = self.wide(seen).unbind(dim=1)
            said = {n: _moved(said[n], line) for n, line in zip(self.free, lines, strict=True)}
        amounts = None
        if self.faults is not None:
            amounts = self.faults(trunk, seen, flaws)
            found = self.faults.without(amounts).unbind(dim=1)
            said |= {n: one for n, one in zip(self.axes, found, strict=True) if n not in said}
        raw = [said[name] for name in self.axes]
        if self.trees is not None:
            grown = self.trees(seen).unbind(dim=1)
            raw = [(a + b) / 2 for a, b in zip(raw, grown, strict=True)]
        if self.falling is not None and self.tolerance is not None and flaws is not None:
            taken = self.tolerance(self.falling(flaws)).unbind(dim=1)
            raw = [_moved(a, -less) for a, less in zip(raw, taken, strict=True)]
        return raw, amounts


def _moved(raw: Tensor, by: Tensor) -> Tensor:
    """Return a raw score moved; of grades, the location moves and the width stays."""
    return torch.stack([raw[:, 0] + by, raw[:, 1]], dim=1) if raw.ndim == 2 else raw + by
