"""Ratings to targets of 1-5: the mean over raters, with its reliability.

The target of a song on an axis is the mean of its ratings, brought to 1-5 by a linear map where
raters used another scale; nan for a song without ratings, which training masks. The square root of
the reliability of the means is the highest expected correlation of a judge
(`plaudit.metrics.reliability`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.axes import AXIS
from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.metrics.bootstrap import bootstrap
from plaudit.metrics.measurement import or_none
from plaudit.metrics.reliability import icc, split_half

Floats = NDArray[np.float64]
LOW, HIGH = AXIS["coherence"].low, AXIS["coherence"].high


class Reliability(Record):
    """Reliability of mean ratings; None where it is undefined.

    ``icc`` is ICC(1,k) of Shrout and Fleiss (1979), the reliability of the mean of the ratings a
    song has, with its 95 % interval from a bootstrap over songs; ``icc_single`` is that of one
    rating; ``split_half`` the mean over random halves of each song's ratings, stepped up by
    Spearman and Brown. ``raters`` is the harmonic mean of the ratings per song, ``songs`` the
    number of rated songs.
    """

    icc: float | None
    icc_low: float | None
    icc_high: float | None
    icc_single: float | None
    split_half: float | None
    raters: float
    songs: int


@dataclass(frozen=True, eq=False)
class RatingTargets:
    """Scores of one axis with their reliability."""

    values: Floats  #: (n,) mean ratings in [1, 5]; nan for a song without enough of them.
    n_ratings: NDArray[np.int64]  #: (n,) ratings per song.
    scale: tuple[float, float]  #: The raters' own scale; (1, 5) was left as it is.
    reliability: Reliability  #: Of the means.


def rating_targets(
    ratings: ArrayLike,
    rng: np.random.Generator,
    *,
    scale: tuple[float, float] = (LOW, HIGH),
    least: int = 1,
    draws: int = 200,
) -> RatingTargets:
    """Make targets of one axis from a table of ratings.

    Parameters
    ----------
    ratings : array_like, (n_songs, n_raters)
        In the raters' own scale; nan where not rated. `rating_table` makes it from lists.
    rng : numpy.random.Generator
        Draws halves and resamples.
    scale : (float, float), default (1, 5)
        Lowest and highest rating that could be given. r becomes 1 + 4 (r - low) / (high - low): a
        linear map, which keeps every correlation and reliability. It does not make scales mean the
        same: 7 of 10 need not be what another rater calls 3.8 of 5.
    least : int, default 1
        Ratings below which a song has no score.
    draws : int, default 200
        Random halves, and resamples for the interval.

    Returns
    -------
    RatingTargets
        Scores and reliability, which is taken over the songs with a score.

    Raises
    ------
    InputError
        A rating lies outside the scale, or a setting is out of range.

    Examples
    --------
    >>> nan = float("nan")
    >>> rng = np.random.default_rng(0)
    >>> targets = rating_targets([[0, 10], [5, nan], [nan, nan]], rng, scale=(0, 10))
    >>> targets.values.tolist()
    [3.0, 3.0, nan]
    """
    table = np.asarray(ratings, np.float64)
    low, high = scale
    if table.ndim != 2 or not low < high or least < 1:
        raise InputError(
            "Expected ratings (n_songs, n_raters), a rising scale and at least one rating a song,"
            f" got shape {table.shape}, scale {scale} and {least}."
        )
    n_bad = int(np.count_nonzero((table < low) | (table > high)))
    if n_bad:
        raise InputError(
            f"Expected ratings from {low:g} to {high:g}, but {n_bad} lie outside; give the scale"
            " that the raters used."
        )
    moved = table if scale == (LOW, HIGH) else LOW + (HIGH - LOW) * (table - low) / (high - low)
    times = (~np.isnan(moved)).sum(axis=1)
    enough = times >= least
    values = np.full(len(moved), math.nan)
    # The mean of equal ratings must not leave the scale by rounding.
    values[enough] = np.clip(np.nanmean(moved[enough], axis=1), LOW, HIGH)
    return RatingTargets(
        values, times.astype(np.int64), (low, high), _reliability(moved[enough], rng, draws)
    )


def _reliability(table: Floats, rng: np.random.Generator, draws: int) -> Reliability:
    times = (~np.isnan(table)).sum(axis=1)
    interval = bootstrap(icc, table, rng=rng, draws=draws)
    return Reliability(
        icc=or_none(interval.value),
        icc_low=or_none(interval.low),
        icc_high=or_none(interval.high),
        icc_single=or_none(icc(table, "1,1")),
        split_half=or_none(split_half(table, rng, draws)),
        raters=float(len(times) / (1 / times).sum()) if len(times) else 0.0,
        songs=len(times),
    )


def reliability_about(targets: Mapping[str, RatingTargets]) -> dict[str, dict[str, float | None]]:
    """Return the reliabilities by axis as a manifest's ``about["reliability"]`` holds them."""
    return {axis: own.reliability.model_dump() for axis, own in targets.items()}


def rating_table(lists: Iterable[Sequence[float | None]]) -> Floats:
    """Return lists of ratings as a table (n_songs, most ratings), nan where there is none.

    Examples
    --------
    >>> rating_table([[4, None, 2], [5]]).tolist()
    [[4.0, nan, 2.0], [5.0, nan, nan]]
    """
    rows = [[math.nan if value is None else float(value) for value in row] for row in lists]
    table = np.full((len(rows), max(map(len, rows), default=0)), math.nan)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return table
