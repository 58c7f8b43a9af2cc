"""The chance of so many of independent events, against counting every case."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaudit.arena.results.tail import at_least
from plaudit.core.errors import InputError


@given(st.lists(st.floats(0, 1), max_size=7), st.integers(-1, 8))
def test_it_is_the_sum_over_all_cases(chances: list[float], count: int) -> None:
    expected = sum(
        float(
            np.prod([c if happened else 1 - c for c, happened in zip(chances, case, strict=True)])
        )
        for case in product([True, False], repeat=len(chances))
        if sum(case) >= count
    )
    assert at_least(count, chances) == pytest.approx(expected, abs=1e-12)


def test_the_order_of_events_changes_no_digit() -> None:
    chances = np.random.default_rng(0).uniform(size=50)
    assert at_least(30, chances) == at_least(30, chances[::-1])


@pytest.mark.parametrize("chances", [[1.5], [-0.1], [float("nan")], [[0.5]]])
def test_what_is_no_chance_is_refused(chances: list[float]) -> None:
    with pytest.raises(InputError, match="chances from 0 to 1"):
        at_least(1, chances)
