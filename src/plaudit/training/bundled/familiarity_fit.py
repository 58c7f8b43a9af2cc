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
    """Return the limits that `COVERAGE` of songs, and of the clips of each length, lie within."""
    known = Familiarity(
        limit=float(np.quantile(distances(songs, encoder), COVERAGE)),
        coverage=COVERAGE,
        explanation=(
            "Distance from the mean of the training songs, in their own spread; measured on"
            f" {len(songs)} composed songs kept aside."
        ),
    )
    return with_clips(known, by_length(clips, encoder))


def distances(examples: Sequence[Example], encoder: MeasuredEncoder) -> Distances:
    """Return the distance (n,) of each song from the training songs (`Familiarity`)."""
    songs = embed(examples, encoder).astype(np.float64)
    return np.asarray(np.sqrt((songs**2).mean(axis=1)))


def by_length(clips: Sequence[Example], encoder: MeasuredEncoder) -> dict[float, Distances]:
    """Return the distances of clips by their length; silent ones have a warning of their own."""
    cut: dict[float, list[Example]] = {}
    for clip in clips:
        if clip.music_s.sum() > 0:
            seconds = float(clip.duration_s.sum())
            cut.setdefault(min(CLIP_S, key=lambda length: abs(length - seconds)), []).append(clip)
    return {length: distances(cut[length], encoder) for length in sorted(cut)}


def with_clips(known: Familiarity, clips: Mapping[float, Distances]) -> Familiarity:
    """Return limits with those of clips, by length: distances that the coverage lies within.

    None is below that of the next longer clip; from the longest clip on they fall to the limit of
    songs at `TYPICAL_S`.
    """
    short = [(TYPICAL_S, known.limit)]
    for seconds in sorted(clips, reverse=True):
        limit = float(np.quantile(clips[seconds], known.coverage))
        short.append((seconds, max(short[-1][1], limit)))
    n = max(map(len, clips.values()))
    return known.model_copy(
        update={
            "short": tuple(reversed(short)),
            "explanation": f"{known.explanation} Limits of short clips: on clips of {n} of them.",
        }
    )
