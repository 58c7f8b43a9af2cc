"""The tune is followed through a band, and what is measured of it answers to what was planted."""

import numpy as np
import pytest
import torch

from plaudit.encoders.measured.recurrence import retold, returns, verses
from plaudit.encoders.measured.singing import VOICE, breaths, contour, held, pace, vibrato
from plaudit.encoders.measured.spectrum import FRAME_S, SAMPLE_RATE, Spectrum, look
from plaudit.encoders.measured.tune import Tune, follow, follow_voice, notes, tuned

A3 = 12.0  # semitones above A2


def sing(
    pitches: list[float], note_s: float = 0.5, depth: float = 0.0, drone: bool = True
) -> tuple[Spectrum, Tune]:
    """Follow a voice of ten harmonics over a quiet drone; pitches in semitones above A2."""
    t = np.arange(int(len(pitches) * note_s * SAMPLE_RATE)) / SAMPLE_RATE
    place = np.minimum((t / note_s).astype(int), len(pitches) - 1)
    semitone = np.array(pitches)[place] + depth * np.sin(2 * np.pi * 5.5 * t)
    phase = 2 * np.pi * np.cumsum(110 * 2 ** (semitone / 12)) / SAMPLE_RATE
    sound = sum(np.sin(h * phase) / h for h in range(1, 11))
    sound = sound * np.minimum(1, 20 * (t % note_s))
    if drone:
        sound = sound + 0.15 * np.sin(2 * np.pi * 82 * t) + 0.1 * np.sin(2 * np.pi * 1500 * t)
    seen = look(torch.from_numpy((0.1 * sound).astype(np.float32)))
    assert seen is not None
    return seen, follow(seen)


def test_the_line_is_found_within_a_third_of_a_semitone() -> None:
    rng = np.random.default_rng(4)
    pitches = [A3 + float(p) for p in rng.integers(0, 12, 16)]
    _, tune = sing(pitches)
    wanted = np.array(pitches)[
        np.minimum((np.arange(len(tune.pitch)) * FRAME_S / 0.5).astype(int), 15)
    ]
    assert np.mean(np.abs(tune.pitch - wanted) < 0.34) > 0.85


@pytest.mark.parametrize("depth", [0.3, 0.6])
def test_vibrato_is_heard(depth: float) -> None:
    flat, wide = (vibrato(*sing([A3, A3 + 4, A3 + 7, A3] * 2, 1.0, d)) for d in (0.0, depth))
    assert wide["pitch_motion"][1] > flat["pitch_motion"][1] + 1
    assert wide["vibrato_share"] > flat["vibrato_share"]


def test_a_tune_that_hums_on_one_note_has_no_range() -> None:
    wide = contour(*sing([A3, A3 + 9, A3 + 4, A3 + 12] * 3))
    flat = contour(*sing([A3, A3 + 0.0, A3 + 1, A3] * 3))
    assert wide["tune_range"][0] > flat["tune_range"][0] + 2
    assert wide["tune_notes"][0] < flat["tune_notes"][0]


def test_a_hook_that_returns_is_matched_and_a_tune_without_is_not() -> None:
    hook = [A3, A3 + 4, A3 + 7, A3 + 4, A3 + 9, A3 + 7, A3 + 2, A3]
    rng = np.random.default_rng(1)
    new: list[float] = [A3 + float(p) for p in rng.permutation(np.repeat(np.arange(12), 3))[:32]]
    again, never = (returns(*sing(line)) for line in (hook * 4, new))
    assert again["line_match_8"][0] > never["line_match_8"][0] + 0.2


def test_short_sounds_measure_too() -> None:
    for family in (contour, vibrato, returns):
        for part in family(*sing([A3], 0.7)).values():
            assert torch.isfinite(part).all()


def test_nobody_sings_in_noise_and_everything_measured_of_nobody_is_finite() -> None:
    generator = torch.Generator().manual_seed(0)
    seen = look(0.1 * torch.randn(6 * SAMPLE_RATE, generator=generator))
    assert seen is not None
    voice = follow_voice(seen)
    assert voice.sounding.mean() < 0.05
    nobody = voice._replace(sounding=np.zeros_like(voice.sounding))
    for family in (*VOICE, verses, retold):
        values = family(seen, nobody)
        assert {name: len(value) for name, value in values.items()} == {
            name: len(value) for name, value in family(seen, voice).items()
        }
        assert all(bool(torch.isfinite(value).all()) for value in values.values())


def test_a_breath_before_singing_is_heard() -> None:
    seen, tune = sing([A3] * 8, 1.0, drone=False)
    frame = np.arange(len(tune.pitch)) % 50
    sung = tune._replace(sounding=frame >= 25)
    quiet = breaths(seen, sung)
    seen.power[torch.from_numpy((frame >= 13) & (frame < 25)), 100:] += seen.power.mean()
    aloud = breaths(seen, sung)
    assert aloud["breaths"][0] > quiet["breaths"][0] + 3
    assert aloud["breath_count"] == quiet["breath_count"]


def line(pitches: list[float], apart_s: list[float]) -> Tune:
    """A line whose notes begin so far apart, without any sound."""
    at = np.rint(np.cumsum(apart_s) / FRAME_S).astype(int)
    attack = np.zeros(at[-1] + 50, np.float32)
    attack[at] = 1.0
    pitch = np.zeros(len(attack))
    for start, semitone in zip(at, pitches, strict=True):
        pitch[start:] = semitone
    sounding = np.arange(len(attack)) >= at[0]
    return sing([A3], 1.0)[1]._replace(pitch=pitch, sounding=sounding, attack=attack)


HOOK = [A3, A3 + 4, A3 + 7, A3 + 5, A3 + 4, A3 + 2, A3 + 9, A3]
BEATS = [0.5, 0.25, 0.25, 0.5, 0.75, 0.25, 0.5, 1.0]


def test_notes_begin_where_the_line_does_and_have_its_pitch() -> None:
    at, pitch = notes(line(HOOK, BEATS))
    assert at == pytest.approx(np.cumsum(BEATS), abs=FRAME_S)
    assert pitch.tolist() == HOOK


def test_a_hook_that_is_told_again_lies_near_itself_at_any_tempo() -> None:
    seen, _ = sing([A3], 1.0)
    rng = np.random.default_rng(5)
    new = (A3 + rng.integers(0, 12, 32)).astype(float).tolist()
    slower = [b * f for f in (1.0, 1.1, 1.0, 1.15) for b in BEATS]
    again = retold(seen, line(HOOK * 4, slower))["retold"]
    never = retold(seen, line(new, rng.uniform(0.15, 1.0, 32).tolist()))["retold"]
    melody, rhythm, both = 0, 3, 9
    assert again[melody] == pytest.approx(0.0, abs=0.05)
    for place in (melody, rhythm, both):
        assert again[place] < never[place] - 0.1
    assert not retold(seen, line(HOOK[:5], BEATS[:5]))["retold"].any()


def test_a_tune_that_hums_and_a_rhythm_that_stumbles_show_in_its_notes() -> None:
    seen, _ = sing([A3], 1.0)
    even = pace(seen, line(HOOK * 2, [0.5] * 16))
    hums = pace(seen, line([A3, A3, A3 + 1, A3] * 4, [0.5] * 16))
    stumbles = pace(seen, line(HOOK * 2, BEATS * 2))
    assert hums["note_moves"][0] < even["note_moves"][0] - 1
    assert stumbles["note_gaps"][3] > even["note_gaps"][3] + 0.2
    assert even["pace"][0] == pytest.approx(2.0, rel=0.15)


def test_waits_that_are_sung_through_are_told_from_pauses() -> None:
    seen, _ = sing([A3], 1.0)
    phrases = line(HOOK * 3, [0.3, 0.3, 0.3, 1.5] * 6)
    frame = np.arange(len(phrases.attack))
    since = frame - np.maximum.accumulate(np.where(phrases.attack > 0, frame, 0))
    pauses = phrases._replace(salience=(since < 20).astype(np.float32))
    through = phrases._replace(salience=np.ones(len(frame), np.float32))
    assert (held(seen, through)["held"] > held(seen, pauses)["held"] + 0.5).all()


def test_vibrato_is_found_around_a_pitch_that_knows_of_none() -> None:
    seen, _ = sing([A3], 2.0, depth=0.3)
    pitch = tuned(seen.power, np.full(len(seen.power), A3 + 0.2))[10:-10]
    assert pitch.mean() == pytest.approx(A3, abs=0.1)
    # The frames are half as long as a swing of the vibrato, which they blur.
    assert 0.08 < pitch.std() < 0.3
