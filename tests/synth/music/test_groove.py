"""Drum patterns fit their bars, fills lead out of them, ghosts come and go."""

from itertools import pairwise

import numpy as np
import pytest

from plaudit.synth.music import groove
from plaudit.synth.music.notation import METRES
from plaudit.synth.music.pattern import APPROACH, BASS, COMP, FIFTH_TURN, OCTAVE, PAD, named
from plaudit.synth.music.style import STYLES

CATALOGUES = {"bass": BASS, "comp": COMP, "pad": PAD}


@pytest.mark.parametrize("name", sorted(groove.GROOVES))
def test_groove_fits_the_metre_of_its_styles(name: str) -> None:
    own = groove.GROOVES[name]
    for metre in (METRES[s.metre] for s in STYLES.values() if s.groove == name):
        for pattern in (own.calm, own.full, own.answer):
            for line in pattern.values():
                assert len(line) == metre.beats * metre.steps
                assert set(line) <= {*groove.HIT, "."}
                assert set(line) != {"."}
        hits = groove.drum_hits(own.full, metre)
        assert all(0 <= beat < metre.beats for beat, _, _ in hits)
        # Something marks the first beat, and full bars are fuller than calm ones.
        assert any(beat == 0 for beat, _, _ in hits)
        assert len(hits) > len(groove.drum_hits(own.calm, metre))


def test_ghosts_are_played_now_and_then_and_other_hits_always() -> None:
    full, metre = groove.GROOVES["funk"].full, METRES["4/4"]
    every = groove.drum_hits(full, metre)
    firm = [hit for hit in every if hit[2] > 0.3]
    counts = set()
    for seed in range(20):
        played = groove.drum_hits(full, metre, np.random.default_rng(seed))
        assert set(firm) <= set(played) <= set(every)
        counts.add(len(played))
    assert len(counts) > 1


@pytest.mark.parametrize("kind", sorted(groove.FILLS))
@pytest.mark.parametrize("metre", sorted(METRES))
def test_fills_stay_in_their_bar_and_grow(kind: str, metre: str) -> None:
    for seed in range(10):
        fill = groove.fill_hits(np.random.default_rng(seed), METRES[metre], True, kind)
        assert (fill == []) == (kind == "none")
        assert all(0 <= beat < METRES[metre].beats for beat, _, _ in fill)
        assert {drum for _, drum, _ in fill} <= set(groove.FILLS[kind])
        velocities = [velocity for _, _, velocity in fill]
        assert velocities == sorted(velocities)


@pytest.mark.parametrize("role", sorted(CATALOGUES))
def test_patterns_stay_in_their_bar(role: str) -> None:
    for metre, patterns in CATALOGUES[role].items():
        for pattern in patterns.values():
            assert all(start >= 0 and length > 0 for start, length, _ in pattern)
            # Arpeggios may ring a little into the next bar, as strings do.
            assert max(start + length for start, length, _ in pattern) <= METRES[metre].beats + 0.6
            assert max(start for start, _, _ in pattern) < METRES[metre].beats


def test_basses_do_not_overlap_and_use_known_tones() -> None:
    known = {0, 3, 7, 10, 12, -5, APPROACH, FIFTH_TURN}
    for patterns in BASS.values():
        for name, pattern in patterns.items():
            assert {tone for _, _, tone in pattern} <= known, name
            for (a, length, _), (b, _, _) in pairwise(pattern):
                assert a + length <= b + 1e-9, name


def test_marks_of_chords_are_known() -> None:
    for catalogue in (COMP, PAD):
        for patterns in catalogue.values():
            assert all(OCTAVE <= mark <= 4 for p in patterns.values() for _, _, mark in p)


def test_style_borrowed_from_another_metre_gets_a_pattern() -> None:
    assert named(COMP["3/4"], "montuno") == COMP["3/4"]["waltz"]
    hits = groove.drum_hits(groove.GROOVES["salsa"].full, METRES["3/4"])
    assert max(beat for beat, _, _ in hits) < 3
