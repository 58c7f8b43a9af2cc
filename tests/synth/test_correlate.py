"""Every fault moves its own correlate, the more the stronger, and leaves other axes' alone."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.correlate import CORRELATES, axis_measured, measured
from plaudit.synth.hearing import Hearing, hear, sing_alone
from plaudit.synth.knob import FAULTS
from plaudit.synth.song import make_song

SECONDS, SEEDS = 20, (1, 2, 5)
AXIS = {fault.name: fault.axis for fault in FAULTS}


@cache
def heard(seed: int, fault: str, dose: float, sound: bool) -> Hearing:
    return hear(seed, SECONDS, doses={fault: dose} if dose else None, sound=sound)


def test_every_fault_has_a_correlate_and_every_correlate_a_fault() -> None:
    assert list(CORRELATES) == [fault.name for fault in FAULTS]
    assert len({correlate.name for correlate in CORRELATES.values()}) == len(FAULTS)
    assert len({correlate.measure for correlate in CORRELATES.values()}) == len(FAULTS)
    for correlate in CORRELATES.values():
        assert correlate.meaning.endswith(".")
        assert correlate.span > 0


@pytest.mark.parametrize("fault", list(CORRELATES))
def test_fault_moves_its_correlate_the_more_the_stronger(fault: str) -> None:
    own = CORRELATES[fault]
    sound = own.listens_to == "sound"
    values = np.array(
        [
            [measured(heard(seed, fault if dose else "", dose, sound), fault) for seed in SEEDS]
            for dose in (0.0, 0.5, 1.0)
        ]
    )
    clean, half, full = own.sign * np.nanmean(values, axis=1)
    assert clean < half < full + 0.05 * own.span
    assert full - clean > 0.4 * own.span


@pytest.mark.parametrize(
    ("fault", "other"),
    [
        ("foreign_key", "wrong_notes"),
        ("foreign_key", "through_composed"),
        ("foreign_key", "same_sections"),
        ("tempo_drift", "unsteady_beat"),
        ("same_sections", "flat_tune"),
        ("glitch", "wrong_notes"),
        ("run_on", "shuffled_rhythm"),
    ],
)
def test_fault_leaves_the_correlates_of_other_axes_alone(fault: str, other: str) -> None:
    changes = [
        measured(heard(seed, fault, 1.0, True), other) - measured(heard(seed, "", 0.0, True), other)
        for seed in SEEDS
    ]
    assert abs(float(np.nanmean(changes))) < 0.35 * CORRELATES[other].span


@pytest.mark.parametrize("axis", AESTHETICS)
def test_knob_moves_the_measure_of_its_axis(axis: str) -> None:
    values = []
    for seed in SEEDS:
        worst = hear(seed, SECONDS, {axis: 0.0})
        songs = (worst, hear(seed, SECONDS, {axis: 0.5}), heard(seed, "", 0.0, True))
        values.append([axis_measured(song, axis, worst.score.faults) for song in songs])
    bad, middling, clean = np.mean(values, axis=0)
    assert bad < middling < clean
    assert bad < clean - 0.5
    assert np.mean([row[0] < row[2] for row in values]) == 1.0


def test_instrumental_song_is_measured_but_for_its_voice() -> None:
    song = hear(3, SECONDS, instrumental=True)
    for fault, correlate in CORRELATES.items():
        value = measured(song, fault)
        assert np.isfinite(value) == (correlate.listens_to != "voice"), fault
    assert np.isnan(axis_measured(song, "naturalness"))
    assert np.isfinite(axis_measured(song, "memorability"))


def test_shortest_and_one_section_songs_are_measured_or_nan() -> None:
    song = hear(4, 10.0)
    whole = song.score.sections[0]
    merged = replace(whole, bars=song.n_bars, end_s=song.score.sections[-1].end_s)
    one = Hearing(replace(song.score, sections=(merged,)), song.sound, song.voice)
    for fault in CORRELATES:
        assert isinstance(measured(song, fault), float)
        assert isinstance(measured(one, fault), float)
    assert np.isnan(measured(one, "blurred_boundaries"))
    assert np.isnan(measured(one, "same_sections"))


def test_hearing_is_the_song_itself() -> None:
    song = make_song(7, 12.0, {"naturalness": 0.3, "coherence": 0.5})
    same = hear(7, 12.0, {"naturalness": 0.3, "coherence": 0.5})
    assert same.sound is not None
    assert np.array_equal(same.sound, song.audio)
    assert same.score == song.score
    voice = sing_alone(song.score, 7)
    # What is sung stands in the record: taking the voice out leaves less of it.
    middle = song.audio.mean(axis=0)
    gain = float(voice @ middle / (voice @ voice))
    assert np.square(middle - gain * voice).sum() < 0.9 * np.square(middle).sum()


def test_missing_sound_or_unknown_names_are_named() -> None:
    mute = hear(1, 10.0, sound=False)
    with pytest.raises(InputError, match="the song's sound"):
        measured(mute, "detuning")
    with pytest.raises(InputError, match="the voice alone"):
        measured(Hearing(mute.score), "glitch")
    with pytest.raises(InputError, match="no fault 'detunning'"):
        measured(mute, "detunning")
    with pytest.raises(InputError, match="no aesthetic axis"):
        axis_measured(mute, "streams")
