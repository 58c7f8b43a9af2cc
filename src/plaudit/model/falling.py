"""Inputs on which no score may rise: what is known to be a flaw can only take away.

The penalty on the raw score of each axis is a sum over such inputs ``x_j`` of ``softplus`` ramps
that start at fixed knots, with weights that cannot be negative::

    penalty_a = sum_jk softplus(w_ajk) * softplus(x_j - knot_k)

so it rises with every input, everywhere, also far from anything the heads were trained on. (A
monotone additive model; compare Sill, Monotonic Networks, NIPS 1997.)
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

KNOTS = (-1.0, 0.5, 2.0, 4.0)
"""Where ramps start, in standard deviations of the input."""
_START = -6.0  # softplus of it is .0025: nothing is taken away before something was learned


class Falling(nn.Module):
    """Penalty of each axis.

    Parameters
    ----------
    n_inputs : int
        Inputs that count as flaws.
    n_axes : int
        Axes.
    """

    def __init__(self, n_inputs: int, n_axes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((n_axes, n_inputs, len(KNOTS)), _START))

    def forward(self, flaws: Tensor) -> Tensor:
        """Return penalties (n, n_axes), at least 0, of flaws (n, n_inputs)."""
        ramps = softplus(flaws.unsqueeze(-1) - torch.tensor(KNOTS).to(flaws))
        penalty: Tensor = torch.einsum("njk,ajk->na", ramps, softplus(self.weight))
        return penalty
