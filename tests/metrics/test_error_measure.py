"""Errors: against scikit-learn, and their laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_squared_error

from plaudit.core.errors import InputError
from plaudit.metrics.error import mae, mse

number = st.floats(-1e3, 1e3)
table = st.lists(st.tuples(number, number), min_size=1, max_size=30).map(np.array)


@given(table)
def test_they_agree_with_scikit_learn(
    two: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> None:
    x, y = two.T
    assert mse(x, y) == pytest.approx(mean_squared_error(y, x), rel=1e-12)
    assert mae(x, y) == pytest.approx(mean_absolute_error(y, x), rel=1e-12)
    assert mse(x, x) == mae(y, y) == 0
    assert mse(x, y) == mse(y, x)
    assert mae(x, y) ** 2 <= mse(x, y) * (1 + 1e-12) + 1e-300


def test_undefined_and_unknown() -> None:
    assert math.isnan(mse([], []))
    assert math.isnan(mae([], []))
    with pytest.raises(InputError, match="not"):
        mae([math.inf], [1.0])
