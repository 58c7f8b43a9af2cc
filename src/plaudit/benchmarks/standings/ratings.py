"""Ratings of all systems from one set of battles, and from resamples of them, by each method.

``davidson``
    the most likely strengths with ties as an answer of their own (`plaudit.metrics.davidson`), an
    error where they do not exist; intervals are percentiles of the resamples.
``music-arena``
    as the Music Arena board computes it: L2 logistic regression with C = 1 and no intercept, a tie
    being two rows of weight one half, points 400 / ln 10 about a mean of 1000, intervals of 1.96
    standard deviations of the resamples, in which a system that is missing keeps its rating. Where
    theirs answers 1000 for all because the first (or the second) song won every battle, this one
    fits what was counted, as the formula says.
``elo``
    points updated battle by battle (`plaudit.metrics.elo`), averaged over random orders or in the
    order of the file.

References
----------
Music Arena: Live Evaluation for Text-to-Music, arXiv 2507.20900, and its leaderboard's code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.standings.record import StandingsSettings
from plaudit.benchmarks.votes.systems import UNKNOWN, BattleTable, Codes
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics.bradley_terry import Strengths, arena_scale, bradley_terry
from plaudit.metrics.checked import Floats
from plaudit.metrics.davidson import davidson
from plaudit.metrics.elo import elo, elo_orders
from plaudit.metrics.tally import (
    OUTCOMES,
    ConvergenceError,
    Tally,
    UnplacedError,
    folded,
    tally,
)

_PENALTY = 1.0  # 1 / C of the Music Arena board
_NEITHER = OUTCOMES.index(Outcome.NEITHER)
_SWAPPED = np.array(
    [
        OUTCOMES.index(outcome)
        for outcome in (Outcome.SECOND, Outcome.FIRST, Outcome.TIE, Outcome.NEITHER)
    ]
)  # code of an outcome when the songs change sides, by code
_RESULT = np.array([1.0, 0.0, 0.5, np.nan])  # of the first, by code of the outcome
_BLOCK = 4_000_000  # battles of an order times orders held at a time


def canonical(
    table: BattleTable, *, in_order: bool = False
) -> tuple[BattleTable, NDArray[np.bool_]]:
    """Return the same battles in an order, and with sides, that the file does not decide.

    Draws made from them are the same however rows are shuffled and whichever song stood first.
    ``in_order`` keeps the order of the file. The second value (n,) says where sides were changed.
    """
    swapped = table.first > table.second
    first = np.where(swapped, table.second, table.first)
    second = np.where(swapped, table.first, table.second)
    outcome = np.where(swapped, _SWAPPED[table.outcome], table.outcome)
    order = np.arange(len(table))
    if not in_order:
        named = [codes for codes in (table.prompt, table.voter) if codes is not None]
        order = np.lexsort([swapped, first, second, outcome, *named])
    same = replace(
        table,
        first=first[order],
        second=second[order],
        outcome=outcome[order],
        prompt=None if table.prompt is None else table.prompt[order],
        voter=None if table.voter is None else table.voter[order],
    )
    return same, swapped[order]


@dataclass(frozen=True)
class Clusters:
    """Groups of battles that are resampled together."""

    kind: Literal["voter", "prompt", "both", "battle"]  #: What a cluster is.
    #: (n,) cluster of each battle; -1 for votes for neither where battles are drawn, which they are
    #: not.
    of: Codes
    n: int  #: How many there are.
    #: Battles that name no voter (or prompt, or not both), each of which is a cluster of its own.
    alone: int = 0

    @property
    def effective(self) -> float:
        """How many clusters of equal size are worth as many: fewer where one has most battles.

        Carter, Schnepel and Steigerwald, Asymptotic behavior of a t-test robust to cluster
        heterogeneity, Review of Economics and Statistics 99 (2017).
        """
        sizes = np.bincount(self.of[self.of >= 0]).astype(np.float64)
        return float(sizes.sum() ** 2 / np.square(sizes).sum())


def clusters_of(table: BattleTable, settings: StandingsSettings) -> tuple[Clusters, ...]:
    """Decide what is resampled together: one kind, or voters, prompts, and pairs of both.

    A column that the battles lack is an `InputError`.
    """
    requested = settings.cluster
    if requested == "battle" or (requested == "auto" and settings.method == "music-arena"):
        return (_battles(table),)
    kinds: tuple[Literal["voter", "prompt"], ...] = ("voter", "prompt")
    if requested in kinds:
        kinds = (requested,)
    named = {kind: _clusters(table, kind) for kind in kinds}
    known = tuple(clusters for clusters in named.values() if clusters is not None)
    if requested != "auto" and len(known) < len(kinds):
        missing = next(kind for kind, clusters in named.items() if clusters is None)
        raise InputError(
            f"Expected a column '{missing}' to resample by, but no battle names a {missing};"
            " choose another --cluster."
        )
    if not known:
        return (_battles(table),)
    return known if len(known) == 1 else (*known, _pairs(table, *known))


def _battles(table: BattleTable) -> Clusters:
    voted = table.outcome != _NEITHER
    return Clusters("battle", np.where(voted, np.cumsum(voted) - 1, UNKNOWN), int(voted.sum()))


def _pairs(table: BattleTable, voters: Clusters, prompts: Clusters) -> Clusters:
    kinds, of = np.unique(voters.of * prompts.n + prompts.of, return_inverse=True)
    alone = (table.voter == UNKNOWN) | (table.prompt == UNKNOWN)
    return Clusters("both", of.astype(np.int64), len(kinds), int(np.sum(alone)))


def _clusters(table: BattleTable, kind: Literal["voter", "prompt"]) -> Clusters | None:
    code = table.voter if kind == "voter" else table.prompt
    if code is None:
        return None
    alone = np.flatnonzero(code == UNKNOWN)
    of = code.copy()
    of[alone] = code.max() + 1 + np.arange(len(alone))
    _, of = np.unique(of, return_inverse=True)
    return Clusters(kind, of.astype(np.int64), int(of.max()) + 1, len(alone))


def fit(
    counts: Tally, table: BattleTable, settings: StandingsSettings, rng: np.random.Generator
) -> tuple[Floats, Strengths | None]:
    """Return the ratings of all systems in points, (k,), and the fit, None for Elo.

    ``counts`` are those of the battles in ``table``. Elo needs the battles themselves, and draws
    their order from ``rng``.

    Raises
    ------
    UnplacedError
        Some system cannot be placed by this method.
    ConvergenceError
        The maximum was not reached.
    """
    names = table.systems
    if settings.method == "davidson":
        strengths = davidson(counts.wins, counts.ties, names=names)
    elif settings.method == "music-arena":
        strengths = bradley_terry(counts.points, penalty=_PENALTY, names=names)
    else:
        return _elo(table, settings, rng), None
    return arena_scale(strengths.strength), strengths


def resampled(
    table: BattleTable,
    clusters: Clusters,
    settings: StandingsSettings,
    whole: Strengths | None,
    rng: np.random.Generator,
) -> Floats:
    """Return the ratings from each resample in points, (draws, k); nan where none could be fitted.

    ``whole`` is the fit of all battles: each fit starts there, and a system that a resample lacks
    keeps its rating.
    """
    if settings.method == "elo":
        return _elo_draws(table, clusters, settings, rng)
    size = len(table.systems)
    ratings = np.full((settings.draws, size), np.nan)
    if whole is None:
        return ratings
    kept = arena_scale(whole.strength)
    for draw, counts in enumerate(_tallies(table, clusters, settings.draws, rng)):
        try:
            if settings.method == "davidson":
                fitted = davidson(counts.wins, counts.ties, start=whole)
                ratings[draw] = arena_scale(fitted.strength)
            else:
                points = counts.points
                here = (points + points.T).any(axis=1)
                part = points[np.ix_(here, here)]
                fitted = bradley_terry(part, penalty=_PENALTY, start=whole.strength[here])
                ratings[draw] = kept
                ratings[draw, here] = arena_scale(fitted.strength)
        except (UnplacedError, ConvergenceError):
            continue
    return ratings


def crossed(rating: Floats, draws: Sequence[Floats], rng: np.random.Generator) -> Floats:
    """Return draws of ratings that vary as voters and prompts make them vary, (n_draws, k).

    ``draws`` are resamples of voters, of prompts and of pairs of both. The covariance of ratings is
    that over voters plus that over prompts less that over pairs, which both count (Cameron, Gelbach
    and Miller, 2011); negative variances are 0. The draws are normal about ``rating``, and as many
    as there are of voters.
    """
    voters, prompts, pairs = (np.cov(part, rowvar=False) for part in draws)
    variance, axes = np.linalg.eigh(np.atleast_2d(voters + prompts - pairs))
    spread = np.sqrt(np.maximum(variance, 0.0))
    steps = rng.standard_normal((len(draws[0]), len(rating)))
    return np.asarray(rating + (steps * spread) @ axes.T, np.float64)


def _tallies(
    table: BattleTable, clusters: Clusters, draws: int, rng: np.random.Generator
) -> Iterator[Tally]:
    """Yield the counts of each resample of the votes that count."""
    size = len(table.systems)
    voted = table.outcome != _NEITHER
    if not voted.any():
        return
    key = (table.outcome * size + table.first) * size + table.second
    kinds, place = np.unique(key[voted], return_inverse=True)
    if clusters.kind == "battle":
        # Battles of one kind are alike: how often each kind is drawn is all there is to draw.
        share = np.bincount(place) / len(place)
        drawn = (rng.multinomial(len(place), share) for _ in range(draws))
    else:
        of = clusters.of[voted]
        even = np.full(clusters.n, 1 / clusters.n)
        drawn = (
            np.bincount(place, rng.multinomial(clusters.n, even)[of], len(kinds))
            for _ in range(draws)
        )
    for times in drawn:
        flat = np.zeros(4 * size * size)
        flat[kinds] = times
        yield folded(flat, size)


def count(table: BattleTable) -> Tally:
    """Return the counts of all battles by pair."""
    return tally(table.first, table.second, table.outcome, len(table.systems))


def _voted(table: BattleTable) -> tuple[Codes, Codes, Floats, NDArray[np.intp]]:
    kept = np.flatnonzero(table.outcome != _NEITHER)
    return table.first[kept], table.second[kept], _RESULT[table.outcome[kept]], kept


def _elo(table: BattleTable, settings: StandingsSettings, rng: np.random.Generator) -> Floats:
    first, second, result, _ = _voted(table)
    size = len(table.systems)
    if settings.order == "file":
        return elo(first, second, result, size, k=settings.k)
    total = np.zeros(size)
    step = max(1, _BLOCK // max(len(first), 1))
    for start in range(0, settings.shuffles, step):
        rows = min(step, settings.shuffles - start)
        orders = np.stack([rng.permutation(len(first)) for _ in range(rows)])
        total += elo_orders(first, second, result, size, orders, k=settings.k).sum(axis=0)
    return total / settings.shuffles


def _elo_draws(
    table: BattleTable, clusters: Clusters, settings: StandingsSettings, rng: np.random.Generator
) -> Floats:
    """Resample battles, and fight each resample in one order: shuffled, or that of the file."""
    first, second, result, kept = _voted(table)
    of = clusters.of[kept]
    ratings = []
    step = max(1, _BLOCK // max(len(first), 1))
    places = np.arange(len(first))
    for start in range(0, settings.draws, step):
        picks = []
        for _ in range(min(step, settings.draws - start)):
            times = np.bincount(rng.integers(clusters.n, size=clusters.n), minlength=clusters.n)
            picked = np.repeat(places, times[of])
            picks.append(picked if settings.order == "file" else rng.permutation(picked))
        orders = np.full((len(picks), max(map(len, picks), default=0)), -1)
        for row, picked in enumerate(picks):
            orders[row, : len(picked)] = picked
        ratings.append(elo_orders(first, second, result, len(table.systems), orders, k=settings.k))
    return np.concatenate(ratings) if ratings else np.empty((0, len(table.systems)))
