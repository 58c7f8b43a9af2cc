"""Losses: one number per axis, and their sum.

``L_t`` is the loss of axis t over the songs with a target; an axis without any in a batch adds
nothing. The three published sums (APEX):

- equal: ``sum_t L_t``;
- weighted: ``5 L_streams + 5 L_likes + L_t`` for the others;
- uncertainty: ``sum_t L_t / (2 exp(s_t)^2) + s_t`` with learned ``s_t``, from 0 (Kendall et al.,
  arXiv 1705.07115). Its minimum over ``s_t`` is half the logarithm of ``L_t``. AdamW does not reach
  it at any learning rate: the first gradients are hundreds of times the later ones, and its moving
  averages keep them for a thousand steps. `adapt_weights` sets the ``s_t`` directly.

Two losses of other recipes: `listwise_loss` (HEAR), over the whole batch; `battle_loss` (TuneJury,
CMI-RM, BaseReward), over battles of two songs.
"""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, smooth_l1_loss, softplus

from plaudit.core.axes import AXIS, POPULARITY
from plaudit.model.head_output import HeadOutput
from plaudit.model.network import NetworkOutput
from plaudit.model.ordinal import grade_loss
from plaudit.training.condition import Balance

_POPULARITY_WEIGHT = 5.0
_SMOOTH = 0.5  # error from which on smooth L1 is linear
_NEIGHBOURS = 8  # songs of the shuffled batch that each song is ranked against


def error_loss(predicted: Tensor, target: Tensor, scale: Tensor, kind: str = "squared") -> Tensor:
    """Return the mean loss of errors over ``scale`` of each axis, over the known targets.

    ``kind`` is "squared", or "smooth-l1": the square of an error up to .5, its size less .25
    beyond.
    """
    known = ~torch.isnan(target)
    error = (predicted - torch.where(known, target, predicted.detach())) / scale
    if kind == "squared":
        each = error.square()
    else:
        each = smooth_l1_loss(error, torch.zeros_like(error), reduction="none", beta=_SMOOTH)
    return each.sum(dim=0) / known.sum(dim=0).clamp(min=1)


def axis_losses(
    out: HeadOutput | NetworkOutput,
    target: Tensor,
    scale: Tensor,
    axes: tuple[str, ...],
    ranking: float = 0.0,
    listwise: float = 0.0,
    error: str = "squared",
) -> Tensor:
    """Return the loss (n_axes,): of errors, plus cross-entropy of grades, plus those of order."""
    loss = error_loss(out.value, target, scale, error)
    if out.logits is not None:
        loss = loss + _grade_losses(out.logits, target, axes)
    if ranking:
        loss = loss + ranking * ranking_loss(out.value, target, axes)
    if listwise:
        loss = loss + listwise * listwise_loss(out.value, target, axes)
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


def ranking_loss(predicted: Tensor, target: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Return the pairwise logistic loss of each axis, least when songs are in the right order.

    Each song is compared with the next eight of the batch, which was shuffled: as good as all
    pairs, at a fraction of their number. Differences are in tenths of the axis.

    Parameters
    ----------
    predicted, target : Tensor, shape (n, n_axes)
        Scores and targets; pairs with a missing or equal target are left out.
    axes : tuple of str
        Names of the axes, for their ranges.

    Returns
    -------
    Tensor, shape (n_axes,)
        Mean of ``log(1 + exp(-(predicted difference in the direction of the targets)))``; 0
        without pairs.
    """
    ranges = torch.tensor([AXIS[a].high - AXIS[a].low for a in axes], device=predicted.device)
    total = torch.zeros(len(axes), device=predicted.device)
    pairs = torch.zeros(len(axes), device=predicted.device)
    for step in range(1, min(_NEIGHBOURS, len(predicted) - 1) + 1):
        right = torch.sign(target - target.roll(step, 0)).nan_to_num(0)
        gap = 10 * (predicted - predicted.roll(step, 0)) / ranges
        total = total + (softplus(-right * gap) * right.abs()).sum(dim=0)
        pairs = pairs + right.abs().sum(dim=0)
    return total / pairs.clamp(min=1)


def in_points(values: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Return differences on axes (n, n_axes) in points of an axis from 1 to 5."""
    ranges = torch.tensor([AXIS[a].high - AXIS[a].low for a in axes], device=values.device)
    return values * 4 / ranges


def listwise_loss(predicted: Tensor, target: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Return ListMLE of each axis (Xia et al., ICML 2008), least when songs are in order.

    Songs are put in the order of their targets, equal ones in an order drawn anew; the loss is
    minus the logarithm of the probability of that order under Plackett and Luce's model, whose
    weights are ``exp(score)``, scores in points of 1 to 5.

    Parameters
    ----------
    predicted, target : Tensor, shape (n, n_axes)
        Scores and targets; songs without a target are left out.
    axes : tuple of str
        Names of the axes, for their ranges.

    Returns
    -------
    Tensor, shape (n_axes,)
        Sum over the songs of each axis, as published; 0 for fewer than two.
    """
    shuffled = torch.randperm(len(predicted), device=predicted.device)
    score, label = in_points(predicted, axes)[shuffled], target[shuffled]
    losses = []
    for place in range(len(axes)):
        known = ~torch.isnan(label[:, place])
        order = label[known, place].argsort(descending=True, stable=True)
        ranked = score[known, place][order]
        rest = ranked.flip(0).logcumsumexp(0).flip(0)  # of each song and all after it
        losses.append((rest - ranked).sum())
    return torch.stack(losses)


def battle_loss(margin: Tensor, won: Tensor) -> Tensor:
    """Return the mean of Bradley and Terry's loss, which is RankNet's, over battles.

    Parameters
    ----------
    margin, won : Tensor, shape (n,)
        Score of the first song minus that of the second; 1 where the first won, 0 where the second
        did, .5 for a tie.

    Returns
    -------
    Tensor, scalar
        ``-log sigmoid(margin)`` where the first won.
    """
    return binary_cross_entropy_with_logits(margin, won)


def near_partners(target: Tensor, axes: tuple[str, ...], bandwidth: float) -> Tensor:
    """Draw for each song another of the batch, near ones more often (C-Mixup, arXiv 2210.05775).

    The weight of a pair is ``exp(-d^2 / (2 bandwidth^2))``, d the Euclidean distance of their
    labels (n, n_axes) in points of 1 to 5, over the axes that both have. A song is never its own
    partner, unless it is alone. Returns places (n,).
    """
    n = len(target)
    if n == 1:
        return torch.zeros(1, dtype=torch.long, device=target.device)
    gap = in_points((target[:, None] - target[None]).nan_to_num(0.0).flatten(0, 1), axes)
    weight = -gap.square().sum(dim=1).reshape(n, n) / (2 * bandwidth**2)
    weight.fill_diagonal_(-torch.inf)
    return torch.multinomial(torch.softmax(weight, dim=1), 1).squeeze(1)


def add_up(losses: Tensor, balance: Balance, axes: tuple[str, ...], log_sigma: Tensor) -> Tensor:
    """Return one of the three sums of the losses; with "uncertainty" it can be negative."""
    if balance == "equal":
        return losses.sum()
    if balance == "weighted":
        weight = [_POPULARITY_WEIGHT if axis in POPULARITY else 1.0 for axis in axes]
        return (torch.tensor(weight, device=losses.device) * losses).sum()
    return (losses / (2 * torch.exp(log_sigma).square()) + log_sigma).sum()


@torch.no_grad()
def adapt_weights(log_sigma: Tensor, losses: Tensor, rate: float) -> None:
    """Move the ``s_t`` a share ``rate`` of the way to the minimum of the sum, in place."""
    square = torch.exp(2 * log_sigma)
    moved = 0.5 * torch.log(torch.lerp(square, losses.to(square), rate).clamp(min=1e-8))
    log_sigma.copy_(torch.where(losses > 0, moved, log_sigma))
