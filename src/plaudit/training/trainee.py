"""A network in training: the network of a judge with the parts that only training needs.

With a fixed mix and fixed pooling the rows that come in are pooled songs, so that an epoch costs no
more than the heads. Otherwise rows are segments. `Trainee.finished` returns the network that a
judge ships.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.model.apex_heads import Heads
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT
from plaudit.model.network import Network
from plaudit.training.loss import axis_losses, battle_loss, near_partners
from plaudit.training.settings import LEARNED_MIX, TrainSettings


class Batch(NamedTuple):
    """Songs of one step.

    ``values`` (n_rows, n_layers, dim); ``prior`` (n_rows,) weights of the rows; ``song`` (n_rows,)
    the song that a row belongs to; ``targets`` (n_songs, n_axes), nan where missing. ``won``
    (n_battles,) says who won in a batch of battles, whose songs are the first ones, then the second
    ones; it is empty in a batch of labelled songs.
    """

    values: Tensor
    prior: Tensor
    song: Tensor
    targets: Tensor
    won: Tensor


def make_recipe(settings: TrainSettings, axes: tuple[str, ...], dim: int, members: int) -> Recipe:
    """Return the recipe of the judge that a run makes, but for its segment rule."""
    heads = HeadSpec(
        axes=axes,
        input_dim=dim,
        shared_dims=(
            settings.of.shared_dims if settings.shared_dims is None else settings.shared_dims
        ),
        branch_dims=settings.branch_dims,
        shared_dropout=settings.shared_dropout,
        branch_dropout=settings.branch_dropout,
        output=settings.output,
        grades=settings.grades,
        activation=settings.activation,
        norm=settings.norm,
    )
    return Recipe(
        mix="learned" if settings.mix in LEARNED_MIX else "fixed",
        pooling=settings.pooling,
        prior=settings.prior,
        level=settings.of.level,
        silence=settings.silence,
        heads=heads,
        members=members,
    )


class Trainee(nn.Module):
    """A network in training; ``scale`` (n_axes,) divides its errors."""

    scale: Tensor

    def __init__(
        self, settings: TrainSettings, recipe: Recipe, n_layers: int, scale: Tensor
    ) -> None:
        super().__init__()
        self.settings, self.axes = settings, recipe.heads.axes
        self.network = Network(recipe, n_layers)
        if settings.mix == "published":
            with torch.no_grad():
                self.network.mix.weight.copy_(torch.tensor(PUBLISHED_WEIGHT))
                self.network.mix.bias.fill_(PUBLISHED_BIAS)
        for parameter in self.network.mix.parameters():
            parameter.requires_grad_(settings.mix == "free")
        # Equal logits are the plain mean.
        self.mix_logits = nn.Parameter(torch.zeros(n_layers)) if settings.mix == "softmax" else None
        self.log_sigma = nn.Parameter(
            torch.zeros(len(self.axes)),
            requires_grad=settings.of.loss == "uncertainty" and settings.loss_rate is None,
        )
        self.register_buffer("scale", scale)

    def forward(self, batch: Batch) -> Tensor:
        """Return the loss of each axis (n_axes,), with noise, mixup and order as set.

        Of battles it is one number (1,).
        """
        x, y = self._embed(batch), batch.targets
        if self.network.level == "segment":
            y = y[batch.song]
        settings = self.settings
        if settings.noise:
            x = x + settings.noise * x.detach().std(dim=0) * torch.randn_like(x)
        if len(batch.won):
            return self._battle_losses(x, batch.won)
        if settings.mixup:
            beta = torch.distributions.Beta(settings.mixup, settings.mixup)
            share = beta.sample(torch.Size((len(x), 1))).to(x.device)
            if settings.mixup_kernel is None:
                other = torch.randperm(len(x), device=x.device)
            else:
                other = near_partners(y, self.axes, settings.mixup_kernel)
            x = share * x + (1 - share) * x[other]
            y = share * y + (1 - share) * y[other]  # nan in either stays nan: missing
        return axis_losses(
            self.network.heads(x), y, self.scale, self.axes,
            settings.ranking, settings.listwise, settings.error,
        )  # fmt: skip

    def _battle_losses(self, x: Tensor, won: Tensor) -> Tensor:
        """Return the loss (1,) of battles; a song's score is the mean of the heads' raw ones."""
        heads = self.network.heads
        if not isinstance(heads, Heads):
            raise TypeError("settings let battles be learned by plain heads alone")
        score = torch.stack(heads.raw(x)).mean(dim=0).float()
        first, second = score[: len(won)], score[len(won) :]
        return battle_loss(first - second, won).unsqueeze(0)

    def finished(self) -> Network:
        """Return the network as a judge ships it: a learned mix in its place, evaluation mode."""
        if self.mix_logits is not None:
            with torch.no_grad():
                self.network.mix.weight.copy_(torch.softmax(self.mix_logits, dim=0))
        return self.network.eval().requires_grad_(False)

    def _embed(self, batch: Batch) -> Tensor:
        """Return the input of the heads: (n_songs, dim), or at level segment (n_rows, dim)."""
        mixed = self._mix(batch.values)
        if self.network.level == "segment":
            return mixed
        n_songs = len(batch.targets)
        attention, pool = self.network.attention, self.network.pool
        if pool is not None:
            return pool.by_song(mixed, torch.bincount(batch.song, minlength=n_songs).tolist())
        if len(mixed) == n_songs and attention is None:
            return mixed
        weights = batch.prior
        if attention is not None:
            weights = attention.by_song(mixed, weights, batch.song, n_songs)
        empty = torch.zeros(n_songs, mixed.shape[1], device=mixed.device)
        return empty.index_add(0, batch.song, weights.unsqueeze(1) * mixed.float())

    def _mix(self, values: Tensor) -> Tensor:
        if self.mix_logits is not None:
            return torch.einsum("nld,l->nd", values, torch.softmax(self.mix_logits, dim=0))
        if self.settings.mix == "free":
            mixed: Tensor = self.network.mix(values)
            return mixed
        return values.squeeze(1)
