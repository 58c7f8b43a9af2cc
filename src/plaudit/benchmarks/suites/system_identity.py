"""A baseline without audio that only knows the system of a song.

Its Bradley-Terry strengths (or mean ratings) come from the other folds, so that no pair is in its
own training. A judge that does not beat it may only recognise systems.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from plaudit.metrics.bradley_terry import bradley_terry

Floats = NDArray[np.float64]
_LEVEL = 1e-8  # a difference of strengths that may be rounding alone


def system_margins(
    systems: Sequence[tuple[str | None, str | None]],
    share: Floats,
    decided: NDArray[np.bool_],
    fold: NDArray[np.intp],
) -> Floats:
    """Return the difference of strengths of both systems, fitted on the other folds, (n,).

    Bradley-Terry with the penalty of the Music Arena board (C = 1), so that it is defined for any
    battles; a system that is not in the other folds has strength 0. ``share`` (n,) is 1 where the
    first was preferred, 0 the second; strengths are fitted on the ``decided`` pairs, and ``fold``
    is the fold of each. The result is nan where a system is unknown (None), or both are the same.
    """
    named = np.array([None not in pair and pair[0] != pair[1] for pair in systems], bool)
    margin = np.full(len(share), math.nan)
    if not named.any():
        return margin
    order = sorted({str(name) for pair in systems for name in pair if name is not None})
    place = {name: k for k, name in enumerate(order)}
    first, second = (
        np.array([place.get(str(pair[side]), 0) for pair in systems], np.intp) for side in (0, 1)
    )
    for own in np.unique(fold):
        learn, test = named & decided & (fold != own), named & (fold == own)
        won = share[learn] == 1
        points = np.zeros((len(order), len(order)))
        np.add.at(points, (first[learn][won], second[learn][won]), 1.0)
        np.add.at(points, (second[learn][~won], first[learn][~won]), 1.0)
        strength = bradley_terry(points, penalty=1.0).strength
        margin[test] = strength[first[test]] - strength[second[test]]
    margin[np.abs(margin) < _LEVEL] = 0.0
    return margin


def system_means(observed: Floats, systems: Sequence[str | None], fold: NDArray[np.intp]) -> Floats:
    """Return the mean observed score of each song's system in the other folds, (n,).

    It is nan where the system is unknown, or there is only one; the mean of all other songs where
    the other folds hold none of the system.
    """
    named = np.array([name is not None for name in systems], bool)
    means = np.full(len(observed), math.nan)
    names = np.array([str(name) for name in systems], object)
    if len(set(names[named])) < 2:
        return means
    for row in np.flatnonzero(named):
        others = named & (fold != fold[row])
        own = others & (names == names[row])
        pool = own if own.any() else others
        if pool.any():
            means[row] = observed[pool].mean()
    return means
