"""What the heads of the bundled judge learn: embeddings of examples, their worth, their faults."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AESTHETICS
from plaudit.encoders.measured.battery import FLAW_FAMILIES, FLAW_START, MEASURES
from plaudit.encoders.measured.encoder import MeasuredEncoder, standardise
from plaudit.model.pooling import segment_weights
from plaudit.synth.music.knob import FAULTS
from plaudit.training.bundled.composed_example import Example

FAULT_AXES = tuple((fault.name, fault.axis) for fault in FAULTS)
"""Name and axis of each fault that is composed, in the order of `Example.doses`."""

SHOWS = 1.5
"""By how much a flaw must rise to show damage, in units of its scale."""

Floats = NDArray[np.float32]


class Lessons(NamedTuple):
    """Embeddings (n, dim), targets (n, 7), amounts of faults (n, n_faults).

    ``whole`` and ``music`` (n,) say what is not damaged, and what is music.
    """

    songs: Floats
    wanted: Floats
    amounts: Floats
    whole: NDArray[np.bool_]
    music: NDArray[np.bool_]


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
    examples: Sequence[Example],
    songs: Floats,
    wanted: Floats,
    doses: Floats,
    rng: np.random.Generator,
) -> Lessons:
    """Add, for each damaged song, the clean song with some flaws of its damaged copy.

    It is worth what the damaged copy is. The network after the flaws hears nothing wrong in it, so
    what was lost must be taken away by the flaws alone: that is what holds in music unlike the
    training songs, where the network may do anything. Of the families of flaws in which the damage
    shows only some are kept, drawn for each song: other music shows it in fewer, and each must do
    for itself.

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
    rng : numpy.random.Generator
        Draws the families that are kept.

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
    undamaged = np.array([not one.strength for one in examples])
    music = np.array([one.music for one in examples])
    if not pairs:
        return Lessons(songs, wanted, doses, undamaged, music)
    whole, broken = np.array(pairs).T
    flaws = slice(FLAW_START, len(MEASURES))
    hybrid = songs[whole].copy()
    hybrid[:, flaws] = some_flaws(songs[whole, flaws], songs[broken, flaws], rng)
    return Lessons(
        np.concatenate([songs, hybrid]),
        np.concatenate([wanted, wanted[broken]]),
        np.concatenate([doses, doses[whole]]),
        np.concatenate([undamaged, np.zeros(len(pairs), bool)]),
        np.concatenate([music, np.ones(len(pairs), bool)]),
    )


def some_flaws(whole: Floats, broken: Floats, rng: np.random.Generator) -> Floats:
    """Return the flaws of clean songs (n, n_flaws) with some of those that damage brought.

    Of the families that rose by more than `SHOWS` at least one is kept; where there is none, all
    are. A family that fell is that of the damaged song: damage hides other damage.

    Parameters
    ----------
    whole, broken : ndarray of float32, (n, n_flaws)
        Standardised flaws of clean songs and of their damaged copies.
    rng : numpy.random.Generator
        Draws.
    """
    starts = np.cumsum((0, *FLAW_FAMILIES[:-1]))
    rise = np.maximum.reduceat(broken - whole, starts, axis=1)
    shown = rise > SHOWS
    drawn = np.where(shown, rng.random(shown.shape), 2.0)
    n_kept = 1 + np.floor(rng.random(len(shown)) * shown.sum(axis=1))
    kept = shown & (drawn.argsort(axis=1).argsort(axis=1) < n_kept[:, None])
    kept |= (rise < 0) | ~shown.any(axis=1, keepdims=True)
    return np.where(np.repeat(kept, FLAW_FAMILIES, axis=1), broken, whole)
