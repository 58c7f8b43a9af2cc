"""Fitting the heads of a judge to song embeddings: a plain loop, the same every time.

Squared errors are divided by the variance of each axis, so that popularity (0-100) does not drown
the aesthetic axes (1-5), as it does in the published recipe. The weights that are kept are a moving
average over the last part of training: it scores better than the last step and hardly depends on
the order of the batches, so training again gives nearly the same judge.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from plaudit.model.card import HeadSpec
from plaudit.model.heads import Heads
from plaudit.training.corpus import batches


@dataclass(frozen=True)
class FitSettings:
    """Settings of the loop."""

    epochs: int = 120
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    average_from: float = 0.5  # share of the training after which weights are averaged
    noise: float = 0.2  # added to embeddings, in their own standard deviations


def fit_heads(
    spec: HeadSpec,
    embeddings: NDArray[np.float32],
    targets: NDArray[np.float32],
    seed: int,
    settings: FitSettings | None = None,
) -> Heads:
    """Fit heads to embeddings.

    Parameters
    ----------
    spec : HeadSpec
        Shape of the heads.
    embeddings : ndarray of float32, shape (n_songs, dim)
        Song embeddings.
    targets : ndarray of float32, shape (n_songs, n_axes)
        What to predict, in the range of each axis.
    seed : int
        Seed of initial weights, order and noise.
    settings : FitSettings, optional
        Settings of the loop.

    Returns
    -------
    Heads
        In evaluation mode.
    """
    settings = settings or FitSettings()
    x, y = torch.from_numpy(embeddings), torch.from_numpy(targets)
    scale = y.std(dim=0, correction=0).clamp(min=1e-6)
    rng = np.random.default_rng(seed)
    # Dropout and initial weights draw from torch's global generator, which is left as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        heads = Heads(spec)
        average = torch.optim.swa_utils.AveragedModel(heads)
        optimizer = torch.optim.AdamW(
            heads.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        steps = settings.epochs * max(1, len(x) // settings.batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for epoch in range(settings.epochs):
            heads.train()
            for index in batches(rng.permutation(len(x)), settings.batch):
                chosen = torch.from_numpy(index)
                noisy = x[chosen] + settings.noise * torch.randn(len(chosen), x.shape[1])
                loss = (((heads(noisy) - y[chosen]) / scale) ** 2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            if epoch >= settings.average_from * settings.epochs:
                average.update_parameters(heads)
        # Statistics of BatchNorm belong to weights: the averaged ones need their own.
        _settle(average, x)
    kept = average.module
    if not isinstance(kept, Heads):
        raise AssertionError("AveragedModel keeps the class it was given")
    return kept.eval()


def _settle(model: torch.nn.Module, x: Tensor) -> None:
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
