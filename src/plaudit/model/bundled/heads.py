"""The heads of the bundled judge: APEX's trunk with more beside it (`docs/bundled-network.md`).

The raw score of an axis, before the sigmoid over its range, is::

    raw = (network + boosted trees) / 2 - penalty beyond the usual one

``network`` is, for an axis that has named faults, their raw score (`FaultHeads`); for any other, a
branch as in APEX plus a linear function of the inputs (Cheng et al., Wide and Deep, arXiv
1606.07792). Flaw inputs reach the fault heads' evidence and the penalty only: trunk, branches,
linear functions and trees see them as 0.

Judges before 1.0 lack some of the parts, so each is optional. The names of attributes are those of
the tensors in published judges.
"""

from typing import cast

import torch
from torch import Tensor, nn

from plaudit.model.apex_heads import Branch, make_trunk
from plaudit.model.bundled.fault_heads import FaultHeads
from plaudit.model.bundled.penalty import MonotonePenalty, Tolerance
from plaudit.model.bundled.trees import BoostedTrees
from plaudit.model.card import HeadSpec
from plaudit.model.head_output import HeadOutput, squash


class BundledHeads(nn.Module):
    """Trunk, branches, named faults, linear functions, boosted trees and penalty of a spec."""

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        self.axes = spec.axes
        self.shared = make_trunk(spec)
        # A free branch beside the faults of an axis would learn what training songs happen to
        # share.
        named = {axis for _, axis in spec.faults}
        self.free = tuple(axis for axis in spec.axes if axis not in named)
        for axis in self.free:
            self.add_module(f"branch_{axis}", Branch(spec))
        self._last_bias = f"branch.{len(spec.branch_dims)}.bias"
        self.wide = nn.Linear(spec.input_dim, len(self.free)) if spec.wide and self.free else None
        self.flaws = slice(*spec.flaw_inputs) if spec.flaw_inputs else slice(0)
        n_axes = len(spec.axes)
        penalty = MonotonePenalty(spec.flaw_families, n_axes) if spec.flaw_inputs else None
        self.add_module("falling", penalty)  # the name of its tensors in published judges
        self.tolerance = Tolerance(n_axes) if spec.flaw_inputs else None
        self.faults = FaultHeads(spec) if spec.faults else None
        self.trees = BoostedTrees(spec.axes, spec.trees, spec.leaves) if spec.trees else None

    @property
    def penalty(self) -> MonotonePenalty | None:
        """The penalty for flaws, if the judge has one."""
        return cast("MonotonePenalty | None", self._modules["falling"])

    def forward(self, embeddings: Tensor) -> HeadOutput:
        """Return scores (n, n_axes) of embeddings (n, dim), with the amounts of named faults."""
        flaws = embeddings[:, self.flaws]
        inputs = embeddings.clone()
        inputs[:, self.flaws] = 0
        trunk = self.shared(inputs)
        by_axis = {axis: self.get_submodule(f"branch_{axis}")(trunk) for axis in self.free}
        if self.wide is not None:
            for axis, line in zip(self.free, self.wide(inputs).unbind(dim=1), strict=True):
                by_axis[axis] = by_axis[axis] + line
        amounts = None
        if self.faults is not None:
            amounts = self.faults(trunk, inputs, flaws)
            scores = self.faults.raw_scores(amounts).unbind(dim=1)
            by_axis = dict(zip(self.axes, scores, strict=True)) | by_axis
        raw = [by_axis[axis] for axis in self.axes]
        if self.trees is not None:
            raw = [(a + b) / 2 for a, b in zip(raw, self.trees(inputs).unbind(dim=1), strict=True)]
        if self.penalty is not None and self.tolerance is not None:
            penalty = self.tolerance(self.penalty(flaws)).unbind(dim=1)
            raw = [score - less for score, less in zip(raw, penalty, strict=True)]
        return HeadOutput(squash(raw, self.axes), fault_amounts=amounts)

    @torch.no_grad()
    def add_bias(self, bias: Tensor) -> None:
        """Add a bias (n_axes,) to the raw scores, for good; the order of songs stays."""
        if self.trees is not None:  # they are averaged with the network, so both are moved
            self.trees.by += bias
        for place, axis in enumerate(self.axes):
            if axis in self.free:
                self.get_parameter(f"branch_{axis}.{self._last_bias}")[0] += bias[place]
            elif self.faults is not None:
                self.faults.flawless[place] += bias[place]


def add_bias(network: nn.Module, bias: Tensor) -> None:
    """Add a bias (n_axes,) to the raw scores of every member; songs close together may swap."""
    for module in network.modules():
        if isinstance(module, BundledHeads):
            module.add_bias(bias)
