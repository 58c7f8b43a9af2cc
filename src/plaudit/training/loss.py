"""Losses: one number per axis, and how they are added.

``L_t`` is the loss of axis t over the songs whose target is known; an axis without any in a batch
adds nothing. The three published sums (APEX):

- equal: ``sum_t L_t``;
- weighted: ``5 L_streams + 5 L_likes + L_t`` for the others;
- uncertainty: ``sum_t L_t / (2 exp(s_t)^2) + s_t`` with learned ``s_t``, from 0 (Kendall et al.,
  arXiv 1705.07115). Its minimum over ``s_t`` is half the logarithm of ``L_t``. Learned by AdamW the
  ``s_t`` never get there, at any learning rate: the first gradients are hundreds of times the later
  ones, and AdamW remembers them for a thousand steps. `adapt_weights` goes there directly.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from plaudit.core.axes import AXIS, POPULARITY
from plaudit.model.heads import HeadOutput
from plaudit.model.ordinal import grade_loss
from plaudit.training.condition import Balance

POPULARITY_WEIGHT = 5.0
NEIGHBOURS = 8  # songs of the shuffled batch that each song is ranked against


def squared_error(said: Tensor, target: Tensor, scale: Tensor) -> Tensor:
    """Return the mean squared error of each axis over the known targets.

    Parameters
    ----------
    said, target : Tensor, shape (n, n_axes)
        Scores and targets; nan targets are unknown.
    scale : Tensor, shape (n_axes,)
        What errors are divided by: 1, or the standard deviation of the axis.

    Returns
    -------
    Tensor, shape (n_axes,)
        0 where nothing is known.
    """
    known = ~torch.isnan(target)
    error = (said - torch.where(known, target, said.detach())) / scale
    return error.square().sum(dim=0) / known.sum(dim=0).clamp(min=1)


def axis_losses(
    out: HeadOutput, target: Tensor, scale: Tensor, axes: tuple[str, ...], ranking: float = 0.0
) -> Tensor:
    """Return the loss of each axis: squared error, cross-entropy of grades, ranking.

    Parameters
    ----------
    out : HeadOutput
        What the heads said of n songs.
    target : Tensor, shape (n, n_axes)
        Targets, nan where unknown.
    scale : Tensor, shape (n_axes,)
        What squared errors are divided by.
    axes : tuple of str
        Names of the axes.
    ranking : float
        Weight of the ranking loss.

    Returns
    -------
    Tensor, shape (n_axes,)
        Lower is better.
    """
    loss = squared_error(out.value, target, scale)
    if out.logits is not None:
        loss = loss + _grade_losses(out.logits, target, axes)
    if ranking:
        loss = loss + ranking * ranking_loss(out.value, target, axes)
    return loss


def _grade_losses(logits: Tensor, target: Tensor, axes: tuple[str, ...]) -> Tensor:
    known = ~torch.isnan(target)
    losses = []
    for place, name in enumerate(axes):
        axis = AXIS[name]
        unit = (target[:, place].nan_to_num(axis.low) - axis.low) / (axis.high - axis.low)
        each = grade_loss(logits[:, place], unit) * known[:, place]
        losses.append(each.sum() / known[:, place].sum().clamp(min=1))
    return torch.stack(losses)


def ranking_loss(said: Tensor, target: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Return the pairwise logistic loss of each axis: songs in the order of their targets.

    Each song is compared with the next `NEIGHBOURS` of the batch, which was shuffled: as good as
    all pairs, at a fraction of their number. A difference counts in tenths of the axis.

    Parameters
    ----------
    said, target : Tensor, shape (n, n_axes)
        Scores and targets; pairs with an unknown or equal target are left out.
    axes : tuple of str
        Names of the axes, for their ranges.

    Returns
    -------
    Tensor, shape (n_axes,)
        Mean of ``log(1 + exp(-(difference said in the right direction)))``; 0 without pairs.
    """
    ranges = torch.tensor([AXIS[a].high - AXIS[a].low for a in axes], device=said.device)
    total = torch.zeros(len(axes), device=said.device)
    pairs = torch.zeros(len(axes), device=said.device)
    for step in range(1, min(NEIGHBOURS, len(said) - 1) + 1):
        right = torch.sign(target - target.roll(step, 0)).nan_to_num(0)
        said_gap = 10 * (said - said.roll(step, 0)) / ranges
        total = total + (softplus(-right * said_gap) * right.abs()).sum(dim=0)
        pairs = pairs + right.abs().sum(dim=0)
    return total / pairs.clamp(min=1)


def add_up(losses: Tensor, balance: Balance, axes: tuple[str, ...], log_sigma: Tensor) -> Tensor:
    """Return the total loss.

    Parameters
    ----------
    losses : Tensor, shape (n_axes,)
        ``L_t``.
    balance : {"equal", "weighted", "uncertainty"}
        Which of the three sums.
    axes : tuple of str
        Names of the axes.
    log_sigma : Tensor, shape (n_axes,)
        ``s_t``; read with "uncertainty".

    Returns
    -------
    Tensor
        A number; with "uncertainty" it can be negative.
    """
    if balance == "equal":
        return losses.sum()
    if balance == "weighted":
        weight = [POPULARITY_WEIGHT if axis in POPULARITY else 1.0 for axis in axes]
        return (torch.tensor(weight, device=losses.device) * losses).sum()
    return (losses / (2 * torch.exp(log_sigma).square()) + log_sigma).sum()


@torch.no_grad()
def adapt_weights(log_sigma: Tensor, losses: Tensor, rate: float) -> None:
    """Move the ``s_t`` towards the minimum of the sum "uncertainty", in place.

    ``exp(s_t)^2`` becomes a moving average of ``L_t``, which is where the sum is least: every axis
    then weighs the same relative to what is still to be learned, or cannot be learned, on it.

    Parameters
    ----------
    log_sigma : Tensor, shape (n_axes,)
        ``s_t``; changed.
    losses : Tensor, shape (n_axes,)
        ``L_t`` of a batch; 0 where nothing is known of an axis, which leaves its ``s_t`` alone.
    rate : float
        Share of the way, in (0, 1].
    """
    square = torch.exp(2 * log_sigma)
    moved = 0.5 * torch.log(torch.lerp(square, losses.to(square), rate).clamp(min=1e-8))
    log_sigma.copy_(torch.where(losses > 0, moved, log_sigma))
