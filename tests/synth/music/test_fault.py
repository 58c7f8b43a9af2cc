"""Faults in the notes are nested: a larger dose contains what a smaller one did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.synth.music.arrange import Event
from plaudit.synth.music.compose import compose
from plaudit.synth.music.dose import jitter, spoil_pitches
from plaudit.synth.music.notation import Score

doses = st.floats(0.0, 1.0)


def written(seed: int, fault: str, dose: float) -> Score:
    return compose(np.random.default_rng(seed), 20, doses={fault: dose})


def spoilt(seed: int, fault: str, dose: float) -> list[int]:
    """Return the numbers of the notes that a dose moves."""
    events = [Event("bass", float(k), 1.0, 40.0 + k % 7, 0.5, k // 4) for k in range(60)]
    events += [Event("chords", float(k), 1.0, 60.0 + k % 5, 0.5, k // 4) for k in range(60)]
    names = ("wrong_notes", "clashing_voices", "detuning")
    doses = dict.fromkeys(names, 0.0) | {fault: dose}
    pitches = spoil_pitches(events, doses, {n: np.random.default_rng(seed) for n in names})
    return [k for k, event in enumerate(events) if event.pitch != pitches[k]]


@pytest.mark.parametrize("fault", ["wrong_notes", "clashing_voices"])
@settings(max_examples=30)
@given(seed=st.integers(0, 2000), first=doses, second=doses)
def test_spoilt_notes_stay_spoilt(fault: str, seed: int, first: float, second: float) -> None:
    small, large = sorted((first, second))
    assert set(spoilt(seed, fault, small)) <= set(spoilt(seed, fault, large))
    assert not spoilt(seed, fault, 0.0)
    assert spoilt(seed, fault, 1.0)


@settings(max_examples=6)
@given(seed=st.integers(0, 200), first=doses, second=doses)
def test_foreign_bars_stay_foreign(seed: int, first: float, second: float) -> None:
    home, small, large = (
        [chord.root for chord in written(seed, "foreign_key", dose).chords]
        for dose in (0.0, *sorted((first, second)))
    )
    away = [
        {k for k, (a, b) in enumerate(zip(home, roots, strict=True)) if a != b}
        for roots in (small, large)
    ]
    assert away[0] <= away[1]
    assert not {0, 1} & away[1]


@settings(max_examples=6)
@given(seed=st.integers(0, 200), dose=doses)
def test_jitter_and_drift_grow_in_proportion(seed: int, dose: float) -> None:
    some, full = (jitter(50, d, np.random.default_rng(seed)) for d in (dose, 1.0))
    assert some == pytest.approx(dose * full)
    assert 0.03 < full.std() < 0.1
    straight, bent = (written(seed, "tempo_drift", d).tempo.seconds for d in (0.0, dose))
    assert bent[0] == straight[0]
    assert bent[-2] == pytest.approx(straight[-2])  # the music takes as long


@settings(max_examples=8)
@given(seed=st.integers(0, 200), dose=doses)
def test_run_on_fills_rests_and_flat_tune_shrinks_the_line(seed: int, dose: float) -> None:
    clean, filled = written(seed, "run_on", 0.0), written(seed, "run_on", dose)
    assert [n.onset_s for n in filled.sung] == [n.onset_s for n in clean.sung]
    for before, after in zip(clean.sung, filled.sung, strict=True):
        assert after.duration_s >= before.duration_s - 1e-9
    for clean_phrase, filled_phrase in zip(clean.phrases, filled.phrases, strict=True):
        assert filled_phrase.breath_s <= clean_phrase.breath_s
    flat = np.std([note.pitch for note in written(seed, "flat_tune", 1.0).sung])
    assert flat < 2.0
    assert flat < np.std([note.pitch for note in clean.sung])


@settings(max_examples=8)
@given(seed=st.integers(0, 200))
def test_shuffled_rhythm_keeps_tones_within_reach_and_in_order(seed: int) -> None:
    clean, other = written(seed, "shuffled_rhythm", 0.0), written(seed, "shuffled_rhythm", 1.0)
    assert len(clean.sung) == len(other.sung)
    onsets = [note.onset_beat for note in other.sung]
    assert onsets == sorted(onsets)
    assert len(set(onsets)) == len(onsets)
    assert onsets != [note.onset_beat for note in clean.sung]


def test_blurred_levels_are_dealt_evenly_over_sections() -> None:
    spread = []
    for seed in range(12):
        for dose in (0.0, 1.0):
            score = written(seed, "blurred_boundaries", dose)
            spread.append(np.std([section.intensity for section in score.sections]))
    clean, blurred = np.array(spread).reshape(-1, 2).T
    assert blurred.mean() < 0.5 * clean.mean()
