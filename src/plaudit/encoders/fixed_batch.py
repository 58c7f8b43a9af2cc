"""Batches of one fixed size for a GPU.

How a GPU adds up a product depends on the shape of the whole product, so a segment in a batch of 3
may differ in the last digits from the same one in a batch of 16. Here every batch has the same
size: what is missing is silence, computed and thrown away. Each segment is then computed by the
same kernels whatever its company. Its place in the batch is not fixed; ``bench/gpu`` measures what
place and company change on a card, and with a batch of 1 there is neither.
"""

from collections.abc import Callable

import torch

from plaudit.core.errors import InputError
from plaudit.encoders.device import free_bytes

MOST_SEGMENTS = 16
"""Segments of a batch where nothing else is asked for and memory allows it."""
_SHARE = 0.8  # of the free memory; the rest is for what libraries take themselves


def batch_that_fits(asked: int | None, segment_bytes: int, device: torch.device) -> int | None:
    """Return how many segments a batch holds on a device; None on a CPU, which gains nothing.

    Parameters
    ----------
    asked : int, optional
        Segments that the user wants in a batch. When not given, 16, halved until they fit.
    segment_bytes : int
        Memory that a segment needs on the device while it is computed.
    device : torch.device
        Where it is computed.

    Raises
    ------
    InputError
        A batch is asked for on a CPU, of less than one segment, or of more than memory holds.
    """
    if asked is not None and asked < 1:
        raise InputError(f"Expected at least 1 for --batch-segments, got {asked}.")
    free = free_bytes(device)
    if free is None:
        if asked is not None:
            raise InputError(
                "--batch-segments is for a GPU, and the encoder runs on the CPU, where each thread"
                " has a segment of its own; leave it out."
            )
        return None
    room = int(_SHARE * free) // segment_bytes
    if asked is None:
        size = MOST_SEGMENTS
        while size > max(room, 1):
            size //= 2
        return size
    if asked > room:
        raise InputError(
            f"Expected a batch that fits into the memory of the {device.type} device: {asked}"
            f" segments need about {asked * segment_bytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB"
            f" are free; give --batch-segments {max(room, 1)} or less."
        )
    return asked


def in_batches(
    segments: torch.Tensor,
    size: int,
    device: torch.device,
    encode: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Return the output of ``encode`` for segments (n, n_samples), in batches of ``size``."""
    made = []
    for part in torch.split(segments, size):
        batch = torch.zeros(size, part.shape[1], device=device)
        batch[: len(part)] = part
        made.append(encode(batch)[: len(part)])
    return torch.cat(made)
