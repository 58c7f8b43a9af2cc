"""Agreement of raters: Shrout and Fleiss's own table, planted truth, other people's formulas."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.reliability import (
    KINDS,
    ceiling,
    icc,
    icc_interval,
    spearman_brown,
    split_half,
)

# Shrout and Fleiss (1979), table 2; the coefficients are those of their table 4.
TABLE = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
PUBLISHED = {"1,1": 0.17, "1,k": 0.44, "2,1": 0.29, "2,k": 0.62}


def planted(
    seed: int, songs: int = 3000, raters: int = 6, noise: float = 1.5, strict: float = 0.0
) -> Floats:
    """Ratings with a song variance of 1; rater strictness and noise as given."""
    rng = np.random.default_rng(seed)
    worth, bias = rng.normal(size=(songs, 1)), strict * rng.normal(size=(1, raters))
    return worth + bias + noise * rng.normal(size=(songs, raters))


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_example(kind: str) -> None:
    assert icc(TABLE, kind) == pytest.approx(PUBLISHED[kind], abs=0.005)  # type: ignore[arg-type]


def test_one_way_is_its_definition() -> None:
    between = 4 * float(np.var(TABLE.mean(axis=1), ddof=1))
    within = float(np.var(TABLE, axis=1, ddof=1).mean())
    single = (between - within) / (between + 3 * within)
    assert icc(TABLE, "1,1") == pytest.approx(single, abs=1e-12)
    assert icc(TABLE) == pytest.approx(1 - within / between, abs=1e-12)


def test_the_interval_is_that_of_the_published_example() -> None:
    assert icc_interval(TABLE) == pytest.approx((-0.133, 0.723), abs=5e-4)
    low, high = icc_interval(TABLE, 0.5)
    assert icc_interval(TABLE)[0] < low < icc(TABLE, "1,1") < high < icc_interval(TABLE)[1]


def test_the_interval_covers_as_often_as_it_promises() -> None:
    share = 1 / (1 + 1.5**2)
    ends = [icc_interval(planted(seed, songs=25, raters=3), 0.8) for seed in range(300)]
    assert 0.75 <= np.mean([low <= share <= high for low, high in ends]) <= 0.85


def test_the_interval_at_its_ends() -> None:
    assert icc_interval(np.array([[1, 1], [4, 4], [2, 2]])) == (1, 1)
    assert all(math.isnan(end) for end in icc_interval(np.full((3, 2), 2.0)))
    with pytest.raises(InputError, match="gaps"):
        icc_interval(np.array([[1, math.nan], [4, 4]]))


def test_planted_reliability_comes_back() -> None:
    ratings, share = planted(1), 1 / (1 + 1.5**2)
    assert icc(ratings, "1,1") == pytest.approx(share, abs=0.03)
    assert icc(ratings) == pytest.approx(spearman_brown(share, 6), abs=0.02)
    assert split_half(ratings, np.random.default_rng(0)) == pytest.approx(
        spearman_brown(share, 6), abs=0.02
    )


def test_strictness_is_error_for_panels_and_not_for_crossed_halves() -> None:
    ratings = planted(2, noise=1.0, strict=2.0)
    rng = np.random.default_rng(0)
    halves = split_half(ratings, rng, 60)
    crossed = split_half(ratings, rng, 60, crossed=True)
    assert halves == pytest.approx(icc(ratings, "1,k"), abs=0.05)
    assert crossed == pytest.approx(spearman_brown(0.5, 6), abs=0.02)
    assert crossed > halves + 0.1


def test_gaps_cost_ratings_but_move_nothing() -> None:
    ratings = planted(3, raters=8)
    rng = np.random.default_rng(1)
    gaps = np.where(rng.random(ratings.shape) < 0.4, np.nan, ratings)
    assert icc(gaps, "1,1") == pytest.approx(icc(ratings, "1,1"), abs=0.03)
    times = (~np.isnan(gaps)).sum(axis=1)
    harmonic = np.count_nonzero(times) / (1 / times[times > 0]).sum()
    assert icc(gaps) == pytest.approx(spearman_brown(1 / 3.25, harmonic), abs=0.03)
    assert split_half(gaps, rng, 60) == pytest.approx(icc(gaps), abs=0.06)


def test_a_song_without_ratings_counts_for_nothing() -> None:
    nobody = np.vstack([TABLE, np.full(4, np.nan)])
    for kind in KINDS:
        assert icc(nobody, kind) == icc(TABLE, kind)  # type: ignore[arg-type]
    first = split_half(TABLE, np.random.default_rng(0), 20)
    assert split_half(nobody, np.random.default_rng(0), 20) == first


@given(st.integers(0, 500), st.floats(0.1, 10), st.floats(-10, 10))
def test_laws(seed: int, unit: float, origin: float) -> None:
    ratings = planted(seed, songs=15, raters=4)
    order = np.random.default_rng(seed).permutation(15)
    for kind in KINDS:
        value = icc(ratings, kind)  # type: ignore[arg-type]
        assert value <= 1
        for other in (ratings[order], ratings[:, ::-1], unit * ratings + origin):
            assert icc(other, kind) == pytest.approx(value, abs=1e-9)  # type: ignore[arg-type]


def test_the_same_ratings_by_all_are_perfect() -> None:
    ratings = np.repeat(np.arange(5.0)[:, None], 3, axis=1)
    for kind in KINDS:
        assert icc(ratings, kind) == 1  # type: ignore[arg-type]
    assert split_half(ratings, np.random.default_rng(0)) == pytest.approx(1)


def test_undefined_is_nan() -> None:
    rng = np.random.default_rng(0)
    gap = np.nan
    for ratings in ([[1, 2]], [[3, 3], [3, 3]], [[1, gap], [gap, 2]], np.empty((0, 3))):
        for kind in KINDS:
            assert math.isnan(icc(ratings, kind))  # type: ignore[arg-type]
        assert math.isnan(split_half(ratings, rng, 5))
    assert math.isnan(spearman_brown(-1, 2))


def test_raters_whose_halves_contradict_each_other_have_no_reliability() -> None:
    contrary = np.array([[1.0, 5.0], [5.0, 1.0], [2.0, 4.0], [4.0, 2.0], [1.5, 4.5]])
    assert math.isnan(split_half(contrary, np.random.default_rng(0), 50))
    noise = np.random.default_rng(1).normal(size=(300, 40, 4))
    values = np.array([split_half(table, np.random.default_rng(0), 20) for table in noise])
    assert np.isnan(values).any()
    assert np.nanmin(values) >= 0


def test_ceiling() -> None:
    assert ceiling(0.81) == pytest.approx(0.9)
    assert ceiling(-0.3) == 0
    assert math.isnan(ceiling(math.nan))
    # A judge that knows the worth correlates with the mean rating as the ceiling says.
    rng = np.random.default_rng(5)
    worth = rng.normal(size=4000)
    ratings = worth[:, None] + 1.5 * rng.normal(size=(4000, 4))
    correlation = np.corrcoef(worth, ratings.mean(axis=1))[0, 1]
    assert correlation == pytest.approx(ceiling(icc(ratings)), abs=0.01)


def test_wrong_calls_are_refused() -> None:
    with pytest.raises(InputError, match="n_songs, n_raters"):
        icc([1.0, 2.0])
    with pytest.raises(InputError, match="known are 1,1"):
        icc(TABLE, "3,1")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="infinite"):
        icc([[1.0, math.inf], [2.0, 2.0]])
    with pytest.raises(InputError, match="halving"):
        split_half(TABLE, np.random.default_rng(0), 0)
