"""Intervals that cover what they say: split conformal prediction, axis by axis.

From songs that neither weights nor stopping have seen: with n of them, the half width is the
ceil((n + 1) c)-th smallest of their absolute errors, and covers a new song of the same kind with a
chance of at least c (Vovk et al. 2005; Lei et al., J. Am. Stat. Assoc. 113, 2018). With "spread"
the errors are counted in units of the spread the network gives each song, so that hard songs get
wide intervals and easy ones narrow (locally weighted; Lei et al. section 5.2).

Before that, scores of a judge that learned from other songs than it will be asked about (half of
them damaged, say) may be lifted until their mean error is zero (`fit_lift`).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.model.card import Interval

Floats = NDArray[np.float32]
LARGEST_LIFT = 4.0
"""Before the sigmoid: from the middle of an axis nearly to its end."""
FLOOR = 0.01
"""Of the axis: a smaller spread counts as this."""


def conformal_quantile(errors: NDArray[np.float64], coverage: float) -> float:
    """Return the bound that covers a new error with at least a given chance.

    Parameters
    ----------
    errors : ndarray of float64
        (n,) absolute errors of songs kept aside.
    coverage : float
        In (0, 1).

    Returns
    -------
    float
        The ceil((n + 1) coverage)-th smallest error; infinite if there are too few to say.

    Examples
    --------
    >>> import numpy as np
    >>> conformal_quantile(np.array([3.0, 1.0, 2.0, 4.0]), 0.8)
    4.0
    """
    rank = int(np.ceil((len(errors) + 1) * coverage - 1e-9))
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else float("inf")


def fit_lift(said: Floats, true: Floats, axes: tuple[str, ...]) -> Floats:
    """Return what must be added to raw scores so that their mean error on songs is zero.

    Raw means before the sigmoid over the range of the axis, so the order of songs stays and the
    ends of the axis stay where they are.

    Parameters
    ----------
    said, true : ndarray of float32
        (n_songs, n_axes) scores and targets; nan targets are left out.
    axes : tuple of str
        Names of the axes.

    Returns
    -------
    ndarray of float32
        (n_axes,) lifts in [-LARGEST_LIFT, LARGEST_LIFT]; 0 for an axis without a target.

    Examples
    --------
    >>> import numpy as np
    >>> said, true = np.full((9, 1), 2.0, np.float32), np.full((9, 1), 3.0, np.float32)
    >>> lift = fit_lift(said, true, ("clarity",))
    >>> float(np.round(lift[0] - np.log(3), 3))  # from a quarter of the axis to a half
    0.0
    """
    lifts = np.zeros(len(axes), np.float32)
    for place, axis in enumerate(axes):
        known = ~np.isnan(true[:, place])
        if not known.any():
            continue
        low, high = AXIS[axis].low, AXIS[axis].high
        share = ((said[known, place] - low) / (high - low)).astype(np.float64).clip(1e-6, 1 - 1e-6)
        raw, wanted = np.log(share / (1 - share)), (true[known, place].mean() - low) / (high - low)
        below, above = -LARGEST_LIFT, LARGEST_LIFT
        for _ in range(60):  # halvings: the mean rises with the lift
            middle = (below + above) / 2
            if np.mean(1 / (1 + np.exp(-raw - middle))) < wanted:
                below = middle
            else:
                above = middle
        lifts[place] = (below + above) / 2
    return lifts


def fit_interval(
    said: Floats,
    true: Floats,
    axes: tuple[str, ...],
    coverage: float,
    *,
    spread: Floats | None = None,
    abstain_above: float | None = None,
    usual: float = 0.0,
) -> Interval:
    """Fit the interval of a judge to songs kept aside.

    Parameters
    ----------
    said, true : ndarray of float32
        (n_songs, n_axes) scores and targets; nan targets are left out.
    axes : tuple of str
        Names of the axes.
    coverage : float
        Share of new songs to cover, in (0, 1).
    spread : ndarray of float32, optional
        (n_songs, n_axes) spread that the network gave each song; for widths that follow it.
    abstain_above : float, optional
        Share of an axis that a half width may reach before the judge abstains.
    usual : float
        Share of the songs, in [0, 1], whose spread counts as usual: they get one width, and only a
        greater spread widens it. At least ``FLOOR`` of the axis is usual.

    Returns
    -------
    Interval
        An axis with too few songs gets its whole range: nothing narrower is known to cover.
    """
    scale: Literal["constant", "spread"] = "constant" if spread is None else "spread"
    widths, floors, counts = {}, {}, []
    for place, axis in enumerate(axes):
        known = ~np.isnan(true[:, place])
        length = AXIS[axis].high - AXIS[axis].low
        floor = FLOOR * length
        if spread is not None and usual and known.any():
            floor = max(floor, float(np.quantile(spread[known, place], usual, method="higher")))
        error = np.abs(said[known, place].astype(np.float64) - true[known, place])
        if spread is not None:
            error = error / np.maximum(spread[known, place], floor)
        width = conformal_quantile(error, coverage)
        widest = length if spread is None else length / floor
        widths[axis], floors[axis] = min(width, widest), floor
        counts.append(int(known.sum()))
    return Interval(
        coverage=coverage,
        half_width=widths,
        scale=scale,
        floor=floors if spread is not None else {},
        abstain_above=(
            {}
            if abstain_above is None
            else {a: abstain_above * (AXIS[a].high - AXIS[a].low) for a in axes}
        ),
        explanation=(
            f"Split conformal: of songs like the {min(counts)} to {max(counts)} validation songs"
            f" kept aside for it, {coverage:.0%} have their label inside"
            + (", with widths that follow the spread the judge gives each song." if floors and
               spread is not None else ", with one width per axis.")
        ),
    )  # fmt: skip


def bounds(
    interval: Interval, said: Floats, spread: Floats | None, axes: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Return the low and high ends of the intervals of many songs, as the judge gives them.

    Parameters
    ----------
    interval : Interval
        From `fit_interval`.
    said : ndarray of float32
        (n_songs, n_axes) scores.
    spread : ndarray of float32, optional
        (n_songs, n_axes); needed where the interval follows it.
    axes : tuple of str
        Names of the axes.

    Returns
    -------
    (ndarray, ndarray)
        (n_songs, n_axes) each, within the axes.
    """
    width = np.array([interval.half_width[axis] for axis in axes], dtype=np.float32)
    if interval.scale == "spread" and spread is not None:
        floor = np.array([interval.floor[axis] for axis in axes], dtype=np.float32)
        width = width * np.maximum(spread, floor)
    ends = np.array([[AXIS[axis].low, AXIS[axis].high] for axis in axes], dtype=np.float32)
    return np.maximum(said - width, ends[:, 0]), np.minimum(said + width, ends[:, 1])
