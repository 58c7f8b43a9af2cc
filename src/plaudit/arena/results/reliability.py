"""How well people agree: with each other about the same songs, and with themselves on repeats.

Votes on pairs: the share of pairs of votes on the same two songs that name one winner (it bounds
what a judge can reach), and how much two halves of the voters agree about systems. Ratings
and MUSHRA: intraclass correlations and split halves of `plaudit.metrics.reliability`, by axis.
Repeats: how often a voter's answer to the same songs does not contradict the first.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from plaudit.arena.results.battle import pairs_of
from plaudit.arena.results.careless import differs
from plaudit.arena.results.rating import answered
from plaudit.arena.results.record import Reliability
from plaudit.arena.results.row import VoteRow
from plaudit.core.outcome import Outcome
from plaudit.metrics.checked import Floats
from plaudit.metrics.reliability import icc, split_half
from plaudit.metrics.share import share_of

AGREEMENT = "two voters name one winner of the same two songs"
_POINTS = {Outcome.FIRST: 1.0, Outcome.SECOND: 0.0, Outcome.TIE: 0.5}
_NOTHING_SHARED = "no two voters heard the same songs"


def reliability_of(
    votes: Sequence[VoteRow], repeats: Sequence[VoteRow], rng: np.random.Generator
) -> tuple[Reliability, ...]:
    """Return all measures that the answers allow; ``rng`` draws halves.

    ``repeats`` are the answers to tasks that came again.
    """
    measures = []
    if any(True for row in votes for _ in pairs_of(row)):
        measures += [_agreement(votes), _halves(votes, rng)]
    axes: dict[str, dict[tuple[str, str], list[float]]] = {}
    for number in answered(votes):
        song = f"{number.item}\n{number.song}\n{number.system}"
        axes.setdefault(number.axis, {}).setdefault((song, number.voter), []).append(number.value)
    for axis, cells in axes.items():
        measures += _of_numbers(axis, cells, rng)
    if repeats:
        measures.append(_repeated(votes, repeats))
    return tuple(measures)


def _agreement(votes: Sequence[VoteRow]) -> Reliability:
    """Return how often two decided votes on the same songs agree, resampled by pair of songs."""
    met: dict[tuple[str, str], Counter[str]] = {}
    for row in votes:
        for a, b, outcome in pairs_of(row):
            if outcome.decided:
                songs = row.sides[a].song, row.sides[b].song
                winner = songs[0] if outcome is Outcome.FIRST else songs[1]
                met.setdefault((min(songs), max(songs)), Counter())[winner] += 1
    agreed: list[float] = []
    groups: list[str] = []
    for songs, won in met.items():
        n = won.total()
        same = sum(math.comb(times, 2) for times in won.values())
        agreed += [1.0] * same + [0.0] * (math.comb(n, 2) - same)
        groups += ["\n".join(songs)] * math.comb(n, 2)
    estimate = share_of(agreed, groups)
    reason = _NOTHING_SHARED if not agreed else estimate.reason
    return Reliability.of(
        estimate.value, estimate.low, estimate.high, reason=reason, measure=AGREEMENT, n=len(agreed)
    )


def _halves(votes: Sequence[VoteRow], rng: np.random.Generator) -> Reliability:
    """Return the split-half reliability of systems' mean points, halving voters."""
    cells: dict[tuple[str, str], list[float]] = {}
    for row in votes:
        for a, b, outcome in pairs_of(row):
            if outcome in _POINTS:
                for side, points in ((a, _POINTS[outcome]), (b, 1 - _POINTS[outcome])):
                    cells.setdefault((row.sides[side].system, row.voter), []).append(points)
    table = _table(cells)
    value = split_half(table, rng, crossed=True) if len(table) > 2 else math.nan
    reason = "it needs three systems, and halves that agree" if math.isnan(value) else None
    name = "split-half reliability of the points of systems"
    return Reliability.of(value, reason=reason, measure=name, n=table.shape[1])


def _of_numbers(
    axis: str, cells: Mapping[tuple[str, str], Sequence[float]], rng: np.random.Generator
) -> Iterable[Reliability]:
    table = _table(cells)
    n = len(table)
    for name, value in (
        ("ICC(1,1), one rating of a song", icc(table, "1,1")),
        ("ICC(1,k), mean rating of a song", icc(table, "1,k")),
        ("split-half reliability of raters", split_half(table, rng)),
    ):
        reason = _NOTHING_SHARED if math.isnan(value) else None
        yield Reliability.of(value, reason=reason, measure=name, axis=axis, n=n)


def _table(cells: Mapping[tuple[str, str], Sequence[float]]) -> Floats:
    """Return the mean of each cell as (n_songs, n_voters), nan where there is none."""
    rows = {name: k for k, name in enumerate(sorted({row for row, _ in cells}))}
    columns = {name: k for k, name in enumerate(sorted({column for _, column in cells}))}
    table = np.full((len(rows), len(columns)), math.nan)
    for (row, column), values in cells.items():
        table[rows[row], columns[column]] = np.mean(values)
    return table


def _repeated(votes: Sequence[VoteRow], repeats: Sequence[VoteRow]) -> Reliability:
    by_task = {row.task: row for row in votes}
    same, voters = [], []
    for row in repeats:
        before = by_task.get(row.check.repeats or "") if row.check else None
        contradicts = None if before is None else differs(before, row)
        if contradicts is not None:
            same.append(float(not contradicts))
            voters.append(row.voter)
    estimate = share_of(same, voters)
    reason = "no repeat could contradict its first answer" if not same else estimate.reason
    return Reliability.of(
        estimate.value, estimate.low, estimate.high, reason=reason,
        measure="repeats that do not contradict the first answer", n=len(same),
    )  # fmt: skip
