"""The interval of a share, against SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from plaudit.metrics.share import wilson


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilson_agrees_with_scipy(n: int, share: float) -> None:
    wins = round(share * n)
    known = binomtest(wins, n).proportion_ci(method="wilson")
    assert wilson(wins, n) == pytest.approx((known.low, known.high), abs=1e-9)
