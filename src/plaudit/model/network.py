"""The part of a judge after its encoder: layer mix, pooling and heads as one small network."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.model.card import Recipe
from plaudit.model.heads import Heads
from plaudit.model.mix import LayerMix
from plaudit.model.pooling import AttentionPool


class SongOutput(NamedTuple):
    """Scores of one song (n_axes,) and of each segment alone (n_segments, n_axes).

    ``embedding`` is that of the song (dim,). ``spread`` (n_axes,), where the network knows it, is
    the standard deviation it gives its own score, in the range of the axis.
    """

    song: Tensor
    segments: Tensor
    embedding: Tensor
    spread: Tensor | None = None


class Network(nn.Module):
    """Layer means of one song in, scores out.

    Parameters
    ----------
    recipe : Recipe
        Pooling, level and shape of the heads, and how many members are averaged.
    n_layers : int
        Layers the encoder delivers.
    """

    mix: LayerMix
    heads: Heads
    attention: AttentionPool | None
    members: nn.ModuleList | None

    def __init__(self, recipe: Recipe, n_layers: int) -> None:
        super().__init__()
        self.level = recipe.level
        if recipe.members > 1:
            alone = recipe.model_copy(update={"members": 1})
            self.members = nn.ModuleList(Network(alone, n_layers) for _ in range(recipe.members))
            return
        self.members = None
        self.mix = LayerMix(n_layers)
        self.heads = Heads(recipe.heads)
        self.attention = (
            AttentionPool(recipe.heads.input_dim) if recipe.pooling == "attention" else None
        )

    def forward(self, layer_means: Tensor, weights: Tensor) -> SongOutput:
        """Score one song.

        Parameters
        ----------
        layer_means : Tensor, shape (n_segments, n_layers, dim)
            What the encoder heard.
        weights : Tensor, shape (n_segments,)
            How much each segment counts, summing to 1 (`plaudit.model.pooling.segment_weights`).

        Returns
        -------
        SongOutput
            Song scores, segment scores, the song embedding (dim,) and perhaps the spread.
        """
        if self.members is not None:
            return _together([member(layer_means, weights) for member in self.members])
        embeddings = self.mix(layer_means)
        if self.attention is not None:
            weights = self.attention(embeddings, weights)
        segments = self.heads.judge(embeddings)
        # A sum over weighted rows, not a matrix product: adding a song never changes another.
        song_embedding = (weights.unsqueeze(1) * embeddings).sum(dim=0)
        if self.level == "song":
            whole = self.heads.judge(song_embedding.unsqueeze(0))
            song = whole.value.squeeze(0)
            spread = None if whole.spread is None else whole.spread.squeeze(0)
        else:
            song = (weights.unsqueeze(1) * segments.value).sum(dim=0)
            # Segments of one song err together: the spread of their mean is the mean of theirs.
            spread = (
                None
                if segments.spread is None
                else (weights.unsqueeze(1) * segments.spread).sum(dim=0)
            )
        return SongOutput(song, segments.value, song_embedding, spread)

    def lift(self, by: Tensor) -> None:
        """Add to the raw score of each axis, in every member.

        The order of songs stays in each; in the mean of members, songs close together may swap.

        Parameters
        ----------
        by : Tensor, shape (n_axes,)
            In units before the sigmoid.
        """
        for one in self.modules():
            if isinstance(one, Heads):
                one.lift(by)

    @torch.inference_mode()
    def score(self, layer_means: Tensor, weights: Tensor) -> SongOutput:
        """Return the forward pass without gradients; the network must be in evaluation mode."""
        out: SongOutput = self(layer_means, weights)
        return out


def _together(outputs: list[SongOutput]) -> SongOutput:
    """Average the members; the variance of a mixture is its mean variance plus that of its means.

    Seeds are drawn anew for every member, so the variance between them is the one with n - 1.
    """
    song = torch.stack([out.song for out in outputs])
    own = [out.spread.square() for out in outputs if out.spread is not None]
    variance = song.var(dim=0) + (torch.stack(own).mean(dim=0) if own else 0.0)
    return SongOutput(
        song.mean(dim=0),
        torch.stack([out.segments for out in outputs]).mean(dim=0),
        torch.stack([out.embedding for out in outputs]).mean(dim=0),
        variance.sqrt(),
    )
