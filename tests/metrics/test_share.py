"""The interval of a share, against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from plaudit.metrics.share import clustered_share, wilson


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilson_agrees_with_scipy(n: int, share: float) -> None:
    wins = round(share * n)
    known = binomtest(wins, n).proportion_ci(method="wilson")
    assert wilson(wins, n) == pytest.approx((known.low, known.high), abs=1e-9)


@given(n=st.integers(30, 2000), share=st.floats(0, 1))
def test_cases_that_are_their_own_clusters_have_wilsons_interval(n: int, share: float) -> None:
    happened = np.arange(n) < round(share * n)
    low, high = clustered_share((happened, np.ones(n)))
    assert (low, high) == pytest.approx(wilson(happened.sum(), n), abs=0.1 / math.sqrt(n))
    assert 0 <= low <= happened.mean() + 1e-12
    assert happened.mean() - 1e-12 <= high <= 1


def test_one_cluster_shows_no_spread() -> None:
    assert all(math.isnan(end) for end in clustered_share(([30], [100])))


@pytest.mark.parametrize("sd", [0.0, 0.8, 1.5])
@pytest.mark.parametrize("clusters", [8, 25])
def test_the_interval_holds_a_share_that_differs_between_clusters(sd: float, clusters: int) -> None:
    rng = np.random.default_rng(5)
    truth = float((1 / (1 + np.exp(2 - rng.normal(0, sd, 200_000)))).mean())
    held = plain = 0
    for _ in range(600):
        chance = 1 / (1 + np.exp(2 - rng.normal(0, sd, clusters)))
        cases = 1 + rng.multinomial(300, np.full(clusters, 1 / clusters))
        happened = rng.binomial(cases, chance)
        low, high = clustered_share((happened, cases))
        held += low <= truth <= high
        low, high = wilson(happened.sum(), cases.sum())
        plain += low <= truth <= high
    assert (0.88 if clusters == 8 else 0.92) <= held / 600 <= 0.99
    if sd == 1.5:
        assert plain / 600 < 0.85  # what votes taken as independent would promise and not hold


def test_crossed_clusters_hold_a_share_that_differs_by_both() -> None:
    rng = np.random.default_rng(5)
    sd, n_rows, n_columns, n = 1.0, 25, 30, 300
    truth = float((1 / (1 + np.exp(2 - rng.normal(0, 2**0.5 * sd, 200_000)))).mean())
    held = by_row = 0
    for _ in range(600):
        row, column = rng.integers(n_rows, size=n), rng.integers(n_columns, size=n)
        taste = rng.normal(0, sd, n_rows)[row] + rng.normal(0, sd, n_columns)[column]
        happened = rng.random(n) < 1 / (1 + np.exp(2 - taste))

        def counted(
            of: np.ndarray, happened: np.ndarray = happened
        ) -> tuple[np.ndarray, np.ndarray]:
            cases = np.bincount(of)
            return np.bincount(of, happened)[cases > 0], cases[cases > 0]

        rows, columns, pairs = counted(row), counted(column), counted(row * n_columns + column)
        low, high = clustered_share(rows, columns, pairs)
        held += low <= truth <= high
        low, high = clustered_share(rows)
        by_row += low <= truth <= high
    assert 0.92 <= held / 600 <= 0.99
    assert by_row < held
