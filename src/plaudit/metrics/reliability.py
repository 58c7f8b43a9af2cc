"""Reliability of ratings, and the highest correlation that it allows a judge.

Conventions: ``ratings`` is (n_songs, n_raters), nan where a rater did not rate the song. Columns
are persons, or the first, second, ... rating of each song. Reliability is the share of the variance
of ratings that is due to songs: at most 1, and not cut off below 0. It is nan for fewer than two
songs, where no song was rated twice, and where all ratings are equal.
"""

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plaudit.core.errors import InputError
from plaudit.metrics.checked import Floats
from plaudit.metrics.correlation import pearson

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


def icc_interval(ratings: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of ICC(1,1), by the F distribution (Shrout and Fleiss, 1979).

    Parameters
    ----------
    ratings : array_like, (n_songs, n_raters)
        One row per song, without gaps.
    confidence : float, default 0.95
        Of the interval, between 0 and 1.

    Returns
    -------
    (float, float)
        Low and high, at most 1; nan where the correlation is undefined.

    Raises
    ------
    InputError
        A rating is missing, or the ratings are not a table.

    Examples
    --------
    >>> low, high = icc_interval([[9, 2, 5], [6, 1, 3], [8, 4, 6], [7, 1, 2]])
    >>> round(low, 2), round(high, 2)
    (-0.41, 0.75)
    """
    from scipy.special import fdtri

    table = _table(ratings)
    if np.isnan(table).any():
        raise InputError("Expected every song rated by every rater, got a table with gaps.")
    variances = _one_way_variances(table)
    if variances is None:
        return math.nan, math.nan
    between, within, _ = variances
    if within == 0:
        return 1.0, 1.0
    n, k = table.shape
    ratio, edge = between / within, (1 + confidence) / 2
    low = ratio / float(fdtri(n - 1, n * (k - 1), edge))
    high = ratio * float(fdtri(n * (k - 1), n - 1, edge))
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _one_way(table: Floats, kind: Kind) -> float:
    variances = _one_way_variances(table)
    if variances is None:
        return math.nan
    between, within, times = variances
    n, total = len(times), float(times.sum())
    per_song = (total - float(np.square(times).sum()) / total) / (n - 1)
    lower = between + (per_song - 1) * within
    single = (between - within) / lower if lower > 0 else math.nan
    harmonic = n / float((1 / times).sum())
    return single if kind == "1,1" else spearman_brown(single, harmonic)


def _one_way_variances(table: Floats) -> tuple[float, float, NDArray[np.intp]] | None:
    """Return the variance between and within songs, and the ratings of each; None if undefined."""
    rated = ~np.isnan(table)
    times = rated.sum(axis=1)
    table, rated, times = table[times > 0], rated[times > 0], times[times > 0]
    n, total = len(times), int(times.sum())
    if n < 2 or total <= n:
        return None
    filled = np.where(rated, table, 0.0)
    shift = filled.sum() / total
    filled = np.where(rated, table - shift, 0.0)  # sums of squares lose less about the mean
    means = filled.sum(axis=1) / times
    grand = filled.sum() / total
    between = float((times * np.square(means - grand)).sum() / (n - 1))
    within = float(np.where(rated, np.square(filled - means[:, None]), 0.0).sum() / (total - n))
    return None if between == within == 0 else (between, within, times)


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
        0 to 1; nan where undefined for every halving (those undefined are left out of the mean),
        and where the halves do not agree: below 0, the formula says nothing of raters.

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
    values = []
    for _ in range(draws):
        a, b = _crossed_halves(table, rng) if crossed else _song_halves(table, rng)
        both = ~(np.isnan(a) | np.isnan(b))
        values.append(spearman_brown(pearson(a[both], b[both]), 2))
    known = np.array(values)[~np.isnan(values)]
    mean = float(known.mean()) if len(known) else math.nan
    return mean if mean >= 0 else math.nan


def _song_halves(table: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the mean of a random half of each song's ratings, and of the rest."""
    # In the order of random keys, with gaps last, the first half of a row is a random half.
    keys = np.where(np.isnan(table), 2.0, rng.random(table.shape))
    mixed = np.take_along_axis(table, np.argsort(keys, axis=1), axis=1)
    times = (~np.isnan(table)).sum(axis=1)
    # An odd rating goes to either half, or one half would always be the more reliable one.
    half = (times + rng.integers(2, size=len(times)) * (times % 2)) // 2
    place = np.arange(table.shape[1])
    first = place < half[:, None]
    second = ~first & (place < times[:, None])
    return (
        np.where(first, mixed, 0.0).sum(axis=1) / half,
        np.where(second, mixed, 0.0).sum(axis=1) / (times - half),
    )


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
    """Return the reliability of a mean of ``times`` as many ratings (Spearman and Brown, 1910).

    Parameters
    ----------
    reliability, times : float
        Reliability r of the ratings at hand, and the factor on their number, above 0.

    Returns
    -------
    float
        By times r / (1 + (times - 1) r); nan where the denominator is not above 0.

    Examples
    --------
    >>> spearman_brown(0.5, 2)
    0.6666666666666666
    """
    lower = 1 + (times - 1) * reliability
    return times * reliability / lower if lower > 0 else math.nan


def ceiling(reliability: float) -> float:
    """Return the highest expected correlation of a judge with the mean rating.

    The mean over all possible raters correlates with the mean of the raters at hand by the square
    root of their reliability (Spearman, 1904).

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
        raise InputError("Expected finite ratings or nan, got an infinite one.")
    return table
