"""The part of a judge after its encoder: layer mix, pooling and heads as one small network."""

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor, nn

from plaudit.encoders.lone_thread import lone_threads
from plaudit.model.apex_heads import Heads
from plaudit.model.bundled.heads import BundledHeads
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.mix import LayerMix
from plaudit.model.ordinal import OrdinalHeads
from plaudit.model.pooling import SEGMENT_POOLS, AttentionPool, SegmentPool


class NetworkOutput(NamedTuple):
    """Predictions for n songs.

    ``value`` (n, n_axes) scores; ``embedding`` (n, dim) of the songs, the weighted mean of their
    segments also where the heads read another pooling. Where the network knows it,
    ``spread`` (n, n_axes) is the standard deviation of its own score, in the range of the axis.
    ``logits`` (n, n_axes, grades - 1) come from a single network with ordinal heads at level song.
    """

    value: Tensor
    embedding: Tensor
    spread: Tensor | None = None
    logits: Tensor | None = None


class SongOutput(NamedTuple):
    """Predictions for one song: scores (n_axes,), and those of each segment (n_segments, n_axes).

    ``embedding`` (dim,) and ``spread`` (n_axes,) are as in `NetworkOutput`.
    """

    song: Tensor
    segments: Tensor
    embedding: Tensor
    spread: Tensor | None = None


class Network(nn.Module):
    """Layer means of songs in, scores out; the recipe decides pooling, heads and members."""

    mix: LayerMix
    heads: Heads | OrdinalHeads | BundledHeads
    attention: AttentionPool | None
    pool: SegmentPool | None
    members: nn.ModuleList | None

    def __init__(self, recipe: Recipe, n_layers: int) -> None:
        super().__init__()
        self.level = recipe.level
        if recipe.members > 1:
            single = recipe.model_copy(update={"members": 1})
            self.members = nn.ModuleList(Network(single, n_layers) for _ in range(recipe.members))
            return
        self.members = None
        self.mix = LayerMix(n_layers)
        dim, heads = recipe.heads.input_dim, recipe.heads
        self.pool = None
        if recipe.pooling in SEGMENT_POOLS:
            self.pool = SEGMENT_POOLS[recipe.pooling](dim)
            heads = heads.model_copy(update={"input_dim": self.pool.width})
        self.heads = _make_heads(heads)
        self.attention = AttentionPool(dim) if recipe.pooling == "attention" else None

    def forward(self, layer_means: Tensor, weights: Tensor, counts: Sequence[int]) -> NetworkOutput:
        """Score songs; a song's scores do not depend on the others beyond rounding.

        Parameters
        ----------
        layer_means : Tensor, shape (n_segments, n_layers, dim)
            Segments of all songs, song after song.
        weights : Tensor, shape (n_segments,)
            Weight of each segment, summing to 1 within a song
            (`plaudit.model.pooling.segment_weights`).
        counts : sequence of int
            Segments of each song.

        Returns
        -------
        NetworkOutput
            One row per song.
        """
        if self.members is not None:
            return _mixture([member(layer_means, weights, counts) for member in self.members])
        segments = self.mix(layer_means)
        if self.attention is not None:
            sizes = list(counts)
            parts = zip(torch.split(segments, sizes), torch.split(weights, sizes), strict=True)
            weights = torch.cat([self.attention(rows, prior) for rows, prior in parts])
        songs = _weighted_sums(segments, weights, counts)
        if self.level == "song":
            out = self.heads(songs if self.pool is None else self.pool.by_song(segments, counts))
            return NetworkOutput(out.value, songs, out.spread, out.logits)
        out = self.heads(segments)
        # Segments of one song err together: the spread of their mean is the mean of theirs.
        spread = None if out.spread is None else _weighted_sums(out.spread, weights, counts)
        return NetworkOutput(_weighted_sums(out.value, weights, counts), songs, spread)

    def score(self, layer_means: Tensor, weights: Tensor) -> SongOutput:
        """Score one song of (n_segments, n_layers, dim), without gradients, in evaluation mode."""
        return _thread().submit(self._score, layer_means, weights).result()

    @torch.inference_mode()
    def _score(self, layer_means: Tensor, weights: Tensor) -> SongOutput:
        n = len(layer_means)
        # In one pass the song, and each of its segments as a song of its own.
        all_weights = torch.cat([weights, torch.ones(n)])
        every = self(layer_means.repeat(2, 1, 1), all_weights, [n] + n * [1])
        spread = None if every.spread is None else every.spread[0]
        return SongOutput(every.value[0], every.value[1:], every.embedding[0], spread)

    def segment_scores(self, layer_means: Tensor) -> Tensor:
        """Return the scores (n_segments, n_axes) of each segment alone, for any number of them."""
        if self.members is None:
            segments = self.mix(layer_means)
            alone = segments if self.pool is None else self.pool(segments.unsqueeze(1))
            scores: Tensor = self.heads(alone).value
            return scores
        members = [m for m in self.members if isinstance(m, Network)]
        return torch.stack([m.segment_scores(layer_means) for m in members]).mean(dim=0)


@functools.cache
def _thread() -> ThreadPoolExecutor:
    return lone_threads(1)


def _make_heads(spec: HeadSpec) -> Heads | OrdinalHeads | BundledHeads:
    """Return the heads that a card describes; nothing else decides which a judge has."""
    if spec.is_bundled:
        return BundledHeads(spec)
    return OrdinalHeads(spec) if spec.output == "ordinal" else Heads(spec)


def _weighted_sums(values: Tensor, weights: Tensor, counts: Sequence[int]) -> Tensor:
    """Return the weighted sum of the rows of each song, (n_songs, ...)."""
    # A sum over weighted rows, not a matrix product: adding a song never changes another.
    weighted = torch.split(weights.unsqueeze(1) * values, list(counts))
    return torch.stack([rows.sum(dim=0) for rows in weighted])


def _mixture(outputs: list[NetworkOutput]) -> NetworkOutput:
    """Average the members; the variance of a mixture is its mean variance plus that of its means.

    Seeds are drawn anew for every member, so the variance between them is the one with n - 1.
    """
    value = torch.stack([out.value for out in outputs])
    own = [out.spread.square() for out in outputs if out.spread is not None]
    variance = value.var(dim=0) + (torch.stack(own).mean(dim=0) if own else 0.0)
    embedding = torch.stack([out.embedding for out in outputs]).mean(dim=0)
    return NetworkOutput(value.mean(dim=0), embedding, variance.sqrt())
