"""What returns: at the same pitch and followed by the same, unless it was damaged."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from plaudit.audio.damage.codec import code
from plaudit.audio.damage.kinds import STRENGTHS, damage
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.encoders.measured.returning import astray, sequel
from plaudit.encoders.measured.spectrum import look
from plaudit.synth.song import make_song

Sound = NDArray[np.float32]
RATE = 24_000


def extract(sound: Sound, rate: int = RATE) -> dict[str, list[float]]:
    segment = next(iter(open_song((sound, rate), RATE, SegmentRule(length_s=20.0))))
    seen = look(torch.from_numpy(segment.samples))
    assert seen is not None
    return {name: value.tolist() for name, value in (astray(seen) | sequel(seen)).items()}


@pytest.fixture(scope="module")
def song() -> tuple[Sound, int]:
    made = make_song(11, 20.0, style="folk")
    return made.audio, made.sample_rate


@pytest.fixture(scope="module")
def drums() -> Sound:
    """Two drums without pitch that are hit again and again, in bars that are all alike."""
    rng = np.random.default_rng(4)
    bar = np.zeros(2 * RATE)
    place = np.arange(RATE // 2) / RATE
    for at, fall_s in ((0, 0.08), (1, 0.03), (2, 0.08), (3, 0.05)):
        # White noise through a few resonances: a drum, not a tone.
        burst = rng.normal(size=len(place)) * np.exp(-place / fall_s)
        body = sum(np.sin(2 * np.pi * hz * place) for hz in rng.uniform(150, 2000, 4))
        bar[at * RATE // 2 :][: len(place)] += burst + 0.5 * body * np.exp(-place / fall_s)
    return (0.05 * np.tile(bar, 8)).astype(np.float32)[None]


@pytest.mark.parametrize(
    ("kind", "name"), [("detuning_wobble", "astray"), ("shuffled_pieces", "sequel")]
)
def test_it_is_lost_step_by_step(kind: str, name: str, song: tuple[Sound, int]) -> None:
    sound, rate = song
    measured = [extract(sound, rate)[name]] + [
        extract(damage(sound, rate, kind, strength, np.random.default_rng(3)), rate)[name]
        for strength in STRENGTHS[::2]
    ]
    for values in zip(*measured, strict=True):
        assert values == tuple(sorted(values))
        assert values[-1] > values[0] + 0.2


def test_drums_come_back_at_their_pitch_unless_the_tape_wobbles(drums: Sound) -> None:
    still = extract(drums)["astray"]
    assert still[0] < 3
    assert still[1] < 0.1
    swaying = extract(damage(drums, RATE, "detuning_wobble", 4, np.random.default_rng(1)))["astray"]
    assert swaying[0] > 20
    assert swaying[1] > 2


def test_bars_follow_each_other_unless_they_are_shuffled(drums: Sound) -> None:
    whole = extract(drums)["sequel"]
    assert max(whole) < 0.15
    moved = extract(damage(drums, RATE, "shuffled_pieces", 5, np.random.default_rng(1)))["sequel"]
    assert min(moved) > 0.3


def test_neither_level_nor_a_usual_codec_counts(song: tuple[Sound, int]) -> None:
    sound, rate = song
    whole = extract(sound, rate)
    rng = np.random.default_rng(1)
    for other in (sound * np.float32(0.5), code(sound, rate, rng, variant="mp3", mp3_kbps=128.0)):
        changed = extract(other, rate)
        assert changed["astray"][0] == pytest.approx(whole["astray"][0], abs=2)
        assert changed["astray"][1] == pytest.approx(whole["astray"][1], abs=0.3)
        assert changed["sequel"] == pytest.approx(whole["sequel"], abs=0.03)


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.5])
def test_what_is_too_short_to_return_is_as_usual(seconds: float) -> None:
    time = np.arange(round(seconds * RATE)) / RATE
    measured = extract((0.1 * np.sin(2 * np.pi * 330 * time)).astype(np.float32)[None])
    assert np.isfinite(measured["astray"] + measured["sequel"]).all()
    assert measured["astray"][0] < 1
    assert max(measured["sequel"]) < 0.41
