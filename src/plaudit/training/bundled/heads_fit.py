"""Fit the heads of the bundled judge to song embeddings: a plain, repeatable loop.

Squared errors are divided by the variance of each axis, so that popularity (0-100) does not
outweigh the aesthetic axes (1-5), as it does in the published recipe. The weights that are kept are
a moving average over the last part of training: it scores better than the last step and hardly
depends on the order of the batches, so that training again gives nearly the same judge.
"""

import re
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.model.bundled.heads import BundledHeads
from plaudit.model.card import HeadSpec
from plaudit.training.loss import error_loss

_SMALLEST_SCALE = 1e-6
_MONOTONE = re.compile(r"^(falling|faults\.evidence)\.|^faults\.(flawless|greatest|each)$")


@dataclass(frozen=True)
class FitSettings:
    """Settings of the loop."""

    epochs: int = 80
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    average_from: float = 0.5  # share of the training after which weights are averaged
    noise: float = 0.2  # added to embeddings, in their own standard deviations
    mixup: float = 0.0  # Beta parameter of the mixup of songs; 0 is none
    fault_weight: float = 3.0  # of the error in fault amounts, beside that of the axes


def fit_heads(
    spec: HeadSpec,
    embeddings: NDArray[np.float32],
    targets: NDArray[np.float32],
    seed: int,
    settings: FitSettings | None = None,
    fault_amounts: NDArray[np.float32] | None = None,
) -> BundledHeads:
    """Fit heads to embeddings (n_songs, dim) and targets (n_songs, n_axes), nan where missing."""
    settings = settings or FitSettings()
    # Amounts stand beside the targets, so that mixup and order are the same for both.
    known = targets if fault_amounts is None else np.concatenate([targets, fault_amounts], axis=1)
    x, y, n_axes = torch.from_numpy(embeddings), torch.from_numpy(known), len(spec.axes)
    scale = torch.from_numpy(np.nanstd(known, axis=0)).clamp(min=_SMALLEST_SCALE)
    rng = np.random.default_rng(seed)
    # Dropout and initial weights draw from torch's global generator, which is left as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        heads = BundledHeads(spec)
        average = torch.optim.swa_utils.AveragedModel(heads)
        optimizer = torch.optim.AdamW(_groups(heads, settings), lr=settings.learning_rate)
        n_batches = max(1, len(x) // settings.batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer, settings.epochs * n_batches
        )
        for epoch in range(settings.epochs):
            heads.train()
            # Batches of nearly one size: BatchNorm cannot take a single song.
            for index in np.array_split(rng.permutation(len(x)), n_batches):
                batch, target = _augmented(x[index], y[index], settings, rng)
                out = heads(batch)
                loss = error_loss(out.value, target[:, :n_axes], scale[:n_axes]).mean()
                if out.fault_amounts is not None and fault_amounts is not None:
                    error = error_loss(out.fault_amounts, target[:, n_axes:], scale[n_axes:])
                    loss = loss + settings.fault_weight * error.mean()
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
            if epoch >= settings.average_from * settings.epochs:
                average.update_parameters(heads)
        _renew_statistics(average, x)
    kept = average.module
    if not isinstance(kept, BundledHeads):
        raise AssertionError("AveragedModel keeps the class it was given")
    return kept.eval()


def _groups(heads: BundledHeads, settings: FitSettings) -> list[dict[str, object]]:
    """Weights of flaws do not decay: a large negative one stands for no penalty."""
    named = dict(heads.named_parameters())
    monotone = [p for name, p in named.items() if _MONOTONE.search(name)]
    rest = [p for name, p in named.items() if not _MONOTONE.search(name)]
    groups: list[dict[str, object]] = [{"params": rest, "weight_decay": settings.weight_decay}]
    if monotone:
        groups.append({"params": monotone, "weight_decay": 0.0, "lr": 10 * settings.learning_rate})
    return groups


def _augmented(
    x: Tensor, y: Tensor, settings: FitSettings, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return songs with noise, and with mixup each mixed with another one."""
    if settings.mixup:
        order = torch.from_numpy(rng.permutation(len(x)))
        share = rng.beta(settings.mixup, settings.mixup, (len(x), 1)).astype(np.float32)
        part = torch.from_numpy(np.maximum(share, 1 - share))
        x, y = part * x + (1 - part) * x[order], part * y + (1 - part) * y[order]
    return x + settings.noise * torch.randn(x.shape), y


def _renew_statistics(model: torch.nn.Module, x: Tensor) -> None:
    """Compute the statistics of BatchNorm anew: averaged weights need their own."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average, here over one pass of everything
        norm.train()
    with torch.no_grad():
        model(x)
    for norm in norms:
        norm.momentum = 0.1
