"""What a measure of predictions takes: two lists of finite numbers of equal length."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError

Floats = NDArray[np.float64]


def pair(said: ArrayLike, true: ArrayLike) -> tuple[Floats, Floats]:
    """Return predictions and truth as float64, or say why no measure can be made of them.

    Parameters
    ----------
    said : array_like, (n,)
        What a judge said.
    true : array_like, (n,)
        What is so, in the same order.

    Returns
    -------
    (ndarray, ndarray)
        Both as float64, (n,).

    Raises
    ------
    InputError
        They differ in shape, are not one-dimensional, or hold a number that is not finite: a
        truth that is unknown has to be left out by the caller, who then also counts it.
    """
    x, y = np.asarray(said, np.float64), np.asarray(true, np.float64)
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
