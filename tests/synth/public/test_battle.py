"""Battles: shares that mean what they say, down to none, and outcomes as theory predicts."""

from collections import Counter
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.synth.public.audience import SongTruth
from plaudit.synth.public.battle import (
    Battle,
    Contender,
    Taste,
    error_of,
    hold_battles,
    standing,
    weights,
)
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import DAYS, Voter, cast, draw_voters
from voting.expectation import expected_accuracy, expected_outcomes

NOTHING = Taste(0, 0, 0, 0)
FAME = (-1.4, -0.3, 0.5, 1.2)


def contenders(prompts: int = 150, seed: int = 0) -> list[Contender]:
    """Four songs a prompt with drawn knobs, traits and fame; every fifth prompt instrumental."""
    rng = np.random.default_rng(seed)
    songs = []
    for p in range(prompts):
        for k, fame in enumerate(FAME):
            knobs = dict(zip(AESTHETICS, rng.uniform(size=5), strict=True))
            energy, pitch, intro = rng.normal((0.68, 60, 0.1), (0.07, 6, 0.05))
            traits = Traits(float(energy), 14.0, float(pitch), "minor", float(intro), 0.48)
            truth = SongTruth(knobs, "pop", 100.0, instrumental=p % 5 == 0, traits=traits)
            songs.append(Contender(f"p{p}-{k}", f"system{k}", f"p{p}", fame, truth, 30.0))
    return songs


SONGS = contenders()
VOTERS = draw_voters(np.random.default_rng(5), 80)


def held(taste: Taste, votes: int = 1500, seed: int = 1, **settings: Any) -> tuple[Battle, ...]:
    return hold_battles(SONGS, votes, VOTERS, taste, np.random.default_rng(seed), **settings)


def decided(battles: tuple[Battle, ...]) -> list[Battle]:
    return [battle for battle in battles if battle.outcome.decided]


def signs(battles: list[Battle], gap: str) -> np.ndarray:
    """Return +1 where the song with the larger gap was preferred, -1 where the other was."""
    won = np.array([1 if battle.outcome is Outcome.FIRST else -1 for battle in battles])
    return np.asarray(won * np.sign([getattr(battle, gap) for battle in battles]))


@pytest.mark.parametrize("share", ["aesthetics", "appeal", "system"])
def test_each_share_alone_shows_in_its_own_gap_only(share: str) -> None:
    battles = decided(held(replace(NOTHING, **{share: 1.0})))
    for name in ("aesthetics", "appeal", "system"):
        right = np.mean(signs(battles, f"gap_{name}") > 0)
        if name == share:
            assert right > 0.75, name
        else:
            assert abs(right - 0.5) < 5 * 0.5 / np.sqrt(len(battles)), name


@pytest.mark.parametrize("taste", [NOTHING, Taste(0, 0, 0, 1), Taste(0, 0, 0, 0.5)], ids=str)
def test_without_taste_outcomes_carry_nothing_but_position(taste: Taste) -> None:
    # Over seeds: z of the mean signed gap of decided votes, and of the gaps' size in ties.
    scores = []
    for seed in range(12):
        battles = held(taste, 900, seed)
        kinds = np.array([battle.outcome for battle in battles])
        for name in ("aesthetics", "appeal", "system"):
            gap = np.array([getattr(battle, f"gap_{name}") for battle in battles])
            for kind, other, value in (("first", "second", gap), ("tie", "first", np.abs(gap))):
                a, b = value[kinds == kind], value[kinds == other]
                scores.append((a.mean() - b.mean()) / np.sqrt(a.var() / len(a) + b.var() / len(b)))
    assert np.abs(scores).max() < 4.5
    assert np.std(scores) == pytest.approx(1, abs=0.3)
    assert abs(np.mean(scores)) < 0.5


@pytest.mark.parametrize("taste", [Taste(1, 0, 0, 0), Taste(0.4, 0, 0, 0.3), Taste()], ids=str)
@pytest.mark.parametrize("noise", [0.5, 1.5])
def test_a_perfect_judge_is_as_right_as_predicted(taste: Taste, noise: float) -> None:
    battles = held(taste, 4000, noise=noise)
    expected = expected_accuracy(battles, SONGS, VOTERS, taste, noise)
    clear = decided(battles)
    right = np.mean(signs(clear, "gap_aesthetics") > 0)
    # Four standard errors of a share.
    assert abs(right - expected) < 4 * np.sqrt(expected * (1 - expected) / len(clear))
    chance = expected_outcomes(battles, SONGS, VOTERS, taste, noise)
    rates = np.array([Counter(b.outcome for b in battles)[kind] for kind in Outcome]) / 4000
    slack = 4 * np.sqrt((chance * (1 - chance)).sum(0)) / 4000
    assert (np.abs(rates - chance.mean(0)) < slack).all()


def test_prediction_is_half_without_taste_and_rises_with_the_share() -> None:
    battles = held(Taste(), 600)
    accuracies = [
        expected_accuracy(battles, SONGS, VOTERS, Taste(share, 0, 0, 0.2))
        for share in (0, 0.2, 0.4, 0.8)
    ]
    assert accuracies[0] == pytest.approx(0.5, abs=0.03)
    assert accuracies == sorted(accuracies)
    assert accuracies[-1] > accuracies[0] + 0.2


def test_gaps_are_standardised_and_belong_to_the_songs() -> None:
    battles = held(Taste())
    stand = {song.song_id: standing(song) for song in SONGS}
    for battle in battles[:50]:
        gap = (stand[battle.first] - stand[battle.second]) / np.sqrt(2)
        assert gap == pytest.approx([battle.gap_aesthetics, battle.gap_appeal, battle.gap_system])
    # Independent knobs, while the standard population's correlate by .08.
    spread = np.std([battle.gap_aesthetics for battle in battles])
    assert spread == pytest.approx(1 / np.sqrt(1 + 4 * 0.08), abs=0.06)
    assert {battle.instrumental for battle in battles} == {True, False}


def outcome(voter: Voter, first: Contender, second: Contender, rng: np.random.Generator) -> Outcome:
    """One vote under the default taste."""
    value, other = (float(weights(Taste()) @ standing(song)) for song in (first, second))
    seconds = first.duration_s, second.duration_s
    return cast(voter, (value, other), seconds, error_of(Taste()), rng).outcome


def test_swapping_the_songs_mirrors_the_outcomes_where_nobody_minds_the_place() -> None:
    fair = [replace(voter, position_bias=0.0) for voter in VOTERS]
    rng = np.random.default_rng(3)
    first, second = SONGS[0], SONGS[1]
    n = 4000
    there = Counter(outcome(fair[k % 80], first, second, rng) for k in range(n))
    back = Counter(outcome(fair[k % 80], second, first, rng).swapped for k in range(n))
    for kind in Outcome:
        share = (there[kind] + back[kind]) / (2 * n)
        assert abs(there[kind] - back[kind]) / n < 5 * np.sqrt(2 * share * (1 - share) / n)


@pytest.mark.parametrize("bias", [-0.5, 0.5])
def test_position_bias_is_as_set(bias: float) -> None:
    voters = draw_voters(np.random.default_rng(2), 80, position_bias=bias)
    battles = hold_battles(SONGS, 1500, voters, NOTHING, np.random.default_rng(2))
    chance = expected_outcomes(battles, SONGS, voters, NOTHING)
    expected = chance[:, 0].sum() / chance[:, :2].sum()
    clear = decided(battles)
    first = np.mean([battle.outcome is Outcome.FIRST for battle in clear])
    assert abs(first - expected) < 4 * np.sqrt(expected * (1 - expected) / len(clear))
    assert (first > 0.7) == (bias > 0)


def test_careless_voters_add_nothing_but_noise() -> None:
    lazy = draw_voters(np.random.default_rng(2), 80, careless=1.0)
    battles = hold_battles(SONGS, 3000, lazy, Taste(1, 0, 0, 0), np.random.default_rng(2))
    right = np.mean(signs(decided(battles), "gap_aesthetics") > 0)
    assert abs(right - 0.5) < 4 * 0.5 / np.sqrt(2800)
    assert expected_accuracy(battles, SONGS, lazy, Taste(1, 0, 0, 0)) == pytest.approx(
        0.5, abs=0.02
    )


def test_more_votes_keep_the_earlier_ones_and_one_chance_gives_one_result() -> None:
    few, many = held(Taste(), 40), held(Taste(), 1000)
    assert many[:40] == few
    assert held(Taste(), 40) == few
    assert held(Taste(), 40, seed=2) != few
    assert held(Taste(), 0) == ()


def test_every_pair_meets_once_before_any_meets_again_and_then_the_other_way_round() -> None:
    songs = SONGS[:8]
    voters = VOTERS[:5]
    laps = hold_battles(songs, 24, voters, Taste(), np.random.default_rng(4))
    met = [frozenset((battle.first, battle.second)) for battle in laps]
    wanted = {
        frozenset((a.song_id, b.song_id))
        for a, b in combinations(songs, 2)
        if a.prompt_id == b.prompt_id
    }
    assert set(met[:12]) == set(met[12:]) == wanted
    first = {frozenset((b.first, b.second)): b.first for b in laps[:12]}
    assert all(first[frozenset((b.first, b.second))] == b.second for b in laps[12:])


def test_places_are_even_and_records_are_whole() -> None:
    battles = held(Taste(), 900)
    place = np.mean([battle.gap_system > 0 for battle in battles])
    assert place == pytest.approx(0.5, abs=0.07)
    assert len({battle.battle_id for battle in battles}) == 900
    by_id = {song.song_id: song for song in SONGS}
    for battle in battles:
        assert by_id[battle.first].prompt_id == by_id[battle.second].prompt_id == battle.prompt_id
        assert by_id[battle.first].system == battle.first_system != battle.second_system
        assert 0 <= battle.day < DAYS
        assert 0 < battle.listen_first_s <= 30
        assert 0 < battle.listen_second_s <= 30
    months = Counter(battle.day // 31 for battle in battles)
    assert len(months) >= 5
    votes = Counter(battle.voter for battle in battles)
    assert votes.most_common(1)[0][1] > 3 * 900 / len(VOTERS)


@pytest.mark.parametrize("change", [{"noise": 2.0}, {"prefix": "x"}], ids=str)
def test_every_setting_of_the_battles_is_read(change: dict[str, Any]) -> None:
    assert held(Taste(), 60, **change) != held(Taste(), 60)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ((-0.1, 0, 0, 0), "share of aesthetics in 0 to 1, got -0.1"),
        ((0, 1.2, 0, 0), "share of appeal in 0 to 1, got 1.2"),
        ((0, 0, float("nan"), 0), "share of system in 0 to 1, got nan"),
        ((0.5, 0.4, 0.2, 0.1), "add up to at most 1, got 1.2"),
    ],
)
def test_shares_that_cannot_be_are_refused(
    shares: tuple[float, float, float, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Taste(*shares)


def test_shares_may_fill_the_whole_and_may_all_be_none() -> None:
    assert Taste(0.1, 0.2, 0.3, 0.4).chance == 0.4
    assert Taste(0, 0, 0, 0) == NOTHING


def test_what_cannot_meet_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="no pair that could meet"):
        hold_battles(SONGS[::4], 5, VOTERS, Taste(), rng)
    with pytest.raises(InputError, match="same id twice"):
        hold_battles([SONGS[0], SONGS[0]], 5, VOTERS, Taste(), rng)
    with pytest.raises(InputError, match="at least one voter"):
        hold_battles(SONGS, 5, [], Taste(), rng)
    with pytest.raises(InputError, match="noise of at least 0"):
        held(Taste(), 5, noise=-1.0)
