"""Intervals: the fast twins equal the plain measures, the width is what theory says, and laws."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from plaudit.core.errors import InputError
from plaudit.metrics.bootstrap import bootstrap, paired_difference, resample_counts
from plaudit.metrics.checked import Floats
from plaudit.metrics.correlation import kendall, pearson, spearman
from plaudit.metrics.coverage import coverage
from plaudit.metrics.error import mae, mse
from plaudit.metrics.interval import Estimate, percentile_interval
from plaudit.metrics.pairwise import choice_accuracy
from plaudit.metrics.probability import f1
from plaudit.metrics.resample import FAST
from plaudit.metrics.resample_pairwise import TWINS

number = st.one_of(st.floats(-100, 100, allow_subnormal=False), st.integers(0, 3).map(float))


@given(st.lists(st.tuples(number, number, number), min_size=1, max_size=25), st.integers(0, 999))
def test_fast_twins_equal_the_plain_measures(
    rows: list[tuple[float, float, float]], seed: int
) -> None:
    columns = list(np.array(rows).T)
    picks = np.random.default_rng(seed).integers(len(rows), size=(8, len(rows)))
    counts = np.stack([np.bincount(p, minlength=len(rows)) for p in picks]).astype(np.float64)
    for plain, fast in (pair for pair in FAST.items() if pair[0] not in TWINS):
        used = columns if plain is coverage else columns[:2]
        expected = [plain(*(column[pick] for column in used)) for pick in picks]
        np.testing.assert_allclose(fast(counts, *used), expected, atol=2e-7, rtol=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=25),
    st.integers(0, 999),
)
def test_twins_of_choices_equal_the_plain_measures(rows: list[tuple[int, bool]], seed: int) -> None:
    score, observed = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    picks = np.random.default_rng(seed).integers(len(rows), size=(8, len(rows)))
    counts = np.stack([np.bincount(p, minlength=len(rows)) for p in picks]).astype(np.float64)
    for plain, fast in TWINS.items():
        predicted = score / 20
        if plain is choice_accuracy:
            predicted = score - 10
        elif plain is f1:
            predicted = (score > 9).astype(np.float64)
        expected = [plain(predicted[pick], observed[pick]) for pick in picks]
        np.testing.assert_allclose(fast(counts, predicted, observed), expected, atol=1e-12)
        assert FAST[plain] is fast


def mean(values: Floats) -> float:
    return float(values.mean())


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(3).normal(5, 2, size=400)
    estimate = bootstrap(mean, values, rng=np.random.default_rng(1), draws=4000)
    half = 1.96 * values.std() / 20
    assert estimate.value == values.mean()
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.02)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.02)
    assert (estimate.n, estimate.undefined) == (400, 0)


def test_it_agrees_with_scipys_bootstrap() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=120)
    y = 0.6 * x + rng.normal(size=120)
    ours = bootstrap(pearson, x, y, rng=np.random.default_rng(0), draws=4000)
    theirs = stats.bootstrap(
        (x, y), pearson, paired=True, vectorized=False, n_resamples=4000,
        method="percentile", rng=np.random.default_rng(0),
    ).confidence_interval  # fmt: skip
    assert ours.low == pytest.approx(theirs.low, abs=0.012)
    assert ours.high == pytest.approx(theirs.high, abs=0.012)


def test_intervals_cover_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        x = rng.normal(size=80)
        y = 0.5 * x + math.sqrt(0.75) * rng.normal(size=80)
        estimate = bootstrap(pearson, x, y, rng=rng, draws=300, confidence=0.8)
        hits += estimate.low <= 0.5 <= estimate.high
    assert 0.72 <= hits / 200 <= 0.87


def test_groups_that_resemble_each_other_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(40), 10)
    values = rng.normal(size=40)[group] + 0.1 * rng.normal(size=400)
    alone = bootstrap(mean, values, rng=np.random.default_rng(0))
    together = bootstrap(mean, values, rng=np.random.default_rng(0), groups=group)
    assert together.n == 40
    expected = 2 * 1.96 * values.reshape(40, 10).mean(axis=1).std() / math.sqrt(40)
    assert together.high - together.low == pytest.approx(expected, rel=0.15)
    assert together.high - together.low > 2.5 * (alone.high - alone.low)


def test_a_resample_draws_as_many_units_as_there_are() -> None:
    counts = resample_counts(7, 500, np.random.default_rng(0))
    assert counts.shape == (500, 7)
    assert set(counts.sum(axis=1)) == {7}
    assert counts.mean() == pytest.approx(1)


def test_percentiles_leave_undefined_resamples_out_up_to_a_half() -> None:
    values = np.arange(101.0)
    assert percentile_interval(values, 0.8) == pytest.approx((10, 90))
    assert percentile_interval(np.append(values, [math.nan] * 101), 0.8) == pytest.approx((10, 90))
    for few in (np.append(values, [math.nan] * 102), np.empty(0)):
        assert all(math.isnan(end) for end in percentile_interval(few))


def test_groups_of_one_song_are_songs() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 50))
    names = [f"song {k:02}" for k in range(50)]
    by_song = bootstrap(mse, x, y, rng=np.random.default_rng(5))
    by_group = bootstrap(mse, x, y, rng=np.random.default_rng(5), groups=names)
    assert (by_song.value, by_song.n) == (by_group.value, by_group.n)
    assert (by_song.low, by_song.high) == pytest.approx((by_group.low, by_group.high), rel=1e-12)


def test_the_fast_and_the_plain_path_give_one_interval() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 60))
    for plain in (spearman, pearson):
        fast = bootstrap(plain, x, y, rng=np.random.default_rng(5), draws=200)
        slow = bootstrap(
            lambda a, b, plain=plain: plain(a, b), x, y, rng=np.random.default_rng(5), draws=200
        )
        assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), abs=1e-9)


def test_equal_predictions_differ_by_exactly_nothing() -> None:
    truth, predicted = np.random.default_rng(0).normal(size=(2, 70))
    for measure in (mse, mae, pearson, spearman, kendall):
        difference = paired_difference(
            measure, predicted, predicted.copy(), truth, rng=np.random.default_rng(1), draws=50
        )
        assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_a_paired_difference_is_surer_than_two_intervals() -> None:
    rng = np.random.default_rng(9)
    truth = rng.normal(size=300)
    hard = 3 * rng.normal(size=300)
    a, b = truth + hard, truth + hard + 0.3 * rng.normal(size=300) + 0.5
    difference = paired_difference(mae, b, a, truth, rng=np.random.default_rng(1))
    assert difference.value == pytest.approx(mae(b, truth) - mae(a, truth), rel=1e-12)
    swapped = paired_difference(mae, a, b, truth, rng=np.random.default_rng(1))
    assert (swapped.low, swapped.high) == pytest.approx((-difference.high, -difference.low))
    alone = bootstrap(mae, a, truth, rng=np.random.default_rng(1))
    assert difference.high - difference.low < 0.5 * (alone.high - alone.low)


def test_seed_draws_and_confidence_are_used() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 60))

    def of(seed: int = 1, draws: int = 200, confidence: float = 0.95) -> Estimate:
        rng = np.random.default_rng(seed)
        return bootstrap(mae, x, y, rng=rng, draws=draws, confidence=confidence)

    assert of() == of()
    assert of() != of(seed=2)
    assert of() != of(draws=240)
    assert of(confidence=0.5).high < of().high


def test_undefined_is_told() -> None:
    rng = np.random.default_rng(0)
    empty = bootstrap(mse, [], [], rng=rng)
    assert empty.n == 0
    assert math.isnan(empty.value)
    single = bootstrap(mse, [1.0], [3.0], rng=rng)
    assert single.value == 4
    assert math.isnan(single.low)
    constant = bootstrap(pearson, [1, 1, 1], [1, 2, 3], rng=rng)
    assert math.isnan(constant.value)
    assert math.isnan(constant.high)
    # Ten songs of which one differs: (9/10)^10 of the resamples miss it.
    rare = bootstrap(pearson, [0] * 9 + [1], range(10), rng=rng, draws=4000)
    assert rare.undefined == pytest.approx(0.9**10, abs=0.03)
    assert rare.high <= 1
    # Two songs that differ of nine, but only in company: more than half are undefined.
    lone = bootstrap(lambda x: math.nan if x.sum() != 1 else 1.0, [0] * 8 + [1], rng=rng)
    assert lone.value == 1
    assert math.isnan(lone.low)
    assert lone.reason == "it is undefined in more than half of the resamples"


def test_wrong_calls_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="one length"):
        bootstrap(mse, [1.0, 2.0], [1.0], rng=rng)
    with pytest.raises(InputError, match="one length"):
        bootstrap(mse, [1.0, 2.0], [1.0, 2.0], rng=rng, groups=["a"])
    with pytest.raises(InputError, match="confidence"):
        bootstrap(mse, [1.0], [1.0], rng=rng, confidence=1.0)
    with pytest.raises(InputError, match="draw"):
        paired_difference(mse, [1.0], [1.0], [2.0], rng=rng, draws=0)


def test_ten_thousand_songs_take_seconds() -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 10_000))
    started = time.process_time()
    bootstrap(spearman, x, y, rng=np.random.default_rng(0), draws=100)
    assert time.process_time() - started < 2  # about 0.1; a thousand draws of seven axes take 7
