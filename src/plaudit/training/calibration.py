"""Calibration: a bias of raw scores, and intervals by split conformal prediction, axis by axis.

Both are fitted to songs that neither weights nor stopping have seen. With n of them, the half width
is the ceil((n + 1) c)-th smallest of their absolute errors, and covers a new song of the same kind
with a probability of at least c (Vovk et al. 2005; Lei et al., J. Am. Stat. Assoc. 113, 2018). With
"spread" the errors are in units of the predicted spread of each song, so that hard songs get wide
intervals and easy ones narrow (locally weighted; Lei et al. section 5.2).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import AXIS
from plaudit.model.card import Interval

Floats = NDArray[np.float32]
LARGEST_BIAS = 4.0
"""Before the sigmoid: from the middle of an axis nearly to its end."""
_FLOOR = 0.01
"""Least spread that counts, as a share of the axis."""


def conformal_quantile(errors: NDArray[np.float64], coverage: float) -> float:
    """Return the bound that covers a new error with at least a given probability.

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


def fit_bias(predicted: Floats, target: Floats, axes: tuple[str, ...]) -> Floats:
    """Return what must be added to raw scores so that their mean error on songs is zero.

    Raw scores are those before the sigmoid over the range of the axis, so the order of songs and
    the ends of the axis stay.

    Parameters
    ----------
    predicted, target : ndarray of float32
        (n_songs, n_axes) scores and targets; nan targets are left out.
    axes : tuple of str
        Names of the axes.

    Returns
    -------
    ndarray of float32
        (n_axes,) in [-LARGEST_BIAS, LARGEST_BIAS]; 0 for an axis without a target.

    Examples
    --------
    >>> import numpy as np
    >>> predicted, target = np.full((9, 1), 2.0, np.float32), np.full((9, 1), 3.0, np.float32)
    >>> bias = fit_bias(predicted, target, ("clarity",))
    >>> float(np.round(bias[0] - np.log(3), 3))  # from a quarter of the axis to a half
    0.0
    """
    bias = np.zeros(len(axes), np.float32)
    for place, axis in enumerate(axes):
        known = ~np.isnan(target[:, place])
        if not known.any():
            continue
        low, high = AXIS[axis].low, AXIS[axis].high
        share = (predicted[known, place] - low) / (high - low)
        share = share.astype(np.float64).clip(1e-6, 1 - 1e-6)
        raw, goal = np.log(share / (1 - share)), (target[known, place].mean() - low) / (high - low)
        below, above = -LARGEST_BIAS, LARGEST_BIAS
        for _ in range(60):  # halvings: the mean rises with the bias
            middle = (below + above) / 2
            if np.mean(1 / (1 + np.exp(-raw - middle))) < goal:
                below = middle
            else:
                above = middle
        bias[place] = (below + above) / 2
    return bias


def fit_interval(
    predicted: Floats,
    target: Floats,
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
    predicted, target : ndarray of float32
        (n_songs, n_axes) scores and targets; nan targets are left out.
    axes : tuple of str
        Names of the axes.
    coverage : float
        Share of new songs to cover, in (0, 1).
    spread : ndarray of float32, optional
        (n_songs, n_axes) predicted spread of each song; for widths that follow it.
    abstain_above : float, optional
        Share of an axis that a half width may reach before the judge abstains.
    usual : float
        Share of the songs, in [0, 1], that get one width: only a spread greater than theirs widens
        the interval. A spread below 1 % of the axis never does.

    Returns
    -------
    Interval
        An axis with too few songs has no half width: below coverage / (1 - coverage) of them, such
        as 4 for 80 %, no width is known to cover.
    """
    scale: Literal["constant", "spread"] = "constant" if spread is None else "spread"
    widths, floors, counts, few = {}, {}, [], []
    for place, axis in enumerate(axes):
        known = ~np.isnan(target[:, place])
        length = AXIS[axis].high - AXIS[axis].low
        floor = _FLOOR * length
        if spread is not None and usual and known.any():
            floor = max(floor, float(np.quantile(spread[known, place], usual, method="higher")))
        error = np.abs(predicted[known, place].astype(np.float64) - target[known, place])
        if spread is not None:
            error = error / np.maximum(spread[known, place], floor)
        width = conformal_quantile(error, coverage)
        if np.isinf(width):
            few.append(f"{axis} ({known.sum()} songs)")
            continue
        widest = length if spread is None else length / floor
        widths[axis], floors[axis] = min(width, widest), floor
        counts.append(int(known.sum()))
    how = "with one width per axis"
    if spread is not None:
        how = "with widths that follow the spread the judge gives each song"
    explanation = (
        f"Split conformal: of songs like the {min(counts)} to {max(counts)} validation songs kept"
        f" aside for it, {coverage:.0%} have their label inside, {how}."
        if counts
        else ""
    )
    if few:
        least = int(np.ceil(coverage / (1 - coverage) - 1e-9))
        explanation += f" No interval of {', '.join(few)}: to cover {coverage:.0%} takes {least}."
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
        explanation=explanation.strip(),
    )


def bounds(
    interval: Interval, predicted: Floats, spread: Floats | None, axes: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Return the low and high ends of intervals (n_songs, n_axes each), within the axes.

    They are nan on an axis that has none.
    """
    width = np.array([interval.half_width.get(axis, np.nan) for axis in axes], dtype=np.float32)
    if interval.scale == "spread" and spread is not None:
        floor = np.array([interval.floor.get(axis, 0) for axis in axes], dtype=np.float32)
        width = width * np.maximum(spread, floor)
    ends = np.array([[AXIS[axis].low, AXIS[axis].high] for axis in axes], dtype=np.float32)
    return np.maximum(predicted - width, ends[:, 0]), np.minimum(predicted + width, ends[:, 1])
