"""What the heads of the bundled judge learn: embeddings of examples, their worth, their faults."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.encoders.battery import FLAW_START, MEASURES
from plaudit.encoders.measured import MeasuredEncoder, standardise
from plaudit.model.pooling import segment_weights
from plaudit.synth.knob import FAULTS
from plaudit.training.example import Example

FAULT_AXES = tuple((fault.name, fault.axis) for fault in FAULTS)
"""Name and axis of each fault that is composed, in the order of `Example.doses`."""

Floats = NDArray[np.float32]


class Lessons(NamedTuple):
    """Embeddings (n, dim), targets (n, 7), amounts of faults (n, n_faults)."""

    songs: Floats
    wanted: Floats
    amounts: Floats


def segment_rows(example: Example, encoder: MeasuredEncoder) -> Floats:
    """Return the embedding of each segment (n_segments, dim), made as the judge makes them."""
    scale = encoder.tensors()
    rows = [
        standardise(None if np.isnan(raw).any() else torch.from_numpy(raw), scale)
        for raw in example.segments
    ]
    return torch.stack(rows).numpy()


def embed(examples: Sequence[Example], encoder: MeasuredEncoder) -> Floats:
    """Return song embeddings (n_songs, dim), made as the judge makes them."""
    songs = []
    for example in examples:
        rows = torch.from_numpy(segment_rows(example, encoder))
        weights = segment_weights("music", example.duration_s.tolist(), example.music_s.tolist())
        songs.append((weights.unsqueeze(1) * rows).sum(dim=0).numpy())
    return np.stack(songs).astype(np.float32)


def column(examples: Sequence[Example], name: str) -> Floats:
    """Return one kind of target (n_songs, 7) in the order of the axes; nan where undefined."""
    return np.stack([getattr(example, name) for example in examples]).astype(np.float32)


def targets(examples: Sequence[Example]) -> Floats:
    """Return what is learned (n_songs, 7): what songs are worth."""
    return column(examples, "targets")


def amounts(examples: Sequence[Example]) -> Floats:
    """Return how much of each fault was composed; nan where undefined.

    Parameters
    ----------
    examples : sequence of Example
        Songs.

    Returns
    -------
    ndarray of float32, (n_songs, n_faults)
        In [0, 1], in the order of `FAULT_AXES`. Where nobody sings, faults of singing are
        undefined.
    """
    doses = column(examples, "doses")
    knobs = column(examples, "knobs")
    undefined = np.isnan(knobs[:, [AESTHETICS.index(axis) for _, axis in FAULT_AXES]])
    return np.where(undefined, np.float32(np.nan), doses)


def with_hybrids(
    examples: Sequence[Example], songs: Floats, wanted: Floats, doses: Floats
) -> Lessons:
    """Add, for each damaged song, the clean song with the flaws of its damaged copy.

    It is worth what the damaged copy is. The network after the flaws hears nothing wrong in it, so
    what was lost must be taken away by the flaws alone: that is what holds in music unlike the
    training songs, where the network may do anything.

    Parameters
    ----------
    examples : sequence of Example
        Songs and their damaged copies.
    songs : ndarray of float32, (n, dim)
        Their embeddings.
    wanted : ndarray of float32, (n, 7)
        Their targets.
    doses : ndarray of float32, (n, n_faults)
        Amounts of their faults.

    Returns
    -------
    Lessons
        The songs, the hybrids last.
    """
    clean = {one.number: place for place, one in enumerate(examples) if not one.strength}
    pairs = [
        (clean[one.number], place)
        for place, one in enumerate(examples)
        if one.strength and one.number in clean
    ]
    if not pairs:
        return Lessons(songs, wanted, doses)
    whole, broken = np.array(pairs).T
    hybrid = songs[whole].copy()
    hybrid[:, FLAW_START : len(MEASURES)] = songs[broken, FLAW_START : len(MEASURES)]
    return Lessons(
        np.concatenate([songs, hybrid]),
        np.concatenate([wanted, wanted[broken]]),
        np.concatenate([doses, doses[whole]]),
    )
