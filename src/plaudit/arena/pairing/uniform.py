"""Pairs at random: every pair of systems that may be asked is as likely as every other."""

import numpy as np

from plaudit.arena.pairing.board import Counts, Floats


def choose(counts: Counts, allowed: Floats, rng: np.random.Generator) -> tuple[int, int]:  # noqa: ARG001 - as all policies
    """Return a pair of systems (row below column) of those that are allowed, (k, k)."""
    return one_of(np.triu(allowed, 1) > 0, rng)


def one_of(candidates: np.ndarray, rng: np.random.Generator) -> tuple[int, int]:
    """Return the place of one true cell, at random."""
    places = np.argwhere(candidates)
    row, column = places[rng.integers(len(places))]
    return int(row), int(column)
