"""What nobody hears moves no score of the bundled judge by more than a few hundredths."""

from collections.abc import Callable
from math import gcd
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly

from own_judge import own_judge
from plaudit.audio.check import SongCheck
from plaudit.benchmarks.suites.dose import read_excerpt
from plaudit.core.axes import AXIS
from plaudit.encoders.measured.spectrum import look
from plaudit.judging.judge import Judge
from plaudit.judging.record import SongScores

RATE = 44_100
Sound = NDArray[np.float32]
Change = Callable[[Sound], Sound]


def dithered(x: Sound, bits: int, rng: np.random.Generator | None = None) -> Sound:
    noise = 0 if rng is None else rng.uniform(-0.5, 0.5, (2, *x.shape)).sum(axis=0)
    return (np.round(x * 2.0 ** (bits - 1) + noise) / 2.0 ** (bits - 1)).astype(np.float32)


CHANGES: dict[str, Change] = {
    "a constant of .05": lambda x: x + np.float32(0.05),
    "a constant of -.9": lambda x: x - np.float32(0.9),
    "a constant on the left": lambda x: x + np.array([[0.1], [0.0]], np.float32),
    "inverted polarity": lambda x: -x,
    "left and right swapped": lambda x: x[::-1].copy(),
    "1 ms of silence in front": lambda x: np.pad(x, ((0, 0), (44, 0))),
    "dither": lambda x: dithered(x, 16, np.random.default_rng(0)),
    "24 to 16 bits": lambda x: dithered(dithered(x, 24), 16),
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    return own_judge("bundled")


def moved(judge: Judge, a: SongScores, changed: Sound, rate: int = RATE) -> float:
    """Return the largest move of a score, in shares of its scale."""
    b = judge.score(changed, rate, timeline=False)
    scale = {name: AXIS[name].high - AXIS[name].low for name in a.scores}
    return max(abs(a.scores[n].value - b.scores[n].value) / scale[n] for n in scale)


@pytest.fixture(scope="module")
def song(songs: Path) -> Sound:
    """Seven seconds of a composed song, (2, n_samples), at 44.1 kHz."""
    sound, rate = read_excerpt(sorted(songs.glob("*.wav"))[0], 7)
    assert rate == RATE
    return sound


@pytest.fixture(scope="module")
def heard(judge: Judge, song: Sound) -> SongScores:
    return judge.score(song, RATE, timeline=False)


@pytest.mark.parametrize("name", CHANGES)
def test_no_score_moves(judge: Judge, song: Sound, heard: SongScores, name: str) -> None:
    assert moved(judge, heard, CHANGES[name](song)) < 0.01


def test_nor_at_another_rate(judge: Judge, song: Sound, heard: SongScores) -> None:
    common = gcd(RATE, 48_000)
    high = resample_poly(song, 48_000 // common, RATE // common, axis=1).astype(np.float32)
    assert moved(judge, heard, high, 48_000) < 0.01


def test_a_constant_is_named_and_is_no_sound() -> None:
    def notes(x: Sound) -> list[str]:
        check = SongCheck(RATE)
        check.push(x, x.mean(axis=0))
        return [note.type for note in check.notes()]

    rng = np.random.default_rng(0)
    x = (0.1 * rng.normal(size=(2, RATE))).astype(np.float32)
    assert notes(x) == []
    assert notes(x + np.float32(0.05)) == ["offset"]
    assert notes(1e-4 * x + np.float32(0.3)) == ["silent", "offset"]
    opposite = np.stack([x[0], -x[0]]) + np.float32(0.3)
    assert notes(opposite) == ["silent", "channels_cancel", "offset"]


def test_what_lies_around_zero_is_heard_as_it_is() -> None:
    x = 0.2 * torch.sin(torch.arange(48_000) * 0.1)
    spectrum = look(x)
    assert spectrum is not None
    first = spectrum.first * 480
    cut = x[first : first + len(spectrum.samples)]
    assert torch.allclose(spectrum.samples / spectrum.samples.std(), cut / cut.std())
