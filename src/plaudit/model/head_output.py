"""The output of heads, one record for all kinds."""

from typing import NamedTuple

import torch
from torch import Tensor

from plaudit.core.axes import AXIS


class HeadOutput(NamedTuple):
    """Scores of n embeddings, on the axes of the judge.

    ``value`` (n, n_axes) in the range of each axis. Ordinal heads add ``spread`` (n, n_axes), the
    standard deviation of the predicted distribution in the range of the axis, and ``logits``
    (n, n_axes, grades - 1) of lying above each threshold. The heads of the bundled judge add
    ``fault_amounts`` (n, n_faults) in [0, 1].
    """

    value: Tensor
    spread: Tensor | None = None
    logits: Tensor | None = None
    fault_amounts: Tensor | None = None


def on_axis(share: Tensor, name: str) -> Tensor:
    """Return shares of an axis (n,), 0 for its low end and 1 for its high end, as scores (n,)."""
    axis = AXIS[name]
    return share * (axis.high - axis.low) + axis.low


def squash(raw: list[Tensor], axes: tuple[str, ...]) -> Tensor:
    """Return scores (n, n_axes) of one raw score (n,) per axis: a sigmoid over its range.

    An axis without ends has the raw score itself.
    """
    # Half precision would round popularity to halves.
    scores = [
        on_axis(torch.sigmoid(r.float()), a) if a in AXIS else r.float()
        for r, a in zip(raw, axes, strict=True)
    ]
    return torch.stack(scores, dim=1)
