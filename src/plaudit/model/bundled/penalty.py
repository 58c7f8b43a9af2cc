"""Monotone penalty: no score rises with a measured flaw.

The penalty on the raw score of axis ``a`` comes from families ``f`` of flaw inputs ``x_j``. Within
a family it is a sum of ``softplus`` ramps that start at fixed knots, with weights that cannot be
negative; over families it is a norm, in which the greatest counts most::

    penalty_af = sum_jk softplus(w_ajk) * softplus(x_j - knot_k)    (inputs j of family f)
    penalty_a  = (sum_f penalty_af ** 3) ** (1 / 3)

It rises with every input, also far from the training data (a monotone model; compare Sill,
Monotonic Networks, NIPS 1997). The norm is there because one kind of damage often hides the traces
of another: in a plain sum, what is hidden would outweigh what is added.

Undamaged songs have flaws too. Only the penalty beyond the usual one lowers a score (`Tolerance`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

_KNOTS = (-1.0, 0.5, 2.0, 4.0)  # in units of the scale of the input
_NORM = 3  # over families: 1 would be their sum, infinity the greatest alone
_SHARPNESS = 4.0  # of the bend where a penalty begins to count, per unit of the raw score
_START = -6.0  # softplus of it is .0025: an untrained penalty is nearly 0


class MonotonePenalty(nn.Module):
    """Penalty of each output; ``families`` gives the number of flaws of each family, in order."""

    def __init__(self, families: Sequence[int], n_outputs: int) -> None:
        super().__init__()
        self.families = list(families)
        self.weight = nn.Parameter(torch.full((n_outputs, sum(families), len(_KNOTS)), _START))

    def forward(self, flaws: Tensor) -> Tensor:
        """Return penalties (n, n_outputs), at least 0, of flaws (n, n_flaws)."""
        ramps = softplus(flaws.unsqueeze(-1) - torch.tensor(_KNOTS).to(flaws))
        by_flaw = torch.einsum("njk,ajk->naj", ramps, softplus(self.weight))
        by_family = [part.sum(dim=-1) for part in torch.split(by_flaw, self.families, dim=-1)]
        penalty: Tensor = torch.stack(by_family, dim=-1).norm(p=_NORM, dim=-1)
        return penalty


class Tolerance(nn.Module):
    """The part of a penalty beyond the usual one; it rises with the penalty everywhere."""

    usual: Tensor

    def __init__(self, n_axes: int) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(n_axes))  # 0 until fitted: all counts

    def forward(self, penalty: Tensor) -> Tensor:
        """Return the part of penalties (n, n_axes) that counts, above 0."""
        return softplus(_SHARPNESS * (penalty - self.usual)) / _SHARPNESS
