"""Measures of preference beside scikit-learn and evalica, which share no code with them."""

import math
import warnings

import evalica
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from plaudit.metrics.borda import borda
from plaudit.metrics.bradley_terry import bradley_terry
from plaudit.metrics.davidson import davidson
from plaudit.metrics.elo import elo
from plaudit.metrics.probability import (
    auc,
    brier,
    ece,
    f1,
    log_loss,
    macro_f1,
    reliability_bins,
)
from plaudit.metrics.resample_pairwise import binary_measures
from plaudit.metrics.tally import tally
from plaudit.metrics.threshold import tta_f1

cases = st.lists(st.tuples(st.integers(1, 39).map(lambda n: n / 40), st.booleans()), min_size=2,
                 max_size=60)  # fmt: skip
rated = st.lists(st.tuples(st.integers(2, 10), st.integers(2, 10)), min_size=1, max_size=40)


@given(cases)
def test_scikit_learn_says_the_same(made: list[tuple[float, bool]]) -> None:
    from sklearn.calibration import calibration_curve

    p, y = (np.array(values) for values in zip(*made, strict=True))
    assert brier(p, y) == pytest.approx(sklearn_metrics.brier_score_loss(y, p))
    if len(set(y)) == 2:
        assert auc(p, y) == pytest.approx(sklearn_metrics.roc_auc_score(y, p))
        assert log_loss(p, y) == pytest.approx(sklearn_metrics.log_loss(y, p))
    if (p > 0.5).any() or y.any():
        assert f1(p > 0.5, y) == pytest.approx(sklearn_metrics.f1_score(y, p > 0.5))
    if len({*(p > 0.5), *y}) == 2 and not (p == 0.5).any():
        assert macro_f1(p, y) == pytest.approx(
            sklearn_metrics.f1_score(y, p > 0.5, average="macro")
        )
    bins = reliability_bins(p, y, 8)
    observed, predicted = calibration_curve(y, p, n_bins=8)
    np.testing.assert_allclose([part.observed for part in bins], observed, atol=1e-12)
    np.testing.assert_allclose([part.predicted for part in bins], predicted, atol=1e-12)
    weights = np.array([part.n for part in bins]) / len(p)
    assert ece(p, y, 8) == pytest.approx(float(weights @ np.abs(observed - predicted)))


@given(cases, st.integers(0, 999))
def test_resamples_are_scikit_learns_weights(made: list[tuple[float, bool]], seed: int) -> None:
    p, y = (np.array(values, np.float64) for values in zip(*made, strict=True))
    counts = np.random.default_rng(seed).integers(4, size=(5, len(p))).astype(np.float64)
    measures = binary_measures(counts, p, y)
    right = np.where(p == 0.5, 0.5, (p > 0.5) == y)
    for k, weight in enumerate(counts):
        if len(set(y[weight > 0])) < 2:
            assert math.isnan(measures.auc[k])
            continue
        expected = sklearn_metrics.roc_auc_score(y, p, sample_weight=weight)
        assert measures.auc[k] == pytest.approx(expected)
        expected = sklearn_metrics.brier_score_loss(y, p, sample_weight=weight)
        assert measures.brier[k] == pytest.approx(expected)
        assert measures.accuracy[k] == pytest.approx(np.average(right, weights=weight))


@given(rated)
def test_tta_is_scikit_learns_f1(made: list[tuple[int, int]]) -> None:
    predicted, true = (np.array(values) / 2 for values in zip(*made, strict=True))
    if (predicted >= 3.5).any() or (true >= 3.5).any():
        expected = sklearn_metrics.f1_score(true >= 3.5, predicted >= 3.5)
        assert tta_f1(predicted, true, 3.5) == pytest.approx(expected)
    else:
        assert math.isnan(tta_f1(predicted, true, 3.5))


def drawn(seed: int, size: int, n: int, ties: float = 0.2) -> tuple[np.ndarray, ...]:
    """Return battles of systems of planted strength."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=size)
    first = rng.integers(size, size=n)
    second = (first + rng.integers(1, size, size=n)) % size
    won = rng.random(n) < 1 / (1 + np.exp(strength[second] - strength[first]))
    outcome = np.where(rng.random(n) < ties, 2, np.where(won, 0, 1))
    return first, second, outcome


def evalica_winners(outcome: np.ndarray) -> list[evalica.Winner]:
    return [(evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw)[code] for code in outcome]


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(2, 9), st.sampled_from([0.0, 0.25]))
def test_bradley_terry_is_evalicas(seed: int, size: int, ties: float) -> None:
    first, second, outcome = drawn(seed, size, 300 * size, ties)
    points = tally(first, second, outcome, size).points
    assume((points + np.eye(size) > 0).all())
    ours = bradley_terry(points).strength
    result = evalica.bradley_terry(
        first.tolist(), second.tolist(), evalica_winners(outcome), tolerance=1e-12, limit=100_000
    )
    theirs = np.log([result.scores[k] for k in range(size)])
    np.testing.assert_allclose(ours, theirs - theirs.mean(), atol=1e-5)


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(2, 9))
def test_elo_and_borda_are_evalicas(seed: int, size: int) -> None:
    first, second, outcome = drawn(seed, size, 60 * size)
    winners = evalica_winners(outcome)
    won = np.array([1.0, 0.0, 0.5])[outcome]
    xs, ys = first.tolist(), second.tolist()
    for k in (4.0, 32.0):
        scores = evalica.elo(xs, ys, winners, k=k).scores
        np.testing.assert_allclose(elo(first, second, won, size, k=k),
                                   [scores[system] for system in range(size)])  # fmt: skip
    points = tally(first, second, outcome, size).points
    rates = evalica.average_win_rate(xs, ys, winners).scores
    assume(((points + points.T > 0).sum(axis=1) == size - 1).all())
    np.testing.assert_allclose(borda(points), [rates[system] for system in range(size)])


def test_davidson_is_a_general_maximum() -> None:
    """The same likelihood written down plainly, climbed by SciPy without slopes of ours."""
    from scipy.optimize import minimize

    first, second, outcome = drawn(7, 5, 400)
    counted = tally(first, second, outcome, 5)

    def minus(place: np.ndarray) -> float:
        worth, nu = np.exp(place[:5]), math.exp(place[5])
        a, b = worth[first], worth[second]
        tie = nu * np.sqrt(a * b)
        chance = np.select([outcome == 0, outcome == 1], [a, b], tie) / (a + b + tie)
        return float(-np.log(chance).sum())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy on the last digits of a numerical slope
        theirs = minimize(minus, np.zeros(6), method="BFGS", options={"gtol": 1e-6})
    ours = davidson(counted.wins, counted.ties)
    np.testing.assert_allclose(ours.strength, theirs.x[:5] - theirs.x[:5].mean(), atol=1e-4)
    assert ours.tie == pytest.approx(math.exp(theirs.x[5]), rel=1e-4)
    assert ours.log_likelihood == pytest.approx(-theirs.fun, rel=1e-9)


@settings(max_examples=10)
@given(st.integers(0, 100), st.sampled_from([0.3, 1.0, 5.0]))
def test_a_penalty_is_scikit_learns_logistic_regression(seed: int, penalty: float) -> None:
    from sklearn.linear_model import LogisticRegression

    first, second, outcome = drawn(seed, 6, 90)
    rows = np.eye(6)[first] - np.eye(6)[second]
    tied = outcome == 2
    design = np.concatenate([rows[~tied], rows[tied], rows[tied]])
    answer = np.concatenate([outcome[~tied] == 0, np.ones(tied.sum()), np.zeros(tied.sum())])
    weight = np.concatenate([np.ones((~tied).sum()), np.full(2 * tied.sum(), 0.5)])
    theirs = LogisticRegression(C=1 / penalty, fit_intercept=False, tol=1e-9, max_iter=10_000)
    theirs.fit(design, answer, sample_weight=weight)
    ours = bradley_terry(tally(first, second, outcome, 6).points, penalty=penalty)
    np.testing.assert_allclose(ours.strength, theirs.coef_[0], atol=1e-5)
