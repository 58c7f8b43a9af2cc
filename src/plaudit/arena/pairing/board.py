"""What a pairing policy knows: how often each pair of systems was asked, and with which outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Counts of battles by pair of systems, each (k, k)."""

    systems: tuple[str, ...]
    asked: Floats  #: Tasks that were given out, answered or not; symmetric.
    first: Floats  #: Of them, those with the row shown first.
    wins: Floats  #: Of the row against the column.
    ties: Floats  #: Symmetric.
    neither: Floats  #: Symmetric.

    @classmethod
    def empty(cls, systems: Sequence[str]) -> "Counts":
        """Return counts before the first battle."""
        return cls(tuple(systems), *(np.zeros((len(systems), len(systems))) for _ in range(5)))

    @property
    def n_asked(self) -> float:
        """Tasks that were given out."""
        return float(self.asked.sum()) / 2

    def copy(self) -> "Counts":
        """Return counts that nobody else adds to."""
        tables = (self.asked, self.first, self.wins, self.ties, self.neither)
        return Counts(self.systems, *(table.copy() for table in tables))

    def add(self, first: int, second: int, outcome: str | None, n: int = 1) -> None:
        """Count battles of two systems in the order shown; None for those without an answer."""
        for table in (self.asked, *self._symmetric(outcome)):
            table[first, second] += n
            table[second, first] += n
        self.first[first, second] += n
        if outcome == "first":
            self.wins[first, second] += n
        elif outcome == "second":
            self.wins[second, first] += n

    def _symmetric(self, outcome: str | None) -> tuple[Floats, ...]:
        return {"tie": (self.ties,), "neither": (self.neither,)}.get(outcome or "", ())
