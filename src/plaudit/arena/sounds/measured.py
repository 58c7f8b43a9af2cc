"""A song as a test hears it, before its level: its beginning, 44.1 kHz, two channels."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plaudit.arena.sounds.cut import SAMPLE_RATE
from plaudit.audio.checked import CheckedSong
from plaudit.audio.errors import EmptyAudioError
from plaudit.audio.integrated import LoudnessMeter
from plaudit.audio.whole import resampled

Floats = NDArray[np.float32]

_HEARD_S = 1.0  # a block of the decoder


@dataclass(frozen=True)
class Level:
    """How loud a recording is."""

    lufs: float  #: Integrated, ITU-R BS.1770-4.
    peak: float  #: Largest sample, full scale 1.0.


def hear(path: Path, longest_s: float) -> Floats:
    """Return the beginning of a song, (2, n_samples) at 44,100 Hz, float32.

    One channel goes to both sides; of more than two the mean does.

    Raises
    ------
    MissingFileError, AudioError
        One of `plaudit.audio.errors`, naming the file and a way out.
    """
    blocks: list[Floats] = []
    n = 0
    with CheckedSong(path) as song:
        for block in song:
            blocks.append(block)
            n += block.shape[1]
            if n >= (longest_s + _HEARD_S) * song.sample_rate:
                break
        rate = song.sample_rate
    audio = np.concatenate(blocks, axis=1)
    if len(audio) != 2:
        audio = np.repeat(audio.mean(axis=0, keepdims=True), 2, axis=0)
    return resampled(audio, rate, SAMPLE_RATE, "soxr")[:, : round(longest_s * SAMPLE_RATE)]


def level_of(audio: Floats, name: str) -> Level:
    """Return the level of audio (2, n_samples); `EmptyAudioError` for silence, which has none."""
    meter = LoudnessMeter(SAMPLE_RATE, len(audio))
    meter.push(audio)
    if math.isnan(meter.lufs):
        raise EmptyAudioError(
            f"Expected music in {name}, but nothing in what is heard of it is above -70 LUFS; give"
            " another file, or hear more of it (listening.longest_s)."
        )
    return Level(meter.lufs, float(np.abs(audio).max()))
