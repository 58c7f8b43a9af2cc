"""How a composed song reaches a judge's ears: fewer players, other tone, hiss, a codec, a level.

None of it changes what a song is worth. A judge should not rate the mastering, the room or the bit
rate, and should know music when one instrument plays it. How much of each is drawn at random.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.damage.codec import code
from plaudit.synth.music.notation import Score

Sound = NDArray[np.float32]

SOLO, TONE, HISS, CODEC = 0.15, 0.6, 0.2, 0.2  # chances
TONE_DB = 7.0  # the most that bass and treble are turned, either way
HISS_DB = (-70.0, -48.0)  # below the song
LEVEL_DB = (-12.0, 0.0)
_SHELVES_HZ = ((250.0, True), (3000.0, False))


def thin_out(score: Score, rng: np.random.Generator) -> Score:
    """Leave some players away: one, two, or all but one go on.

    Parameters
    ----------
    score : Score
        A composed song.
    rng : numpy.random.Generator
        Who stays.

    Returns
    -------
    Score
        The same song by fewer players; the singer counts as one and may be alone.
    """
    names = [part.name for part in score.parts] + (["voice"] if score.sung else [])
    count = int(rng.choice((1, 2, max(1, len(names) - 1))))
    stay = {str(name) for name in rng.permutation(names)[:count]}
    kept = replace(
        score,
        parts=tuple(part for part in score.parts if part.name in stay),
        notes=tuple(note for note in score.notes if note.part in stay),
    )
    return kept if "voice" in stay else replace(kept, sung=(), phrases=(), instrumental=True)


def played(sound: Sound, sample_rate: int, rng: np.random.Generator) -> Sound:
    """Play a song through a tone control, with hiss, through a codec, at another level.

    Parameters
    ----------
    sound : ndarray of float32, (n_channels, n_samples)
        Full scale 1.
    sample_rate : int
        Hz.
    rng : numpy.random.Generator
        What happens to it; each thing by its chance above.

    Returns
    -------
    ndarray of float32, (n_channels, n_samples)
        Absolute peak below 1.
    """
    chance = rng.random(3)
    turn_db = rng.uniform(-TONE_DB, TONE_DB, 2)
    hiss = float(np.std(sound)) * 10 ** (rng.uniform(*HISS_DB) / 20)
    level = 10 ** (rng.uniform(*LEVEL_DB) / 20)
    if chance[0] < TONE:
        sound = _tone(sound, sample_rate, turn_db)
    if chance[1] < HISS:
        sound = sound + (hiss * rng.standard_normal(sound.shape)).astype(np.float32)
    if chance[2] < CODEC:
        variant, kbps = ("mp3", 128.0) if chance[2] < CODEC / 2 else ("opus", 96.0)
        sound = code(sound, sample_rate, rng, variant=variant, **{f"{variant}_kbps": kbps})
    peak = float(np.abs(sound).max())
    return (sound * np.float32(level * min(1.0, 0.99 / max(peak, 1e-9)))).astype(np.float32)


def _tone(sound: Sound, sample_rate: int, turn_db: NDArray[np.float64]) -> Sound:
    """Turn a bass and a treble knob (first-order shelves)."""
    from scipy.signal import lfilter

    for (corner_hz, bass), by_db in zip(_SHELVES_HZ, turn_db, strict=True):
        gain = 10 ** (by_db / 20)
        k = np.tan(np.pi * corner_hz / sample_rate)
        below = lfilter(np.array([k, k]) / (1 + k), (1.0, (k - 1) / (k + 1)), sound, axis=-1)
        low, high = (gain, 1.0) if bass else (1.0, gain)
        sound = np.asarray(low * below + high * (sound - below), dtype=np.float32)
    return sound
