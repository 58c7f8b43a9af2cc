"""Songs in order, with the range of places that each may have.

A song's place counts from 1, the best. Beside it stands the range of places it may truly have:
``rank_low`` is one more than the songs that are surely better, ``rank_high`` the number of songs
less those that are surely worse. One song is surely better than another where it is preferred with
a chance of ``sure`` (`plaudit.judging.comparison`). Songs with equal ranges cannot be told apart.

By a model of preference, the value of a song is its mean chance against the others of its group.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.core.axes import ANY_AXIS
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.judging.comparison import (
    SURE,
    Basis,
    check_sure,
    error_of,
    features_for,
    half_width,
    main_axes,
    margins,
)
from plaudit.judging.record import JudgeId, Row, Score, SongScores
from plaudit.metrics.measurement import or_none
from plaudit.model.preference import Preference

Floats = NDArray[np.float64]
MEAN, PREFERENCE = "mean", "preference"
WAYS = (PREFERENCE, MEAN, *(axis for axis in ANY_AXIS if axis != PREFERENCE))
_MOST_PAIRED = 3000
"""Songs of one group up to which a model that is no straight line can compare each with each."""
_CELLS = 4_000_000  # of a table of pairs held at a time


class RankedSong(Row):
    """One song in its place.

    ``value`` is what it is ranked by, with its interval where there is one: the judge's, or of a
    mean chance the means of the ends of its chances. ``rank_low`` and
    ``rank_high`` are None where nothing is known of errors. ``kept`` says whether it is among the
    ``keep`` best of its group, ``may_belong`` whether it might be as far as the judge can tell;
    both are None when ``keep`` is not given.
    """

    schema_version: Literal[1] = 1
    status: Literal["ok"] = "ok"
    group: str | None
    rank: int
    rank_low: int | None
    rank_high: int | None
    of: int
    path: str | None
    sha256: str
    by: str
    basis: Basis
    value: float
    low: float | None
    high: float | None
    kept: bool | None
    may_belong: bool | None
    scores: dict[str, Score]
    warnings: tuple[str, ...]
    judge: JudgeId


def rank_rows(
    rows: Sequence[SongScores],
    *,
    coverage: float | None,
    by: str = PREFERENCE,
    keep: int | None = None,
    groups: Sequence[str] | None = None,
    preference: Preference | None = None,
    embeddings: Floats | None = None,
    sure: float = SURE,
) -> list[RankedSong]:
    """Rank songs of one judge: groups as they first come, the best song of each first.

    Equal values share a place; the order of ``rows`` decides nothing else.

    Parameters
    ----------
    rows : sequence of SongScores
        Songs of one judge.
    coverage : float or None
        Of the judge's intervals; None where it has none.
    by : str, default "preference"
        An axis, "mean" (of the aesthetic axes, else of popularity) or "preference": by the model
        of preference, and by the mean where none is given.
    keep : int, optional
        How many of each group to keep.
    groups : sequence of str, optional
        Group of each song; one group without.
    preference : Preference, optional
        A fitted model of preference.
    embeddings : ndarray of float64, (n_songs, d), optional
        Of the songs, for a model that reads them.
    sure : float, default .75
        Chance in (.5, 1) from which on one song is surely better than another.

    Raises
    ------
    InputError
        An unknown way to rank, too many songs for the model, or settings out of range.
    """
    check_sure(sure)
    if keep is not None and keep < 1:
        raise InputError(f"Expected at least one song to keep, got {keep}.")
    names: list[str | None] = [None] * len(rows) if groups is None else list(groups)
    if len(names) != len(rows):
        raise InputError(f"Expected one group a song, got {len(names)} for {len(rows)} songs.")
    if len({row.judge.hash for row in rows}) > 1:
        raise InputError("Expected songs of one judge; judge all with the same one.")
    places: dict[str | None, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    ranked: list[RankedSong] = []
    for name, members in places.items():
        chosen = [rows[place] for place in members]
        x = None
        if by == PREFERENCE and preference is not None:
            own = None if embeddings is None else embeddings[members]
            x = features_for(chosen, preference, own)
        ranked += _ranked(chosen, name, coverage, by, keep, preference, x, sure)
    return ranked


def _ranked(
    rows: Sequence[SongScores],
    group: str | None,
    coverage: float | None,
    by: str,
    keep: int | None,
    preference: Preference | None,
    x: Floats | None,
    sure: float,
) -> list[RankedSong]:
    n = len(rows)
    basis: Basis
    better: NDArray[np.intp] | None
    worse: NDArray[np.intp] | None
    if preference is not None and x is not None:
        value, ends, better, worse = _by_votes(x, preference, sure)
        basis = "votes"
    else:
        value, width = _values(rows, by)
        known = coverage is not None and bool(np.isfinite(width).all())
        basis = "intervals" if known else "none"
        error = error_of(width, coverage) if coverage is not None and known else None
        better, worse = (None, None) if error is None else _apart(value, error, sure)
        lowest, highest = _range(tuple(rows[0].scores), by)
        ends = np.maximum(value - width, lowest), np.minimum(value + width, highest)
    # Ties in value favour no song: the hash decides, whatever the order of the input was.
    order = sorted(range(n), key=lambda k: (-value[k], rows[k].sha256, rows[k].path or ""))
    ranks = _ranks(value)
    songs = []
    for place, k in enumerate(order):
        low = None if better is None else 1 + int(better[k])
        high = None if worse is None else n - int(worse[k])
        songs.append(
            RankedSong(
                group=group,
                rank=int(ranks[k]),
                rank_low=low,
                rank_high=high,
                of=n,
                path=rows[k].path,
                sha256=rows[k].sha256,
                by=by,
                basis=basis,
                value=float(value[k]),
                low=or_none(ends[0][k]),
                high=or_none(ends[1][k]),
                kept=None if keep is None else place < keep,
                may_belong=None if keep is None or low is None else low <= keep,
                scores=rows[k].scores,
                warnings=tuple(f"{note.type}: {note.message}" for note in rows[k].warnings),
                judge=rows[k].judge,
            )
        )
    return songs


def _range(axes: tuple[str, ...], by: str) -> tuple[float, float]:
    """Return the ends of the scale of the values."""
    axis = ANY_AXIS[by if by in ANY_AXIS and by in axes else main_axes(axes)[0]]
    return axis.low, axis.high


def _ranks(value: Floats) -> NDArray[np.intp]:
    """Return places from 1, equal values sharing the best of theirs."""
    ordered = np.sort(-value)
    return np.asarray(1 + np.searchsorted(ordered, -value, side="left"), np.intp)


def _values(rows: Sequence[SongScores], by: str) -> tuple[Floats, Floats]:
    """Return values and half widths (n_songs,); nan for no interval."""
    axes = tuple(rows[0].scores)
    if by in (MEAN, PREFERENCE):
        used = main_axes(axes)
    elif by in axes:
        used = (by,)
    else:
        known = (PREFERENCE, MEAN, *axes)
        raise InputError(f"There is no way to rank '{by}'; {nearest(by, known)}")
    value = np.array([[row[axis].value for axis in used] for row in rows]).mean(axis=1)
    width = np.array([[half_width(row[axis]) for axis in used] for row in rows]).mean(axis=1)
    return value, width


def _apart(value: Floats, error: Floats, sure: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return by song how many others are surely better, and how many surely worse."""
    n = len(value)
    least = float(np.log(sure / (1 - sure)))
    better, worse = np.zeros(n, np.intp), np.zeros(n, np.intp)
    step = max(1, _CELLS // n)
    for start in range(0, n, step):
        part = slice(start, start + step)
        m = margins(value[part, None], error[part, None], value[None], error[None])
        better[part] = (m <= -least).sum(axis=1)
        worse[part] = (m >= least).sum(axis=1)
    return better, worse


def _by_votes(
    x: Floats, preference: Preference, sure: float
) -> tuple[Floats, tuple[Floats, Floats], NDArray[np.intp], NDArray[np.intp]]:
    """Return mean chances against the others, their ends, and who is surely better or worse."""
    n = len(x)
    model = preference.model
    if n > _MOST_PAIRED:
        raise InputError(
            f"A model of preference compares each song with each, up to {_MOST_PAIRED:,} songs of a"
            f" group, got {n:,}; rank by 'mean' or an axis, or in groups."
        )
    better, worse = np.zeros(n, np.intp), np.zeros(n, np.intp)
    means = np.full((3, n), 0.5)
    step = max(1, _CELLS // (n * max(8, x.shape[1])))
    for start in range(0, n, step):
        at = np.arange(start, min(start + step, n))
        first, second = np.repeat(x[at], n, axis=0), np.tile(x, (len(at), 1))
        lines = np.array(model.chances(model.margin(first, second))).reshape(3, len(at), n)
        lines[:, np.arange(len(at)), at] = 0.5
        if n > 1:
            # Summed in order of size, so that the order of the songs changes no digit.
            means[:, at] = (np.sort(lines, axis=2).sum(axis=2) - 0.5) / (n - 1)
        better[at] = (lines[0] <= 1 - sure).sum(axis=1)
        worse[at] = (lines[0] >= sure).sum(axis=1)
    return means[0], (means[1], means[2]), better, worse
