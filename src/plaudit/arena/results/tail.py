"""How likely it is that so many of independent events happen, each with a chance of its own."""

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError


def at_least(count: int, chances: ArrayLike) -> float:
    """Return the chance that ``count`` or more of independent events happen.

    It is exact: the distribution of the count (of Poisson and binomial) by convolution, event by
    event.

    Parameters
    ----------
    count : int
        Events that happened.
    chances : array_like, (n,)
        Chance of each, in [0, 1]; equal chances give the binomial tail.

    Returns
    -------
    float
        In [0, 1]; 1 for a count of 0 or below, 0 for one above n.

    Raises
    ------
    InputError
        A chance lies outside [0, 1].

    Examples
    --------
    >>> round(at_least(9, [0.5] * 10), 4)
    0.0107
    """
    known = np.asarray(chances, np.float64)
    if known.ndim != 1 or not np.all((known >= 0) & (known <= 1)):
        raise InputError("Expected a list of chances from 0 to 1, got others.")
    if count <= 0:
        return 1.0
    if count > len(known):
        return 0.0
    happened = np.zeros(len(known) + 1)
    happened[0] = 1.0
    for place, chance in enumerate(np.sort(known)):
        happened[1 : place + 2] = (
            happened[1 : place + 2] * (1 - chance) + happened[: place + 1] * chance
        )
        happened[0] *= 1 - chance
    return float(min(happened[count:].sum(), 1.0))
