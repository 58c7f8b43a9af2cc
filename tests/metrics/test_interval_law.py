"""Laws of all intervals: the order of rows, names of groups and sides change no digit; few units
have no interval; and intervals hold the truth about as often as they promise from few units on.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.metrics.bootstrap import bootstrap, least_units, paired_difference
from plaudit.metrics.checked import Floats
from plaudit.metrics.correlation import kendall, pearson, spearman
from plaudit.metrics.error import mae, mse
from plaudit.metrics.interval import LEAST_UNITS, Estimate, median_of
from plaudit.metrics.share import share_of

MEASURES = (mse, mae, pearson, spearman, kendall)
Taken = Callable[[Floats, Floats, Floats, Floats], Estimate]
row = st.tuples(*[st.integers(0, 5).map(float)] * 3, st.integers(0, 12))


def _taken() -> list[Taken]:
    def of(statistic: Callable[..., float]) -> list[Taken]:
        return [
            lambda a, b, y, group: bootstrap(
                statistic, a, y, rng=np.random.default_rng(1), draws=40, groups=group
            ),
            lambda a, b, y, group: bootstrap(
                statistic, a, y, rng=np.random.default_rng(1), draws=40
            ),
            lambda a, b, y, group: paired_difference(
                statistic, a, b, y, rng=np.random.default_rng(1), draws=40, groups=group
            ),
        ]

    taken = [each for statistic in MEASURES for each in of(statistic)]
    return [
        *taken,
        lambda a, b, y, group: share_of(a / 5, group),
        lambda a, b, y, group: median_of(a),
    ]


def ends(estimate: Estimate) -> tuple[str, ...]:
    return repr(estimate.value), repr(estimate.low), repr(estimate.high)


@given(st.lists(row, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_groups_change_no_digit(rows, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(rows, len(rows))
    names = list(range(13))
    random.shuffle(names)
    for taken in _taken():
        first = taken(*np.array(rows, np.float64).T)
        other = np.array(shuffled, np.float64).T
        assert ends(taken(*other)) == ends(first)
        other[3] = np.array(names)[other[3].astype(int)]
        assert ends(taken(*other)) == ends(first)


@pytest.mark.parametrize("statistic", MEASURES)
def test_few_units_have_a_value_and_no_interval(statistic: Callable[..., float]) -> None:
    rng = np.random.default_rng(0)
    least = least_units(statistic)
    for n in range(2, 2 * LEAST_UNITS):
        a, b, y = rng.normal(size=(3, n))
        groups = np.arange(n)
        for taken in (
            bootstrap(statistic, a, y, rng=rng, draws=200),
            bootstrap(statistic, *np.repeat([a, y], 5, axis=1), rng=rng, draws=200,
                      groups=np.repeat(groups, 5)),
            paired_difference(statistic, a, b, y, rng=rng, draws=200),
        ):  # fmt: skip
            assert not math.isnan(taken.value)
            assert math.isnan(taken.low) == math.isnan(taken.high) == (n < least)
            if n < least:
                assert taken.reason == (
                    f"an interval needs {least} songs or groups, and there are {n}"
                )


def test_one_group_that_holds_nearly_all_songs_counts_as_few() -> None:
    a, y = np.random.default_rng(0).normal(size=(2, 200))
    group = np.where(np.arange(200) < 181, 0, np.arange(200))
    estimate = bootstrap(spearman, a, y, rng=np.random.default_rng(0), groups=group)
    assert estimate.n == 20
    assert math.isnan(estimate.low)
    assert estimate.reason is not None
    assert "1.2 in effective number" in estimate.reason


@pytest.mark.parametrize(
    ("statistic", "n", "least", "most"),
    [
        # Percentiles as they are hold 82 % of the first and 87 % of the second.
        (mae, 5, 0.90, 1.0),
        (mse, 10, 0.88, 1.0),
        (pearson, 8, 0.91, 1.0),
        (spearman, 8, 0.91, 1.0),
        (mae, 40, 0.90, 0.985),
        (spearman, 40, 0.90, 0.985),
    ],
)
def test_intervals_hold_the_truth_from_few_songs_on(
    statistic: Callable[..., float], n: int, least: float, most: float
) -> None:
    rho, boards = 0.5, 300
    truth = {
        mae: math.sqrt(2 * (2 - 2 * rho) / math.pi),
        mse: 2 - 2 * rho,
        pearson: rho,
        spearman: 6 / math.pi * math.asin(rho / 2),
    }[statistic]
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(boards):
        y = rng.normal(size=n)
        a = rho * y + math.sqrt(1 - rho**2) * rng.normal(size=n)
        estimate = bootstrap(statistic, a, y, rng=rng, draws=400)
        hits += estimate.low <= truth <= estimate.high
    assert least <= hits / boards <= most


def test_the_interval_of_a_median_is_exact() -> None:
    # Of 10, at least 2 on each side: P(fewer than 2 heads of 10) = 11/1024 = 1.07 % a side.
    estimate = median_of(np.arange(10.0))
    assert (estimate.value, estimate.low, estimate.high) == (4.5, 1, 8)
    assert math.isnan(median_of(np.arange(5.0)).low)
    assert not math.isnan(median_of(np.arange(6.0)).low)
    rng = np.random.default_rng(0)
    held = [
        (own := median_of(rng.exponential(size=12))).low <= math.log(2) <= own.high
        for _ in range(500)
    ]
    assert np.mean(held) > 0.93
