"""Correlations: against SciPy, against their definitions, and their laws."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.correlation import kendall, pearson, ranks, spearman

MEASURES = (pearson, spearman, kendall)
finite = st.floats(-1e6, 1e6, allow_subnormal=False)
few = st.integers(0, 4).map(float)  # many ties


@st.composite
def pairs(draw: st.DrawFn, least: int = 0) -> tuple[Floats, Floats]:
    kind = draw(st.sampled_from([finite, few]))
    n = draw(st.integers(least, 40))
    lists = st.lists(kind, min_size=n, max_size=n)
    return np.array(draw(lists), np.float64), np.array(draw(lists), np.float64)


def slow_kendall(x: Floats, y: Floats) -> float:
    """By its definition, all pairs one by one."""
    above = np.triu(np.ones((len(x), len(x))), 1) > 0
    a, b = np.sign(x[:, None] - x)[above], np.sign(y[:, None] - y)[above]
    size = math.sqrt(float((a != 0).sum()) * float((b != 0).sum()))
    return float((a * b).sum()) / size if size else math.nan


def same(actual: float, expected: float, tolerance: float = 1e-9) -> bool:
    return (math.isnan(actual) and math.isnan(expected)) or abs(actual - expected) < tolerance


@given(pairs())
def test_they_agree_with_scipy(two: tuple[Floats, Floats]) -> None:
    x, y = two
    for measure, reference in (
        (pearson, stats.pearsonr), (spearman, stats.spearmanr), (kendall, stats.kendalltau),
    ):  # fmt: skip
        value = measure(x, y)
        if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
            assert math.isnan(value)
            continue
        with warnings.catch_warnings(record=True) as caught:  # SciPy on nearly constant input
            warnings.simplefilter("always")
            expected = float(reference(x, y).statistic)
        if not caught:
            assert same(value, expected), measure


@given(pairs())
def test_kendall_is_its_definition(two: tuple[Floats, Floats]) -> None:
    assert same(kendall(*two), slow_kendall(*two))


@given(pairs(least=2))
def test_ranks_are_scipys(two: tuple[Floats, Floats]) -> None:
    np.testing.assert_array_equal(ranks(two[0]), stats.rankdata(two[0]))


@given(pairs())
def test_laws(two: tuple[Floats, Floats]) -> None:
    x, y = two
    order = np.random.default_rng(len(x)).permutation(len(x))
    for measure in MEASURES:
        value = measure(x, y)
        assert math.isnan(value) or -1 <= value <= 1
        assert same(value, measure(y, x))
        assert same(value, measure(x[order], y[order]))
        assert same(-value, measure(-x, y))


@given(st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=40), st.data())
def test_ranks_do_not_notice_a_rising_function(x: list[float], data: st.DataObject) -> None:
    y = data.draw(st.lists(st.integers(-50, 50).map(float), min_size=len(x), max_size=len(x)))
    bent = [value**3 + value for value in y]
    for measure in (spearman, kendall):
        assert same(measure(x, y), measure(x, bent))


@given(pairs(least=2), st.floats(0.01, 100), st.floats(-100, 100))
def test_pearson_does_not_notice_unit_and_origin(
    two: tuple[Floats, Floats], unit: float, origin: float
) -> None:
    x, y = two[0], np.round(two[1])
    value, moved = pearson(x, y), pearson(x, unit * y + origin)
    if np.ptp(y) > 1e-3 * np.abs(y).max():
        assert same(value, moved, 1e-6)


@pytest.mark.parametrize("measure", MEASURES)
def test_undefined_is_nan(measure: "type[object]") -> None:
    for x, y in (([], []), ([1.0], [2.0]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [0, 0, 0])):
        assert math.isnan(measure(x, y))  # type: ignore[arg-type,call-arg]


def test_perfect_order() -> None:
    x = np.arange(30.0)
    for measure in MEASURES:
        assert measure(x, 2 * x + 1) == pytest.approx(1, abs=1e-15)
        assert measure(x, -x) == pytest.approx(-1, abs=1e-15)


def test_extreme_sizes_do_not_overflow() -> None:
    assert pearson([1e300, 2e300, 3e300], [1e-300, 2e-300, 3e-300]) == pytest.approx(1)


@given(st.integers(0, 3))
def test_a_large_kendall_is_exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(200, size=3000), rng.normal(size=3000)
    assert kendall(x, y) == pytest.approx(float(stats.kendalltau(x, y).statistic), abs=1e-12)


def test_unknown_and_unequal_are_refused() -> None:
    with pytest.raises(InputError, match="1 of 2 pairs"):
        pearson([1.0, math.nan], [1.0, 2.0])
    with pytest.raises(InputError, match="equal length"):
        spearman([1.0, 2.0], [1.0])
