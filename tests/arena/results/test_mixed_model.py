"""Means under random factors: closed forms of balanced designs, a slow twin on whole matrices."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from plaudit.arena.results.mixed_model import mixed_means
from plaudit.core.errors import InputError

Crossed = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def crossed(voters: int, items: int, systems: int, rng: np.random.Generator) -> Crossed:
    """Every voter hears every item of every system: scores, system, voter, item."""
    v, i, s = (axis.ravel() for axis in np.indices((voters, items, systems)))
    scores = (
        rng.normal(0, 1, voters)[v] + rng.normal(0, 0.7, items)[i] + 0.5 * s
        + rng.normal(0, 0.8, len(v))
    )  # fmt: skip
    return scores, s, v, i


def test_a_balanced_design_gives_the_analysis_of_variance() -> None:
    nv, ni, ns = 12, 9, 3
    scores, system, voter, item = crossed(nv, ni, ns, np.random.default_rng(0))
    fit = mixed_means(scores, system, {"voter": voter, "item": item})
    table = scores.reshape(nv, ni, ns)
    grand = table.mean()
    by_voter, by_item = (
        scale * np.square(table.mean(axis) - grand).sum() / (n - 1)
        for scale, axis, n in ((ni * ns, (1, 2), nv), (nv * ns, (0, 2), ni))
    )
    rest = (
        table
        - table.mean((1, 2))[:, None, None]
        - table.mean((0, 2))[None, :, None]
        - table.mean((0, 1))
        + 2 * grand
    )
    error = np.square(rest).sum() / (table.size - nv - ni - ns + 2)
    assert fit.variance["error"] == pytest.approx(error, rel=1e-5)
    assert fit.variance["voter"] == pytest.approx((by_voter - error) / (ni * ns), rel=1e-5)
    assert fit.variance["item"] == pytest.approx((by_item - error) / (nv * ns), rel=1e-5)
    assert fit.mean == pytest.approx(table.mean((0, 1)))
    # The variance of a mean: of voters, of items, and of the rest, which the design all averages.
    expected = fit.variance["voter"] / nv + fit.variance["item"] / ni + error / (nv * ni)
    assert fit.covariance[0, 0] == pytest.approx(expected, rel=1e-5)


def test_two_systems_heard_by_the_same_voters_give_the_paired_t_interval() -> None:
    rng = np.random.default_rng(1)
    pairs = rng.normal(0, 2, (15, 1)) + rng.normal([3.0, 3.6], 0.5, (15, 2))
    voter, system = np.divmod(np.arange(30), 2)
    gap = mixed_means(pairs.ravel(), system, {"voter": voter}).contrast([-1, 1])
    differences = pairs[:, 1] - pairs[:, 0]
    low, high = stats.t.interval(0.95, 14, differences.mean(), stats.sem(differences))
    assert (gap.low, gap.high) == pytest.approx((low, high), rel=1e-3)


def test_without_factors_it_is_the_plain_model() -> None:
    scores = np.array([1.0, 2, 3, 5, 6, 10])
    fit = mixed_means(scores, [0, 0, 0, 1, 1, 1], {})
    pooled = (scores[:3].var(ddof=1) + scores[3:].var(ddof=1)) / 2
    assert fit.variance == {"error": pytest.approx(pooled)}
    half = stats.t.ppf(0.975, 4) * math.sqrt(pooled / 3)
    estimate = fit.contrast([1, 0])
    assert (estimate.low, estimate.high) == pytest.approx((2 - half, 2 + half), rel=1e-3)


def slow_twin(
    scores: np.ndarray, group: np.ndarray, factors: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The same model by its whole covariance matrix; variances and covariance of the means."""
    x = np.eye(group.max() + 1)[group]
    parts = [(codes[:, None] == codes[None, :]).astype(float) for codes in factors.values()]
    parts.append(np.eye(len(scores)))

    def deviance(log_variance: np.ndarray) -> float:
        v = sum(math.exp(w) * part for w, part in zip(log_variance, parts, strict=True))
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        rest = scores - x @ np.linalg.solve(information, x.T @ inverse @ scores)
        logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
        return float(logs + rest @ inverse @ rest)

    best = optimize.minimize(
        deviance, np.zeros(len(parts)), method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000},
    )  # fmt: skip
    variance = np.exp(best.x)
    v = sum(w * part for w, part in zip(variance, parts, strict=True))
    return variance, np.linalg.inv(x.T @ np.linalg.inv(v) @ x)


def test_an_unbalanced_design_gives_what_whole_matrices_give() -> None:
    scores, system, voter, item = crossed(9, 7, 3, np.random.default_rng(3))
    kept = np.random.default_rng(4).uniform(size=len(scores)) < 0.4
    scores, group = scores[kept], system[kept]
    factors = {"voter": voter[kept], "item": item[kept]}
    fit = mixed_means(scores, group, factors)
    variance, covariance = slow_twin(scores, group, factors)
    assert list(fit.variance.values()) == pytest.approx(variance.tolist(), rel=1e-3)
    assert fit.covariance == pytest.approx(covariance, rel=1e-3)


def test_a_factor_that_nothing_tells_apart_is_left_out() -> None:
    scores, system, voter, item = crossed(6, 5, 2, np.random.default_rng(5))
    factors = {
        "voter": voter,
        "again": voter + 3,
        "item": item,
        "of the groups": system,
        "of each score": np.arange(len(scores)),
    }
    assert list(mixed_means(scores, system, factors).variance) == ["voter", "item", "error"]


def test_scores_that_vary_with_nothing_have_a_variance_of_zero_and_still_an_interval() -> None:
    rng = np.random.default_rng(6)
    voter, system = np.divmod(np.arange(60), 2)
    scores = rng.normal(size=60)
    scores[::2] = -scores[1::2] + rng.normal(0, 0.1, 30)  # pairs of a voter lie apart
    fit = mixed_means(scores, system, {"voter": voter})
    assert fit.variance["voter"] == 0.0
    estimate = fit.contrast([1, 0])
    assert estimate.low < estimate.value < estimate.high


def test_equal_scores_have_a_mean_and_say_why_there_is_no_interval() -> None:
    voter, system = np.divmod(np.arange(12), 2)
    estimate = mixed_means(np.full(12, 3.0), system, {"voter": voter}).contrast([1, 0])
    assert estimate.value == pytest.approx(3.0)
    assert math.isnan(estimate.low)
    assert "no answer lies off its mean" in str(estimate.reason)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(InputError, match="more scores than groups"):
        mixed_means([1.0, 2.0], [0, 1], {})
    with pytest.raises(InputError, match="finite scores"):
        mixed_means([1.0, math.nan, 2.0], [0, 0, 1], {})
    with pytest.raises(InputError, match="as many groups"):
        mixed_means([1.0, 2.0, 3.0], [0, 1], {})
