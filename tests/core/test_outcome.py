"""Outcomes: four, never merged, mirrored by a swap."""

import pytest

from plaudit.core.outcome import Outcome


def test_there_are_four_outcomes_with_these_names_in_records() -> None:
    assert [str(outcome) for outcome in Outcome] == ["first", "second", "tie", "neither"]
    assert Outcome("neither") is Outcome.NEITHER


def test_swapping_the_songs_mirrors_the_decided_and_leaves_the_rest() -> None:
    assert Outcome.FIRST.swapped is Outcome.SECOND
    assert Outcome.TIE.swapped is Outcome.TIE
    assert Outcome.NEITHER.swapped is Outcome.NEITHER
    assert all(outcome.swapped.swapped is outcome for outcome in Outcome)


def test_a_tie_is_not_neither_and_neither_of_them_is_decided() -> None:
    assert len({Outcome.TIE, Outcome.NEITHER}) == 2
    assert [outcome.decided for outcome in Outcome] == [True, True, False, False]


def test_another_word_is_no_outcome() -> None:
    with pytest.raises(ValueError, match="both_bad"):
        Outcome("both_bad")
