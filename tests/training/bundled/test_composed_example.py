"""Recordings to learn from: each depends on its number alone, and says what is true of it."""

from collections import Counter
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXES
from plaudit.training.bundled.composed_example import (
    CLIP_S,
    HARDEST,
    KEEPS,
    SHARE_BABBLE,
    Example,
    Role,
    draw_damage,
    draw_nonmusic,
    make_examples,
)

RULE = SegmentRule()
LOW = np.array([axis.low for axis in AXES])


def examples(role: Role, number: int) -> list[Example]:
    return make_examples(role, number, 5, RULE, 10.0)


def same(a: Example, b: Example) -> bool:
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=True)
        if isinstance(getattr(a, f.name), np.ndarray)
        else getattr(a, f.name) == getattr(b, f.name)
        for f in fields(Example)
    )


def test_a_recording_depends_on_role_and_number_alone() -> None:
    first, again, other = examples("train", 3), examples("train", 3), examples("validation", 3)
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not same(first[0], other[0])


def test_every_song_comes_damaged_too_and_worth_less() -> None:
    clean, broken = examples("train", 1)
    assert (clean.damage, clean.strength) == ("", 0)
    assert broken.damage
    keep = KEEPS[broken.strength - 1]
    known = ~np.isnan(clean.targets)
    np.testing.assert_allclose(
        broken.targets[known] - LOW[known], keep * (clean.targets - LOW)[known], rtol=1e-4
    )
    assert not np.allclose(clean.segments, broken.segments)


def test_the_eleven_come_in_turn_and_are_never_damaged() -> None:
    from plaudit.synth.system import HELD_OUT

    (example,) = examples("test", 13)
    assert example.system == HELD_OUT[13 % len(HELD_OUT)]
    assert example.music


@pytest.mark.parametrize("keep", [KEEPS])
def test_more_damage_always_keeps_less(keep: tuple[float, ...]) -> None:
    assert list(keep) == sorted(keep, reverse=True)
    assert 0 < keep[-1] < keep[0] < 1


def test_two_in_five_of_what_is_not_music_are_babble_and_the_others_are_even() -> None:

    from plaudit.synth.sound.nonmusic import NONMUSIC

    rng = np.random.default_rng(1)
    counts = Counter(draw_nonmusic(rng) for _ in range(4000))
    assert set(counts) == set(NONMUSIC)
    assert counts["babble"] / 4000 == pytest.approx(SHARE_BABBLE, abs=0.03)
    each = (1 - SHARE_BABBLE) / (len(NONMUSIC) - 1)
    assert min(counts.values()) / 4000 == pytest.approx(each, abs=0.02)


def test_every_kind_of_damage_is_drawn_and_the_hardest_twice_as_often() -> None:
    from plaudit.audio.damage.kinds import DAMAGES

    assert set(HARDEST) < set(DAMAGES)
    rng = np.random.default_rng(1)
    counts = Counter(draw_damage(rng) for _ in range(6000))
    turns = len(DAMAGES) + len(HARDEST)
    for kind in DAMAGES:
        share = (2 if kind in HARDEST else 1) / turns
        assert counts[kind] / 6000 == pytest.approx(share, abs=0.02), kind


def test_a_maker_is_not_heard_with_some_kinds_of_damage_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unheard(truth: dict[str, Any], *given: Any) -> SimpleNamespace:
        return SimpleNamespace(system=truth["system"], damage=given[-2])

    def quiet(sound: np.ndarray, *_: Any) -> np.ndarray:
        return sound

    def rendered(*_: Any) -> np.ndarray:
        return np.full((2, 20_000), 0.1, np.float32)

    # What is drawn counts here; to render, to damage and to measure takes most of the time.
    monkeypatch.setattr("plaudit.synth.sound.render.render", rendered)
    monkeypatch.setattr("plaudit.training.bundled.composed_example._measure", unheard)
    monkeypatch.setattr("plaudit.audio.damage.kinds.damage", quiet)
    made = [make_examples("train", number, 1, RULE, 10.0)[-1] for number in range(0, 60, 3)]
    assert {example.system for example in made} == {made[0].system}
    assert len({example.damage for example in made if example.damage}) >= 6


def test_clips_are_of_the_songs_kept_aside_and_shorter_than_they_are() -> None:
    song, made = examples("validation", 1)[0], examples("clip", 1)
    lengths = [round(float(clip.duration_s.sum()), 2) for clip in made]
    assert lengths == [length for length in CLIP_S if length < song.duration_s.sum()]
    assert len(lengths) > 2
    assert all(np.array_equal(clip.targets, song.targets, equal_nan=True) for clip in made)
    assert all(len(clip.segments) == 1 for clip in made)
