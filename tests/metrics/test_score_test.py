"""The score test of added features: its level, its power, and what may not change it."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ttest_1samp

from plaudit.metrics.score_test import score_test

Floats = NDArray[np.float64]


def battles(
    rng: np.random.Generator, n: int = 300, clusters: int = 60, weight: float = 0.0
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Return added and known features, outcomes and clusters; clusters have tastes of their own."""
    known, cluster = rng.normal(size=(n, 2)), rng.integers(clusters, size=n)
    added = 0.6 * known[:, :1] + rng.normal(size=(n, 3))
    taste = 0.5 * rng.normal(size=(clusters, 3))[cluster]
    margin = known[:, 0] + weight * added[:, 1] + (taste * added).sum(axis=1)
    return added, known, (rng.uniform(size=n) < 1 / (1 + np.exp(-margin))).astype(float), cluster


def test_level_and_power() -> None:
    rng = np.random.default_rng(0)
    null = np.array([score_test(*battles(rng)) for _ in range(400)])
    assert 0.025 < np.mean(null < 0.05) < 0.085
    assert 0.4 < np.median(null) < 0.6
    found = np.array([score_test(*battles(rng, weight=0.8)) for _ in range(50)])
    assert np.mean(found < 0.05) > 0.9


def test_battles_of_one_cluster_count_as_one() -> None:
    added, known, won, cluster = battles(np.random.default_rng(1), n=60)
    ten = [np.repeat(part, 10, axis=0) for part in (added, known, won)]
    together = score_test(ten[0], ten[1], ten[2], np.repeat(cluster, 10))
    assert together == pytest.approx(score_test(added, known, won, cluster), rel=0.2)
    assert score_test(ten[0], ten[1], ten[2], np.arange(600)) < together / 10


def test_one_feature_is_a_t_test_of_the_clusters() -> None:
    rng = np.random.default_rng(2)
    x, won, cluster = rng.normal(size=(90, 1)), rng.integers(2, size=90), rng.integers(12, size=90)
    scores = np.bincount(cluster, x[:, 0] * (won - 0.5))
    p = score_test(x, np.zeros((90, 0)), won.astype(float), cluster)
    assert p == pytest.approx(ttest_1samp(scores, 0).pvalue)


def test_sides_order_scale_and_ties_change_nothing() -> None:
    rng = np.random.default_rng(3)
    added, known, won, cluster = battles(rng)
    p = score_test(added, known, won, cluster)
    turned = rng.integers(2, size=len(won)) == 1
    sign = np.where(turned, -1.0, 1.0)[:, None]
    swapped = score_test(sign * added, sign * known, np.where(turned, 1 - won, won), cluster)
    assert swapped == pytest.approx(p, rel=1e-9)
    order = rng.permutation(len(won))
    assert score_test(added[order], known[order], won[order], 7 * cluster[order]) == pytest.approx(
        p
    )
    assert score_test(100 * added, 0.01 * known, won, cluster) == pytest.approx(p)
    tie = np.r_[won, np.nan]
    more = [np.vstack([part, part[:1]]) for part in (added, known)]
    assert score_test(more[0], more[1], tie, np.r_[cluster, 0]) == pytest.approx(p)


def test_what_known_features_explain_is_not_counted_again() -> None:
    rng = np.random.default_rng(4)
    p = []
    for _ in range(200):
        _, known, _, cluster = battles(rng)
        won = (rng.uniform(size=300) < 1 / (1 + np.exp(-3 * known[:, 0]))).astype(float)
        p.append(score_test(known[:, :1] + 0.5 * rng.normal(size=(300, 1)), known, won, cluster))
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.11


def test_undefined() -> None:
    added, known, won, _ = battles(np.random.default_rng(5))
    assert math.isnan(score_test(added, known, won, np.zeros(300, int)))
    assert math.isnan(score_test(added, known, won, np.arange(300) % 3))
    assert math.isnan(score_test(np.zeros_like(added), known, won, np.arange(300)))
    separated = (known[:, 0] > 0).astype(float)
    assert 0 <= score_test(added, known, separated, np.arange(300)) <= 1
