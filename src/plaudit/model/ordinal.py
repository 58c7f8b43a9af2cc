"""Ordered grades: a distribution over the grades of an axis instead of one number.

A branch gives a location m and a width w in units of the axis (0 is its low end, 1 its high end);
the chance of a grade above threshold t is ``sigmoid((m - t) / w)``: the cumulative logit model with
location and scale (McCullagh, J. R. Stat. Soc. B 42, 1980), on fixed thresholds half-way between
equally spaced grades. Whatever the network says, the chances fall from threshold to threshold and
the probabilities of the grades sum to 1. CORAL (arXiv 1901.07884) learns its thresholds and has no
width; here the width of a song is the point, because its interval comes from it.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

NARROWEST = 0.01  # of the axis: narrower than any rater is sure
_START = 0.25


class Grades(NamedTuple):
    """What a branch said of n songs, over k grades in units of the axis (0 to 1).

    ``logits`` (n, k - 1) of lying above each threshold; ``value`` (n,) expectation; ``spread`` (n,)
    standard deviation of the distribution.
    """

    logits: Tensor
    value: Tensor
    spread: Tensor


def read_grades(raw: Tensor, n_grades: int) -> Grades:
    """Return the distribution that two raw numbers per song stand for.

    Parameters
    ----------
    raw : Tensor, shape (n, 2)
        Location and width before their scaling; zeros mean the middle of the axis, widely spread.
    n_grades : int
        Grades, at least 2.

    Returns
    -------
    Grades
        Logits, expectation and spread.
    """
    raw = raw.float()
    width = NARROWEST + _START * softplus(raw[:, 1:])
    steps = n_grades - 1
    threshold = (torch.arange(steps, device=raw.device) + 0.5) / steps
    logits = (0.5 + raw[:, :1] - threshold) / width
    p = probabilities(logits)
    grade = torch.arange(n_grades, device=raw.device) / steps
    value = p @ grade
    variance = (p * (grade - value.unsqueeze(1)).square()).sum(dim=1)
    return Grades(logits, value, variance.clamp(min=1e-12).sqrt())


def probabilities(logits: Tensor) -> Tensor:
    """Return the probability of each grade.

    Parameters
    ----------
    logits : Tensor, shape (n, k - 1)
        Of lying above each threshold, falling along a row.

    Returns
    -------
    Tensor, shape (n, k)
        Not negative, each row sums to 1; the lowest grade comes first.
    """
    above = torch.sigmoid(logits)
    ones, zeros = torch.ones_like(above[:, :1]), torch.zeros_like(above[:, :1])
    return torch.cat([ones, above], dim=1) - torch.cat([above, zeros], dim=1)


def grade_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return the cross-entropy over the thresholds for each song.

    A target between two grades is shared out between them, so that the expectation of a perfect
    answer is the target itself; a hard step at each threshold would round it.

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
