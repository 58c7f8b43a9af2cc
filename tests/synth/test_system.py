"""Fourteen systems: quality that groups cannot be told by, sounds that tell systems apart."""

from dataclasses import replace

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.production import PLAIN
from plaudit.synth.music.prompt import draw_prompt
from plaudit.synth.music.style import STYLES
from plaudit.synth.public.platform import PLATFORMS
from plaudit.synth.song import make_song
from plaudit.synth.sound.artefact import ARTEFACTS
from plaudit.synth.sound.drum import KITS
from plaudit.synth.sound.instrument import INSTRUMENTS
from plaudit.synth.system import (
    HELD_OUT,
    SYSTEMS,
    TRAINING,
    TWELFTH,
    open_system,
    platform_of,
    tilted,
)


def tilts(names: tuple[str, ...]) -> np.ndarray:
    return np.array([[SYSTEMS[name].tilt[axis] for axis in AESTHETICS] for name in names])


def test_two_to_train_eleven_to_test_one_to_falsify() -> None:
    assert (len(TRAINING), len(HELD_OUT), len(SYSTEMS)) == (2, 11, 14)
    assert SYSTEMS[TWELFTH].role == "falsification"


def test_each_training_system_has_a_platform_of_its_own() -> None:
    homes = [SYSTEMS[name].platform for name in TRAINING]
    assert sorted(map(str, homes)) == sorted(PLATFORMS)
    for name in TRAINING:
        assert platform_of(name).name == SYSTEMS[name].platform
    for name in (*HELD_OUT, TWELFTH):
        with pytest.raises(InputError, match="Expected a training system"):
            platform_of(name)


def test_catalogue_names_only_what_exists() -> None:
    faults = {fault.name for fault in FAULTS}
    for system in SYSTEMS.values():
        assert set(system.taste) <= set(STYLES)
        assert set(system.preference) <= faults
        assert set(system.production.artefacts) <= set(ARTEFACTS)
        assert set(system.swaps) <= {*INSTRUMENTS, *KITS}
        assert set(system.swaps.values()) <= {*INSTRUMENTS, *KITS}
        assert all(0 <= s <= 1 for s in system.production.artefacts.values())


@pytest.mark.parametrize("group", [TRAINING, HELD_OUT, (TWELFTH,)])
def test_pooled_knobs_of_a_group_are_uniform(group: tuple[str, ...]) -> None:
    assert tilts(group).sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-12)
    assert np.abs(tilts(group)).max() <= 1


def test_axes_are_equally_correlated_in_both_groups() -> None:
    products = [tilts(group).T @ tilts(group) / len(group) for group in (TRAINING, HELD_OUT)]
    above = np.triu_indices(5, 1)
    assert products[0][above] == pytest.approx(products[1][above], abs=1e-12)


def test_a_name_is_worth_nothing_about_quality() -> None:
    fame = np.array([SYSTEMS[name].fame for name in HELD_OUT])
    assert fame.mean() == pytest.approx(0, abs=1e-12)
    assert fame.std() == pytest.approx(1)
    assert tilts(HELD_OUT).T @ fame == pytest.approx(np.zeros(5), abs=1e-12)


@pytest.mark.parametrize("tilt", [-1.0, -0.4, 0.0, 0.7])
def test_quantile_of_the_tilted_density(tilt: float) -> None:
    u = np.linspace(0, 1, 21)
    x = np.array([tilted(float(v), tilt) for v in u])
    # Its distribution function is (1 - tilt) x + tilt x^2.
    assert (1 - tilt) * x + tilt * x**2 == pytest.approx(u, abs=1e-9)


def test_drawn_knobs_have_the_mean_of_their_tilt() -> None:
    system = open_system("fathom")
    rng = np.random.default_rng(1)
    drawn = np.array([[system.draw_knobs(rng)[a] for a in AESTHETICS] for _ in range(4000)])
    expected = [0.5 + system.tilt[axis] / 6 for axis in AESTHETICS]
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=0.02)


def test_unknown_system_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no system 'fathon'.*fathom"):
        make_song(1, 10, system="fathon")


def test_one_score_seed_sounds_different_in_every_system() -> None:
    songs = [make_song(4, 10, style="pop", system=name).audio for name in SYSTEMS]
    for k, song in enumerate(songs):
        assert np.isfinite(song).all()
        assert np.abs(song).max() < 1
        for other in songs[:k]:
            assert np.std(song - other) > 0.03 * np.std(song)


def test_a_system_is_deterministic() -> None:
    first, second = (make_song(9, 10, {"clarity": 0.2}, system="aldine") for _ in range(2))
    assert np.array_equal(first.audio, second.audio)
    assert first.system == "aldine"
    assert first.style == second.style


@pytest.mark.parametrize("name", [name for name, s in SYSTEMS.items() if s.preference])
def test_favourite_faults_are_stronger(name: str) -> None:
    system = SYSTEMS[name]
    zero = dict.fromkeys(AESTHETICS, 0.0)
    plain: list[list[float]] = []
    own: list[list[float]] = []
    for seed in range(12):
        for doses, preference in ((plain, None), (own, system.preference)):
            score = compose(np.random.default_rng(seed), 10, zero, preference=preference)
            doses.append([score.faults[fault] for fault in system.preference])
    assert np.mean(own) > np.mean(plain)


def test_every_habit_changes_something() -> None:
    system = open_system("kestrel")
    plain = replace(system, pace=(1.0, 1.0), busy=0.0, swing=0.0, swaps={}, production=PLAIN)
    style = STYLES["rock"]
    assert plain.manner(style) == style
    assert system.manner(style).bpm != style.bpm
    assert system.manner(style).busy > style.busy
    assert open_system("dovetail").manner(style).swing > style.swing
    assert open_system("cairn").manner(style).kit == "brushes"


def test_obedient_systems_follow_the_prompt_and_stubborn_ones_do_not() -> None:
    # A range of tempi that the third asked for is not part of shows who did not listen.
    system = open_system("kestrel")
    followed = {1.0: 0, 0.0: 0}
    for obedience in followed:
        for seed in range(40):
            rng = np.random.default_rng(seed)
            prompt = draw_prompt(rng)
            style = replace(system, obedience=obedience).answer(prompt, rng)
            low, high = STYLES[prompt.style].bpm
            followed[obedience] += style.bpm[1] - style.bpm[0] <= (high - low) / 3 + 1e-9
    assert followed == {1.0: 40, 0.0: 0}
