"""Accuracy on pairs of songs: how often a judge prefers the song that people preferred.

Conventions: ``margin`` is (n,), finite, a judge's score of the first song minus that of the second;
``first_won`` is (n,), whether people preferred the first. The caller leaves ties and votes for
neither out, and counts them. Results are in [0, 1], higher is better; nan for no battles.

A margin of 0 is no choice. What it is worth is a rule that a result has to name:

``half``
    one half, as a random choice would get. The default: a constant judge gets exactly 0.5, and
    swapping the songs changes nothing.
``drop``
    the battle is left out, so accuracy is that of the choices made; report how many were not.
``toolkit``
    the second song is taken, as the toolkit of CMI-RewardBench does without mention. A constant
    judge gets the share of battles that the second song won.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.choice import TIE_POLICIES
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.metrics.checked import Floats, pair


def credit(margin: ArrayLike, first_won: ArrayLike, ties: str = "half") -> Floats:
    """Return the credit of each battle: 1 for the preferred song, 0 for the other.

    Parameters
    ----------
    margin : array_like, (n,)
        Score of the first song minus that of the second, finite.
    first_won : array_like of bool, (n,)
        Whether people preferred the first.
    ties : {"half", "drop", "toolkit"}
        Credit of a margin of 0.

    Returns
    -------
    ndarray of float64, (n,)
        1 or 0; for a margin of 0 by the rule: one half, nan, or 1 where the second won.

    Raises
    ------
    InputError
        The rule is unknown, the lengths differ, a margin is not finite, or ``first_won`` holds
        something other than true and false.

    Examples
    --------
    >>> credit([0.3, -0.1, 0.0], [True, True, True]).tolist()
    [1.0, 0.0, 0.5]
    """
    if ties not in TIE_POLICIES:
        raise InputError(f"Unknown rule for ties '{ties}'; {nearest(ties, TIE_POLICIES)}")
    gap, won = pair(margin, truths(first_won))
    first = won == 1
    gain = np.where((gap > 0) == first, 1.0, 0.0)
    if ties != "toolkit":  # there a margin of 0 chooses the second song, as above
        gain[gap == 0] = 0.5 if ties == "half" else math.nan
    return gain


def choice_accuracy(margin: ArrayLike, first_won: ArrayLike, ties: str = "half") -> float:
    """Return the share of battles in which the judge prefers what people preferred.

    Parameters
    ----------
    margin, first_won, ties : array_like, (n,), array_like of bool, (n,), str
        As for `credit`.

    Returns
    -------
    float
        Mean credit, in [0, 1]; nan for no battles, or where all were dropped.

    Examples
    --------
    >>> choice_accuracy([0.3, -0.1, 0.0, 2.0], [True, True, True, True])
    0.625
    """
    return _mean(credit(margin, first_won, ties))


def group_accuracy(
    margin: ArrayLike, first_won: ArrayLike, groups: ArrayLike, ties: str = "half"
) -> float:
    """Return the mean over groups of the accuracy in each, so that all groups weigh the same.

    Parameters
    ----------
    margin, first_won : array_like, (n,), array_like of bool, (n,)
        As for `credit`.
    groups : array_like, (n,)
        Group of each battle, text or numbers.
    ties : {"half", "drop", "toolkit"}
        As for `credit`.

    Returns
    -------
    float
        In [0, 1]; groups in which every battle was dropped are left out, nan if none is left.

    Examples
    --------
    >>> group_accuracy([1.0, 1.0, 1.0], [True, True, False], ["a", "a", "b"])
    0.5
    """
    gain = credit(margin, first_won, ties)
    group = _groups(groups, len(gain))
    kept = ~np.isnan(gain)
    size = np.bincount(group[kept])
    total = np.bincount(group[kept], gain[kept])
    return _mean(total[size > 0] / size[size > 0])


def acc_plus(margin: ArrayLike, first_won: ArrayLike, groups: ArrayLike) -> float:
    """Return the share of groups in which every battle is right (Acc+).

    Parameters
    ----------
    margin, first_won : array_like, (n,), array_like of bool, (n,)
        As for `credit`.
    groups : array_like, (n,)
        Group of each battle, text or numbers.

    Returns
    -------
    float
        In [0, 1]; a margin of 0 is never right, so a constant judge has 0; nan for no groups.

    Examples
    --------
    >>> acc_plus([1.0, 1.0, 1.0], [True, True, False], ["a", "a", "b"])
    0.5
    """
    right = np.nan_to_num(credit(margin, first_won, "drop"), nan=0.0)
    group = _groups(groups, len(right))
    if not len(right):
        return math.nan
    wrong = np.bincount(group, 1 - right)
    return float(np.mean(wrong == 0))


def truths(values: ArrayLike) -> Floats:
    """Return ``values`` of true and false, (n,), as 1 and 0; a 2 or a nan is an `InputError`."""
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"Expected true and false for each battle, but {error}.") from error
    odd = numbers[~np.isin(numbers, (0.0, 1.0))]
    if odd.size:
        raise InputError(
            f"Expected true and false (or 1 and 0) for each battle, got {odd.flat[0]:g} in"
            f" {odd.size} of {numbers.size} places; leave undecided battles out, and count them."
        )
    return numbers


def _groups(groups: ArrayLike, n: int) -> NDArray[np.intp]:
    names = np.asarray(groups)
    if names.shape != (n,):
        raise InputError(f"Expected a group for each of {n} battles, got shape {names.shape}.")
    return np.asarray(np.unique(names, return_inverse=True)[1], np.intp)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
