"""What is trained: a network with the parts that only training needs.

For song-level runs with a fixed mix and fixed pooling the rows that come in are songs already, so
that an epoch costs no more than the heads. Otherwise rows are segments with the song they belong
to. `Trainee.finished` gives the plain network that a judge uses.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.heads import HeadOutput
from plaudit.model.mix import PUBLISHED_BIAS, PUBLISHED_WEIGHT
from plaudit.model.network import Network
from plaudit.training.loss import axis_losses
from plaudit.training.settings import LEARNED_MIX, TrainSettings


class Batch(NamedTuple):
    """Songs of one step.

    ``values`` (n_rows, n_layers, dim), ``prior`` (n_rows,) weights of the rows, ``song`` (n_rows,)
    which song a row belongs to, ``targets`` (n_songs, n_axes) with nan where unknown.
    """

    values: Tensor
    prior: Tensor
    song: Tensor
    targets: Tensor


def make_recipe(settings: TrainSettings, axes: tuple[str, ...], dim: int, members: int) -> Recipe:
    """Return the recipe of the judge that a run makes, but for its cutting rule."""
    heads = HeadSpec(
        axes=axes,
        input_dim=dim,
        shared_dims=settings.shared_dims or settings.of.shared_dims,
        branch_dims=settings.branch_dims,
        shared_dropout=settings.shared_dropout,
        branch_dropout=settings.branch_dropout,
        output=settings.output,
        grades=settings.grades,
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
    """A network in training.

    Parameters
    ----------
    settings : TrainSettings
        Settings of the run.
    recipe : Recipe
        Recipe of one member.
    n_layers : int
        Layers of the encoder.
    scale : Tensor, shape (n_axes,)
        What squared errors are divided by.
    """

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

    def embed(self, batch: Batch) -> Tensor:
        """Return the embeddings that the heads hear: (n_songs, dim), or (n_rows, dim) of segments.

        Parameters
        ----------
        batch : Batch
            Rows; one layer where a fixed mix was applied before.

        Returns
        -------
        Tensor
            One row per target at level song; one per row otherwise.
        """
        mixed = self._mix(batch.values)
        if self.network.level == "segment":
            return mixed
        n_songs = len(batch.targets)
        if len(mixed) == n_songs and self.network.attention is None:
            return mixed
        prior = batch.prior
        if self.network.attention is not None:
            prior = self.network.attention.by_song(mixed, prior, batch.song, n_songs)
        empty = torch.zeros(n_songs, mixed.shape[1], device=mixed.device)
        return empty.index_add(0, batch.song, prior.unsqueeze(1) * mixed.float())

    def _mix(self, values: Tensor) -> Tensor:
        if self.mix_logits is not None:
            return torch.einsum("nld,l->nd", values, torch.softmax(self.mix_logits, dim=0))
        if self.settings.mix == "free":
            mixed: Tensor = self.network.mix(values)
            return mixed
        return values.squeeze(1)

    def forward(self, batch: Batch) -> Tensor:
        """Return the loss of each axis (n_axes,), with noise, mixup and ranking as set."""
        x, y = self.embed(batch), batch.targets
        if self.network.level == "segment":
            y = y[batch.song]
        settings = self.settings
        if settings.noise:
            x = x + settings.noise * x.detach().std(dim=0) * torch.randn_like(x)
        if settings.mixup:
            beta = torch.distributions.Beta(settings.mixup, settings.mixup)
            share = beta.sample(torch.Size((len(x), 1))).to(x.device)
            other = torch.randperm(len(x), device=x.device)
            x = share * x + (1 - share) * x[other]
            y = share * y + (1 - share) * y[other]  # nan in either stays nan: unknown
        out = self.network.heads.judge(x)
        return axis_losses(out, y, self.scale, self.axes, settings.ranking)

    def predict(self, batch: Batch) -> HeadOutput:
        """Return what the network says of the songs of a batch.

        Parameters
        ----------
        batch : Batch
            Whole songs.

        Returns
        -------
        HeadOutput
            Of (n_songs, n_axes). At level segment the scores of segments are averaged with their
            prior weights, as are their spreads; there are no logits of an average.
        """
        out = self.network.heads.judge(self.embed(batch))
        if self.network.level == "song":
            return out
        empty = torch.zeros(len(batch.targets), len(self.axes), device=out.value.device)
        weight = batch.prior.unsqueeze(1)
        spread = None
        if out.spread is not None:
            spread = empty.index_add(0, batch.song, weight * out.spread)
        return HeadOutput(empty.index_add(0, batch.song, weight * out.value), spread)

    def finished(self) -> Network:
        """Return the network with a learned mix in its place, in evaluation mode, not learning."""
        if self.mix_logits is not None:
            with torch.no_grad():
                self.network.mix.weight.copy_(torch.softmax(self.mix_logits, dim=0))
        return self.network.eval().requires_grad_(False)
