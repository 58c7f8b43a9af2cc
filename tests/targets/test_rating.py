"""Ratings to scores: means, gaps, other scales, and the reliability beside them."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.metrics.reliability import icc
from plaudit.targets.rating import (
    rating_table,
    rating_targets,
    reliability_about,
)

rating = st.one_of(st.none(), st.integers(1, 5).map(float))
panels = st.lists(st.lists(rating, max_size=5), min_size=1, max_size=12)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@given(panels)
def test_the_score_is_the_mean_of_what_was_said(lists: list[list[float | None]]) -> None:
    targets = rating_targets(rating_table(lists), rng(), draws=2)
    for value, times, row in zip(targets.values, targets.n_ratings, lists, strict=True):
        known = [r for r in row if r is not None]
        assert times == len(known)
        assert (value == pytest.approx(sum(known) / len(known))) if known else math.isnan(value)
        assert math.isnan(value) or 1 <= value <= 5


@given(panels)
def test_raters_may_come_in_any_order(lists: list[list[float | None]]) -> None:
    forwards = rating_targets(rating_table(lists), rng(), draws=2).values
    backwards = rating_targets(rating_table([row[::-1] for row in lists]), rng(), draws=2).values
    np.testing.assert_allclose(forwards, backwards)


def test_another_scale_is_a_straight_line_that_keeps_reliability() -> None:
    table = np.random.default_rng(3).integers(0, 11, size=(60, 4)).astype(float)
    targets = rating_targets(table, rng(), scale=(0, 10))
    np.testing.assert_allclose(targets.values, 1 + 0.4 * table.mean(axis=1))
    assert targets.scale == (0, 10)
    same = rating_targets(1 + 0.4 * table, rng())
    assert targets.reliability.icc == pytest.approx(same.reliability.icc, abs=1e-9)
    ends = rating_targets([[0.0], [10.0], [5.0]], rng(), scale=(0, 10)).values
    assert ends.tolist() == [1, 5, 3]


def test_planted_reliability_comes_back_inside_its_interval() -> None:
    draw = np.random.default_rng(5)
    worth = draw.uniform(2, 4, size=(800, 1))
    table = np.clip(worth + draw.normal(size=(800, 4)), 1, 5)
    reliability = rating_targets(table, rng()).reliability
    assert reliability.icc == icc(table)
    assert reliability.icc_low is not None
    assert reliability.icc_high is not None
    assert reliability.icc is not None
    assert reliability.icc_low < reliability.icc < reliability.icc_high
    assert reliability.split_half == pytest.approx(reliability.icc, abs=0.05)
    assert (reliability.raters, reliability.songs) == (4, 800)


def test_songs_with_too_few_ratings_have_no_score() -> None:
    lists: list[list[float | None]] = [[4.0, 5.0], [3.0, None], []]
    targets = rating_targets(rating_table(lists), rng(), least=2)
    np.testing.assert_array_equal(targets.values, [4.5, math.nan, math.nan])
    assert targets.n_ratings.tolist() == [2, 1, 0]
    assert targets.reliability.songs == 1
    assert targets.reliability.icc is None


def test_several_axes_and_what_a_manifest_says_of_them() -> None:
    draw = np.random.default_rng(1)
    lists = [list(row) for row in draw.integers(1, 6, size=(30, 4)).astype(float)]
    targets = {
        "coherence": rating_targets(rating_table(lists), rng()),
        "clarity": rating_targets(rating_table([[] for _ in lists]), rng()),
    }
    assert np.isnan(targets["clarity"].values).all()
    about = json.loads(json.dumps(reliability_about(targets)))
    assert about["coherence"]["raters"] == 4
    assert about["coherence"]["split_half"] == targets["coherence"].reliability.split_half
    assert about["clarity"]["icc"] is None


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InputError, match="2 lie outside"):
        rating_targets([[0.0, 6.0]], rng())
    with pytest.raises(InputError, match="rising scale"):
        rating_targets([[1.0]], rng(), scale=(5, 1))
    with pytest.raises(InputError, match="rising scale"):
        rating_targets([1.0], rng())
