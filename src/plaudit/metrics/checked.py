"""The input of every measure of predictions: two lists of finite numbers of equal length."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError

Floats = NDArray[np.float64]


def pair(predicted: ArrayLike, observed: ArrayLike) -> tuple[Floats, Floats]:
    """Return predicted and observed values as float64, or raise if no measure is possible.

    Parameters
    ----------
    predicted, observed : array_like, (n,)
        Scores of a judge, and observed values in the same order.

    Returns
    -------
    (ndarray, ndarray)
        Both as float64, (n,).

    Raises
    ------
    InputError
        They differ in shape, are not one-dimensional, or hold a number that is not finite. The
        caller leaves songs with an unknown value out, and counts them.
    """
    x, y = np.asarray(predicted, np.float64), np.asarray(observed, np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError(
            "Expected two lists of equal length, got shapes"
            f" {x.shape} and {y.shape}; give one number per song on both sides."
        )
    n_bad = int(np.count_nonzero(~(np.isfinite(x) & np.isfinite(y))))
    if n_bad:
        raise InputError(
            f"Expected finite numbers, but {n_bad} of {len(x)} pairs hold one that is not; leave"
            " those songs out on both sides, and count them."
        )
    return x, y
