"""How far from the training songs a song may lie before the judge warns, by how much it heard.

A short clip holds few notes and few sections, so its measurements scatter more than those of a
whole song, and its distance is larger whatever it sounds like. Each length has its own limit.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.model.card import Familiarity
from plaudit.training.bundled.composed_example import CLIP_S, TYPICAL_S, Example
from plaudit.training.bundled.fit_data import embed

COVERAGE = 0.99

Distances = NDArray[np.float64]


def fit_familiarity(
    songs: Sequence[Example], clips: Sequence[Example], encoder: MeasuredEncoder
) -> Familiarity:
    """Return the limit of whole songs, and of each length of clip; sorted by length.

    A limit never falls below that of the next longer clip, nor below that of whole songs. Between
    the longest clip and a whole segment it falls to that.
    """
    by_length: dict[float, list[Example]] = {length: [] for length in CLIP_S}
    for clip in clips:
        if clip.music_s.sum() > 0:  # silence has a warning of its own
            by_length[nearest_length(float(clip.duration_s.sum()))].append(clip)
    return limits_of(
        distances(songs, encoder),
        {length: distances(own, encoder) for length, own in by_length.items() if own},
    )


def nearest_length(seconds: float) -> float:
    """Return the length of clip that a recording was cut to."""
    return min(CLIP_S, key=lambda length: abs(length - seconds))


def distances(examples: Sequence[Example], encoder: MeasuredEncoder) -> Distances:
    """Return the distance (n,) of each song from the training songs (`Familiarity`)."""
    songs = embed(examples, encoder).astype(np.float64)
    return np.asarray(np.sqrt((songs**2).mean(axis=1)))


def limits_of(songs: Distances, clips: Mapping[float, Distances]) -> Familiarity:
    """Return the limits that `COVERAGE` of these distances lie within, from `TYPICAL_S` on one."""
    limit = float(np.quantile(songs, COVERAGE))
    short = [(TYPICAL_S, limit)] if clips else []
    least = limit
    for seconds in sorted(clips, reverse=True):
        least = max(least, float(np.quantile(clips[seconds], COVERAGE)))
        short.append((seconds, least))
    return Familiarity(
        limit=limit,
        coverage=COVERAGE,
        short=tuple(reversed(short)),
        explanation=(
            "Distance from the mean of the training songs, in their own spread; measured on"
            f" {len(songs)} composed songs kept aside, and on clips of"
            f" {max(map(len, clips.values()), default=0)} of them for the limits of what is short."
        ),
    )
