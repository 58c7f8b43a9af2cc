"""Heads that name what is wrong with a song, and take from each axis by the worst of it.

Listeners mark a song down for its greatest fault, so an axis is not a sum of what was heard. Each
fault has a head for its amount ``d`` in [0, 1], fitted where the amount is known (in composed
songs), and the raw score of an axis ``a`` that has faults of its own is::

    raw_a = b_a - softplus(v_a) * max(d_f of the faults f of a) - sum_f softplus(w_af) * d_f

Every weight is at least 0 and an amount rises with each known flaw
(`plaudit.model.bundled.penalty`), so no score rises with a flaw on this way either.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from plaudit.model.bundled.penalty import Falling

_HIDDEN = 96
_FLAWLESS = 2.0  # where the raw score without a fault starts
_GREATEST, _EACH = 4.0, -5.0  # where the weights start, before softplus


class Faults(nn.Module):
    """Amounts of faults, and what they take.

    Parameters
    ----------
    faults : tuple of (str, str)
        Name of each fault, and of the axis that is lowered by it.
    axes : tuple of str
        Axes of the judge.
    n_inputs, n_trunk : int
        Width of the inputs and of the trunk.
    families : tuple of int
        How many inputs each family of flaws has; empty for none.
    dropout : float
        Within the heads.
    """

    def __init__(
        self,
        faults: tuple[tuple[str, str], ...],
        axes: tuple[str, ...],
        n_inputs: int,
        n_trunk: int,
        families: tuple[int, ...],
        dropout: float,
    ) -> None:
        super().__init__()
        self.of_axis = [
            [place for place, (_, axis) in enumerate(faults) if axis == name] for name in axes
        ]
        self.hidden = nn.Sequential(
            nn.Linear(n_trunk, _HIDDEN), nn.BatchNorm1d(_HIDDEN), nn.GELU(), nn.Dropout(dropout)
        )
        self.amount = nn.Linear(_HIDDEN, len(faults))
        self.wide = nn.Linear(n_inputs, len(faults))
        self.evidence = Falling(families, len(faults)) if families else None
        self.flawless = nn.Parameter(torch.full((len(axes),), _FLAWLESS))
        self.greatest = nn.Parameter(torch.full((len(axes),), _GREATEST))
        self.each = nn.Parameter(torch.full((len(axes), len(faults)), _EACH))

    def forward(self, trunk: Tensor, inputs: Tensor, flaws: Tensor | None) -> Tensor:
        """Return amounts (n, n_faults) in (0, 1).

        Parameters
        ----------
        trunk : Tensor, shape (n, n_trunk)
            What the trunk makes of the inputs.
        inputs : Tensor, shape (n, n_inputs)
            The inputs, flaws as 0.
        flaws : Tensor or None, shape (n, n_flaws)
            The flaws.
        """
        raw: Tensor = self.amount(self.hidden(trunk)) + self.wide(inputs)
        if self.evidence is not None and flaws is not None:
            raw = raw + self.evidence(flaws)
        return torch.sigmoid(raw.float())

    def without(self, amounts: Tensor) -> Tensor:
        """Return the raw score (n, n_axes) that the faults leave; of axes without any, no meaning.

        Parameters
        ----------
        amounts : Tensor, shape (n, n_faults)
            From `forward`.
        """
        greatest = [
            amounts[:, places].amax(dim=1) if places else torch.zeros_like(amounts[:, 0])
            for places in self.of_axis
        ]
        taken = torch.stack(greatest, dim=1) * softplus(self.greatest)
        left: Tensor = self.flawless - taken - amounts @ softplus(self.each).T
        return left
