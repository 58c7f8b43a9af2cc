"""Heads that predict the amount of each named fault, and the score of an axis from them.

Listeners mark a song down for its greatest fault. So each fault ``f`` has a head for its amount
``d_f`` in [0, 1], fitted where the amount is known (in composed songs), and the raw score of an
axis
``a`` that has faults of its own is::

    raw_a = b_a - softplus(v_a) * max(d_f of the faults f of a) - sum_f softplus(w_af) * d_f

All weights are at least 0 and an amount rises with each flaw (`plaudit.model.bundled.penalty`), so
no score rises with a flaw on this way either.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from plaudit.model.bundled.penalty import MonotonePenalty
from plaudit.model.card import HeadSpec

_HIDDEN = 96
_FLAWLESS = 2.0  # start of b
_GREATEST, _EACH = 4.0, -5.0  # start of v and w


class FaultHeads(nn.Module):
    """Amounts of the faults that a spec names, and raw scores from them."""

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        n_faults, n_axes = len(spec.faults), len(spec.axes)
        self.of_axis = [
            [place for place, (_, axis) in enumerate(spec.faults) if axis == name]
            for name in spec.axes
        ]
        self.hidden = nn.Sequential(
            nn.Linear(spec.trunk_dim, _HIDDEN),
            nn.BatchNorm1d(_HIDDEN),
            nn.GELU(),
            nn.Dropout(spec.branch_dropout),
        )
        self.amount = nn.Linear(_HIDDEN, n_faults)
        self.wide = nn.Linear(spec.input_dim, n_faults)
        families = spec.flaw_families
        self.evidence = MonotonePenalty(families, n_faults) if families else None
        self.flawless = nn.Parameter(torch.full((n_axes,), _FLAWLESS))
        self.greatest = nn.Parameter(torch.full((n_axes,), _GREATEST))
        self.each = nn.Parameter(torch.full((n_axes, n_faults), _EACH))

    def forward(self, trunk: Tensor, inputs: Tensor, flaws: Tensor) -> Tensor:
        """Return amounts (n, n_faults) in (0, 1); the inputs have 0 in place of the flaws."""
        raw: Tensor = self.amount(self.hidden(trunk)) + self.wide(inputs)
        if self.evidence is not None:
            raw = raw + self.evidence(flaws)
        return torch.sigmoid(raw.float())

    def raw_scores(self, amounts: Tensor) -> Tensor:
        """Return raw scores (n, n_axes) of amounts; undefined on an axis without faults."""
        greatest = [
            amounts[:, places].amax(dim=1) if places else torch.zeros_like(amounts[:, 0])
            for places in self.of_axis
        ]
        by_greatest = torch.stack(greatest, dim=1) * softplus(self.greatest)
        raw: Tensor = self.flawless - by_greatest - amounts @ softplus(self.each).T
        return raw
