"""The pair seen least: all pairs of systems are asked equally often, as far as voters allow."""

import numpy as np

from plaudit.arena.pairing.board import Counts, Floats
from plaudit.arena.pairing.uniform import one_of


def choose(counts: Counts, allowed: Floats, rng: np.random.Generator) -> tuple[int, int]:
    """Return the pair of systems that was asked least of those allowed, (k, k), ties at random."""
    open_pairs = np.triu(allowed, 1) > 0
    fewest = counts.asked[open_pairs].min()
    return one_of(open_pairs & (counts.asked == fewest), rng)
