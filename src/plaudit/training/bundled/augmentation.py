"""Augmentation of composed songs: fewer players, other tone, hiss, a codec, another level.

It leaves the targets as they are: a judge should not rate the mastering, the hiss or the bit rate,
and should accept music that one instrument plays. Amounts are drawn at random.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.damage.codec import code
from plaudit.synth.music.notation import Score

_Sound = NDArray[np.float32]

SOLO = 0.15  # probability that players are removed
_TONE, _HISS, _CODEC = 0.6, 0.2, 0.2  # probabilities
_TONE_DB = 7.0  # largest gain of bass and treble, either way
_HISS_DB = (-70.0, -48.0)  # relative to the song
_LEVEL_DB = (-12.0, 0.0)
_SHELVES_HZ = ((250.0, True), (3000.0, False))


def remove_players(score: Score, rng: np.random.Generator) -> Score:
    """Return the song by one, two, or all but one of its players; the singer counts as one."""
    names = [part.name for part in score.parts] + (["voice"] if score.sung else [])
    count = int(rng.choice((1, 2, max(1, len(names) - 1))))
    stay = {str(name) for name in rng.permutation(names)[:count]}
    kept = replace(
        score,
        parts=tuple(part for part in score.parts if part.name in stay),
        notes=tuple(note for note in score.notes if note.part in stay),
    )
    return kept if "voice" in stay else replace(kept, sung=(), phrases=(), instrumental=True)


def augment(sound: _Sound, sample_rate: int, rng: np.random.Generator) -> _Sound:
    """Apply tone, hiss, codec and level, each with its probability, to (n_channels, n_samples)."""
    chance = rng.random(3)
    gain_db = rng.uniform(-_TONE_DB, _TONE_DB, 2)
    hiss = float(np.std(sound)) * 10 ** (rng.uniform(*_HISS_DB) / 20)
    level = 10 ** (rng.uniform(*_LEVEL_DB) / 20)
    if chance[0] < _TONE:
        sound = _tone(sound, sample_rate, gain_db)
    if chance[1] < _HISS:
        sound = sound + (hiss * rng.standard_normal(sound.shape)).astype(np.float32)
    if chance[2] < _CODEC:
        variant, kbps = ("mp3", 128.0) if chance[2] < _CODEC / 2 else ("opus", 96.0)
        sound = code(sound, sample_rate, rng, variant=variant, **{f"{variant}_kbps": kbps})
    peak = float(np.abs(sound).max())
    return (sound * np.float32(level * min(1.0, 0.99 / max(peak, 1e-9)))).astype(np.float32)


def _tone(sound: _Sound, sample_rate: int, gain_db: NDArray[np.float64]) -> _Sound:
    """Apply a bass and a treble control (first-order shelves)."""
    from scipy.signal import lfilter

    for (corner_hz, bass), by_db in zip(_SHELVES_HZ, gain_db, strict=True):
        gain = 10 ** (by_db / 20)
        k = np.tan(np.pi * corner_hz / sample_rate)
        below = lfilter(np.array([k, k]) / (1 + k), (1.0, (k - 1) / (k + 1)), sound, axis=-1)
        low, high = (gain, 1.0) if bass else (1.0, gain)
        sound = np.asarray(low * below + high * (sound - below), dtype=np.float32)
    return sound
