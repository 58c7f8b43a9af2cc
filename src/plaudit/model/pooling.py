"""Pooling: from the segments of one song to one song.

Conventions: values (n_segments, dim), weights (n_segments,) non-negative and summing to 1.
The published pooling is the plain mean, in which a padded last second counts like half a minute.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from plaudit.model.card import Pooling


def segment_weights(
    pooling: Pooling, duration_s: Sequence[float], music_s: Sequence[float]
) -> Tensor:
    """Return how much each segment counts, summing to 1.

    Parameters
    ----------
    pooling : {"mean", "duration", "music", "attention"}
        "mean" and "attention" give every segment the same prior weight; "duration" weighs by real
        (unpadded) seconds; "music" by seconds that are not silent.
    duration_s : sequence of float
        Real seconds in each segment.
    music_s : sequence of float
        Seconds of each segment that are not silent.

    Returns
    -------
    Tensor of float32, shape (n_segments,)
        Weights. A song without any music has no music to weigh by and is weighed by duration.
    """
    raw = torch.ones(len(duration_s), dtype=torch.float64)
    if pooling == "duration" or (pooling == "music" and sum(music_s) <= 0):
        raw = torch.tensor(list(duration_s), dtype=torch.float64)
    elif pooling == "music":
        raw = torch.tensor(list(music_s), dtype=torch.float64)
    return (raw / raw.sum()).float()


class AttentionPool(nn.Module):
    """Weights segments by a learned query: softmax of a linear score, times the prior weight.

    Parameters
    ----------
    dim : int
        Dimension of a segment embedding.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, 1)
        nn.init.zeros_(self.query.weight)  # starts as the plain mean
        nn.init.zeros_(self.query.bias)

    def forward(self, embeddings: Tensor, weights: Tensor) -> Tensor:
        """Return the weights (n_segments,) after attention, summing to 1."""
        return torch.softmax(self.query(embeddings).squeeze(-1) + torch.log(weights), dim=0)

    def by_song(self, embeddings: Tensor, weights: Tensor, song: Tensor, n_songs: int) -> Tensor:
        """Return the weights of the segments of many songs at once, summing to 1 within each.

        Parameters
        ----------
        embeddings : Tensor, shape (n_segments, dim)
            Segments of all songs.
        weights : Tensor, shape (n_segments,)
            Prior weights, summing to 1 within each song.
        song : Tensor of int64, shape (n_segments,)
            Number of the song that each segment belongs to.
        n_songs : int
            Songs.

        Returns
        -------
        Tensor, shape (n_segments,)
            As `forward` gives them song by song.
        """
        score = self.query(embeddings).squeeze(-1).float() + torch.log(weights)
        top = torch.full((n_songs,), -torch.inf, device=score.device)
        top = top.scatter_reduce(0, song, score.detach(), "amax")
        raised = torch.exp(score - top[song])
        total = torch.zeros(n_songs, device=score.device).index_add(0, song, raised)
        return raised / total[song]
