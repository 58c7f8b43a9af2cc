"""Balanced blocks: what was asked least comes next, ties at random.

A voter's ratings, MUSHRA items and ranks are a block of the design: each system appears equally
often in it as far as the songs allow, and over all voters each song is asked equally often.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def least_asked(candidates: Sequence[T], asked: Mapping[T, int], rng: np.random.Generator) -> T:
    """Return a candidate that was asked least, at random among several; there is one at least."""
    fewest = min(asked.get(candidate, 0) for candidate in candidates)
    least = [candidate for candidate in candidates if asked.get(candidate, 0) == fewest]
    return least[rng.integers(len(least))]


def shuffled(values: Sequence[T], rng: np.random.Generator) -> list[T]:
    """Return values in an order drawn at random."""
    return [values[k] for k in rng.permutation(len(values))]
