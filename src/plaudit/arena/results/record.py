"""The record of a board: enough to draw its page again, and to say what was left out.

Numbers that are undefined are None, with a reason. Every analysis is there twice: of everyone, and
of those who are left when careless voters are left out.
"""

from typing import Literal

from pydantic import Field

from plaudit.arena.results.row import Role, Speed
from plaudit.arena.results.rule import CarelessReport
from plaudit.arena.session.record import Kind
from plaudit.benchmarks.standings.history_record import BoardStep
from plaudit.benchmarks.standings.record import Standings, StandingsSettings
from plaudit.benchmarks.suites.record import TaskMeasure
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.metrics.measurement import CountedMeasurement, Measurement


class Reliability(CountedMeasurement):
    """How well people agree with each other, or with themselves."""

    measure: str
    axis: str | None = None  #: Of a rating.


class SystemMean(Record):
    """A system on one scale: its mean under the mixed model, and what was answered."""

    system: str
    #: What it is in a MUSHRA test.
    role: Role = Field(default="contestant", exclude_if=lambda role: role == "contestant")
    mean: Measurement
    #: Its mean less that of the next one listed; None for the last.
    above_next: Measurement | None
    answers: int
    voters: int
    items: int
    #: Quartiles of the answers as they are.
    low_quartile: float
    median: float
    high_quartile: float


class ScaleMeans(Record):
    """Means of all systems on one scale, in order of mean."""

    axis: str
    systems: tuple[SystemMean, ...]
    #: Variance of the answers by what it comes from: voter, item, song, taste, error.
    variance: dict[str, float]
    reason: str | None = None  #: Why there are no means.


class Listener(Record):
    """A listener of a MUSHRA test, and whether the rules of BS.1534 keep him."""

    voter: str
    items: int
    #: Items whose hidden reference, or anchor, was scored outside the rule's limit.
    reference_low: int
    anchor_high: int
    excluded: bool
    medians: dict[str, float]  #: Median score by system.


class Moment(Record):
    """The board as it was once so many votes had come, in order of time."""

    votes: int
    until: float  #: Seconds since 1970.
    ratings: dict[str, tuple[float, float | None, float | None]]  #: Rating, low, high by system.


class JudgeScore(Record):
    """One score of a judge beside people: agreement, and the order in which it puts systems."""

    judge: str
    score: str
    measures: tuple[TaskMeasure, ...]
    #: Systems with the judge's share of points on the same battles, or its mean score.
    ranking: tuple[tuple[str, float], ...]
    #: Kendall's correlation of both orders of systems.
    order: Measurement
    #: Songs of the votes that have this score.
    scored: int
    songs: int


class Analysis(Record):
    """One analysis, of everyone or of those who are kept."""

    voters: int
    votes: int
    standings: Standings | None = None
    means: tuple[ScaleMeans, ...] = ()
    listeners: tuple[Listener, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    judges: tuple[JudgeScore, ...] = ()
    moments: tuple[Moment, ...] = ()
    change: BoardStep | None = None  #: From the first half of the votes to the second.
    reasons: tuple[str, ...] = ()  #: Why a part is not there.


class TestFacts(Record):
    """The test whose board it is."""

    __test__ = False  # its name makes pytest look for tests in it

    name: str
    title: str
    kind: Kind
    gate_s: float | None = None
    opened: float | None = None
    closed: float | None = None


class Counts(Record):
    """What came in, before any analysis."""

    voters: int
    votes: int  #: Answers that count.
    training: int
    checks: int
    repeats: int
    deleted: int = 0  #: Votes that voters deleted.
    first: float | None = None  #: When the first answer came, and the last.
    last: float | None = None


class ArenaBoard(Record):
    """A board of a listening test."""

    schema_version: Literal[1] = 1
    plaudit: str
    test: TestFacts
    counts: Counts
    careless: CarelessReport
    everyone: Analysis
    kept: Analysis
    speeds: tuple[Speed, ...] = ()
    settings: StandingsSettings
    notes: tuple[str, ...] = Field(default=())
    option_sources: OptionSources = Field(default_factory=dict)
