"""Flaws are heard: each kind of damage raises the measure that was built for it, step by step."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from plaudit.audio.damage import STRENGTHS, damage
from plaudit.audio.noise import COLOURS, add_noise, coloured
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.encoders.battery import FLAW_START, MEASURES, measure
from plaudit.synth.song import make_song

# The measure that answers to a kind.
ANSWERS = {
    "noise": "static_0",
    "clipping": "short_crest_0",
    "band_limit": "dull_1",
    "drop_outs": "gap_0",
    "shuffled_pieces": "swap_2",
    "repeated_loops": "loop_0",
    "detuning_wobble": "sway_1",
    "vocoder_smear": "floor_1",
    "over_compression": "flat",
}


def heard(sound: NDArray[np.float32], rate: int) -> dict[str, float]:
    segment = next(iter(open_song((sound, rate), 24_000, SegmentRule(length_s=12.0))))
    raw = measure(torch.from_numpy(segment.samples))
    assert raw is not None
    return dict(zip(MEASURES, raw.tolist(), strict=True))


@pytest.fixture(scope="module")
def song() -> tuple[NDArray[np.float32], int]:
    made = make_song(11, 12.0, style="folk")
    return made.audio, made.sample_rate


@pytest.fixture(scope="module")
def clean(song: tuple[NDArray[np.float32], int]) -> dict[str, float]:
    return heard(*song)


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_a_flaw_rises_with_its_damage(
    kind: str, song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    name = ANSWERS[kind]
    said = [clean[name]] + [
        heard(damage(sound, rate, kind, strength, np.random.default_rng(3)), rate)[name]
        for strength in STRENGTHS[::2]
    ]
    assert said[-1] > said[0] + 1e-3
    if kind != "over_compression":  # its first strengths also pump, which moves the level
        assert said == sorted(said)


@pytest.mark.parametrize("colour", COLOURS)
def test_noise_of_any_colour_is_told_from_tones_and_beats(
    colour: str, song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    rng = np.random.default_rng(5)
    bare = heard(coloured(rng, (1, sound.shape[1]), rate, colour) * np.float32(0.1), rate)
    # Of nothing but noise, nearly every band is even; of composed music, hardly one.
    assert 10 ** bare["static_0"] - 0.01 > 0.9
    assert 10 ** clean["static_0"] - 0.01 < 0.02
    laid = heard(add_noise(sound, rate, rng, variant=colour, snr_lu=2.0), rate)
    for k in range(3):
        assert clean[f"static_{k}"] + 0.1 < laid[f"static_{k}"] < bare[f"static_{k}"] + 1e-3


def test_flaws_stand_last_and_level_makes_none(
    song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    assert MEASURES[FLAW_START] == "floor_0"
    assert set(ANSWERS.values()) <= set(MEASURES[FLAW_START:])
    quieter = heard(song[0] * np.float32(0.5), song[1])
    moved = {name: abs(quieter[name] - clean[name]) for name in MEASURES[FLAW_START:]}
    assert max(moved.values()) < 0.02, max(moved, key=lambda name: moved[name])


def test_a_buzz_that_never_changes_its_pitch_is_heard(
    song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    pulses = np.zeros(sound.shape[1], np.float32)
    pulses[:: rate // 100] = 1.0
    said = [clean] + [heard(sound + level * pulses, rate) for level in (0.05, 0.2, 0.8)]
    for name in ("robot_0", "robot_1"):
        values = [one[name] for one in said]
        assert values == sorted(values)
        assert values[-1] > values[0] + 0.1
