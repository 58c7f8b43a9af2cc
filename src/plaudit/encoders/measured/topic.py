"""What measurements are about, in words: so that a distance can be explained.

A measurement belongs to the first topic with a beginning of its name; flaws are one topic.
"""

import numpy as np
from numpy.typing import NDArray

from plaudit.encoders.measured.battery import FLAW_START, MEASURES

_BEGINNINGS = {
    "the voice": ("voice_",),
    "timbre": ("cepstrum", "band_level", "band_floor", "band_peak", "flatness", "centroid",
               "rolloff", "timbre", "treble", "vowel"),
    "loudness and its course": ("sounding", "level", "slow_level", "density"),
    "rhythm": ("pulse", "onset", "band_rhythm", "tune_rhythm"),
    "harmony": ("key", "block_key", "chroma", "intervals", "tuning", "tonal", "harmony"),
    "the tune": ("tune", "sung", "rests", "pitch", "vibrato", "notes", "line"),
    "form": ("contrast", "section"),
}  # fmt: skip
FLAW = "flaws of the sound"


def topic_of(measure: str) -> str:
    """Return what a measurement is about, such as "rhythm"."""
    if MEASURES.index(measure) >= FLAW_START:
        return FLAW
    return next(
        topic for topic, beginnings in _BEGINNINGS.items() if measure.startswith(beginnings)
    )


_TOPICS = np.array([topic_of(name) for name in MEASURES])


def most_unusual(embedding: NDArray[np.float32], n: int = 2) -> tuple[str, ...]:
    """Return the topics on which an embedding (dim,) lies farthest from 0, the farthest first.

    How far a topic lies is the root mean square of its measurements, so that one of many does not
    lie far for that.
    """
    squares = np.square(embedding[: len(MEASURES)], dtype=np.float64)
    distance = {str(topic): squares[topic == _TOPICS].mean() for topic in dict.fromkeys(_TOPICS)}
    return tuple(sorted(distance, key=lambda topic: -distance[topic])[:n])
