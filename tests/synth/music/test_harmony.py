"""Harmony: cadences where sections end, chords of the key, voices that move little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.synth.music.harmony import (
    CADENCES,
    LOOPS,
    MODES,
    SUBSTITUTES,
    chord,
    family_of,
    progression,
    voicing,
)

KINDS = ("verse", "chorus", "bridge")


@pytest.mark.parametrize("school", sorted(LOOPS))
def test_school_has_loops_for_every_mood_and_section(school: str) -> None:
    assert set(LOOPS[school]) == {"major", "minor"}
    for loops in LOOPS[school].values():
        assert set(loops) == set(KINDS)
        for kind in KINDS:
            assert {len(loop) for loop in loops[kind]} <= {4, 8}
            assert any(len(loop) == 4 for loop in loops[kind])
            assert all(1 <= degree <= 7 for loop in loops[kind] for degree in loop)


@given(
    seed=st.integers(0, 2**32 - 1),
    school=st.sampled_from(sorted(LOOPS)),
    mode=st.sampled_from(sorted(MODES)),
    bars=st.sampled_from([4, 8]),
)
def test_choruses_close_at_home_and_verses_stay_open(
    seed: int, school: str, mode: str, bars: int
) -> None:
    rest, close = CADENCES.get(school, {}).get(family_of(mode), (5, (5, 1)))
    chorus = progression(np.random.default_rng(seed), school, mode, "chorus", bars)
    verse = progression(np.random.default_rng(seed), school, mode, "verse", bars)
    assert len(chorus) == len(verse) == bars
    assert chorus[-1] == close[1] == 1
    assert chorus[-2] == SUBSTITUTES.get(mode, {}).get(close[0], close[0])
    assert verse[-1] == rest != 1
    assert 1 in verse
    for degrees in (chorus, verse):
        for degree in degrees:
            tones = chord(degree, 0, mode, sevenths=False, span=(0, 4)).pitch_classes
            fifth = (tones[2] - tones[0]) % 12
            # Diminished triads are left to jazz and to the second degree of minor.
            assert fifth == 7 or mode in {"minor"} or school in {"jazz", "gospel"}


def test_shortest_songs_are_one_cadence() -> None:
    rng = np.random.default_rng(1)
    assert progression(rng, "pop", "major", "verse", 2) == [1, 4]
    assert progression(rng, "pop", "major", "chorus", 2) == [5, 1]


def test_modes_have_their_family() -> None:
    assert [family_of(m) for m in ("major", "mixolydian", "dorian", "minor")] == [
        "major", "major", "minor", "minor",
    ]  # fmt: skip


def test_blues_has_its_sevenths_and_sixth() -> None:
    span = (0.0, 4.0)
    assert chord(1, 0, "mixolydian", sevenths=True, span=span).pitch_classes == (0, 4, 7, 10)
    assert chord(4, 0, "mixolydian", sevenths=True, span=span).pitch_classes == (5, 9, 0, 2)
    assert chord(5, 0, "mixolydian", sevenths=True, span=span).pitch_classes == (7, 11, 2, 5)


@given(
    degrees=st.lists(st.integers(1, 7), min_size=2, max_size=8),
    tonic=st.integers(0, 11),
    mode=st.sampled_from(sorted(MODES)),
    sevenths=st.booleans(),
)
def test_voices_hold_the_chord_and_stay_near(
    degrees: list[int], tonic: int, mode: str, sevenths: bool
) -> None:
    before: list[int] | None = None
    for degree in degrees:
        tones = chord(degree, tonic, mode, sevenths=sevenths, span=(0, 4)).pitch_classes
        voices = voicing(tones, 53, before)
        assert voices == sorted(voices)
        assert {v % 12 for v in voices} == set(tones)
        assert voices[0] >= 53 - 4
        assert voices[-1] <= 53 + 18
        before = voices


def test_voice_leading_moves_less_than_fixed_positions() -> None:
    def moved(a: list[int], b: list[int]) -> int:
        return sum(abs(x - y) for x, y in zip(a, b, strict=True))

    led = fixed = 0
    for tonic in range(12):
        near: list[int] | None = None
        plain: list[int] | None = None
        for degree in (1, 6, 4, 5, 1):
            tones = chord(degree, tonic, "major", sevenths=False, span=(0, 4)).pitch_classes
            new_near, new_plain = voicing(tones, 53, near), voicing(tones, 53)
            if near and plain:
                led, fixed = led + moved(near, new_near), fixed + moved(plain, new_plain)
            near, plain = new_near, new_plain
    assert led < 0.8 * fixed
