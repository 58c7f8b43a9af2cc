"""Simulated listeners: monotone in the truth, noisy, on the right scales."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS, AXIS
from plaudit.core.errors import InputError
from plaudit.synth.audience import TASTE, SongTruth, appeal, audience, expected_ratings
from plaudit.synth.knob import draw_knobs
from plaudit.synth.song import make_song
from plaudit.synth.style import STYLES


def truth(knobs: Mapping[str, float], style: str = "pop", *, is_music: bool = True) -> SongTruth:
    return SongTruth(knobs, style, 110.0, is_music)


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


def test_reception_has_the_promised_shape_and_scales() -> None:
    for seed in range(50):
        rng = np.random.default_rng(seed)
        got = audience(truth(draw_knobs(rng)), rng)
        assert got.ratings.shape == (4, 5)
        assert set(np.unique(got.ratings)) <= {1.0, 2.0, 3.0, 4.0, 5.0}
        assert 0 <= got.streams <= 100
        assert 0 <= got.likes <= 100


def test_ratings_scatter_around_their_expectation() -> None:
    song = truth(dict.fromkeys(AESTHETICS, 0.5))
    ratings = np.stack([audience(song, np.random.default_rng(s)).ratings for s in range(300)])
    assert ratings.mean() == pytest.approx(expected_ratings(song)["clarity"], abs=0.06)
    assert 0.3 < ratings.std() < 0.8


def test_popularity_follows_appeal_but_not_alone() -> None:
    rng = np.random.default_rng(3)
    songs = [truth(draw_knobs(rng), str(rng.choice(list(STYLES)))) for _ in range(500)]
    got = [audience(song, rng) for song in songs]
    liked = [appeal(song) for song in songs]
    streams, likes = [r.streams for r in got], [r.likes for r in got]
    assert 0.4 < np.corrcoef(liked, streams)[0, 1] < 0.85
    assert 0.6 < np.corrcoef(streams, likes)[0, 1] < 0.97
    # A platform's percentiles fill the scale evenly.
    assert np.mean(streams) == pytest.approx(50, abs=6)
    assert np.std(streams) == pytest.approx(100 / np.sqrt(12), abs=4)


def test_memorability_is_worth_more_plays_than_clarity() -> None:
    base = dict.fromkeys(AESTHETICS, 0.5)
    assert appeal(truth({**base, "memorability": 1.0})) > appeal(truth({**base, "clarity": 1.0}))


def test_what_is_not_music_is_rated_about_one_and_not_played() -> None:
    for seed in range(30):
        got = audience(truth({}, "noise", is_music=False), np.random.default_rng(seed))
        assert got.ratings.mean() < 1.2
        assert max(got.streams, got.likes) < 9
        assert max(got.expected.values()) < 1.2


def test_same_chance_same_reception() -> None:
    song = make_song(1, 10, {"clarity": 0.2}).truth
    first, second = (audience(song, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first.ratings, second.ratings)
    assert (first.streams, first.likes) == (second.streams, second.likes)
    assert song.knobs["clarity"] == 0.2


def test_every_style_has_a_taste_and_bad_knobs_are_refused() -> None:
    assert set(TASTE) == set(STYLES)
    with pytest.raises(InputError, match="no knob"):
        expected_ratings(truth({"beauty": 1.0}))
