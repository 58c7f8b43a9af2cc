"""The record of standings, enough to redraw the board and every figure made from it.

Numbers that are undefined or were not requested (an interval without resamples) are None, in JSON
null, never 0.
"""

from typing import Literal

from pydantic import Field

from plaudit.benchmarks.votes.systems import DataFile
from plaudit.core.choice import EloOrder, StandingsCluster, StandingsMethod, VocalFilter
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record, read_options


class StandingsSettings(Record):
    """Settings of standings.

    ``cluster`` is what is resampled together: voters, prompts, both in turn, or single battles.
    "auto" takes both where the file names both, else the one that it names, else single battles;
    for music-arena it takes single battles, as the board does.
    ``least_votes``: systems with fewer votes that count are fitted with the others and not listed.
    ``k``, ``order`` and ``shuffles`` are of Elo alone.
    """

    method: StandingsMethod = "davidson"
    cluster: StandingsCluster = "auto"
    draws: int = Field(default=1000, ge=0)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=1, ge=0)
    least_votes: int = Field(default=0, ge=0)
    only: VocalFilter = "all"
    merge_variants: bool = False
    without: tuple[str, ...] = ()
    skip_faulty: bool = False
    k: float = Field(default=4.0, gt=0, allow_inf_nan=False)
    order: EloOrder = "shuffled"
    shuffles: int = Field(default=100, ge=1)


class Rate(Record):
    """A share with its interval (`plaudit.metrics.share.clustered_share`).

    It has the confidence and the clusters of the ratings. It is None where one cluster holds all.
    """

    count: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


class SystemStanding(Record):
    """One system of the board.

    ``rank``: systems of equal rating share one. ``rating`` is in points: 400 are odds of ten to
    one, the mean of all systems is 1000. ``low`` and ``high`` are its interval, ``rank_low`` and
    ``rank_high`` that of its rank (best and worst).
    ``battles`` counts all it was in, ``votes`` those that count: all but NEITHER. ``share`` is its
    share of points against each opponent, averaged over opponents (Borda), which needs no model.
    ``ahead`` is the share of resamples in which it is above the next one listed. Intervals, ranks
    and ``ahead`` are None without resamples and where one cluster holds all battles.
    """

    rank: int
    system: str
    rating: float
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    ahead: float | None
    battles: int
    votes: int
    wins: int
    losses: int
    ties: int
    neither: Rate
    share: float | None


class PairStanding(Record):
    """Two systems that met: what the better rated one got, and what its rating makes expect.

    ``expected`` is the share of points, a tie being one half, in [0, 1].
    """

    above: str
    below: str
    wins: int
    losses: int
    ties: int
    neither: int
    expected: float


class Fit(Record):
    """The fit, which converged; otherwise there is an error and no record.

    ``gradient`` is the largest slope left, in wins. All are None for Elo, which fits nothing.
    ``tie_share`` is how often two equal systems tie: of Davidson's model alone.
    """

    steps: int | None
    gradient: float | None
    log_likelihood: float | None
    tie_share: float | None


class Resampling(Record):
    """The resamples that intervals come from.

    ``kind``: percentiles of the resamples (expanded for few clusters, see
    `plaudit.benchmarks.standings.compute.expanded_tail`); the rating plus and minus 1.96 of
    their standard deviations (for a confidence of 0.95); or "two-way", from resamples of voters, of
    prompts and of pairs of both (`plaudit.benchmarks.standings.ratings.crossed`). ``cluster`` is
    what was drawn, ``clusters`` how many of them there are, of the fewer kind for "both", and
    ``of_each`` how many of each kind. ``draws`` is of each kind. ``failed`` counts those of a kind
    that could not be fitted, because some system was left without a place; intervals are from the
    others, and absent where more than half failed.
    """

    kind: Literal["percentile", "normal", "two-way"]
    cluster: Literal["voter", "prompt", "both", "battle"]
    clusters: int
    of_each: dict[str, int] = Field(default_factory=dict)
    draws: int
    failed: int


class Standings(Record):
    """A board: systems in order of rating.

    ``first_wins`` is the share of decided votes that went to the song presented first: 0.5 is no
    bias of position where systems take both places alike. ``unlisted`` are systems with fewer
    votes than ``least_votes``, and how many they have. ``pairs`` is empty above 40 systems.
    """

    schema_version: Literal[2] = 2
    plaudit: str
    method: StandingsMethod
    systems: tuple[SystemStanding, ...]
    unlisted: dict[str, int]
    data: DataFile
    read: int
    battles: int
    outcomes: dict[str, int]
    dropped: dict[str, int]
    neither: Rate
    first_wins: Rate
    fit: Fit
    resampling: Resampling
    pairs: tuple[PairStanding, ...]
    notes: tuple[str, ...]
    settings: StandingsSettings
    option_sources: OptionSources = Field(default_factory=dict)


def standings_settings(**values: object) -> StandingsSettings:
    """Return settings from the options of a command line, or raise what is wrong with one."""
    return read_options(StandingsSettings, values)
