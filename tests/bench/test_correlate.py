"""Every fault moves its own correlate, the more the stronger, and leaves other axes' alone."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from listening.correlate import CORRELATES, axis_measured, measured
from listening.hearing import Hearing, hear, sing_alone
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.song import make_song

SECONDS, SEEDS = 20, (1, 2)
AXIS = {fault.name: fault.axis for fault in FAULTS}


@cache
def clean(seed: int, *, sound: bool = True) -> Hearing:
    return hear(seed, SECONDS, sound=sound)


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
    values = []
    # Notes cost nothing to read, and luck is larger in what few bars hold.
    notes = own.listens_to == "score"
    for seed in range(1, 9) if notes else SEEDS:
        # Of what is heard in the sound, half a dose is looked at in one song.
        doses = (0.5, 1.0) if notes or seed == SEEDS[0] else (np.nan, 1.0)
        worse = (
            None if np.isnan(d) else hear(seed, SECONDS, doses={fault: d}, sound=sound)
            for d in doses
        )
        songs = (clean(seed, sound=sound), *worse)
        values.append([np.nan if song is None else measured(song, fault) for song in songs])
    without, half, full = own.sign * np.nanmean(values, axis=0)
    assert without < half < full + 0.05 * own.span
    assert full - without > 0.4 * own.span


@pytest.mark.parametrize(
    ("fault", "others"),
    [
        ("foreign_key", ("wrong_notes", "through_composed", "same_sections")),
        ("tempo_drift", ("unsteady_beat", "run_on")),
        ("same_sections", ("flat_tune", "foreign_key")),
        ("glitch", ("wrong_notes", "buried_tune")),
        ("shuffled_rhythm", ("run_on", "unsteady_beat")),
    ],
)
def test_fault_leaves_the_correlates_of_other_axes_alone(
    fault: str, others: tuple[str, ...]
) -> None:
    songs = [(clean(seed), hear(seed, SECONDS, doses={fault: 1.0})) for seed in SEEDS[:1]]
    for other in others:
        changes = [measured(after, other) - measured(before, other) for before, after in songs]
        assert abs(float(np.nanmean(changes))) < 0.4 * CORRELATES[other].span, other


@pytest.mark.parametrize("axis", AESTHETICS)
def test_knob_moves_the_measure_of_its_axis(axis: str) -> None:
    for seed in SEEDS:
        worst = hear(seed, SECONDS, {axis: 0.0})
        weights = worst.score.faults
        bad, good = (axis_measured(song, axis, weights) for song in (worst, clean(seed)))
        assert bad < good - 0.25


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
    single = Hearing(replace(song.score, sections=(merged,)), song.sound, song.voice)
    for fault in CORRELATES:
        assert isinstance(measured(song, fault), float)
        assert isinstance(measured(single, fault), float)
    assert np.isnan(measured(single, "blurred_boundaries"))
    assert np.isnan(measured(single, "same_sections"))


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
