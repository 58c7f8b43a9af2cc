"""Intervals of judges: coverage, the curve of levels, and bins of equal scores."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.metrics.coverage import (
    LEVELS,
    bins_by_score,
    coverage,
    needed_stretch,
    reliability_curve,
)

Z80 = NormalDist().inv_cdf(0.9)


def test_ends_count_as_inside() -> None:
    assert coverage([1, 1, 1], [2, 2, 2], [1, 2, 2.1]) == pytest.approx(2 / 3)
    assert math.isnan(coverage([], [], []))


def test_honest_normal_intervals_lie_on_the_diagonal() -> None:
    rng = np.random.default_rng(0)
    value, spread = rng.normal(size=20_000), rng.uniform(0.5, 2, size=20_000)
    true = value + spread * rng.normal(size=20_000)
    low, high = value - Z80 * spread, value + Z80 * spread
    curve = reliability_curve(low, value, high, true, level=0.8)
    np.testing.assert_allclose(curve.empirical, LEVELS, atol=0.01)
    assert curve.empirical[LEVELS.index(0.8)] == coverage(low, high, true)
    assert curve.stretch == pytest.approx(1, abs=0.02)
    half = reliability_curve((low + value) / 2, value, (high + value) / 2, true, level=0.8)
    assert half.stretch == pytest.approx(2 * curve.stretch, rel=1e-6)
    assert (half.empirical < curve.empirical).all()


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(-9, 9)), max_size=30))
def test_stretching_by_one_is_coverage(rows: list[tuple[float, float, float]]) -> None:
    down, up, true = np.array(rows, np.float64).reshape(-1, 3).T
    need = needed_stretch(-down, np.zeros(len(down)), up, true)
    held = float(np.mean(need <= 1)) if len(need) else math.nan
    np.testing.assert_equal(held, coverage(-down, up, true))
    assert (need >= 0).all()


def test_the_stretch_is_just_enough() -> None:
    rng = np.random.default_rng(1)
    for n in (5, 20, 101):
        true = rng.normal(size=n)
        ends = np.full(n, 0.3)
        curve = reliability_curve(-ends, np.zeros(n), ends, true, level=0.8)
        held = np.abs(true) <= 0.3 * curve.stretch * (1 + 1e-12)
        assert held.sum() == math.ceil(0.8 * n)


def test_an_interval_without_width() -> None:
    need = needed_stretch([1, 1, 1], [1, 1, 1], [1, 2, 1], [1, 1.5, 3])
    assert need.tolist() == [0, 0.5, math.inf]


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-5, 5)), max_size=60), st.integers(1, 12))
def test_bins_hold_every_song_once(rows: list[tuple[int, float]], bins: int) -> None:
    predicted, true = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], float)
    groups = bins_by_score(predicted, true, bins)
    assert sum(group.n for group in groups) == len(rows)
    assert len(groups) <= bins
    means = [group.predicted for group in groups]
    assert means == sorted(set(means))
    assert sum(group.n * group.observed for group in groups) == pytest.approx(true.sum(), abs=1e-6)
    # Songs of one score are never parted, so their order does not matter.
    order = np.random.default_rng(0).permutation(len(rows))
    again = bins_by_score(predicted[order], true[order], bins)
    assert [group.n for group in again] == [group.n for group in groups]


def test_bins_without_ties_are_equal() -> None:
    x = np.arange(100.0)
    groups = bins_by_score(x, x, 10)
    assert [group.n for group in groups] == [10] * 10
    assert groups[0].observed == groups[0].predicted == 4.5
    assert bins_by_score([1.0], [2.0])[0].spread is None


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(InputError, match="low above high"):
        needed_stretch([2.0], [1.0], [3.0], [1.0])
    with pytest.raises(InputError, match="between 0 and 1"):
        reliability_curve([0.0], [1.0], [3.0], [1.0], level=80)
    with pytest.raises(InputError, match="one bin"):
        bins_by_score([1.0], [1.0], 0)
    with pytest.raises(InputError, match="finite"):
        coverage([math.nan], [1.0], [1.0])
