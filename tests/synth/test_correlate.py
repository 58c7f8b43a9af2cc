"""Each fault moves a measurement of its own axis, smoothly, and sound agrees with the score."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.synth import correlate, estimate
from plaudit.synth.compose import compose
from plaudit.synth.knob import FAULTS, draw_doses, draw_knobs
from plaudit.synth.score import Score
from plaudit.synth.song import make_song

MEASURE: dict[str, Callable[[Score], float]] = {
    "coherence": correlate.coherence,
    "musicality": correlate.musicality,
    "memorability": correlate.memorability,
    "clarity": correlate.clarity,
}
SONGS = 14
WRITTEN_FAULTS = [(f.name, f.axis) for f in FAULTS if f.axis in MEASURE and f.where == "notes"]


@cache
def written(seed: int, turned: str, knob: float) -> Score:
    return compose(np.random.default_rng(seed), 25, {turned: knob})


@pytest.mark.parametrize(("name", "axis"), WRITTEN_FAULTS)
def test_fault_lowers_the_correlate_of_its_axis(name: str, axis: str) -> None:
    doses = (0.0, 0.5, 1.0)
    values = np.array(
        [
            [
                MEASURE[axis](compose(np.random.default_rng(seed), 25, doses={name: dose}))
                for dose in doses
            ]
            for seed in range(SONGS)
        ]
    )
    clean, half, full = values.T
    assert np.mean(clean > full) >= 0.9
    assert clean.mean() > half.mean() > full.mean() - 0.02


@pytest.mark.parametrize("axis", sorted(MEASURE))
def test_knob_moves_its_own_correlate_more_than_others_do(axis: str) -> None:
    drops = {}
    for turned in AESTHETICS:
        pairs = [
            [MEASURE[axis](written(seed, turned, knob)) for knob in (1.0, 0.0)]
            for seed in range(10)
        ]
        drops[turned] = float(np.mean([a - b for a, b in pairs]))
    own = drops.pop(axis)
    assert own > 0.1
    assert max(drops.values()) < 0.5 * own


def test_tempo_and_key_are_heard_in_the_sound() -> None:
    tempo, key = [], []
    for seed in range(10):
        song = make_song(seed, 20)
        score = song.score
        ratio = estimate.tempo_of(song.audio) / score.bpm
        tempo.append(min(abs(ratio / r - 1) for r in (0.5, 1, 2)) < 0.02)
        kind = "major" if score.mode == "major" else "minor"
        relative = (score.tonic + (9 if kind == "major" else 3)) % 12
        other = "minor" if kind == "major" else "major"
        key.append(estimate.key_of(song.audio) in {(score.tonic, kind), (relative, other)})
    assert np.mean(tempo) >= 0.8
    assert np.mean(key) >= 0.75


def test_key_profile_finds_a_scale() -> None:
    c_major = np.zeros(12)
    c_major[[0, 2, 4, 5, 7, 9, 11]] = [3, 1, 2, 1, 2, 1, 1]
    assert estimate.key_of_chroma(c_major) == (0, "major")
    assert estimate.key_of_chroma(np.roll(c_major, 5)) == (5, "major")


def test_doses_follow_knobs_and_keep_their_faults() -> None:
    for seed in range(20):
        bad = draw_doses(np.random.default_rng(seed), dict.fromkeys(AESTHETICS, 0.0))
        half = draw_doses(np.random.default_rng(seed), dict.fromkeys(AESTHETICS, 0.5))
        clean = draw_doses(np.random.default_rng(seed), dict.fromkeys(AESTHETICS, 1.0))
        assert set(bad) == {fault.name for fault in FAULTS}
        assert set(clean.values()) == {0.0}
        for name, dose in bad.items():
            assert half[name] == pytest.approx(dose / 2)
        for axis in AESTHETICS:
            assert max(bad[f.name] for f in FAULTS if f.axis == axis) == 1.0


def test_axis_is_not_one_artefact() -> None:
    for axis in AESTHETICS:
        names = [fault.name for fault in FAULTS if fault.axis == axis]
        assert len(names) >= 2
        leading = set()
        for seed in range(60):
            doses = draw_doses(np.random.default_rng(seed), dict.fromkeys(AESTHETICS, 0.0))
            leading |= {name for name in names if doses[name] == 1.0}
        assert leading == set(names)


def test_drawn_knobs_fill_the_range_and_share_what_is_asked() -> None:
    rng = np.random.default_rng(1)
    own = np.array([list(draw_knobs(rng, shared=0.0).values()) for _ in range(600)])
    tied = np.array([list(draw_knobs(rng, shared=0.5).values()) for _ in range(600)])
    assert own.min() < 0.02
    assert own.max() > 0.98
    assert np.abs(np.corrcoef(own.T)[0, 1:]).max() < 0.15
    assert np.corrcoef(tied.T)[0, 1:].min() > 0.3
