"""Models of preference: antisymmetric to the last bit, learn what is planted, and only that."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from plaudit.core.choice import CALIBRATIONS
from plaudit.core.errors import InputError
from plaudit.metrics.probability import auc, brier
from plaudit.model.preference import MODELS
from plaudit.training.preference_fit import fit_preference, fit_uncalibrated

Floats = NDArray[np.float64]


def drawn(n: int, seed: int, strength: float = 1.0, d: int = 3) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n, d))
    chance = 1 / (1 + np.exp(-strength * (a - b)[:, 0]))
    return a, b, (rng.uniform(size=n) < chance).astype(float)


@settings(max_examples=12)
@given(st.sampled_from(MODELS), st.sampled_from(CALIBRATIONS), st.integers(0, 10**6))
def test_both_sides_add_up_to_exactly_one(model: str, calibration: str, seed: int) -> None:
    a, b, won = drawn(80, seed)
    rng = np.random.default_rng(seed)
    ready = fit_preference(a, b, won, model=model, rng=rng, calibration=calibration)
    p, back = ready.probability(a, b), ready.probability(b, a)
    np.testing.assert_array_equal(p, 1 - back)
    assert (ready.probability(a, a) == 0.5).all()
    assert ((p >= 0) & (p <= 1)).all()


def test_the_logistic_is_the_ridge_solution() -> None:
    a, b, won = drawn(300, 1)
    ready = fit_uncalibrated(a, b, won, model="logistic", rng=np.random.default_rng(0))
    x = (a - b) / np.sqrt(np.mean((a - b) ** 2, axis=0))

    def loss(w: Floats) -> float:
        return float(np.logaddexp(0, -(2 * won - 1) * (x @ w)).sum() + w @ w / 2)

    w = minimize(loss, np.zeros(3), tol=1e-10).x
    np.testing.assert_allclose(ready.margin(a, b), x @ w, atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_planted_is_learned_and_nothing_else(model: str) -> None:
    a, b, won = drawn(1500, 1, 1.5)
    test_a, test_b, test_won = drawn(1500, 2, 1.5)
    rng = np.random.default_rng(0)
    ready = fit_preference(a, b, won, model=model, rng=rng)
    assert auc(ready.probability(test_a, test_b), test_won) > 0.78
    assert brier(ready.probability(test_a, test_b), test_won) < 0.2
    coin = np.random.default_rng(3).integers(2, size=len(won))
    blind = fit_preference(a, b, coin, model=model, rng=rng)
    # Which way a coin points is chance; that it is hardly believed is not.
    assert np.abs(blind.probability(test_a, test_b) - 0.5).mean() < 0.1
    lost = auc(blind.probability(test_a, test_b), np.random.default_rng(4).integers(2, size=1500))
    assert abs(lost - 0.5) < 0.06


@pytest.mark.parametrize("model", ["svm", "trees", "net"])
def test_a_curve_is_learned_by_those_that_can(model: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3000, 1))
    won = np.sin(2 * (a - b)[:, 0]) > 0
    line = fit_uncalibrated(a, b, won, model="logistic", rng=rng).probability(a, b)
    curve = fit_uncalibrated(a, b, won, model=model, rng=rng).probability(a, b)
    assert auc(curve, won) > auc(line, won) + 0.03


@pytest.mark.parametrize("model", MODELS)
def test_it_is_the_same_for_the_same_generator_and_whichever_song_comes_first(model: str) -> None:
    a, b, won = drawn(200, 5)
    first, second = (
        fit_preference(a, b, won, model=model, rng=np.random.default_rng(1)).probability(a, b)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    other = fit_preference(b, a, 1 - won, model=model, rng=np.random.default_rng(1))
    np.testing.assert_allclose(other.probability(a, b), first, atol=2e-3)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_calibration_brings_probabilities_down_to_what_happens(calibration: str) -> None:
    a, b, won = drawn(400, 1, 0.3, d=40)  # forty numbers, of which one tells a little
    test_a, test_b, test_won = drawn(4000, 2, 0.3, d=40)
    rng = np.random.default_rng
    plain = fit_uncalibrated(a, b, won, model="trees", rng=rng(0))
    ready = fit_preference(a, b, won, model="trees", rng=rng(0), calibration=calibration)
    loss = [brier(m.probability(test_a, test_b), test_won) for m in (plain, ready)]
    assert loss[1] < loss[0] - 0.005


def test_groups_stay_together_in_the_folds_of_the_calibration() -> None:
    rng = np.random.default_rng(0)
    # Each prompt comes ten times over with the answer of a coin: seen before, it is known.
    songs = np.repeat(rng.normal(size=(2, 40, 5)), 10, axis=1)
    won = np.repeat(rng.integers(2, size=40), 10)
    prompt = np.repeat(np.arange(40), 10)
    chances = [
        fit_preference(
            songs[0], songs[1], won, model="trees", rng=np.random.default_rng(1),
            calibration="temperature", groups=groups,
        ).probability(songs[0], songs[1])
        for groups in (np.arange(400), prompt, None)
    ]  # fmt: skip
    favourite = [np.maximum(p, 1 - p).mean() for p in chances]
    assert favourite[0] > 0.9
    assert favourite[1] < 0.6
    np.testing.assert_array_equal(chances[1], chances[2])  # equal pairs are one group


@pytest.mark.parametrize("model", MODELS)
def test_a_battle_of_twice_the_weight_counts_as_two(model: str) -> None:
    a, b, won = drawn(60, 7)
    twice = np.r_[np.arange(60), np.arange(20)]
    weight = np.r_[np.full(20, 2.0), np.ones(40)]
    rng = np.random.default_rng
    heavy = fit_preference(a, b, won, model=model, rng=rng(0), weight=weight)
    plain = fit_preference(a, b, won, model=model, rng=rng(0))
    if model in {"logistic", "net"}:
        many = fit_preference(a[twice], b[twice], won[twice], model=model, rng=rng(0))
        np.testing.assert_allclose(many.probability(a, b), heavy.probability(a, b), atol=2e-3)
    assert np.abs(heavy.probability(a, b) - plain.probability(a, b)).max() > 1e-4


def test_one_sided_and_tiny_training_still_answers() -> None:
    a, b, _ = drawn(30, 1)
    for model in MODELS:
        ready = fit_preference(a, b, np.ones(30), model=model, rng=np.random.default_rng(0))
        assert np.isfinite(ready.probability(a, b)).all()
    single = fit_uncalibrated(a[:1], b[:1], [1], model="logistic", rng=np.random.default_rng(0))
    assert single.probability(a[:1], b[:1])[0] > 0.5


def test_what_cannot_be_fitted_is_told() -> None:
    a, b, won = drawn(20, 1)
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="no model 'tree'; did you mean 'trees'"):
        fit_preference(a, b, won, model="tree", rng=rng)
    with pytest.raises(InputError, match="no calibration 'platt'"):
        fit_preference(a, b, won, model="net", rng=rng, calibration="platt")
    with pytest.raises(InputError, match=r"got \(20, 3\) and \(20, 2\)"):
        fit_preference(a, b[:, :2], won, model="net", rng=rng)
    with pytest.raises(InputError, match="got 20, 19, 19 and 19"):
        fit_preference(a, b, won[:-1], model="net", rng=rng)
    with pytest.raises(InputError, match="finite features"):
        fit_preference(a * np.nan, b, won, model="net", rng=rng)
    with pytest.raises(InputError, match="above 0"):
        fit_preference(a, b, won, model="net", rng=rng, weight=np.zeros(20))
    ready = fit_preference(a, b, won, model="logistic", rng=rng)
    with pytest.raises(InputError, match="Expected 3 features a song, as in training, got 2"):
        ready.probability(a[:, :2], b[:, :2])
