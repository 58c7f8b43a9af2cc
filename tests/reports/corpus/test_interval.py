"""Intervals against published examples and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from plaudit.reports.corpus.interval import agreement, wilson


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilson_agrees_with_scipy(n: int, share: float) -> None:
    wins = round(share * n)
    known = binomtest(wins, n).proportion_ci(method="wilson")
    assert wilson(wins, n) == pytest.approx((known.low, known.high), abs=1e-9)


def test_agreement_is_that_of_shrout_and_fleiss() -> None:
    # Their table 2: six targets rated by four judges; ICC(1,1) .17, ICC(1,4) .44.
    panels = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
    )
    one, low, high, mean = agreement(panels)
    assert one == pytest.approx(0.166, abs=5e-4)
    assert mean == pytest.approx(0.443, abs=5e-4)
    assert (low, high) == pytest.approx((-0.133, 0.723), abs=5e-4)


def test_agreement_at_its_ends() -> None:
    assert agreement(np.array([[1.0, 1], [4, 4], [2, 2]]))[0] == 1
    assert all(math.isnan(value) for value in agreement(np.full((3, 2), 2.0)))
    rng = np.random.default_rng(0)
    assert abs(agreement(rng.normal(size=(3000, 4)))[0]) < 0.05
