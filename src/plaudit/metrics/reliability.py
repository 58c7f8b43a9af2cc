"""How far raters agree: the ceiling of every judge that learns from them.

Conventions: ``ratings`` is (n_songs, n_raters), nan where a rater did not rate the song. Columns
may be persons, or simply the first, second, ... rating of each song. Reliability is the share of
the variance of ratings that is due to songs; 1 is best, values below 0 (worse than chance) are
possible and not cut off. nan where it is undefined: fewer than two songs, nobody rated twice, or
all ratings equal.
"""

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from plaudit.core.errors import InputError
from plaudit.metrics.correlation import pearson
from plaudit.metrics.pair import Floats

Kind = Literal["1,1", "1,k", "2,1", "2,k"]
KINDS: tuple[str, ...] = get_args(Kind)


def icc(ratings: ArrayLike, kind: Kind = "1,k") -> float:
    """Return an intraclass correlation after Shrout and Fleiss (1979).

    Parameters
    ----------
    ratings : array_like, (n_songs, n_raters)
        One row per song; nan where not rated.
    kind : {"1,k", "1,1", "2,k", "2,1"}
        "1": each song has raters of its own, so a rater's strictness counts as error. "2": columns
        are the same persons for all songs, a sample of all raters; strictness still counts as
        error (absolute agreement). "1" after the comma is the reliability of one rating, "k" that
        of the mean rating of a song.

    Returns
    -------
    float
        At most 1; nan where undefined.

    Raises
    ------
    InputError
        The kind is unknown, or the ratings are not a table.

    Notes
    -----
    With gaps the one-way kinds use the analysis of variance of unequal groups; k is then the
    harmonic mean of the ratings per song, because the error of a mean of k is one k-th. Songs
    without a rating are left out. The two-way kinds need whole rows: a song with a gap is left out.

    Examples
    --------
    >>> table = np.array([9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7])
    >>> table = table.reshape(6, 4)
    >>> [round(icc(table, kind), 2) for kind in ("1,1", "1,k", "2,1", "2,k")]
    [0.17, 0.44, 0.29, 0.62]
    """
    if kind not in KINDS:
        raise InputError(f"Unknown intraclass correlation '{kind}'; known are {', '.join(KINDS)}.")
    table = _table(ratings)
    return _one_way(table, kind) if kind.startswith("1") else _two_way(table, kind)


def _one_way(table: Floats, kind: Kind) -> float:
    rated = ~np.isnan(table)
    times = rated.sum(axis=1)
    table, rated, times = table[times > 0], rated[times > 0], times[times > 0]
    n, total = len(times), int(times.sum())
    if n < 2 or total <= n:
        return math.nan
    filled = np.where(rated, table, 0.0)
    shift = filled.sum() / total
    filled = np.where(rated, table - shift, 0.0)  # sums of squares lose less about the mean
    means = filled.sum(axis=1) / times
    grand = filled.sum() / total
    between = float((times * np.square(means - grand)).sum() / (n - 1))
    within = float(np.where(rated, np.square(filled - means[:, None]), 0.0).sum() / (total - n))
    if between == 0 and within == 0:
        return math.nan
    per_song = (total - float(np.square(times).sum()) / total) / (n - 1)
    lower = between + (per_song - 1) * within
    one = (between - within) / lower if lower > 0 else math.nan
    harmonic = n / float((1 / times).sum())
    return one if kind == "1,1" else spearman_brown(one, harmonic)


def _two_way(table: Floats, kind: Kind) -> float:
    table = table[~np.isnan(table).any(axis=1)]
    n, k = table.shape
    if n < 2 or k < 2 or np.ptp(table) == 0:
        return math.nan
    table = table - table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    songs = k * float(np.square(rows).sum()) / (n - 1)
    raters = n * float(np.square(columns).sum()) / (k - 1)
    rest = table - rows[:, None] - columns[None, :]
    error = float(np.square(rest).sum()) / ((n - 1) * (k - 1))
    lower = songs + (k - 1) * error + k * (raters - error) / n
    if kind == "2,k":
        lower = songs + (raters - error) / n
    return (songs - error) / lower if lower > 0 else math.nan


def split_half(
    ratings: ArrayLike, rng: np.random.Generator, draws: int = 200, *, crossed: bool = False
) -> float:
    """Return the split-half reliability of a song's mean rating.

    The raters are halved at random, the mean ratings of both halves are correlated over songs, and
    the correlation is stepped up to the full number of raters (Spearman and Brown, 1910); the
    result is the mean over many such halvings.

    Parameters
    ----------
    ratings : array_like, (n_songs, n_raters)
        One row per song; nan where not rated. A song needs two ratings; others are left out.
    rng : numpy.random.Generator
        Draws the halves.
    draws : int, default 200
        Halvings.
    crossed : bool, default False
        Whether a column is the same person for all songs. Then persons are halved, so that a
        person's strictness falls out; otherwise each song's ratings are halved anew.

    Returns
    -------
    float
        At most 1; nan where undefined for every halving (those undefined are left out of the mean).

    Raises
    ------
    InputError
        No draws, or the ratings are not a table.
    """
    if draws < 1:
        raise InputError(f"Expected at least one halving, got {draws}.")
    table = _table(ratings)
    table = table[(~np.isnan(table)).sum(axis=1) >= 2]
    if len(table) < 2:
        return math.nan
    found = []
    for _ in range(draws):
        one, two = _crossed_halves(table, rng) if crossed else _song_halves(table, rng)
        both = ~(np.isnan(one) | np.isnan(two))
        found.append(spearman_brown(pearson(one[both], two[both]), 2))
    known = np.array(found)[~np.isnan(found)]
    return float(known.mean()) if len(known) else math.nan


def _song_halves(table: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the mean of a random half of each song's ratings, and of the rest."""
    # Sorted by a random key with gaps last, the first half of a row's ratings is a random half.
    keys = np.where(np.isnan(table), 2.0, rng.random(table.shape))
    mixed = np.take_along_axis(table, np.argsort(keys, axis=1), axis=1)
    times = (~np.isnan(table)).sum(axis=1)
    # An odd rating falls to either side, or one half would always be the better one.
    half = (times + rng.integers(2, size=len(times)) * (times % 2)) // 2
    place = np.arange(table.shape[1])
    first = place < half[:, None]
    second = ~first & (place < times[:, None])
    one = np.where(first, mixed, 0.0).sum(axis=1) / half
    two = np.where(second, mixed, 0.0).sum(axis=1) / (times - half)
    return one, two


def _crossed_halves(table: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    order = rng.permutation(table.shape[1])
    half = len(order) // 2
    return _row_means(table[:, order[:half]]), _row_means(table[:, order[half:]])


def _row_means(table: Floats) -> Floats:
    rated = ~np.isnan(table)
    times = rated.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(rated, table, 0.0).sum(axis=1) / times, np.float64)


def spearman_brown(reliability: float, times: float) -> float:
    """Return the reliability of a mean of so many times as many ratings.

    Parameters
    ----------
    reliability : float
        Of what there is.
    times : float
        How many times as many ratings, above 0.

    Returns
    -------
    float
        By times r / (1 + (times - 1) r); nan where that has no value.

    Examples
    --------
    >>> spearman_brown(0.5, 2)
    0.6666666666666666
    """
    lower = 1 + (times - 1) * reliability
    return times * reliability / lower if lower > 0 else math.nan


def ceiling(reliability: float) -> float:
    """Return the highest correlation with the mean rating that any judge can expect.

    A judge that knew what all possible raters say on average would correlate with the mean of the
    raters at hand by the square root of their reliability (Spearman, 1904).

    Parameters
    ----------
    reliability : float
        Of the mean rating.

    Returns
    -------
    float
        In [0, 1]; 0 for a reliability below 0, nan for nan.
    """
    return math.nan if math.isnan(reliability) else math.sqrt(min(max(reliability, 0.0), 1.0))


def _table(ratings: ArrayLike) -> Floats:
    table = np.asarray(ratings, np.float64)
    if table.ndim != 2:
        raise InputError(
            f"Expected ratings of shape (n_songs, n_raters), got {table.shape}; give one row per"
            " song and nan where nobody rated."
        )
    if np.isinf(table).any():
        raise InputError("Expected finite ratings or nan, found an infinite one.")
    return table
