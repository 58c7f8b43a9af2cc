"""Styles name only what exists, can be bent, and sound unlike each other."""

from dataclasses import replace

import numpy as np
import pytest

from plaudit.synth.music.compose import compose
from plaudit.synth.music.groove import FILLS, GROOVES
from plaudit.synth.music.harmony import LOOPS, MODES
from plaudit.synth.music.notation import METRES, Score
from plaudit.synth.music.pattern import BASS, COMP, PAD
from plaudit.synth.music.style import STYLES, Style
from plaudit.synth.sound.drum import KITS
from plaudit.synth.sound.instrument import INSTRUMENTS
from plaudit.synth.sound.singer import VOICES

NAMES = sorted(STYLES)


def written(seed: int, style: str | Style, duration_s: float = 30.0) -> Score:
    return compose(np.random.default_rng(seed), duration_s, style=style)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_a_style_exists(name: str) -> None:
    style = STYLES[name]
    assert style.name == name
    assert style.metre in METRES
    assert set(style.modes) <= set(MODES)
    assert style.school in LOOPS
    assert style.groove in GROOVES
    assert style.kit in KITS
    assert style.fill in FILLS
    assert set(style.bass_patterns) <= set(BASS[style.metre])
    assert set(style.comp_patterns) <= set(COMP[style.metre])
    assert set(style.pad_patterns) <= set(PAD[style.metre])
    assert {*style.basses, *style.comps, *style.pads, *style.leads} <= set(INSTRUMENTS)
    assert set(style.voices) <= set(VOICES)
    assert 40 < style.bpm[0] < style.bpm[1] < 200
    assert 0.5 <= style.swing <= 0.67
    for share in (style.busy, style.licks, style.pad_from, style.wet):
        assert 0 <= share <= 1


def test_styles_are_many_and_metres_well_represented() -> None:
    metres = [style.metre for style in STYLES.values()]
    assert len(STYLES) >= 14
    assert min(metres.count(metre) for metre in METRES) >= 3
    assert len({style.groove for style in STYLES.values()}) >= len(STYLES) - 1
    assert {m for style in STYLES.values() for m in style.modes} == set(MODES)


def test_nothing_in_the_catalogues_is_idle() -> None:
    used = STYLES.values()
    assert {style.groove for style in used} == set(GROOVES)
    assert {style.kit for style in used} == set(KITS)
    assert {style.school for style in used} == set(LOOPS)
    assert {style.fill for style in used} == set(FILLS)
    assert {i for s in used for i in (*s.basses, *s.comps, *s.pads, *s.leads)} == set(INSTRUMENTS)


@pytest.mark.parametrize("name", NAMES)
def test_bands_are_drawn_fully(name: str) -> None:
    style = STYLES[name]
    expected = {
        "bass": set(style.basses), "chords": set(style.comps), "pad": set(style.pads),
        "lead": set(style.leads), "drums": {style.kit},
    }  # fmt: skip
    drawn: dict[str, set[str]] = {role: set() for role in expected}
    for seed in range(32):
        for part in written(seed, name, 14.0).parts:
            if part.role in drawn:
                drawn[part.role].add(part.instrument)
        if seed >= 3 and all(drawn[role] >= names for role, names in expected.items()):
            break
    assert drawn == expected


@pytest.mark.parametrize(
    "change",
    [
        {"bpm": (70.0, 74.0)},
        {"swing": 0.66},
        {"groove": "shuffle"},
        {"bass_patterns": ("octaves", "gallop")},
        {"comp_patterns": ("boogie", "montuno")},
        {"pad_patterns": ("riff", "riff")},
        {"fill": "congas"},
        {"licks": 1.0},
        {"strum": 0.05},
        {"loose": 3.0},
        {"pad_from": 0.1},
        {"busy": 1.0},
        {"kit": "hall"},
        {"basses": ("bass_808",)},
        {"school": "blues"},
        {"sevenths": True},
        {"modes": ("minor",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_can_be_bent_and_is_heard(change: dict[str, object]) -> None:
    pop = replace(STYLES["pop"], modes=("major",), licks=0.3)
    bent = replace(pop, **change)  # type: ignore[arg-type]  # fields of many types
    assert any(written(seed, pop) != written(seed, bent) for seed in range(6))


def features(score: Score) -> list[float]:
    """Simple measures of a score, none of which names the style."""
    drums = [n for n in score.notes if n.part == "drums"]
    bars = sum(s.bars for s in score.sections)
    length = score.metre.beats
    groups = ({35, 36}, {38, 39, 37}, {42, 46, 44, 51}, {41, 45, 48, 63, 64}, {54, 56, 70, 75})
    counts = [sum(n.pitch in group for n in drums) / bars for group in groups]
    places = []
    for part in ("bass", "chords", "pad"):
        own = [n for n in score.notes if n.part == part]
        onsets = np.array([n.onset_beat % 1 for n in own] or [0.0])
        places += [len(own) / bars / 4, float(np.mean(onsets < 0.1)) * 3]
        places.append(float(np.mean([n.duration_s for n in own] or [0.0])))
    return [score.bpm / 25, 3.0 * length, len(score.sung) / bars / 2, *counts, *places]


def test_styles_can_be_told_apart_by_simple_measures() -> None:
    train = {n: np.array([features(written(s, n, 20.0)) for s in range(4)]) for n in NAMES}
    every = np.concatenate(list(train.values()))
    scale = every.std(axis=0)
    centres = np.array([train[n].mean(axis=0) / scale for n in NAMES])
    right = []
    for name in NAMES:
        for seed in range(100, 103):
            seen = np.array(features(written(seed, name, 20.0))) / scale
            right.append(NAMES[int(np.argmin(((centres - seen) ** 2).sum(axis=1)))] == name)
    assert np.mean(right) > 0.75  # chance is 1 in 22


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("duration_s", [10.0, 240.0])
def test_shortest_and_longest_songs_have_a_form(name: str, duration_s: float) -> None:
    score = written(5, name, duration_s)
    kinds = [section.name for section in score.sections]
    assert {"verse", "chorus"} <= set(kinds)
    if duration_s > 100:
        assert kinds.count("chorus") >= 2
        assert kinds.count("verse") >= 2
        assert "bridge" in kinds
