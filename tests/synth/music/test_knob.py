"""Knobs and doses: the same song with other faults, nested, one axis at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.knob import FAULTS, draw_doses, draw_knobs

NAMES = [fault.name for fault in FAULTS]
positions = st.floats(0.0, 1.0)
seeds = st.integers(0, 10_000)
preferences = st.dictionaries(st.sampled_from(NAMES), st.floats(0.0, 5.0))


def knobs_at(value: float) -> dict[str, float]:
    return dict.fromkeys(AESTHETICS, value)


@given(seeds, positions, preferences)
def test_doses_are_the_worst_doses_times_what_the_knob_lacks(
    seed: int, knob: float, preference: dict[str, float]
) -> None:
    worst = draw_doses(np.random.default_rng(seed), knobs_at(0.0), preference)
    doses = draw_doses(np.random.default_rng(seed), knobs_at(knob), preference)
    assert list(doses) == NAMES
    for name in NAMES:
        assert doses[name] == pytest.approx((1 - knob) * worst[name])
        assert 0.0 <= worst[name] <= 1.0
    for axis in AESTHETICS:
        assert max(worst[f.name] for f in FAULTS if f.axis == axis) == 1.0


@given(seeds, st.sampled_from(AESTHETICS), positions)
def test_one_knob_leaves_the_other_axes_faults(seed: int, axis: str, knob: float) -> None:
    before = draw_doses(np.random.default_rng(seed), knobs_at(0.4))
    after = draw_doses(np.random.default_rng(seed), knobs_at(0.4) | {axis: knob})
    assert all(before[f.name] == after[f.name] for f in FAULTS if f.axis != axis)


@given(seeds, preferences)
def test_preference_uses_the_same_number_of_draws(seed: int, preference: dict[str, float]) -> None:
    plain, leaning = np.random.default_rng(seed), np.random.default_rng(seed)
    draw_doses(plain, knobs_at(0.5))
    draw_doses(leaning, knobs_at(0.5), preference)
    assert plain.uniform() == leaning.uniform()


def test_preferred_faults_lead_in_proportion() -> None:
    rng = np.random.default_rng(3)
    drawn = [draw_doses(rng, knobs_at(0.0), {"glitch": 3.0, "buzz": 0.0}) for _ in range(2000)]
    lead = {
        name: np.mean([doses[name] == 1.0 for doses in drawn])
        for name in ("robotic_pitch", "run_on", "glitch", "buzz")
    }
    assert lead["glitch"] == pytest.approx(0.6, abs=0.04)
    assert lead["run_on"] == pytest.approx(0.2, abs=0.04)
    assert max(doses["buzz"] for doses in drawn) == 0.0
    strength = {
        name: np.mean([doses[name] for doses in drawn if doses[name] < 1])
        for name in ("glitch", "run_on")
    }
    assert strength["glitch"] > strength["run_on"] + 0.1


def test_axis_is_not_one_artefact() -> None:
    rng = np.random.default_rng(5)
    drawn = [draw_doses(rng, knobs_at(0.0)) for _ in range(300)]
    for axis in AESTHETICS:
        names = [fault.name for fault in FAULTS if fault.axis == axis]
        assert len(names) >= 3
        share = [np.mean([doses[name] == 1.0 for doses in drawn]) for name in names]
        assert min(share) > 0.6 / len(names)


@pytest.mark.parametrize(
    ("preference", "match"),
    [
        ({"glich": 1.0}, "no fault 'glich'"),
        ({"glitch": -1.0}, "0 or more, got -1"),
        ({"glitch": float("nan")}, "0 or more, got nan"),
    ],
)
def test_bad_preference_is_named(preference: dict[str, float], match: str) -> None:
    with pytest.raises(InputError, match=match):
        draw_doses(np.random.default_rng(1), knobs_at(0.5), preference)


@settings(max_examples=8)
@given(st.integers(0, 500), st.sampled_from(NAMES))
def test_no_dose_is_the_clean_song_to_the_bit(seed: int, fault: str) -> None:
    clean = compose(np.random.default_rng(seed), 12, {})
    same = compose(np.random.default_rng(seed), 12, knobs_at(1.0), doses={fault: 0.0})
    assert same == clean


def test_drawn_knobs_fill_the_range_and_share_what_is_asked() -> None:
    rng = np.random.default_rng(1)
    own = np.array([list(draw_knobs(rng, shared=0.0).values()) for _ in range(600)])
    tied = np.array([list(draw_knobs(rng, shared=0.5).values()) for _ in range(600)])
    assert own.min() < 0.02
    assert own.max() > 0.98
    assert np.abs(np.corrcoef(own.T)[0, 1:]).max() < 0.15
    assert np.corrcoef(tied.T)[0, 1:].min() > 0.3
