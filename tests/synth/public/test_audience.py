"""The simulated audience: monotone in the truth, noisy, on the right scales."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.knob import draw_knobs
from plaudit.synth.music.style import STYLES
from plaudit.synth.public.audience import (
    SongTruth,
    appeal,
    applicable_knobs,
    audience,
    expected_ratings,
    quality,
    truth_of,
)
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.platform import PLATFORMS, Platform
from plaudit.synth.public.rater import rater_pool

FEED = PLATFORMS["feed"]
PLAIN = Traits(0.68, 14.0, 60.0, "minor", 0.1, 0.48)


def truth(knobs: Mapping[str, float], style: str = "pop", *, is_music: bool = True) -> SongTruth:
    return SongTruth(knobs, style, 110.0, is_music)


def middling(**knobs: float) -> dict[str, float]:
    return {**dict.fromkeys(AESTHETICS, 0.5), **knobs}


@given(
    axis=st.sampled_from(AESTHETICS),
    low=st.floats(0, 0.9),
    others=st.floats(0, 1),
)
def test_expected_rating_rises_in_its_own_knob_most(axis: str, low: float, others: float) -> None:
    base = dict.fromkeys(AESTHETICS, others)
    worse = expected_ratings(truth({**base, axis: low}))
    better = expected_ratings(truth({**base, axis: low + 0.1}))
    rises = {name: better[name] - worse[name] for name in AESTHETICS}
    assert rises[axis] > 0.2
    assert all(0 < rise < 0.1 for name, rise in rises.items() if name != axis)
    assert all(AXIS[name].low <= value <= AXIS[name].high for name, value in better.items())


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_reception_has_the_promised_shape_and_scales(platform: Platform) -> None:
    names = {rater.rater for rater in rater_pool()}
    for seed in range(50):
        rng = np.random.default_rng(seed)
        got = audience(truth(draw_knobs(rng)), rng, platform)
        assert got.ratings.shape == (4, 5)
        assert set(np.unique(got.ratings)) <= {1.0, 2.0, 3.0, 4.0, 5.0}
        assert 0 <= got.streams <= 100
        assert 0 <= got.likes <= 100
        assert len(set(got.raters)) == 4
        assert set(got.raters) <= names
        assert got.platform == platform.name
        assert 0 <= got.like_count <= got.plays <= got.exposure
        assert 0 <= got.age_days <= platform.oldest_days


def test_ratings_scatter_around_their_expectation() -> None:
    song = truth(middling())
    ratings = np.stack([audience(song, np.random.default_rng(s)).ratings for s in range(400)])
    # 24 people with leanings of about half a point: their mean is not quite the expectation.
    assert ratings.mean() == pytest.approx(expected_ratings(song)["clarity"], abs=0.25)
    assert 0.9 < ratings.std() < 1.3


def test_popularity_follows_appeal_but_not_alone() -> None:
    rng = np.random.default_rng(3)
    songs = [truth(draw_knobs(rng), str(rng.choice(list(STYLES)))) for _ in range(500)]
    got = [audience(song, rng) for song in songs]
    liked = [appeal(song) for song in songs]
    streams, likes = [r.streams for r in got], [r.likes for r in got]
    assert 0.25 < np.corrcoef(liked, streams)[0, 1] < 0.75
    assert 0.6 < np.corrcoef(streams, likes)[0, 1] < 0.9
    assert np.mean(streams) == pytest.approx(50, abs=6)
    assert np.std(streams) == pytest.approx(100 / np.sqrt(12), abs=4)


def test_memorability_is_worth_more_plays_than_clarity() -> None:
    for platform in PLATFORMS.values():
        hook = appeal(truth(middling(memorability=1.0)), platform)
        assert hook > appeal(truth(middling(clarity=1.0)), platform)
        assert hook > appeal(truth(middling()), platform)


def test_the_platforms_have_other_tastes_than_each_other() -> None:
    folk, house = truth(middling(), "folk"), truth(middling(), "house")
    assert appeal(folk) > appeal(house)
    assert appeal(folk, FEED) < appeal(house, FEED)
    loved = replace(folk, traits=replace(PLAIN, energy=0.8))
    assert appeal(loved, FEED) > appeal(replace(folk, traits=PLAIN), FEED)
    for platform in PLATFORMS.values():
        assert set(platform.taste) == set(STYLES)


def test_every_weight_of_a_platform_is_read() -> None:
    song = SongTruth(middling(memorability=0.9), "house", 90.0, traits=PLAIN)
    for name in ("charm", "quality", "memorability"):
        other = replace(FEED, **dict[str, Any]({name: 2.0}))
        assert appeal(song, other) != appeal(song, FEED), name
    assert appeal(song, replace(FEED, taste={})) != appeal(song, FEED)


def test_what_is_not_music_is_rated_about_one_and_not_played() -> None:
    for seed in range(30):
        got = audience(truth({}, "noise", is_music=False), np.random.default_rng(seed))
        assert got.ratings.mean() < 1.2
        assert max(got.streams, got.likes) < 9
        assert max(got.expected.values()) < 1.2
        hidden = audience(
            truth({}, "noise", is_music=False), np.random.default_rng(seed), PLATFORMS["feed"]
        )
        assert hidden.plays <= 3


def test_an_instrumental_song_has_no_naturalness() -> None:
    song = SongTruth(middling(naturalness=0.0), "lofi", 80.0, instrumental=True)
    assert "naturalness" not in applicable_knobs(song)
    assert applicable_knobs(song) == applicable_knobs(
        replace(song, knobs=middling(naturalness=float("nan")))
    )
    expected = expected_ratings(song)
    assert math.isnan(expected["naturalness"])
    assert expected["clarity"] == pytest.approx(1.2 + 3.5 * 0.5)
    assert quality(song) == pytest.approx(0)
    got = audience(song, np.random.default_rng(1))
    assert np.isnan(got.ratings[:, AESTHETICS.index("naturalness")]).all()
    assert np.isfinite(np.delete(got.ratings, AESTHETICS.index("naturalness"), axis=1)).all()


def test_the_truth_of_a_score_is_read_from_it() -> None:
    score = compose(np.random.default_rng(4), 20, {"clarity": 0.2}, "pop")
    sung = truth_of(score)
    assert (sung.knobs, sung.style, sung.bpm) == (score.knobs, "pop", score.bpm)
    assert not sung.instrumental
    assert sung.traits is not None
    played = compose(np.random.default_rng(4), 20, {"clarity": 0.2}, "pop", instrumental=True)
    assert truth_of(played).instrumental


def test_same_chance_same_reception_and_another_chance_another() -> None:
    song = truth(middling(clarity=0.2))
    first, second, third = (audience(song, np.random.default_rng(s)) for s in (9, 9, 10))
    assert np.array_equal(first.ratings, second.ratings)
    assert (first.streams, first.likes, first.raters) == (
        second.streams,
        second.likes,
        second.raters,
    )
    assert (first.streams, first.raters) != (third.streams, third.raters)


def test_ratings_do_not_depend_on_the_platform() -> None:
    song = truth(middling())
    here, there = (audience(song, np.random.default_rng(2), p) for p in PLATFORMS.values())
    assert np.array_equal(here.ratings, there.ratings)
    assert here.plays != there.plays


def test_bad_knobs_are_refused() -> None:
    with pytest.raises(InputError, match="no knob"):
        expected_ratings(truth({"beauty": 1.0}))
