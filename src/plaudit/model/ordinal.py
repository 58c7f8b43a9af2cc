"""Ordinal heads: APEX's trunk and branches, with a distribution over grades for each axis.

A branch gives a location m and a width w in units of the axis (0 is its low end, 1 its high end).
The probability of a grade above threshold t is ``sigmoid((m - t) / w)``: the cumulative logit model
with location and scale (McCullagh, J. R. Stat. Soc. B 42, 1980), on fixed thresholds half-way
between equally spaced grades. These probabilities fall from threshold to threshold whatever the
network returns, so those of the grades sum to 1. CORAL (arXiv 1901.07884) learns its thresholds and
has no width; here the width of a song makes its interval.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from plaudit.core.axes import AXIS
from plaudit.model.apex_heads import Branch, make_trunk
from plaudit.model.card import HeadSpec
from plaudit.model.head_output import HeadOutput, on_axis

_NARROWEST = 0.01  # of the axis: narrower than any rater is sure
_START = 0.25


class OrdinalHeads(nn.Module):
    """Trunk and branches of the axes that a spec names; each branch has two outputs."""

    def __init__(self, spec: HeadSpec) -> None:
        super().__init__()
        self.axes, self.grades = spec.axes, spec.grades
        self.shared = make_trunk(spec)
        for axis in spec.axes:
            self.add_module(f"branch_{axis}", Branch(spec, n_outputs=2))

    def forward(self, embeddings: Tensor) -> HeadOutput:
        """Return scores with spread and logits of embeddings (n, dim)."""
        trunk = self.shared(embeddings)
        values, spreads, logits = [], [], []
        for name in self.axes:
            grades = read_grades(self.get_submodule(f"branch_{name}")(trunk), self.grades)
            values.append(on_axis(grades.value, name))
            spreads.append(grades.spread * (AXIS[name].high - AXIS[name].low))
            logits.append(grades.logits)
        return HeadOutput(
            torch.stack(values, dim=1), torch.stack(spreads, dim=1), torch.stack(logits, dim=1)
        )


class Grades(NamedTuple):
    """Distributions of n songs over k grades, in units of the axis (0 to 1).

    ``logits`` (n, k - 1) of lying above each threshold; ``value`` (n,) expectation; ``spread`` (n,)
    standard deviation.
    """

    logits: Tensor
    value: Tensor
    spread: Tensor


def read_grades(raw: Tensor, n_grades: int) -> Grades:
    """Return the distributions of raw locations and widths (n, 2); zeros mean a wide middle."""
    raw = raw.float()
    width = _NARROWEST + _START * softplus(raw[:, 1:])
    steps = n_grades - 1
    threshold = (torch.arange(steps, device=raw.device) + 0.5) / steps
    logits = (0.5 + raw[:, :1] - threshold) / width
    p = probabilities(logits)
    grade = torch.arange(n_grades, device=raw.device) / steps
    value = p @ grade
    variance = (p * (grade - value.unsqueeze(1)).square()).sum(dim=1)
    return Grades(logits, value, variance.clamp(min=1e-12).sqrt())


def probabilities(logits: Tensor) -> Tensor:
    """Return the probability of each grade (n, k), the lowest first, from logits (n, k - 1)."""
    above = torch.sigmoid(logits)
    ones, zeros = torch.ones_like(above[:, :1]), torch.zeros_like(above[:, :1])
    return torch.cat([ones, above], dim=1) - torch.cat([above, zeros], dim=1)


def grade_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy over the thresholds for each song.

    A target between two grades is shared out between them, so that the expectation of a perfect
    prediction is the target itself; a hard step at each threshold would round it.

    Parameters
    ----------
    logits : Tensor, shape (n, k - 1)
        Of lying above each threshold.
    target : Tensor, shape (n,)
        In units of the axis, 0 to 1; must not be nan.

    Returns
    -------
    Tensor, shape (n,)
        Mean cross-entropy over the thresholds; a proper score of the distribution.
    """
    steps = logits.shape[1]
    above = (target.unsqueeze(1) * steps - torch.arange(steps, device=target.device)).clamp(0, 1)
    return binary_cross_entropy_with_logits(logits, above, reduction="none").mean(dim=1)
