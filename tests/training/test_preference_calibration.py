"""Chances of models of preference: no more than the battles support, and right within intervals."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from plaudit.core.choice import CALIBRATIONS
from plaudit.model.preference import MODELS, Curve
from plaudit.training import preference_calibration
from plaudit.training.preference_calibration import HeldOut, fit_calibration
from plaudit.training.preference_fit import fit_and_hold_out, fit_preference

Floats = NDArray[np.float64]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def world(n: int, right: float, seed: int, axes: int = 5) -> tuple[Floats, Floats]:
    """Differences of songs, and who won: by the first axis, and people are right that often."""
    draws = rng(seed)
    x = draws.normal(size=(n, axes))
    return x, ((x[:, 0] > 0) == (draws.random(n) < right)).astype(float)


def held(margin: Floats, won: NDArray[Any], group: NDArray[np.intp] | None = None) -> HeldOut:
    unit = np.arange(len(won)) if group is None else group
    return HeldOut(margin, won.astype(float), np.ones(len(won)), unit)


class Answer(NamedTuple):
    stated: float
    true: float
    low: float
    high: float


def answer(x: Floats, won: Floats, right: float, model: str, calibration: str) -> Answer:
    ready, held_out = fit_and_hold_out(x, 0 * x, won, model=model, rng=rng())
    curve, _ = fit_calibration(held_out, calibration, rng())
    fresh = rng(99).normal(size=(1000, x.shape[1]))
    margin = ready.margin(fresh, 0 * fresh)
    agree = (margin > 0) == (fresh[:, 0] > 0)
    true = float(np.where(margin == 0, 0.5, np.where(agree, right, 1 - right)).mean())
    size = np.abs(margin)
    return Answer(
        float(np.interp(size, curve.margin, curve.chance).mean()),
        true,
        *(float(np.interp(size, curve.margin, line).mean()) for line in (curve.low, curve.high)),
    )


@pytest.mark.parametrize("n", [24, 60])
@pytest.mark.parametrize("model", MODELS)
def test_battles_that_one_axis_decides_never_make_a_chance_certain(model: str, n: int) -> None:
    x, won = world(n, 1.0, seed=3)
    ready, held_out = fit_and_hold_out(x, 0 * x, won, model=model, rng=rng())
    wide = ready.margin(1e6 * x, 0 * x)
    for calibration in CALIBRATIONS:
        curve, calibrated = fit_calibration(held_out, calibration, rng())
        assert np.interp(np.abs(wide), curve.margin, curve.chance).max() <= 1 - 1 / (n + 2)
        assert calibrated.largest.chance <= 1 - 1 / (n + 2)
        if n == 60:
            assert calibrated.largest.chance > 0.8
            assert calibrated.largest.high > 0.99  # nothing speaks against it either
            assert calibrated.reason is None


@pytest.mark.parametrize("calibration", CALIBRATIONS)
@pytest.mark.parametrize("n", [20, 60])
def test_the_mean_chance_is_not_above_what_happens(n: int, calibration: str) -> None:
    for right in (0.5, 0.6, 0.9):
        answers = [
            answer(*world(n, right, seed), right, "logistic", calibration) for seed in range(6)
        ]
        assert np.mean([a.stated - a.true for a in answers]) < 0.05
        assert sum(a.low <= a.true <= a.high for a in answers) >= 5


@pytest.mark.parametrize("calibration", ["temperature", "isotonic"])
def test_the_chance_of_battles_drawn_from_a_curve_lies_in_its_interval(calibration: str) -> None:
    inside, gaps = [], []
    for seed in range(24):
        draws, n = rng(seed), (30, 300)[seed % 2]
        margin = draws.normal(size=n)
        chance = 0.5 + 0.4 * np.tanh(1.5 * np.abs(margin) / 2)  # people err in a tenth of battles
        won = (margin > 0) == (draws.random(n) < chance)
        curve, _ = fit_calibration(held(margin, won), calibration, rng())
        true = 0.5 + 0.4 * np.tanh(1.5 * curve.margin / 2)
        inside.append((curve.low <= true) & (true <= curve.high))
        gaps.append(curve.chance - true)
    assert np.mean(inside) > 0.93
    assert -0.06 < np.mean(gaps) < 0.01


def test_the_chance_is_the_mean_over_the_posterior() -> None:
    draws = rng(1)
    margin = draws.normal(size=40)
    won = (margin > 0) == (draws.random(40) < expit(2 * np.abs(margin)))
    unit = np.sqrt(np.mean(margin**2))
    size, right = np.abs(margin) / unit, (margin > 0) == won
    slope = np.exp(np.linspace(-3, 4, 300))[:, None, None]
    ceiling = np.linspace(0.001, 0.999, 400)[:, None]
    chance = 0.5 + (ceiling - 0.5) * np.tanh(slope * size / 2)
    density = np.log(np.where(right, chance, 1 - chance)).sum(axis=2)
    density = density - ((np.log(slope) - np.log(2)) ** 2 / 2)[..., 0]
    weight = np.exp(density - density.max())
    asked = np.array([0.3, 1.0])
    curves = 0.5 + (ceiling - 0.5) * np.tanh(slope * asked / unit / 2)
    expected = (weight[..., None] * curves).sum(axis=(0, 1)) / weight.sum()
    prior = np.exp(-((np.log(slope) - np.log(2)) ** 2) / 2)[..., 0] * np.ones(400)
    odds = (prior * np.exp(density + (np.log(slope) - np.log(2))[..., 0] ** 2 / 2)).sum()
    odds /= prior.sum() * 0.5**40
    expected = 0.5 + odds / (1 + odds) * (expected - 0.5)
    curve, calibrated = fit_calibration(held(margin, won), "temperature", rng())
    assert calibrated.n_effective == pytest.approx(40)
    np.testing.assert_allclose(np.interp(asked, curve.margin, curve.chance), expected, atol=2e-3)


def test_where_the_favourite_always_won_laplace_bounds_the_chance() -> None:
    margin = np.full(60, 50.0)
    curve, calibrated = fit_calibration(held(margin, np.ones(60)), "temperature", rng())
    assert 0.96 < curve.chance[-1] <= 1 - 1 / 62
    assert calibrated.largest.low > 0.85
    assert calibrated.largest.high == 1.0


def test_battles_of_one_prompt_tell_less_than_as_many_of_their_own() -> None:
    draws = rng(2)
    margin = np.abs(draws.normal(size=100))
    won = np.repeat(draws.random(20) < 0.8, 5)  # a prompt's battles all go one way
    alone = fit_calibration(held(margin, won), "temperature", rng())[1]
    grouped = fit_calibration(held(margin, won, np.arange(100) // 5), "temperature", rng())[1]
    assert grouped.n_effective < 40 < alone.n_effective
    assert grouped.mean.high - grouped.mean.low > 1.5 * (alone.mean.high - alone.mean.low)


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_battles_and_of_songs_changes_no_digit(model: str) -> None:
    x, won = world(60, 0.9, seed=5)
    y, prompt = rng(6).normal(size=x.shape), np.arange(60) // 3
    fresh = rng(7).normal(size=(50, 5))
    order, turned = rng(8).permutation(60), rng(9).random(60) < 0.5
    for calibration in ("temperature", "isotonic"):
        as_given = fit_preference(
            x + y, y, won, model=model, rng=rng(), groups=prompt, calibration=calibration
        )
        first, second = x + y, y
        first, second = (
            np.where(turned[:, None], second, first),
            np.where(turned[:, None], first, second),
        )
        other = fit_preference(
            first[order], second[order], np.where(turned, 1 - won, won)[order], model=model,
            rng=rng(), groups=(100 - prompt)[order], calibration=calibration,
        )  # fmt: skip
        for one, two in zip(
            (as_given.probability(fresh, 0 * fresh), *as_given.interval(fresh, 0 * fresh)),
            (other.probability(fresh, 0 * fresh), *other.interval(fresh, 0 * fresh)),
            strict=True,
        ):
            np.testing.assert_array_equal(one, two)
        assert as_given.calibrated == other.calibrated


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_a_model_that_cannot_be_calibrated_says_so(calibration: str) -> None:
    def fitted(
        x: Floats, won: Floats, model: str, **options: NDArray[np.intp]
    ) -> tuple[float, str]:
        ready = fit_preference(
            x, 0 * x, won, model=model, rng=rng(), calibration=calibration, **options
        )
        p = ready.probability(10 * x, 0 * x)
        assert ready.calibrated is not None
        return float(np.maximum(p, 1 - p).mean()), str(ready.calibrated.reason)

    few = fitted(*world(20, 1.0, 0), "trees")
    assert few[0] == 0.5
    assert "favoured neither song of any held-out one. Every chance is 50 %" in few[1]
    x, won = world(20, 1.0, 0)
    alike = fitted(x, won, "logistic", groups=np.zeros(20, np.intp))
    assert alike[0] == 0.5
    assert "none could be held out. Every chance is 50 %" in alike[1]
    coins = [fitted(*world(40, 0.5, seed), "logistic") for seed in range(4)]
    assert np.mean([chance for chance, _ in coins]) < 0.56
    assert max(chance for chance, _ in coins) < 0.65
    assert all("Not calibrated: the favourite won" in reason for _, reason in coins)


def test_the_isotonic_fit_is_that_of_scikit_learn() -> None:
    values, weight = rng(1).random((5, 9)), rng(2).uniform(1, 9, 9)
    for row, rising in zip(values, preference_calibration._rising(values, weight), strict=True):
        theirs = IsotonicRegression().fit(np.arange(9), row, sample_weight=weight)
        np.testing.assert_allclose(rising, theirs.predict(np.arange(9)))


def test_isotonic_follows_battles_off_the_curve_and_none_keeps_the_slope() -> None:
    draws = rng(4)
    margin = draws.normal(size=4000)
    chance = np.where(np.abs(margin) > 0.5, 0.9, 0.5)  # a step
    won = (margin > 0) == (draws.random(4000) < chance)
    curves: dict[str, Curve] = {
        kind: fit_calibration(held(margin, won), kind, rng())[0] for kind in CALIBRATIONS
    }
    true = np.where(curves["none"].margin > 0.5, 0.9, 0.5)
    gap = {kind: float(np.abs(curve.chance - true).mean()) for kind, curve in curves.items()}
    assert gap["isotonic"] < 0.7 * gap["temperature"]
    assert gap["temperature"] < gap["none"]
    widened = fit_calibration(held(10 * margin, won), "none", rng())[0]
    assert np.abs(widened.chance - curves["none"].chance).max() > 0.1
