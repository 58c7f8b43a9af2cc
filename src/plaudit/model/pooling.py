"""Pooling: from the segments of a song to the song.

Values are (n_segments, dim); weights (n_segments,) are at least 0 and sum to 1 within a song. The
published pooling is the plain mean, in which a padded last second counts like half a minute.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from plaudit.model.card import Pooling


def segment_weights(
    pooling: Pooling,
    duration_s: ArrayLike,
    music_s: ArrayLike,
    starts: ArrayLike = (0,),
) -> Tensor:
    """Return how much each segment counts, summing to 1 within a song.

    Parameters
    ----------
    pooling : {"mean", "duration", "music", "attention"}
        "mean" and "attention" give every segment the same prior weight; "duration" weighs by real
        (unpadded) seconds; "music" by seconds that are not silent.
    duration_s : array_like, (n_segments,)
        Real seconds in each segment.
    music_s : array_like, (n_segments,)
        Seconds of each segment that are not silent.
    starts : array_like of int, (n_songs,)
        First segment of each song; by default all segments are of one song.

    Returns
    -------
    Tensor of float32, shape (n_segments,)
        Weights. A song without any music is weighed by duration instead.
    """
    first = np.asarray(starts, dtype=np.int64)
    raw = np.asarray(duration_s, dtype=np.float64)
    counts = np.diff(first, append=len(raw))
    if pooling == "music":
        music = np.asarray(music_s, dtype=np.float64)
        raw = np.where(np.repeat(np.add.reduceat(music, first) > 0, counts), music, raw)
    elif pooling != "duration":
        raw = np.ones(len(raw))
    total = np.repeat(np.add.reduceat(raw, first), counts)
    return torch.from_numpy((raw / total).astype(np.float32))


class AttentionPool(nn.Module):
    """Weighs segments by a learned query: softmax of a linear score, times the prior weight."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, 1)
        nn.init.zeros_(self.query.weight)  # starts as the plain mean
        nn.init.zeros_(self.query.bias)

    def forward(self, embeddings: Tensor, weights: Tensor) -> Tensor:
        """Return the weights (n_segments,) of the segments (n_segments, dim) of one song."""
        return torch.softmax(self.query(embeddings).squeeze(-1) + torch.log(weights), dim=0)

    def by_song(self, embeddings: Tensor, weights: Tensor, song: Tensor, n_songs: int) -> Tensor:
        """Return the weights of segments of many songs, numbered by ``song`` (n_segments,)."""
        score = self.query(embeddings).squeeze(-1).float() + torch.log(weights)
        top = torch.full((n_songs,), -torch.inf, device=score.device)
        top = top.scatter_reduce(0, song, score.detach(), "amax")
        raised = torch.exp(score - top[song])
        total = torch.zeros(n_songs, device=score.device).index_add(0, song, raised)
        return raised / total[song]
