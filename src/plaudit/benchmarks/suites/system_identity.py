"""The answer of someone who does not listen, and only knows which system made a song.

Its Bradley-Terry strengths (or mean ratings) come from the other folds, so no answer has seen the
pair it is asked about. A judge that does not beat it may have learned to tell systems apart.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS, _ENOUGH, _LEVEL = 50, 1e-10, 1e-8


def system_margins(
    systems: Sequence[tuple[str | None, str | None]],
    share: Floats,
    decided: NDArray[np.bool_],
    fold: NDArray[np.intp],
) -> Floats:
    """Return the difference of strengths of both systems, fitted on the other folds.

    Bradley-Terry with the ridge of the Music Arena board (C = 1), so that it is defined for any
    battles; a system that the other folds never saw has strength 0.

    Parameters
    ----------
    systems : sequence of (str, str)
        Systems of the first and second song; None where unknown.
    share : ndarray of float64, (n,)
        1 where the first was preferred, 0 the second.
    decided : ndarray of bool, (n,)
        Pairs to learn from.
    fold : ndarray of int, (n,)
        Fold of each pair.

    Returns
    -------
    ndarray of float64, (n,)
        Strength of the first minus that of the second; nan where a system is unknown or both are
        one.
    """
    named = np.array([None not in pair and pair[0] != pair[1] for pair in systems], bool)
    margin = np.full(len(share), math.nan)
    if not named.any():
        return margin
    order = sorted({str(name) for pair in systems for name in pair if name is not None})
    place = {name: k for k, name in enumerate(order)}
    design = np.zeros((len(share), len(order)))
    for row in np.flatnonzero(named):
        first, second = systems[int(row)]
        design[row, place[str(first)]] += 1
        design[row, place[str(second)]] -= 1
    for one in np.unique(fold):
        learn, tell = named & decided & (fold != one), named & (fold == one)
        margin[tell] = design[tell] @ _strengths(design[learn], share[learn])
    margin[np.abs(margin) < _LEVEL] = 0.0  # what is left of equal strengths by rounding
    return margin


def system_means(true: Floats, systems: Sequence[str | None], fold: NDArray[np.intp]) -> Floats:
    """Return the mean truth of each song's system in the other folds.

    Parameters
    ----------
    true : ndarray of float64, (n,)
        Truth.
    systems : sequence of str or None, (n,)
        Generator of each song.
    fold : ndarray of int, (n,)
        Fold of each song.

    Returns
    -------
    ndarray of float64, (n,)
        Undefined (nan) where the system is unknown, or there is only one of them; the mean of
        all others where the other folds never met the system.
    """
    named = np.array([one is not None for one in systems], bool)
    found = np.full(len(true), math.nan)
    names = np.array([str(one) for one in systems], object)
    if len(set(names[named])) < 2:
        return found
    for row in np.flatnonzero(named):
        others = named & (fold != fold[row])
        own = others & (names == names[row])
        pool = own if own.any() else others
        if pool.any():
            found[row] = true[pool].mean()
    return found


def _strengths(design: Floats, share: Floats) -> Floats:
    """Minimise the logistic loss plus half the squared strengths, by Newton's steps."""
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        told = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (told - share) + beta
        curve = (design * (told * (1 - told))[:, None]).T @ design + np.eye(len(beta))
        step = np.linalg.solve(curve, slope)
        beta = beta - step
        if float(np.abs(step).max()) < _ENOUGH:
            break
    return beta
