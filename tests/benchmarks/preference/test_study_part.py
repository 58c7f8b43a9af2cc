"""The parts of the study: folds that leak nothing, measures, tests, and what cannot be used."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.benchmarks.preference.feature import feature_sets, principal, unfitted
from plaudit.benchmarks.preference.fold import (
    blocks_of,
    deal,
    newcomers,
    prompt_splits,
    system_splits,
)
from plaudit.benchmarks.preference.measure import (
    MEASURES,
    Observed,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.paired_test import battles_needed, difference, holm, power_at
from plaudit.benchmarks.preference.study_data import StudyData, gather
from plaudit.benchmarks.scores.features import Numbers
from plaudit.benchmarks.votes.songs import Battles
from plaudit.core.axes import AESTHETICS, POPULARITY
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics import probability
from plaudit.metrics.bootstrap import resample_counts

SYSTEMS = ("a", "b", "c", "d", "e")


def drawn(seed: int, n: int = 120, prompts: int = 15) -> tuple[Any, ...]:
    """Battles on prompts that five systems answer once each: (prompt, first, second, systems)."""
    rng = np.random.default_rng(seed)
    prompt = rng.integers(prompts, size=n)
    pairs = np.array([rng.choice(5, 2, replace=False) for _ in range(n)])
    names = np.array([f"p{k}" for k in prompt], object)
    systems = tuple(np.array([SYSTEMS[k] for k in side], object) for side in pairs.T)
    return names, prompt * 5 + pairs[:, 0], prompt * 5 + pairs[:, 1], systems


def numbers(n_songs: int = 40, seed: int = 0, **changed: Any) -> Numbers:
    rng = np.random.default_rng(seed)
    columns = {
        "popularity": (POPULARITY, rng.uniform(0, 100, (n_songs, 2))),
        "aesthetics": (AESTHETICS, rng.uniform(1, 5, (n_songs, 5))),
    }
    return Numbers(tuple(f"s{k}" for k in range(n_songs)), columns | changed)


def battles(n: int = 60, seed: int = 0, **changed: Any) -> Battles:
    rng = np.random.default_rng(seed)
    pairs = [rng.choice(40, 2, replace=False) for _ in range(n)]
    kinds = list(Outcome)
    given: dict[str, Any] = {
        "first": [f"s{a}" for a, _ in pairs],
        "second": [f"s{b}" for _, b in pairs],
        "outcome": [kinds[k] for k in rng.integers(4, size=n)],
    }
    return Battles(**(given | changed))


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_no_prompt_and_no_song_is_on_both_sides_of_a_fold(seed: int, folds: int) -> None:
    prompt, first, second, _ = drawn(seed)
    splits = prompt_splits(blocks_of(prompt, first, second), folds, np.random.default_rng(seed))
    tested = np.concatenate([split.test for split in splits])
    assert sorted(tested) == list(range(len(prompt)))
    for split in splits:
        assert not set(prompt[split.train]) & set(prompt[split.test])
        taught = {*first[split.train], *second[split.train]}
        assert not taught & {*first[split.test], *second[split.test]}


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_an_unknown_system_teaches_nothing_nor_does_its_prompt(seed: int, parts: int) -> None:
    prompt, first, second, systems = drawn(seed)
    splits = system_splits(
        systems, blocks_of(prompt, first, second), parts, np.random.default_rng(seed)
    )
    for split in splits:
        sides = [side[split.train] for side in systems]
        assert not any(split.system in side for side in sides)
        assert all(split.system in pair for pair in zip(*(s[split.test] for s in systems),
                                                        strict=True))  # fmt: skip
        assert not set(prompt[split.train]) & set(prompt[split.test])
        taught = {*first[split.train], *second[split.train]}
        assert not taught & {*first[split.test], *second[split.test]}
    # Each battle is asked once for each of its systems.
    times_tested = np.bincount(
        np.concatenate([split.test for split in splits]), minlength=len(prompt)
    )
    assert set(times_tested) == {2}


def test_songs_link_prompts_and_unknown_prompts() -> None:
    prompt = np.array(["p", None, None, "q", "r"], object)
    block = blocks_of(prompt, np.array([0, 1, 5, 7, 1]), np.array([1, 2, 6, 8, 9]))
    # Song 1 links the first, the second and the last; the others stand alone.
    assert block[0] == block[1] == block[4]
    assert len({block[0], block[2], block[3]}) == 3


def test_parts_are_about_equal() -> None:
    block = np.repeat(np.arange(40), np.random.default_rng(1).integers(1, 9, 40))
    sizes = np.bincount(deal(block, 5, np.random.default_rng(0)))
    assert len(sizes) == 5
    assert sizes.max() - sizes.min() <= 2


def test_newcomers_are_those_that_come_later_and_nothing_after_them_teaches() -> None:
    day = np.arange(100.0)
    first = np.array(["a"] * 100, object)
    second = np.array(["b"] * 60 + ["new"] * 40, object)
    allowed = newcomers((first, second), day)
    assert list(allowed) == ["new"]
    assert allowed["new"].sum() == 60
    block = np.arange(100)
    splits = system_splits(
        (first, second), block, 3, np.random.default_rng(0), only=["new"], allowed=allowed
    )
    assert len(splits) == 1  # its prompts are its own, so one fit does
    assert day[splits[0].train].max() < day[splits[0].test].min()
    assert newcomers((first, second), np.full(100, math.nan)) == {}


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_measures_are_those_of_the_metrics(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 60))
    predicted = rng.uniform(size=n).round(int(rng.integers(1, 4)))
    predicted[predicted == 0.5] = 0.51
    won = rng.integers(2, size=n).astype(np.float64)
    if len(set(won)) < 2:
        won[0] = 1 - won[0]
    measures = dict(zip(MEASURES, measure(predicted, Observed(won, np.arange(n))), strict=True))
    assert measures["auc"] == pytest.approx(probability.auc(predicted, won == 1))
    assert measures["brier"] == pytest.approx(probability.brier(predicted, won == 1))
    assert measures["ece"] == pytest.approx(probability.ece(predicted, won == 1))
    assert measures["accuracy"] == pytest.approx(np.mean((predicted > 0.5) == (won == 1)))
    assert measures["f1"] == pytest.approx(probability.macro_f1(predicted, won == 1), nan_ok=True)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_measures_do_not_change_when_the_songs_change_places(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 50
    predicted = rng.uniform(size=n)
    won = rng.choice([0.0, 1.0, np.nan], n, p=[0.45, 0.45, 0.1])
    before = measure(predicted, Observed(won, np.arange(n)))
    np.testing.assert_allclose(
        before, measure(1 - predicted, Observed(1 - won, np.arange(n))), atol=1e-12
    )


def test_a_resample_is_what_measuring_its_battles_gives() -> None:
    rng = np.random.default_rng(3)
    n = 80
    cluster = rng.integers(12, size=n)
    _, cluster = np.unique(cluster, return_inverse=True)
    predicted = rng.uniform(size=n).round(1)
    won = rng.choice([0.0, 1.0, np.nan], n, p=[0.4, 0.4, 0.2])
    counts = resample_counts(int(cluster.max()) + 1, 20, rng)
    resampled = measure_resamples(predicted, Observed(won, cluster), counts)
    for row, times in zip(resampled, counts, strict=True):
        picked = np.repeat(np.arange(n), times[cluster].astype(int))
        whole = measure(predicted[picked], Observed(won[picked], np.arange(len(picked))))
        np.testing.assert_allclose(row, whole, atol=1e-12)


def test_the_constant_gets_what_theory_says() -> None:
    won = np.array([1.0] * 30 + [0.0] * 70 + [np.nan] * 20)
    measures = measure(np.full(120, 0.3), Observed(won, np.arange(120)))
    # A tie is half right whatever was said; the F1 of the side that was never named is 0.
    expected = [0.5, (70 + 10) / 120, 2 * 70 / 170 / 2, 0.3 * 0.7, 0.0]
    np.testing.assert_allclose(measures, expected, atol=1e-12)


def test_a_difference_of_an_answer_from_itself_is_exactly_nothing() -> None:
    draws = np.random.default_rng(0).normal(size=100)
    result = difference(0.6, 0.6, draws, draws, np.ones(50))
    assert result == (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, None)


def test_holm_agrees_with_the_definition() -> None:
    p = [0.02, 0.001, math.nan, 0.04, 0.03]
    adjusted = holm(p)
    assert math.isnan(adjusted[2])
    np.testing.assert_allclose(np.delete(adjusted, 2), [0.06, 0.004, 0.06, 0.06])
    # Closed testing: a finding stands when every set it is in rejects by Bonferroni.
    rng = np.random.default_rng(1)
    for _ in range(20):
        several = rng.uniform(size=4)
        for k, adjusted_p in enumerate(holm(list(several))):
            sets = [s for s in range(1, 16) if s >> k & 1]
            worst = max(
                min(1.0, bin(s).count("1") * min(several[j] for j in range(4) if s >> j & 1))
                for s in sets
            )
            assert adjusted_p == pytest.approx(worst)


def test_needed_battles_give_the_power_they_promise() -> None:
    for power in (0.8, 0.9):
        n = battles_needed(500, 0.012, 0.02, power=power)
        assert power_at(500, 0.012, 0.02, n) == pytest.approx(power, abs=1e-3)
    assert power_at(500, 0.012, 0.0, 500) == pytest.approx(0.05)
    assert math.isnan(battles_needed(500, 0.0, 0.02))


def test_what_cannot_be_used_is_counted_with_the_reason() -> None:
    given = numbers()
    given.columns["aesthetics"][1][3, 4] = np.nan  # one song without naturalness
    given.columns["popularity"][1][7] = np.nan
    votes = ["first", "first", "second", "first", "first", None, "first", "neither", "tie"]
    first = ["s0", "s3", "s3", "s7", "nobody", "s1", "s2", "s9", "s8"]
    second = ["s1", "s0", "s4", "s1", "s1", "s2", "s2", "s8", "s9"]
    data = gather(Battles(first, second, [Outcome(v) if v else None for v in votes]), given)
    assert data.dropped == {
        "a song has no score of popularity": 1,
        "a song has no scores": 1,
        "a song meets itself": 1,
        "nobody voted": 1,
        "only one song has a score of naturalness": 2,
    }
    assert len(data.neither[0]) == 1
    assert data.first_won.tolist()[:1] == [1.0]
    assert math.isnan(data.first_won[1])
    assert data.place.tolist() == [0, 8]
    assert data.read == 9


def test_an_axis_that_neither_song_has_says_nothing() -> None:
    given = numbers()
    given.columns["aesthetics"][1][:2, 4] = np.nan
    data = gather(Battles(["s0"], ["s1"], [Outcome.FIRST]), given)
    first, second = data.sides("aesthetics")
    assert first[0, 4] == second[0, 4]
    assert np.isfinite(first).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"aesthetics": ((), np.zeros((40, 0)))}, "Expected scores of aesthetics .* got none"),
        ({"popularity": (POPULARITY, np.full((40, 2), np.nan))}, "Expected scores of popularity"),
        (
            {"aesthetics": (("clarity",), np.full((40, 1), np.inf))},
            "finite numbers of aesthetics, got inf for clarity of song 's0'",
        ),
    ],
)
def test_scores_that_cannot_be_studied(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gather(battles(), numbers(**changed))


def test_battles_that_cannot_be_studied() -> None:
    with pytest.raises(InputError, match=r"60 battles: .*60 tied"):
        gather(battles(outcome=[Outcome.TIE] * 60), numbers())
    with pytest.raises(InputError, match="the first song without scores is 'x'"):
        gather(battles(first=["x"] * 60), numbers())
    with pytest.raises(InputError, match="one voter a battle, got 3 for 60"):
        gather(battles(voter=["v"] * 3), numbers())
    twice = numbers()
    with pytest.raises(InputError, match="song 's0' more than once"):
        gather(battles(), Numbers(("s0",) * 40, twice.columns))


def test_one_prompt_cannot_be_folded() -> None:
    with pytest.raises(InputError, match="at least two prompts, got 9 that are all linked"):
        prompt_splits(np.zeros(9, np.intp), 5, np.random.default_rng(0))


def made() -> StudyData:
    rng = np.random.default_rng(0)
    pairs = np.array([rng.choice(5, 2, replace=False) for _ in range(60)])
    given = battles(
        first_system=[SYSTEMS[k] for k in pairs[:, 0]],
        second_system=[SYSTEMS[k] for k in pairs[:, 1]],
    )
    length = np.arange(40.0)[:, None]
    more: dict[str, Any] = {
        "duration": (("duration_s",), np.where(length == 3, np.nan, 20 + length))
    }
    return gather(given, numbers(**more))


def test_feature_sets_hold_what_they_say() -> None:
    data = made()
    sets = {
        feature_set.name: feature_set
        for feature_set in feature_sets(data, np.random.default_rng(0))
    }
    assert sets["both"].columns == (*POPULARITY, *AESTHETICS)
    assert sets["both + controls"].first.shape[1] == 7 + 5 + 1
    assert sets["system"].first.sum(axis=1).tolist() == [1.0] * len(data.first)
    # A length that is unknown on one side is the same on both.
    song = data.numbers.song_id.index("s3")
    unknown = (data.first == song) | (data.second == song)
    assert unknown.any()
    gap = sets["duration"].first - sets["duration"].second
    assert not gap[unknown].any()
    assert "Duration is unknown for a song of" in data.notes[-1]


def test_unfitted_answers_follow_the_scores() -> None:
    data = made()
    first, second = data.sides("popularity")
    predicted = unfitted(data)["popularity as it is"]
    assert np.all((predicted > 0.5)[(first > second).all(axis=1)])
    assert np.all((predicted < 0.5)[(first < second).all(axis=1)])


def test_components_come_from_taught_battles_alone() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 50, 6))
    taught = np.arange(30)
    before = principal(first, second, taught, 2)
    first[30:] *= 100
    np.testing.assert_array_equal(before, principal(first, second, taught, 2))
    assert before.shape == (6, 2)
