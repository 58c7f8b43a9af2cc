"""The board of a listening test: each analysis of its answers, with and without careless voters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from plaudit import __version__
from plaudit.arena.results.battle import change_of, moments_of, pairs_of, standings_of
from plaudit.arena.results.careless import find_careless
from plaudit.arena.results.judged import Ranking, judge_scores
from plaudit.arena.results.mushra import screen_listeners
from plaudit.arena.results.rating import means_of
from plaudit.arena.results.record import (
    Analysis,
    ArenaBoard,
    Counts,
    ScaleMeans,
    TestFacts,
)
from plaudit.arena.results.reliability import reliability_of
from plaudit.arena.results.row import SongFact, VoteRow, speeds_of
from plaudit.arena.results.rule import CarelessRules
from plaudit.benchmarks.scores.table import ScoreTable
from plaudit.benchmarks.standings.record import Standings, StandingsSettings
from plaudit.benchmarks.suites.record import RunSettings
from plaudit.core.errors import InputError


@dataclass(frozen=True)
class Answers:
    """What a test brought in, whatever it was read from."""

    test: TestFacts
    rows: Sequence[VoteRow]
    rules: CarelessRules = field(default_factory=CarelessRules)
    songs: Mapping[str, SongFact] = field(default_factory=dict)  #: By id.
    deleted: int = 0  #: Votes that voters deleted.


def make_board(
    answers: Answers, settings: StandingsSettings, scores: Sequence[ScoreTable] = ()
) -> ArenaBoard:
    """Return the board of a test; ``scores`` are of judges that are put beside people.

    A part for which there are too few answers is left out, with the reason, and nothing else is.
    """
    rows = answers.rows
    careless = find_careless(rows, answers.rules, gate_s=answers.test.gate_s or 0.0)
    names = careless.names
    kept = [row for row in rows if row.voter not in names]
    everyone = _analysis(answers, rows, settings, scores)
    return ArenaBoard(
        plaudit=__version__,
        test=answers.test,
        counts=_counts(rows, answers.deleted),
        careless=careless,
        everyone=everyone,
        kept=_analysis(answers, kept, settings, scores) if names else everyone,
        speeds=speeds_of(answers.songs.values()),
        settings=settings,
        notes=tuple(_notes(answers)),
    )


def _counts(rows: Sequence[VoteRow], deleted: int) -> Counts:
    checks = [row.check for row in rows if row.check is not None]
    times = [row.received for row in rows]
    return Counts(
        voters=len({row.voter for row in rows}),
        votes=sum(row.counts for row in rows),
        training=sum(row.purpose == "training" for row in rows),
        checks=sum(check.kind == "damaged" for check in checks),
        repeats=sum(check.kind == "repeat" for check in checks),
        deleted=deleted,
        first=min(times, default=None),
        last=max(times, default=None),
    )


def _analysis(
    answers: Answers,
    rows: Sequence[VoteRow],
    settings: StandingsSettings,
    scores: Sequence[ScoreTable],
) -> Analysis:
    votes = [row for row in rows if row.counts]
    repeats = [row for row in rows if row.check is not None and row.check.kind == "repeat"]
    listeners = screen_listeners(votes)
    out = {each.voter for each in listeners if each.excluded}
    votes = [row for row in votes if row.voter not in out]
    reasons, standings = [], None
    if any(True for row in votes for _ in pairs_of(row)):
        try:
            standings = standings_of(votes, settings, name=answers.test.name)
        except InputError as error:
            reasons.append(str(error))
    elif not votes:
        reasons.append("Nobody has voted yet." if not rows else "No vote is left.")
    means = means_of(votes, confidence=settings.confidence)
    run = RunSettings(
        seed=settings.seed, draws=max(settings.draws, 1), confidence=settings.confidence
    )
    people = _people(standings, means)
    return Analysis(
        voters=len({row.voter for row in votes}),
        votes=len(votes),
        standings=standings,
        means=means,
        listeners=listeners,
        reliability=reliability_of(votes, repeats, np.random.default_rng(settings.seed)),
        judges=tuple(
            each
            for table in scores
            for each in judge_scores(votes, table, answers.songs, people, run)
        ),
        moments=() if standings is None else moments_of(votes, settings),
        change=None if standings is None else change_of(votes, settings),
        reasons=tuple(reasons),
    )


def _people(standings: Standings | None, means: Iterable[ScaleMeans]) -> dict[str, Ranking]:
    """Return by axis, "" for battles, what people gave each system."""
    people: dict[str, Ranking] = {
        scale.axis: tuple((each.system, each.mean.value or 0.0) for each in scale.systems)
        for scale in means
    }
    if standings is not None:
        people[""] = tuple((each.system, each.rating) for each in standings.systems)
    return people


def _notes(answers: Answers) -> Iterable[str]:
    if answers.deleted:
        yield f"Voters deleted {answers.deleted:,} votes of their own; these are in no number here."
    if answers.test.closed is None:
        yield "The test is open: more votes will change the board."
