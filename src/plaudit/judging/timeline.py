"""The scores of a song over time."""

import torch

from plaudit.judging.encoded import EncodedSong
from plaudit.judging.record import Span
from plaudit.model.network import Network, SongOutput


def timeline_of(
    encoded: EncodedSong, out: SongOutput, network: Network, axes: tuple[str, ...]
) -> tuple[Span, ...]:
    """Return the scores of each segment; padding is left out where the song fills a segment."""
    segments, rows = list(encoded.segments), out.segments.tolist()
    if encoded.last_window is not None:
        segments[-1], means = encoded.last_window
        rows[-1:] = network.score(torch.tensor(means), torch.ones(1)).segments.tolist()
    return tuple(
        Span(
            start_s=segment.start_s,
            end_s=segment.end_s,
            scores=dict(zip(axes, row, strict=True)),
        )
        for segment, row in zip(segments, rows, strict=True)
    )
