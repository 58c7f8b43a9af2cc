"""Which of two songs: what trivial judges get, by theory and by every rule for ties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plaudit.core.choice import TIE_POLICIES
from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.pairwise import (
    acc_plus,
    choice_accuracy,
    credit,
    group_accuracy,
)

Battles = tuple[Floats, NDArray[np.bool_]]


@st.composite
def battles(draw: st.DrawFn, least: int = 1) -> Battles:
    n = draw(st.integers(least, 30))
    margin = draw(st.lists(st.integers(-2, 2).map(float), min_size=n, max_size=n))
    won = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    return np.array(margin), np.array(won, bool)


@given(battles())
def test_swapping_the_songs_changes_nothing_but_the_rule_of_the_toolkit(two: Battles) -> None:
    margin, won = two
    for ties in ("half", "drop"):
        np.testing.assert_array_equal(credit(margin, won, ties), credit(-margin, ~won, ties))
    swapped = credit(-margin, ~won, "toolkit")
    tied = margin == 0
    np.testing.assert_array_equal(credit(margin, won, "toolkit")[~tied], swapped[~tied])
    np.testing.assert_array_equal(credit(margin, won, "toolkit")[tied], 1 - swapped[tied])


@given(battles())
def test_the_order_of_battles_does_not_matter(two: Battles) -> None:
    margin, won = two
    order = np.random.default_rng(len(won)).permutation(len(won))
    group = np.arange(len(won)) % 3
    for ties in TIE_POLICIES:
        assert same(
            choice_accuracy(margin, won, ties), choice_accuracy(margin[order], won[order], ties)
        )
        assert same(
            group_accuracy(margin, won, group, ties),
            group_accuracy(margin[order], won[order], group[order], ties),
        )
    assert acc_plus(margin, won, group) == acc_plus(margin[order], won[order], group[order])


@given(battles())
def test_a_judge_and_its_opposite_add_up_to_one(two: Battles) -> None:
    margin, won = two
    assert choice_accuracy(margin, won) + choice_accuracy(-margin, won) == pytest.approx(1)


@given(battles(), st.data())
def test_accuracy_in_groups_is_its_definition(two: Battles, data: st.DataObject) -> None:
    margin, won = two
    letters = st.lists(st.sampled_from("abc"), min_size=len(won), max_size=len(won))
    group = np.array(data.draw(letters))
    for ties in TIE_POLICIES:
        each = [
            choice_accuracy(margin[group == g], won[group == g], ties) for g in np.unique(group)
        ]
        known = [value for value in each if not math.isnan(value)]
        expected = float(np.mean(known)) if known else math.nan
        assert same(group_accuracy(margin, won, group, ties), expected)
    right = (margin != 0) & ((margin > 0) == won)
    whole = [bool(right[group == g].all()) for g in np.unique(group)]
    assert acc_plus(margin, won, group) == pytest.approx(np.mean(whole))


def test_the_truth_the_constant_and_its_opposite_get_what_theory_says() -> None:
    won = np.array([True, True, False, True, False])
    group = np.array([0, 0, 0, 1, 1])
    truth, nothing = np.where(won, 1.0, -1.0), np.zeros(5)
    for ties in TIE_POLICIES:
        assert choice_accuracy(truth, won, ties) == group_accuracy(truth, won, group, ties) == 1
        assert choice_accuracy(-truth, won, ties) == 0
    assert acc_plus(truth, won, group) == 1
    assert acc_plus(-truth, won, group) == acc_plus(nothing, won, group) == 0
    assert choice_accuracy(nothing, won) == group_accuracy(nothing, won, group) == 0.5
    assert math.isnan(choice_accuracy(nothing, won, "drop"))
    assert math.isnan(group_accuracy(nothing, won, group, "drop"))
    assert choice_accuracy(nothing, won, "toolkit") == 0.4  # the share that the second won
    assert choice_accuracy(np.full(5, 1e-300), won) == 0.6  # however small, it is a choice


def test_a_random_judge_gets_a_half() -> None:
    rng = np.random.default_rng(1)
    won = rng.random(40_000) < 0.7
    for margin in (rng.normal(size=len(won)), rng.integers(-1, 2, len(won))):
        for ties in ("half", "drop"):
            assert choice_accuracy(margin, won, ties) == pytest.approx(0.5, abs=0.012)


def test_a_dropped_group_does_not_count() -> None:
    margin, won = [0.0, 0.0, 1.0], [True, True, True]
    assert group_accuracy(margin, won, ["a", "a", "b"], "drop") == 1
    assert group_accuracy(margin, won, ["a", "a", "b"]) == 0.75


def test_nothing_is_nan() -> None:
    assert math.isnan(choice_accuracy([], []))
    assert math.isnan(group_accuracy([], [], []))
    assert math.isnan(acc_plus([], [], []))


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'half'"):
        credit([1.0], [True], "halve")
    with pytest.raises(InputError, match="1 of 2 pairs"):
        credit([1.0, math.nan], [True, False])
    with pytest.raises(InputError, match="leave undecided battles out"):
        credit([1.0, 1.0], [1, 2])
    with pytest.raises(InputError, match="true and false"):
        credit([1.0, 1.0], ["first", "second"])
    with pytest.raises(InputError, match="equal length"):
        credit([1.0, 1.0], [True])
    with pytest.raises(InputError, match="a group for each of 2"):
        acc_plus([1.0, 1.0], [True, True], ["a"])


def same(actual: float, expected: float) -> bool:
    return (math.isnan(actual) and math.isnan(expected)) or abs(actual - expected) < 1e-12
