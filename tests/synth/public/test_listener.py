"""Simulated listeners: habits that are read, careless ones who hear nothing, exact chances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.synth.public.listener import DAYS, Vote, Voter, cast, chances, draw_voters

CAREFUL = Voter("voter-0001", False, 0.1, 0.2, -0.8, 16.0, 1.0, 0)
SONGS = (30.0, 30.0)
worths = st.floats(-3, 3)


def votes_of(
    voter: Voter, worth: tuple[float, float], error: float, n: int = 4000, seed: int = 0
) -> list[Vote]:
    rng = np.random.default_rng(seed)
    return [cast(voter, worth, SONGS, error, rng) for _ in range(n)]


def shares(votes: list[Vote]) -> np.ndarray:
    return np.array([np.mean([v.outcome is kind for v in votes]) for kind in Outcome])


@pytest.mark.parametrize("careless", [False, True])
@pytest.mark.parametrize(
    ("worth", "error"), [((0.0, 0.0), 0.5), ((1.0, -1.0), 0.5), ((-1.0, -1.2), 0.7), ((2, 1.5), 1)]
)
def test_votes_fall_as_their_chances_say(
    worth: tuple[float, float], error: float, careless: bool
) -> None:
    voter = replace(CAREFUL, careless=careless)
    n = 4000
    chance = chances([voter], np.array([worth]), error)[0]
    # Five standard errors: about one false alarm in two million comparisons.
    slack = 5 * np.sqrt(chance * (1 - chance) / n) + 1e-3
    assert (np.abs(shares(votes_of(voter, worth, error, n)) - chance) < slack).all()


@given(
    first=worths, second=worths, bias=st.floats(-1, 1), threshold=st.floats(0, 1),
    floor=st.floats(-2, 1), error=st.floats(0.1, 2), careless=st.booleans(),
)  # fmt: skip
@hypothesis_settings(max_examples=60)
def test_chances_add_up_and_swapping_songs_and_bias_mirrors_them(
    first: float, second: float, bias: float, threshold: float, floor: float, error: float,
    careless: bool,
) -> None:  # fmt: skip
    voter = Voter("v", careless, bias, threshold, floor, 16.0, 1.0, 0)
    there = chances([voter], np.array([(first, second)]), error)[0]
    back = chances([replace(voter, position_bias=-bias)], np.array([(second, first)]), error)[0]
    assert there.sum() == pytest.approx(1)
    assert there.min() > -1e-6
    assert back == pytest.approx(there[[1, 0, 2, 3]], abs=1e-6)


def test_chances_agree_with_the_textbook_where_there_is_one() -> None:
    # No threshold and no floor: Thurstone's case V.
    from scipy.stats import norm

    voter = replace(CAREFUL, position_bias=0.3, threshold=0.0, floor=-50.0)
    got = chances([voter], np.array([(0.8, 0.1)]), 0.6)[0]
    assert got[0] == pytest.approx(norm.cdf((0.7 / np.sqrt(2) + 0.3) / 0.6), abs=1e-9)
    assert got[2:] == pytest.approx([0, 0], abs=1e-9)


def test_with_no_error_the_better_song_wins() -> None:
    kinds = {
        (1.0, 0.0): Outcome.FIRST,
        (0.0, 1.0): Outcome.SECOND,
        (0.1, 0.2): Outcome.TIE,
        (-2.0, -1.0): Outcome.NEITHER,
    }
    voter = replace(CAREFUL, position_bias=0.0)
    for worth, kind in kinds.items():
        assert {v.outcome for v in votes_of(voter, worth, 0.0, 5)} == {kind}


def test_careless_listeners_carry_no_information_and_hardly_listen() -> None:
    careless = replace(CAREFUL, careless=True)
    better = votes_of(careless, (3.0, -3.0), 0.5, 500)
    worse = votes_of(careless, (-3.0, 3.0), 0.5, 500)
    assert [v.outcome for v in better] == [v.outcome for v in worse]
    seconds = np.array([(v.listen_first_s, v.listen_second_s) for v in better])
    careful = np.array(
        [(v.listen_first_s, v.listen_second_s) for v in votes_of(CAREFUL, (0.0, 0.0), 0.5, 500)]
    )
    assert np.median(seconds) < 2
    assert np.median(careful) > 8


def test_listening_grows_with_patience_length_and_liking_and_the_first_is_heard_longer() -> None:
    def median(voter: Voter, worth: tuple[float, float], duration_s: float) -> np.ndarray:
        rng = np.random.default_rng(3)
        votes = [cast(voter, worth, (duration_s, duration_s), 0.5, rng) for _ in range(800)]
        return np.median([(v.listen_first_s, v.listen_second_s) for v in votes], axis=0)

    plain = median(CAREFUL, (0.0, 0.0), 60.0)
    assert plain[0] > 1.1 * plain[1]
    assert (median(replace(CAREFUL, patience_s=30.0), (0.0, 0.0), 60.0) > 1.3 * plain).all()
    assert (median(CAREFUL, (0.0, 0.0), 180.0) > 1.3 * plain).all()
    assert median(CAREFUL, (2.0, 0.0), 60.0)[0] > 1.2 * plain[0]
    short = [
        cast(CAREFUL, (3.0, 3.0), (5.0, 6.0), 0.5, np.random.default_rng(s)) for s in range(99)
    ]
    assert max(v.listen_first_s for v in short) <= 5
    assert max(v.listen_second_s for v in short) <= 6


def test_the_pool_is_as_set() -> None:
    pool = draw_voters(np.random.default_rng(1), 2000, careless=0.2, position_bias=0.4)
    assert len({voter.voter for voter in pool}) == 2000
    assert np.mean([voter.careless for voter in pool]) == pytest.approx(0.2, abs=0.045)
    assert np.mean([voter.position_bias for voter in pool]) == pytest.approx(0.4, abs=0.02)
    assert {voter.careless for voter in draw_voters(np.random.default_rng(1), 50, careless=0)} == {
        False
    }
    assert all(0 <= voter.first_day < DAYS and voter.threshold >= 0 for voter in pool)
    activity = np.sort([voter.activity for voter in pool])
    # Heavy tail: a tenth of the listeners cast a third of the votes or more.
    assert activity[-200:].sum() / activity.sum() > 0.33


def test_a_larger_pool_begins_with_the_smaller() -> None:
    small, large = (draw_voters(np.random.default_rng(2), n) for n in (10, 20))
    assert large[:10] == small


def test_pools_and_errors_that_cannot_be_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="at least 1 voter"):
        draw_voters(rng, 0)
    with pytest.raises(InputError, match="careless voters in 0 to 1"):
        draw_voters(rng, 5, careless=1.5)
    with pytest.raises(InputError, match="above 0"):
        chances([CAREFUL], np.zeros((1, 2)), 0.0)
