"""What a listener has of a song, and the pictures of its sound that measures share.

Bars and sections are taken from the score, as someone following the printed music would know them;
everything else is computed from the sound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from listening.estimate import RATE, pitch_of
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.notation import Array, Note, Score, SungNote
from plaudit.synth.sound.render import render
from plaudit.synth.sound.singer import sing

WINDOW, HOP = 16_384, 4_096  # 372 ms and 93 ms: fine enough in pitch for semitones from 100 Hz
ONSET_HOP = 441

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Hearing:
    """A song as far as it is heard.

    Parameters
    ----------
    score : Score
        The written song.
    sound : ndarray of float32, (2, n), optional
        The record at 44,100 Hz; needed by measures that listen to the sound.
    voice : ndarray of float32, (n,), optional
        The singer alone; needed by measures that listen to the voice. Silence or None for an
        instrumental song.
    """

    score: Score
    sound: Array | None = None
    voice: Array | None = None

    @cached_property
    def pitch(self) -> Matrix:
        """Pitch of the voice, see `listening.estimate.pitch_of`; empty when nobody sings."""
        if not self.score.sung:
            return np.zeros(0)
        if self.voice is None:
            raise InputError("Expected the voice alone, got none; pass what `sing_alone` returns.")
        return pitch_of(self.voice)

    @cached_property
    def tune(self) -> tuple[Note | SungNote, ...]:
        """The main line: what is sung, or what the lead plays when nobody sings."""
        if self.score.sung:
            return self.score.sung
        return tuple(n for n in self.score.notes if n.part.split("/")[0] == "lead")

    @cached_property
    def n_bars(self) -> int:
        """Bars in the song."""
        return sum(section.bars for section in self.score.sections)

    @cached_property
    def bar_starts(self) -> Matrix:
        """Seconds at which bars begin, and where the last one ends: (n_bars + 1,)."""
        return self.score.tempo.at(np.arange(self.n_bars + 1.0) * self.score.metre.beats)

    @cached_property
    def mono(self) -> Array:
        """Mean of the two channels: (n,)."""
        if self.sound is None:
            raise InputError("Expected the song's sound, got none; pass what `render` returns.")
        return np.asarray(self.sound.mean(axis=0), np.float32)

    @cached_property
    def spectrum(self) -> NDArray[np.float32]:
        """Magnitudes, (frames, bins): frame k is centred on ``k * HOP`` samples."""
        padded = np.pad(self.mono, WINDOW // 2)
        framed = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
        window = np.hanning(WINDOW).astype(np.float32)
        # Nothing that is measured here lies above 5.5 kHz.
        return np.abs(fft.rfft(framed * window, axis=1)[:, : WINDOW // 8])

    @cached_property
    def times(self) -> Matrix:
        """Seconds of the frames of `spectrum`."""
        return np.arange(len(self.spectrum)) * HOP / RATE

    @cached_property
    def peaks(self) -> tuple[NDArray[np.intp], Matrix, Matrix]:
        """Spectral peaks of 60 Hz to 2 kHz within 40 dB of the frame's largest.

        Three arrays of length n_peaks: frame index, MIDI pitch (interpolated) and magnitude.
        """
        low, high = round(60 * WINDOW / RATE), round(2000 * WINDOW / RATE)
        power = np.log(self.spectrum[:, low - 1 : high + 1] + 1e-7)
        inner = power[:, 1:-1]
        top = inner.max(axis=1, keepdims=True)
        is_peak = (inner > power[:, :-2]) & (inner >= power[:, 2:]) & (inner > top - 4.6)
        frame, at = np.nonzero(is_peak)
        before, here, after = (power[frame, at + k] for k in (0, 1, 2))
        bend = before - 2 * here + after
        bins = low + at + 0.5 * (before - after) / np.minimum(bend, -1e-9)
        pitch = 69 + 12 * np.log2(bins * RATE / WINDOW / 440)
        return frame, np.asarray(pitch, np.float64), np.exp(here.astype(np.float64))

    @cached_property
    def chroma(self) -> Matrix:
        """Strength of the peaks below 600 Hz by pitch class, C first: (frames, 12)."""
        frame, pitch, strength = self.peaks
        kept = pitch < 74.4
        out = np.zeros((len(self.spectrum), 12))
        classes = np.rint(pitch[kept]).astype(int) % 12
        np.add.at(out, (frame[kept], classes), strength[kept])
        return out

    @cached_property
    def bands(self) -> Matrix:
        """Level in dB of 24 bands from 60 Hz to 5.4 kHz: (frames, 24)."""
        edges = np.geomspace(60, 5400, 25) * WINDOW / RATE
        cut = np.unique(np.rint(edges).astype(int))
        power = np.add.reduceat(np.square(self.spectrum), cut[:-1], axis=1)
        return np.asarray(10 * np.log10(power + 1e-6 * power.max()), np.float64)

    @cached_property
    def level_db(self) -> Matrix:
        """Level of the sound in each frame of `spectrum`, in dB."""
        power = np.square(self.spectrum).sum(axis=1)
        return np.asarray(10 * np.log10(power + 1e-6 * power.max()), np.float64)

    @cached_property
    def rise(self) -> Matrix:
        """Onset strength every 10 ms: how much louder the spectrum's bands have become."""
        framed = np.lib.stride_tricks.sliding_window_view(self.mono, 1024)[::ONSET_HOP]
        window = np.hanning(1024).astype(np.float32)
        spectrum = np.abs(fft.rfft(framed * window, axis=1))
        spectrum = np.log1p(3 * spectrum / (spectrum.mean() + 1e-9))
        rise = np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1)
        return np.asarray(rise, np.float64)

    def per_bar(self, frames: Matrix) -> Matrix:
        """Average rows of a (frames, k) matrix over each bar: (n_bars, k)."""
        edges = np.searchsorted(self.times, self.bar_starts)
        return np.array([frames[a : max(b, a + 1)].mean(axis=0) for a, b in pairwise(edges)])


def sing_alone(score: Score, seed: int, tract: float = 1.0) -> Array:
    """Return the singer of a song without the band, exactly as in the record.

    Parameters
    ----------
    score : Score
        Of `plaudit.synth.song.make_song`.
    seed : int
        The song's seed.
    tract : float
        The system's factor on the singer's formants, see
        `plaudit.synth.music.production.Production`.

    Returns
    -------
    ndarray of float32, (n_samples,)
        Mono at 44,100 Hz, at no particular level; silent for an instrumental song.
    """
    # The renderer gives the voice the first generator it spawns, and a song the second.
    own = np.random.default_rng(seed).spawn(2)[1].spawn(1)[0]
    n = round(score.duration_s * RATE)
    return sing(score.sung, score.phrases, score.voice, n, doses=score.faults, rng=own, tract=tract)


def hear(
    seed: int,
    duration_s: float,
    knobs: Mapping[str, float] | None = None,
    style: str | None = None,
    doses: Mapping[str, float] | None = None,
    *,
    instrumental: bool = False,
    sound: bool = True,
) -> Hearing:
    """Compose, play and hear a song, for studying single faults: `make_song` with doses.

    Parameters
    ----------
    seed : int
        Here and below as in `plaudit.synth.song.make_song`, with the same song as a result.
    duration_s : float
        Length in seconds, 10 to 240.
    knobs : mapping, optional
        Aesthetic axis to position in [0, 1].
    style : str, optional
        Name of a style.
    doses : mapping, optional
        Fault name to dose in [0, 1], replacing those drawn for the knobs.
    instrumental : bool
        Nobody sings.
    sound : bool
        Whether to render the whole record; without it only the score and the voice can be heard.

    Returns
    -------
    Hearing
        The song, its sound and its voice.
    """
    composing, playing = np.random.default_rng(seed).spawn(2)
    score = compose(composing, duration_s, knobs, style, doses, instrumental=instrumental)
    voice = sing_alone(score, seed)
    record = render(score, playing, voice=voice) if sound else None
    return Hearing(score, record, voice)
