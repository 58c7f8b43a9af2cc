"""Probabilities and thresholds: laws, trivial judges and undefined cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.errors import InputError
from plaudit.metrics.probability import (
    abstention_curve,
    auc,
    brier,
    ece,
    f1,
    log_loss,
    macro_f1,
    reliability_bins,
)
from plaudit.metrics.threshold import tta_f1

cases = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1,
                 max_size=40)  # fmt: skip


@given(cases)
def test_order_does_not_matter(made: list[tuple[float, bool]]) -> None:
    p, y = (np.array(values) for values in zip(*made, strict=True))
    order = np.random.default_rng(len(p)).permutation(len(p))
    for measure in (auc, brier, log_loss, ece):
        value, shuffled = measure(p, y), measure(p[order], y[order])
        assert value == pytest.approx(shuffled, abs=1e-12, nan_ok=True)
    curve, again = abstention_curve(p, y)[1], abstention_curve(p[order], y[order])[1]
    np.testing.assert_allclose(curve, again, atol=1e-12)


@given(cases)
def test_swapping_yes_and_no(made: list[tuple[float, bool]]) -> None:
    p, y = (np.array(values) for values in zip(*made, strict=True))
    assert auc(-p, y) == pytest.approx(1 - auc(p, y), nan_ok=True)
    assert auc(p, ~y) == pytest.approx(1 - auc(p, y), nan_ok=True)
    assert brier(1 - p, ~y) == pytest.approx(brier(p, y))
    assert macro_f1(1 - p, ~y) == pytest.approx(macro_f1(p, y), nan_ok=True)
    assert log_loss(1 - p, ~y) == pytest.approx(log_loss(p, y))


@given(cases)
def test_auc_is_its_definition(made: list[tuple[float, bool]]) -> None:
    p, y = (np.array(values) for values in zip(*made, strict=True))
    pairs = np.sign(p[y][:, None] - p[~y][None, :])
    expected = float(np.mean((pairs + 1) / 2)) if pairs.size else math.nan
    assert auc(p, y) == pytest.approx(expected, nan_ok=True)


@given(cases, st.integers(1, 12))
def test_bins_hold_every_case_once_and_stay_inside(
    made: list[tuple[float, bool]], bins: int
) -> None:
    p, y = (np.array(values) for values in zip(*made, strict=True))
    groups = reliability_bins(p, y, bins)
    assert sum(group.n for group in groups) == len(p)
    assert sum(group.n * group.predicted for group in groups) == pytest.approx(p.sum())
    assert sum(group.n * group.observed for group in groups) == pytest.approx(y.sum())
    assert all(group.low - 1e-12 <= group.predicted <= group.high + 1e-12 for group in groups)
    # Unevenness averages out in wider bins: one bin is the difference of the means.
    assert ece(p, y, 1) == pytest.approx(abs(p.mean() - y.mean()))
    assert ece(p, y, 1) <= ece(p, y, bins) + 1e-12


def test_trivial_judges() -> None:
    y = np.array([True, False, True, True])
    half, truth = np.full(4, 0.5), y.astype(float)
    assert (auc(half, y), brier(half, y), ece(half, y)) == (0.5, 0.25, 0.25)
    assert log_loss(half, y) == pytest.approx(math.log(2))
    assert (auc(truth, y), brier(truth, y), log_loss(truth, y), ece(truth, y)) == (1, 0, 0, 0)
    assert (auc(1 - truth, y), brier(1 - truth, y), log_loss(1 - truth, y)) == (0, 1, math.inf)
    assert f1(y, y) == 1
    assert f1(~y, y) == 0
    assert (macro_f1(truth, y), macro_f1(1 - truth, y)) == (1, 0)
    assert macro_f1(np.ones(4), y) == pytest.approx(6 / 7 / 2)  # false is never predicted
    assert macro_f1(half, y) == pytest.approx((3 / 5 + 1 / 3) / 2)
    share = np.full(4, 0.75)
    assert ece(share, y) == 0  # calibrated, and knows nothing
    assert brier(share, y) == pytest.approx(0.75 * 0.25)


def test_honest_probabilities_are_calibrated() -> None:
    rng = np.random.default_rng(2)
    p = rng.random(50_000)
    y = rng.random(50_000) < p
    assert ece(p, y) < 0.01
    assert brier(p, y) == pytest.approx(1 / 6, abs=0.005)  # the mean of p (1 - p)
    assert ece(p**2, y) > 0.1


def test_abstaining_helps_who_knows_when_it_knows() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(4000)
    right = (rng.random(4000) < p) == (p > 0.5)
    coverage, accuracy = abstention_curve(np.abs(p - 0.5), right)
    assert coverage[-1] == 1
    assert accuracy[-1] == pytest.approx(right.mean())
    assert accuracy[399] > accuracy[1999] > accuracy[-1]


def test_equally_sure_cases_are_averaged_and_dropped_ones_left_out() -> None:
    coverage, accuracy = abstention_curve([1, 1, 1, 0], [1, 0, 0.5, math.nan])
    np.testing.assert_allclose(coverage, [1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(accuracy, [0.5, 0.5, 0.5])
    assert [len(part) for part in abstention_curve([], [])] == [0, 0]


def test_tta_is_an_f1_at_a_threshold() -> None:
    true = [4.0, 3.9, 4.5, 2.0]
    assert tta_f1(true, true, 4.0) == 1
    assert tta_f1(np.array(true) - 1, true, 4.0) == 0  # a perfect order, one point too low
    assert tta_f1([4.0, 4.0, 3.0, 3.0], true, 4.0) == 0.5
    assert tta_f1([5.0] * 4, true, 4.0) == pytest.approx(2 * 2 / (2 * 2 + 2))
    assert tta_f1([1.0, 5.0], [1.0, 1.0], 4.0) == 0
    assert math.isnan(tta_f1([1.0, 1.0], [1.0, 1.0], 4.0))
    assert math.isnan(tta_f1([], [], 4.0))
    with pytest.raises(InputError, match="finite threshold"):
        tta_f1(true, true, math.nan)


def test_undefined_is_nan() -> None:
    for y in ([True, True], [False, False]):
        assert math.isnan(auc([0.1, 0.9], y))
    assert math.isnan(f1([False, False], [False, False]))
    assert math.isnan(macro_f1([0.9, 0.9], [True, True]))
    assert all(math.isnan(measure([], [])) for measure in (auc, brier, log_loss, f1, macro_f1, ece))
    assert reliability_bins([], []) == ()


def test_what_is_no_probability_is_refused() -> None:
    for measure in (brier, log_loss, macro_f1, ece):
        with pytest.raises(InputError, match=r"in 0 to 1, got 1\.5 in 1 of 2"):
            measure([1.5, 0.5], [True, False])
    with pytest.raises(InputError, match="1 of 1 pairs"):
        auc([math.nan], [True])
    with pytest.raises(InputError, match="at least one bin"):
        ece([0.5], [True], 0)
