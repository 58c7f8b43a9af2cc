"""Anchors: one intercept for each system, which corrects a judge's bias for its songs.

A judge may like or dislike the sound of a system that it never learned from, whatever its songs are
worth. The model of Bradley and Terry with the judge's margin as its offset,

    P(first wins) = sigmoid((r_1 - b(system_1)) - (r_2 - b(system_2))),

has one number ``b`` for each system, fitted to a few battles of the systems after the judge itself
(TuneJury, github.com/yonghyunk1m/TuneJury, anchor calibration). The penalty ``sum b^2`` makes it
unique and keeps systems with few battles near 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest


def fit_anchors(
    margin: ArrayLike,
    first_system: Sequence[str],
    second_system: Sequence[str],
    first_won: ArrayLike,
    *,
    pinned: str | None = None,
    penalty: float = 1.0,
) -> dict[str, float]:
    """Fit the intercept of each system to decided battles.

    Parameters
    ----------
    margin : array_like, (n,)
        Log-odds, by a model that did not learn from these battles, that the first song wins.
    first_system, second_system : sequence of str, (n,)
        Systems of the songs.
    first_won : array_like of bool, (n,)
        Whether the first was preferred; ties are to be left out.
    pinned : str, optional
        A system that the model learned from, whose intercept is 0.
    penalty : float, default 1
        Factor of the sum of squared intercepts, above 0.

    Returns
    -------
    dict of str to float
        Intercept ``b`` by system, names in order: what is to be subtracted from the log-odds of its
        songs. Above 0 the model overrates the system.

    Raises
    ------
    InputError
        There is no battle, lengths differ, a margin is not finite, or no battle is of the pinned
        system.

    Examples
    --------
    >>> fit_anchors([0.0, 0.0], ["a", "b"], ["b", "a"], [True, False])
    {'a': -0.337416, 'b': 0.337416}
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    offset, won = np.asarray(margin, np.float64), np.asarray(first_won, np.float64)
    names = sorted({*first_system, *second_system})
    if not len(offset) or not len(offset) == len(won) == len(first_system) == len(second_system):
        raise InputError(
            "Expected battles with a margin, two systems and an outcome each, got"
            f" {len(offset)}, {len(first_system)}, {len(second_system)} and {len(won)}."
        )
    if not np.isfinite(offset).all():
        raise InputError("Expected finite margins; leave out battles whose songs have no score.")
    if pinned is not None and pinned not in names:
        raise InputError(f"No battle is of system '{pinned}'; {nearest(pinned, names)}")
    place = {name: k for k, name in enumerate(names)}
    one = np.eye(len(names))
    design = one[[place[name] for name in first_system]]
    design = design - one[[place[name] for name in second_system]]
    if pinned is not None:
        design[:, place[pinned]] = 0.0  # the penalty then keeps it at 0
    sign = 2 * won - 1

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        m = sign * (offset - design @ b)
        gradient = design.T @ (sign * expit(-m)) + 2 * penalty * b
        return float(np.logaddexp(0, -m).sum() + penalty * b @ b), gradient

    start = np.zeros(len(names))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9})
    # A millionth is far below what battles tell, and hides in which order they were added up.
    return {name: round(float(b), 6) + 0.0 for name, b in zip(names, best.x, strict=True)}
