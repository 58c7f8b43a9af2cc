"""Standings of systems from battles: ratings, intervals, and the share that both are bad.

NEITHER (both bad) enters no rating: it says nothing about which of the two is better. It is
reported as a floor rate, of all battles and of each system's, because a board of ratings alone
cannot tell a race of excellent systems from a race of bad ones.

References
----------
Hesterberg, What teachers should know about the bootstrap, The American Statistician 69 (2015).
"""

import math
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from plaudit import __version__
from plaudit.benchmarks.standings.caution import standings_notes
from plaudit.benchmarks.standings.ratings import (
    Clusters,
    canonical,
    clusters_of,
    count,
    crossed,
    fit,
    resampled,
)
from plaudit.benchmarks.standings.record import (
    Fit,
    PairStanding,
    Rate,
    Resampling,
    Standings,
    StandingsSettings,
    SystemStanding,
)
from plaudit.benchmarks.votes.systems import BattleTable, DataFile, read_battles
from plaudit.core.errors import InputError
from plaudit.core.outcome import Outcome
from plaudit.metrics.borda import borda
from plaudit.metrics.bradley_terry import SCALE, Strengths
from plaudit.metrics.checked import Floats
from plaudit.metrics.davidson import tie_share
from plaudit.metrics.measurement import or_none
from plaudit.metrics.share import clustered_share
from plaudit.metrics.tally import OUTCOMES, Tally

_PAIRS_AT_MOST = 40  # systems up to which every pair is listed
_EQUAL = 1e-6  # points apart up to which two ratings are equal: a fit is not exact


def read_standings(
    path: Path, settings: StandingsSettings, rng: np.random.Generator | None = None
) -> Standings:
    """Return the standings of the battles in a file or folder (`plaudit.benchmarks.votes.file`).

    The generator draws resamples and orders; it is one of ``settings.seed`` if left out.

    Raises
    ------
    InputError
        The file or a row cannot be used, or the battles cannot place some system by this method.
    """
    table, data = read_battles(
        path,
        skip=settings.skip_faulty,
        only=settings.only,
        merge_variants=settings.merge_variants,
        without=settings.without,
    )
    return make_standings(table, data, settings, rng or np.random.default_rng(settings.seed))


def make_standings(
    table: BattleTable, data: DataFile, settings: StandingsSettings, rng: np.random.Generator
) -> Standings:
    """Return the standings of battles; the generator draws resamples and orders.

    Raises
    ------
    InputError
        The battles cannot place some system by this method; the sentence names it.
    """
    outcomes = {
        outcome.value: int((table.outcome == code).sum()) for code, outcome in enumerate(OUTCOMES)
    }
    in_order = settings.method == "elo" and settings.order == "file"
    table, swapped = canonical(table, in_order=in_order)
    neither = table.outcome == OUTCOMES.index(Outcome.NEITHER)
    if neither.all():
        raise InputError(
            f"All {len(table):,} votes are for neither song, so there is nothing to rate by; these"
            " battles give only the share that both are bad."
        )
    ordering, drawing = rng.spawn(2)
    counts, clusters = count(table), clusters_of(table, settings)
    rating, fitted = fit(counts, table, settings, ordering)
    votes = (counts.points + counts.points.T).sum(axis=1)
    listed = np.flatnonzero(votes >= settings.least_votes)
    if not len(listed):
        raise InputError(
            f"No system has {settings.least_votes} votes that count (the most is"
            f" {votes.max():.0f}); lower --least-votes."
        )
    order = listed[np.argsort(-rating[listed], kind="stable")]
    draws, sampling = _sampled(table, clusters, settings, rating, fitted, drawing)
    tie = 0.0 if fitted is None else fitted.tie
    decided = table.outcome <= OUTCOMES.index(Outcome.SECOND)
    first_won = (table.outcome == OUTCOMES.index(Outcome.FIRST)) != swapped
    rates = _Rates(clusters, settings.confidence)
    return Standings(
        plaudit=__version__,
        method=settings.method,
        systems=_systems(table, counts, rating, order, draws, settings, rates),
        unlisted={
            table.systems[k]: int(votes[k]) for k in np.flatnonzero(votes < settings.least_votes)
        },
        data=data,
        read=table.read,
        battles=len(table),
        outcomes=outcomes,
        dropped=table.dropped,
        neither=rates.of(neither, np.arange(len(table))),
        first_wins=rates.of(first_won, np.flatnonzero(decided)),
        fit=_fit(fitted, settings),
        resampling=sampling,
        pairs=_pairs(table, counts, rating, order, tie),
        notes=standings_notes(table, counts, settings, sampling, clusters[-1].alone),
        settings=settings,
    )


def _sampled(
    table: BattleTable,
    clusters: tuple[Clusters, ...],
    settings: StandingsSettings,
    rating: Floats,
    fitted: Strengths | None,
    rng: np.random.Generator,
) -> tuple[Floats, Resampling]:
    """Return draws of the ratings, (n_draws, k), none where intervals are undefined; and how."""
    nothing = np.empty((0, len(table.systems)))
    kinds = clusters[:2]
    fewest = min(part.n for part in kinds)
    drawn = []
    failed = 0
    if fewest > 1:  # one cluster shows no spread
        for part in clusters:
            draws = resampled(table, part, settings, fitted, rng)
            drawn.append(draws[~np.isnan(draws).any(axis=1)])
            failed = max(failed, len(draws) - len(drawn[-1]))
    two_way = len(clusters) > 1
    kind: Literal["normal", "two-way", "percentile"] = "two-way" if two_way else "percentile"
    sampling = Resampling(
        kind="normal" if settings.method == "music-arena" else kind,
        cluster=clusters[-1].kind,
        clusters=fewest,
        of_each={part.kind: part.n for part in kinds},
        draws=settings.draws,
        failed=failed,
    )
    enough = all(2 * len(draws) >= max(settings.draws, 4) for draws in drawn)
    if not drawn or not enough:
        return nothing, sampling
    return (crossed(rating, drawn, rng) if two_way else drawn[0]), sampling


class _Rates:
    """Shares of battles, with intervals from the clusters of the board."""

    def __init__(self, clusters: tuple[Clusters, ...], confidence: float) -> None:
        self._of = [part.of for part in clusters if part.kind != "battle"]
        self._confidence = confidence
        #: Effective number of clusters, of the kind that has fewer.
        self.clusters = min(part.effective for part in clusters[:2])

    def of(self, happened: NDArray[np.bool_], rows: NDArray[np.intp]) -> Rate:
        """Return how often it happened in the battles of ``rows``; undefined for none of none."""
        did = happened[rows]
        count, n = int(did.sum()), len(rows)
        if not n:
            return Rate(count=count, n=n, rate=None, low=None, high=None)
        kinds = []
        for of in self._of:
            _, cluster, cases = np.unique(of[rows], return_inverse=True, return_counts=True)
            kinds.append((np.bincount(cluster, did), cases))
        if not kinds:  # single battles are their own clusters
            kinds = [(did.astype(np.int64), np.ones(n, np.int64))]
        low, high = clustered_share(*kinds, confidence=self._confidence)
        return Rate(count=count, n=n, rate=count / n, low=or_none(low), high=or_none(high))


def _fit(fitted: Strengths | None, settings: StandingsSettings) -> Fit:
    if fitted is None:
        return Fit(steps=None, gradient=None, log_likelihood=None, tie_share=None)
    return Fit(
        steps=fitted.steps,
        gradient=fitted.gradient,
        log_likelihood=fitted.log_likelihood,
        tie_share=tie_share(fitted.tie) if settings.method == "davidson" else None,
    )


def _systems(
    table: BattleTable,
    counts: Tally,
    rating: Floats,
    order: NDArray[np.intp],
    draws: Floats,
    settings: StandingsSettings,
    rates: _Rates,
) -> tuple[SystemStanding, ...]:
    low, high = _interval(rating, draws, settings, rates.clusters)
    ranks = _ranks(draws[:, order], settings.confidence, rates.clusters)
    both_bad = table.outcome == OUTCOMES.index(Outcome.NEITHER)
    # The rows of each system, by one sort: asking every battle of every system takes seconds.
    sides = np.concatenate([table.first, table.second])
    rows = np.split(np.argsort(sides, kind="stable") % len(table), np.cumsum(np.bincount(sides)))
    share = borda(counts.points)
    wins, losses = counts.wins.sum(axis=1), counts.wins.sum(axis=0)
    ties, neither = counts.ties.sum(axis=1), counts.neither.sum(axis=1)
    systems = []
    for place, k in enumerate(order):
        votes = int(wins[k] + losses[k] + ties[k])
        battles = votes + int(neither[k])
        ahead = None
        if len(draws) and place + 1 < len(order):
            ahead = float(np.mean(draws[:, k] > draws[:, order[place + 1]]))
        systems.append(
            SystemStanding(
                rank=1 + int((rating[order] > rating[k] + _EQUAL).sum()),
                system=table.systems[k],
                rating=float(rating[k]),
                low=or_none(low[k]),
                high=or_none(high[k]),
                rank_low=ranks[place][0],
                rank_high=ranks[place][1],
                ahead=ahead,
                battles=battles,
                votes=votes,
                wins=int(wins[k]),
                losses=int(losses[k]),
                ties=int(ties[k]),
                neither=rates.of(both_bad, rows[k]),
                share=or_none(share[k]),
            )
        )
    return tuple(systems)


def _interval(
    rating: Floats, draws: Floats, settings: StandingsSettings, clusters: float
) -> tuple[Floats, Floats]:
    """Return the ends of the intervals, nan where there are no resamples."""
    if not len(draws):
        nothing = np.full(len(rating), math.nan)
        return nothing, nothing
    if settings.method == "music-arena":
        # Theirs says 1.96; another confidence takes the normal value that goes with it.
        tail = (1 - settings.confidence) / 2
        width = 1.96 if settings.confidence == 0.95 else -NormalDist().inv_cdf(tail)
        half = width * draws.std(axis=0)
        return rating - half, rating + half
    tail = 100 * expanded_tail(settings.confidence, clusters)
    low, high = np.percentile(draws, [tail, 100 - tail], axis=0)
    return low, high


def expanded_tail(confidence: float, clusters: float) -> float:
    """Return the share of resamples to leave out on each side of an interval.

    Percentiles of resamples of few clusters are too narrow: like a normal interval with the biased
    standard deviation. The expanded percentiles of Hesterberg (2015) take as much from the tails as
    turns that into an interval of Student's t: Phi(-sqrt(n / (n - 1)) t) for n clusters, where t
    leaves (1 - confidence) / 2 above it with n - 1 degrees of freedom. It is (1 - confidence) / 2
    for endless clusters.

    Examples
    --------
    >>> [round(expanded_tail(0.95, n), 4) for n in (5, 20, 1_000_000)]
    [0.001, 0.0159, 0.025]
    """
    from scipy.special import ndtr, stdtrit

    t = stdtrit(clusters - 1, (1 + confidence) / 2)
    return float(ndtr(-math.sqrt(clusters / (clusters - 1)) * t))


def _ranks(
    draws: Floats, confidence: float, clusters: float
) -> list[tuple[int, int]] | list[tuple[None, None]]:
    """Return the best and worst rank of each system as listed, from its rank in each resample."""
    if not len(draws):
        return [(None, None)] * draws.shape[1]
    # Equal systems share all of their places.
    rising, size = np.sort(draws, axis=1), draws.shape[1]
    first, last = np.empty_like(draws), np.empty_like(draws)
    for row, sorted_row in enumerate(rising):
        first[row] = size + 1 - np.searchsorted(sorted_row, draws[row] + _EQUAL, side="right")
        last[row] = size - np.searchsorted(sorted_row, draws[row] - _EQUAL, side="left")
    tail = 100 * expanded_tail(confidence, clusters)
    best = np.percentile(first, tail, axis=0, method="lower")
    worst = np.percentile(last, 100 - tail, axis=0, method="higher")
    return [(int(low), int(high)) for low, high in zip(best, worst, strict=True)]


def _pairs(
    table: BattleTable, counts: Tally, rating: Floats, order: NDArray[np.intp], tie: float
) -> tuple[PairStanding, ...]:
    if len(order) > _PAIRS_AT_MOST:
        return ()
    pairs = []
    for place, i in enumerate(order):
        for j in order[place + 1 :]:
            met = counts.wins[i, j] + counts.wins[j, i] + counts.ties[i, j] + counts.neither[i, j]
            if not met:
                continue
            half = float(rating[i] - rating[j]) * math.log(10) / SCALE / 2
            won, lost = math.exp(half), math.exp(-half)
            pairs.append(
                PairStanding(
                    above=table.systems[i],
                    below=table.systems[j],
                    wins=int(counts.wins[i, j]),
                    losses=int(counts.wins[j, i]),
                    ties=int(counts.ties[i, j]),
                    neither=int(counts.neither[i, j]),
                    expected=(won + tie / 2) / (won + lost + tie),
                )
            )
    return tuple(pairs)
