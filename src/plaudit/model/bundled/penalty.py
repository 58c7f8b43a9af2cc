"""Inputs on which no score may rise: what is known to be a flaw can only take away.

The penalty on the raw score of each axis comes from families of such inputs. Within a family ``f``
it is a sum over its inputs ``x_j`` of ``softplus`` ramps that start at fixed knots, with weights
that cannot be negative; over families it is a norm, in which the greatest counts most::

    penalty_af = sum_jk softplus(w_ajk) * softplus(x_j - knot_k)    (inputs j of family f)
    penalty_a  = (sum_f penalty_af ** 3) ** (1 / 3)

so it rises with every input, everywhere, also far from anything the heads were trained on. (A
monotone model; compare Sill, Monotonic Networks, NIPS 1997.) One kind of damage often hides the
traces of another, noise those of gaps: in a plain sum what it hides would outweigh what it brings.

Whole songs have flaws too, which lower all axes at once and say nothing of a song: only what is
taken beyond the usual counts (`Tolerance`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

KNOTS = (-1.0, 0.5, 2.0, 4.0)
"""Where ramps start, in units of the scale of the input."""
NORM = 3
"""Of the penalties of families: 1 would be their sum, infinity the greatest alone."""
SHARP = 4.0
"""How sharply begins what counts beyond the usual, per unit of the raw score."""
_START = -6.0  # softplus of it is .0025: nothing is taken away before something was learned


class Falling(nn.Module):
    """Penalty of each axis.

    Parameters
    ----------
    families : sequence of int
        How many inputs each family of flaws has; families follow each other.
    n_axes : int
        Axes.
    """

    def __init__(self, families: Sequence[int], n_axes: int) -> None:
        super().__init__()
        self.families = list(families)
        self.weight = nn.Parameter(torch.full((n_axes, sum(families), len(KNOTS)), _START))

    def forward(self, flaws: Tensor) -> Tensor:
        """Return penalties (n, n_axes), at least 0, of flaws (n, n_inputs)."""
        ramps = softplus(flaws.unsqueeze(-1) - torch.tensor(KNOTS).to(flaws))
        taken = torch.einsum("njk,ajk->naj", ramps, softplus(self.weight))
        by_family = [family.sum(dim=-1) for family in torch.split(taken, self.families, dim=-1)]
        penalty: Tensor = torch.stack(by_family, dim=-1).norm(p=NORM, dim=-1)
        return penalty


class Tolerance(nn.Module):
    """What counts of a penalty: what lies beyond the usual.

    Parameters
    ----------
    n_axes : int
        Axes.
    """

    usual: Tensor

    def __init__(self, n_axes: int) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(n_axes))  # until known, all counts

    def forward(self, penalty: Tensor) -> Tensor:
        """Return what counts (n, n_axes), above 0; it rises with the penalty everywhere."""
        return softplus(SHARP * (penalty - self.usual)) / SHARP
