"""The pairing policies by name, and which side of a pair comes first."""

from collections.abc import Callable
from functools import partial

import numpy as np

from plaudit.arena.definition.record import Pairing, Tasks
from plaudit.arena.pairing import informative, least_seen, uniform
from plaudit.arena.pairing.board import Counts, Floats

Policy = Callable[[Counts, Floats, np.random.Generator], tuple[int, int]]
"""From counts and the pairs that are allowed, (k, k), to a pair of systems."""


def policy_of(tasks: Tasks) -> Policy:
    """Return the policy that a test names."""
    policies: dict[Pairing, Policy] = {
        "informative": partial(informative.choose, floor=tasks.floor),
        "least-seen": least_seen.choose,
        "uniform": uniform.choose,
    }
    return policies[tasks.pairing]


def shown_order(counts: Counts, pair: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """Return a pair in the order to show it: the system that was first less often comes first."""
    a, b = pair
    lead = counts.first[a, b] - counts.first[b, a]
    swap = lead > 0 or (lead == 0 and rng.random() < 0.5)
    return (b, a) if swap else (a, b)
