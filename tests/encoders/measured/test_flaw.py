"""Flaws are heard: each kind of damage raises the measure that was built for it, step by step."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

from plaudit.audio.damage.kinds import STRENGTHS, damage
from plaudit.audio.damage.noise import COLOURS, add_noise, coloured
from plaudit.audio.segment import SegmentRule
from plaudit.audio.song import open_song
from plaudit.encoders.measured.battery import FLAW_START, MEASURES, measure
from plaudit.encoders.measured.row import moving_mean
from plaudit.synth.song import make_song

# The measure that answers to a kind.
ANSWERS = {
    "noise": "static_0",
    "clipping": "short_crest_0",
    "band_limit": "dull_1",
    "drop_outs": "gap_0",
    "shuffled_pieces": "leap_0",
    "repeated_loops": "loop_0",
    "detuning_wobble": "sway_1",
    "vocoder_smear": "floor_1",
    "over_compression": "flat",
}


def extract(sound: NDArray[np.float32], rate: int) -> dict[str, float]:
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
    return extract(*song)


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_a_flaw_rises_with_its_damage(
    kind: str, song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    name = ANSWERS[kind]
    values = [clean[name]] + [
        extract(damage(sound, rate, kind, strength, np.random.default_rng(3)), rate)[name]
        for strength in STRENGTHS[::2]
    ]
    assert values[-1] > values[0] + 1e-3
    if kind != "over_compression":  # its first strengths also pump, which moves the level
        assert min(np.diff(values)) > -1e-6  # 0 but for the rounding of float32


@pytest.mark.parametrize("colour", COLOURS)
def test_noise_of_any_colour_is_told_from_tones_and_beats(
    colour: str, song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    rng = np.random.default_rng(5)
    bare = extract(coloured(rng, (1, sound.shape[1]), rate, colour) * np.float32(0.1), rate)
    # Of nothing but noise, nearly every band is even; of composed music, hardly one.
    assert 10 ** bare["static_0"] - 0.01 > 0.9
    assert 10 ** clean["static_0"] - 0.01 < 0.02
    laid = extract(add_noise(sound, rate, rng, variant=colour, snr_lu=2.0), rate)
    for k in range(3):
        assert clean[f"static_{k}"] + 0.1 < laid[f"static_{k}"] < bare[f"static_{k}"] + 1e-3


def test_flaws_stand_last_and_level_makes_none(
    song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    assert MEASURES[FLAW_START] == "floor_0"
    assert set(ANSWERS.values()) <= set(MEASURES[FLAW_START:])
    quieter = extract(song[0] * np.float32(0.5), song[1])
    moved = {name: abs(quieter[name] - clean[name]) for name in MEASURES[FLAW_START:]}
    assert max(moved.values()) < 0.02, max(moved, key=lambda name: moved[name])


def test_a_buzz_that_never_changes_its_pitch_is_heard(
    song: tuple[NDArray[np.float32], int], clean: dict[str, float]
) -> None:
    sound, rate = song
    pulses = np.zeros(sound.shape[1], np.float32)
    pulses[:: rate // 100] = 1.0
    rows = [clean] + [extract(sound + level * pulses, rate) for level in (0.05, 0.2, 0.8)]
    for name in ("robot_0", "robot_1", "robot_2", "robot_3"):
        values = [row[name] for row in rows]
        assert values[-1] > values[0] + 0.1
        if name < "robot_2":  # in the low part the tones of the music outweigh a faint buzz
            assert values == sorted(values)


def test_a_bad_vocoder_is_heard_in_dark_music_too(
    song: tuple[NDArray[np.float32], int],
) -> None:
    sound, rate = song
    dark = lfilter(*butter(4, 400.0, fs=rate), sound).astype(np.float32)
    broken = damage(dark, rate, "vocoder_smear", STRENGTHS[-1], np.random.default_rng(3))
    before, after = extract(dark, rate), extract(broken, rate)
    assert after["robot_2"] - before["robot_2"] > 0.25
    assert after["robot_3"] - before["robot_3"] > 1.3


RATE = 24_000
SECONDS = np.arange(8 * RATE) / RATE


def hits(tone_hz: float = 0.0) -> NDArray[np.float32]:
    """Return drums of no pitch, twice a second, over a tone that lasts, if any."""
    rng = np.random.default_rng(2)
    drum = rng.normal(size=len(SECONDS)) * np.exp(-(SECONDS % 0.5) / 0.03)
    tone = 0.1 * np.sin(2 * np.pi * tone_hz * SECONDS)
    return (0.2 * drum + tone).astype(np.float32)[None]


def test_a_splice_is_where_what_lasted_ends_and_what_begins_lasts() -> None:
    chords = ((220.0, 554.4, 1318.5), (164.8, 415.3, 987.8, 2489.0))
    joined = sum(
        np.sin(2 * np.pi * hz * SECONDS) * (SECONDS % 1.0 < 0.5 if k else SECONDS % 1.0 >= 0.5)
        for k, chord in enumerate(chords)
        for hz in chord
    )
    spliced = extract((0.1 * np.asarray(joined)).astype(np.float32)[None], RATE)
    for drums in (extract(hits(), RATE), extract(hits(330.0), RATE)):
        for k in (1, 2, 4, 5):
            assert drums[f"cut_{k}"] < spliced[f"cut_{k}"] / 2


def test_phases_leap_at_a_seam_more_than_in_tones_that_go_on_or_drums() -> None:
    tone = np.sin(2 * np.pi * 330.0 * SECONDS) + 0.5 * np.sin(2 * np.pi * 757.0 * SECONDS)
    steady = (0.1 * tone).astype(np.float32)[None]
    # The same tone at the same level, but twice a second it starts at another phase.
    other = np.sin(2 * np.pi * 330.0 * SECONDS + 2) + 0.5 * np.sin(2 * np.pi * 757.0 * SECONDS + 1)
    joined = np.where(SECONDS % 1.0 < 0.5, tone, other)
    seams = extract((0.1 * joined).astype(np.float32)[None], RATE)
    for whole in (extract(steady, RATE), extract(hits(), RATE)):
        for k in range(3):
            assert whole[f"leap_{k}"] < seams[f"leap_{k}"] - 0.05


def test_drums_without_pitch_have_no_pitch_that_sways() -> None:
    still = extract(hits(), RATE)
    assert still["sway_0"] < 2.0
    steady = hits(440.0)
    swaying = damage(steady, RATE, "detuning_wobble", 4, np.random.default_rng(3))
    assert extract(swaying, RATE)["sway_0"] > 2 * max(
        still["sway_0"], extract(steady, RATE)["sway_0"]
    )


@pytest.mark.parametrize("width", [1, 5, 9])
def test_a_moving_mean_is_the_mean_of_what_its_window_holds(width: int) -> None:
    rows = torch.randn(3, 9, generator=torch.Generator().manual_seed(1))
    around = width // 2
    for k in range(9):
        window = rows[:, max(0, k - around) : k + around + 1]
        assert torch.allclose(moving_mean(rows, width)[:, k], window.mean(dim=1), atol=1e-6)
    inside = moving_mean(rows, width, inside=True)
    assert torch.allclose(inside, rows.unfold(1, width, 1).mean(dim=2), atol=1e-6)
    assert moving_mean(rows, 4, inside=True).shape == (3, 6)
