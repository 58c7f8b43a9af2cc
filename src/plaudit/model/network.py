"""The part of a judge after its encoder: layer mix, pooling and heads as one small network."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.model.card import Recipe
from plaudit.model.heads import Heads
from plaudit.model.mix import LayerMix
from plaudit.model.pooling import AttentionPool


class SongOutput(NamedTuple):
    """Scores of one song (n_axes,) and of each segment alone (n_segments, n_axes)."""

    song: Tensor
    segments: Tensor
    embedding: Tensor


class Network(nn.Module):
    """Layer means of one song in, scores out.

    Parameters
    ----------
    recipe : Recipe
        Pooling, level and shape of the heads.
    n_layers : int
        Layers the encoder delivers.
    """

    def __init__(self, recipe: Recipe, n_layers: int) -> None:
        super().__init__()
        self.level = recipe.level
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
            Song scores, segment scores and the song embedding (dim,).
        """
        embeddings = self.mix(layer_means)
        if self.attention is not None:
            weights = self.attention(embeddings, weights)
        segments = self.heads(embeddings)
        # A sum over weighted rows, not a matrix product: adding a song never changes another.
        song_embedding = (weights.unsqueeze(1) * embeddings).sum(dim=0)
        if self.level == "song":
            song = self.heads(song_embedding.unsqueeze(0)).squeeze(0)
        else:
            song = (weights.unsqueeze(1) * segments).sum(dim=0)
        return SongOutput(song, segments, song_embedding)

    @torch.inference_mode()
    def score(self, layer_means: Tensor, weights: Tensor) -> SongOutput:
        """Return the forward pass without gradients; the network must be in evaluation mode."""
        out: SongOutput = self(layer_means, weights)
        return out
