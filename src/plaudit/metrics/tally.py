"""Battles counted by pair of systems, and whether the counts determine strengths.

Conventions: systems are 0 ... k - 1; every table is (k, k) with an empty diagonal. ``wins[i, j]``
is how often i was preferred to j; ``ties`` and ``neither`` are symmetric. A model of strengths
needs only these counts.

NEITHER (both bad) does not compare the two systems: it is counted, reported as a rate, and enters
no strength.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics.checked import Floats

OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)
"""The four outcomes in the order of their codes, 0 to 3: first, second, tie, neither."""
_NAMED = 5  # names shown of a long list


class UnplacedError(InputError):
    """Counts that do not determine the strength of some system; the sentence names it."""


class ConvergenceError(InputError):
    """A fit that did not reach its maximum in the steps allowed."""


@dataclass(frozen=True)
class Tally:
    """Counts of battles by pair; may be fractions where battles have weights."""

    wins: Floats  #: (k, k) how often the row was preferred to the column.
    ties: Floats  #: (k, k) how often neither was preferred and at least one was good; symmetric.
    neither: Floats  #: (k, k) how often both were bad; symmetric.

    @property
    def size(self) -> int:
        """Number of systems."""
        return len(self.wins)

    @property
    def points(self) -> Floats:
        """Wins of the row against the column with ties as one half for each, (k, k)."""
        return self.wins + self.ties / 2


def tally(
    first: ArrayLike,
    second: ArrayLike,
    outcome: ArrayLike,
    size: int,
    weight: ArrayLike | None = None,
) -> Tally:
    """Count battles.

    Parameters
    ----------
    first, second : array_like of int, (n,)
        Systems, 0 to ``size - 1``; never the same in one battle.
    outcome : array_like of int, (n,)
        Codes of `OUTCOMES`.
    size : int
        Number of systems, at least 1.
    weight : array_like, (n,), optional
        Weight of each battle, 0 or more; by default 1.

    Returns
    -------
    Tally
        The counts.

    Raises
    ------
    InputError
        Lengths differ, a system or outcome is out of range, or a system fights itself.

    Examples
    --------
    >>> tally([0, 1, 0], [1, 0, 1], [0, 0, 2], 2).points.tolist()
    [[0.0, 1.5], [1.5, 0.0]]
    """
    a, b, code = (np.asarray(values, np.int64) for values in (first, second, outcome))
    if not (a.ndim == 1 and a.shape == b.shape == code.shape):
        raise InputError(
            "Expected a first system, a second system and an outcome for each battle, got shapes"
            f" {a.shape}, {b.shape} and {code.shape}."
        )
    for values, end, what in ((a, size, "system"), (b, size, "system"), (code, 4, "outcome")):
        if len(values) and not 0 <= values.min() <= values.max() < end:
            raise InputError(
                f"Expected each {what} as a number from 0 to {end - 1}, got"
                f" {values.min()} to {values.max()}."
            )
    if (a == b).any():
        raise InputError(
            f"Expected two systems in each battle, but {int((a == b).sum())} are of a system"
            " against itself; leave them out."
        )
    key = (code * size + a) * size + b
    weights = None if weight is None else np.asarray(weight, np.float64)
    return folded(np.bincount(key, weights, 4 * size * size).astype(np.float64), size)


def folded(counts: Floats, size: int) -> Tally:
    """Return the tally of counts, flat by outcome, first and second system.

    Parameters
    ----------
    counts : ndarray of float64, (4 * size * size,)
        Of both orders of presentation, which are added.
    size : int
        Number of systems.
    """
    first, second, tie, neither = counts.reshape(4, size, size)
    return Tally(first + second.T, tie + tie.T, neither + neither.T)


def require_placed(points: Floats, names: Sequence[str] | None = None) -> None:
    """Raise unless strengths exist: chains of wins or ties lead from each system to each other.

    Otherwise the most likely strengths are infinite, or arbitrary between groups that never met
    (Ford, 1957).

    Parameters
    ----------
    points : ndarray of float64, (k, k)
        Wins of the row against the column, ties included on both sides.
    names : sequence of str, optional
        Names of the systems for the sentence; their numbers if left out.

    Raises
    ------
    UnplacedError
        There is no such chain; the sentence names the systems.
    """
    from scipy.sparse.csgraph import connected_components

    size = len(points)
    if size < 2:
        raise UnplacedError(f"Expected at least two systems to compare, got {size}.")
    beats = points > 0
    n_met, met = connected_components(beats, directed=True, connection="weak")
    if n_met > 1:
        groups = [np.flatnonzero(met == group) for group in range(n_met)]
        groups.sort(key=len, reverse=True)
        listed = "; ".join(named(group, names) for group in groups[:3])
        more = f" and {n_met - 3} more" if n_met > 3 else ""
        raise UnplacedError(
            f"The systems fall into {n_met} groups that no decided or tied battle connects:"
            f" {listed}{more}; rate each group alone, or bring battles between them."
        )
    n_parts, part = connected_components(beats, directed=True, connection="strong")
    if n_parts == 1:
        return
    # Between the parts wins go one way only: some part never loses outside, another never wins.
    outside = part[:, None] != part[None, :]
    won = np.bincount(part, ((points > 0) & outside).sum(axis=1), n_parts) > 0
    lost = np.bincount(part, ((points > 0) & outside).sum(axis=0), n_parts) > 0
    top, bottom = (
        np.flatnonzero(np.isin(part, np.flatnonzero(~lost))),
        np.flatnonzero(np.isin(part, np.flatnonzero(~won))),
    )
    raise UnplacedError(
        f"Not all systems can be placed: {named(top, names)} never lost to or tied with"
        f" the rest, and {named(bottom, names)} never won against or tied with the rest; leave"
        " them out, bring more battles, or choose a method with a penalty."
    )


def named(systems: NDArray[np.intp], names: Sequence[str] | None) -> str:
    """Return ``systems``, (m,), as text by their ``names`` or numbers: "a, b and 3 more"."""
    shown = [str(k) if names is None else names[k] for k in systems[:_NAMED]]
    more = f" and {len(systems) - _NAMED} more" if len(systems) > _NAMED else ""
    return ", ".join(shown) + more
