"""Pooling: from the segments of a song to the song.

Values are (n_segments, dim); weights (n_segments,) are at least 0 and sum to 1 within a song. The
published pooling (APEX) is the plain mean, in which a padded last second counts like half a minute.

Two poolings of other recipes make the song wider than a segment, and weigh no segment beforehand:

"attended"
    SongEval (arXiv 2505.10793): a feed-forward part, four attentions in a row without residual or
    norm; the mean after them, and the maximum before them;
"statistics"
    HEAR (arXiv 2511.18869): a feed-forward part, four attentions with residuals and one layer norm
    for all; means and deviations of each channel, by two queries of eight heads.

There they read 25 frames a second of MuQ, here segments: a store holds nothing finer. The width
after the feed-forward part is that of the encoder, rounded up to what eight heads divide.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from plaudit.encoders.published.pooling import AttentivePooling
from plaudit.model.card import Pooling

_HEADS, _QUERIES, _ATTENTIONS, _WIDER = 8, 2, 4, 4
_DROPOUT = 0.2  # in the attention of SongEval; HEAR has none


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


class SegmentPool(nn.Module):
    """Segments of a song to one vector of ``width`` numbers, by attention among the segments."""

    width: int

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.inner = -(-dim // _HEADS) * _HEADS
        self.feed = nn.Sequential(
            nn.Linear(dim, _WIDER * self.inner),
            nn.ReLU(),
            nn.Linear(_WIDER * self.inner, self.inner),
        )
        self.attention = nn.ModuleList(
            nn.MultiheadAttention(self.inner, _HEADS, dropout, batch_first=True)
            for _ in range(_ATTENTIONS)
        )

    def by_song(self, segments: Tensor, counts: Sequence[int]) -> Tensor:
        """Return the songs (n_songs, width) of segments (n_segments, dim), song after song."""
        parts = torch.split(segments, list(counts))
        order, pooled = [], []
        for count in sorted(set(counts)):  # songs of one length go together
            places = [place for place, own in enumerate(counts) if own == count]
            order += places
            pooled.append(self(torch.stack([parts[place] for place in places])))
        return torch.cat(pooled)[torch.tensor(order, device=segments.device).argsort()]


class AttendedPool(SegmentPool):
    """SongEval's pooling, over segments."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim, _DROPOUT)
        self.width = 2 * self.inner

    def forward(self, segments: Tensor) -> Tensor:
        """Return songs (n, width) of as many segments each, (n, n_segments, dim)."""
        x = self.feed(segments)
        highest = x.amax(dim=1)
        for attention in self.attention:
            x, _ = attention(x, x, x, need_weights=False)
        return torch.cat([x.mean(dim=1), highest], dim=-1)


class StatisticsPool(SegmentPool):
    """HEAR's pooling, over segments."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim, 0.0)
        self.width = 2 * _QUERIES * self.inner
        self.norm = nn.LayerNorm(self.inner)
        self.statistics = AttentivePooling(self.inner, _QUERIES, _HEADS)

    def forward(self, segments: Tensor) -> Tensor:
        """Return songs (n, width) of as many segments each, (n, n_segments, dim)."""
        x = self.feed(segments)
        for attention in self.attention:
            normed = self.norm(x)
            x = x + attention(normed, normed, normed, need_weights=False)[0]
        pooled: Tensor = self.statistics(x)
        return pooled


SEGMENT_POOLS: dict[str, type[AttendedPool | StatisticsPool]] = {
    "attended": AttendedPool,
    "statistics": StatisticsPool,
}
"""Poolings that make the song wider than a segment, by name."""
