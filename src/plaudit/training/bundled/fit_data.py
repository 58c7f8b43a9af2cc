"""What the heads of the bundled judge are fitted to: embeddings, targets and fault amounts."""

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
"""Least rise of a flaw family that counts as a trace of damage, in units of its scale."""

Floats = NDArray[np.float32]


class FitData(NamedTuple):
    """Embeddings (n, dim), targets (n, 7) and fault amounts (n, n_faults) of songs.

    ``whole`` (n,) is False for damaged songs, ``music`` (n,) for recordings that are not music.
    """

    songs: Floats
    targets: Floats
    fault_amounts: Floats
    whole: NDArray[np.bool_]
    music: NDArray[np.bool_]


def make_fit_data(
    examples: Sequence[Example],
    encoder: MeasuredEncoder,
    seed: int,
    whole: Sequence[Example] = (),
) -> FitData:
    """Return the data that networks are fitted to."""
    examples = [*examples, *(example for example in examples if not example.music)]
    rng = np.random.default_rng(seed)
    parts = [_with_hybrids(part, embed(part, encoder), rng) for part in (examples, whole) if part]
    return FitData(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def embed_segments(example: Example, encoder: MeasuredEncoder) -> Floats:
    """Return segment embeddings (n_segments, dim), made as the judge makes them."""
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
        rows = torch.from_numpy(embed_segments(example, encoder))
        weights = segment_weights("music", example.duration_s, example.music_s)
        songs.append((weights.unsqueeze(1) * rows).sum(dim=0).numpy())
    return np.stack(songs).astype(np.float32)


def column(examples: Sequence[Example], name: str) -> Floats:
    """Return one array field of examples, stacked (n_songs, ...); nan where undefined."""
    return np.stack([getattr(example, name) for example in examples]).astype(np.float32)


def _fault_amounts(examples: Sequence[Example]) -> Floats:
    """Return composed amounts (n_songs, n_faults); those of singing are nan without a singer."""
    knobs = column(examples, "knobs")
    undefined = np.isnan(knobs[:, [AESTHETICS.index(axis) for _, axis in FAULT_AXES]])
    return np.where(undefined, np.float32(np.nan), column(examples, "doses"))


def _with_hybrids(examples: Sequence[Example], songs: Floats, rng: np.random.Generator) -> FitData:
    """Add, for each damaged song, a hybrid: the undamaged song with some flaws of its copy.

    Its targets are those of the damaged copy. Only its flaws differ from the undamaged song, so the
    penalty alone must explain the lower targets: that holds in music unlike the training songs,
    where the rest of the network is unreliable. Only some of the flaw families that show the damage
    are copied, drawn for each song: other music shows it in fewer of them.
    """
    targets, amounts = column(examples, "targets"), _fault_amounts(examples)
    music = np.array([example.music for example in examples])
    undamaged = np.array([not example.strength for example in examples])
    place_of = {song.number: k for k, song in enumerate(examples) if not song.strength}
    pairs = [
        (place_of[song.number], k)
        for k, song in enumerate(examples)
        if song.strength and song.number in place_of
    ]
    if not pairs:
        return FitData(songs, targets, amounts, undamaged, music)
    whole, broken = np.array(pairs).T
    flaws = slice(FLAW_START, len(MEASURES))
    hybrid = songs[whole].copy()
    hybrid[:, flaws] = some_flaws(songs[whole, flaws], songs[broken, flaws], rng)
    return FitData(
        np.concatenate([songs, hybrid]),
        np.concatenate([targets, targets[broken]]),
        np.concatenate([amounts, amounts[whole]]),
        np.concatenate([undamaged, np.zeros(len(pairs), bool)]),
        np.concatenate([music, np.ones(len(pairs), bool)]),
    )


def some_flaws(whole: Floats, broken: Floats, rng: np.random.Generator) -> Floats:
    """Return flaws (n, n_flaws) of undamaged songs, some families from their damaged copies."""
    # Of the families that rose by more than SHOWS at least one is copied; where none did, all are.
    # A family that fell is always copied: damage hides other damage.
    starts = np.cumsum((0, *FLAW_FAMILIES[:-1]))
    rise = np.maximum.reduceat(broken - whole, starts, axis=1)
    shown = rise > SHOWS
    drawn = np.where(shown, rng.random(shown.shape), 2.0)
    n_kept = 1 + np.floor(rng.random(len(shown)) * shown.sum(axis=1))
    kept = shown & (drawn.argsort(axis=1).argsort(axis=1) < n_kept[:, None])
    kept |= (rise < 0) | ~shown.any(axis=1, keepdims=True)
    return np.where(np.repeat(kept, FLAW_FAMILIES, axis=1), broken, whole)
