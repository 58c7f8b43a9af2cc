"""The record of a measurement on clips of ranked systems; tables and the page are drawn from it.

An accuracy is the share of pairs in which the clip of the better-ranked system has the higher
score; a tie is one half. Undefined numbers are None with a reason.
"""

from typing import Literal

from pydantic import Field

from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record
from plaudit.judging.record import JudgeId
from plaudit.metrics.measurement import CountedMeasurement, Measurement

Copies = Literal["as is", "matched"]
COPIES: tuple[Copies, ...] = ("as is", "matched")
ALL = "all"
MEAN = "mean"
"""Name of the mean of a judge's main axes (`plaudit.judging.comparison.main_axes`)."""


class LeftOut(Record):
    """A clip that was left out, and why; ``scope`` says of what."""

    path: str
    reason: str
    scope: str = ALL  #: "all", "matched", or the name of a judge.


class RankedSystem(Record):
    """A system of the table of ranks, with the number of its clips in pairs."""

    name: str
    rank: float
    group: str | None = None
    n_clips: int


class UsedJudge(Record):
    """A judge that was measured; ``main`` are the axes whose mean says how good a song is."""

    name: str  #: In the rows of this record; tells two judges of one name apart.
    judge: JudgeId
    licence: str
    axes: tuple[str, ...]
    main: tuple[str, ...]
    prompted: bool  #: Whether it was given the text of the prompt.


class ClipScores(Record):
    """One clip that stands in a pair, with every number taken of it.

    Both mappings are by copy ("as is", "matched"): baselines by name, and scores by judge and axis.
    A number that could not be taken is missing.
    """

    path: str
    system: str
    prompt: str
    group: str | None
    baselines: dict[Copies, dict[str, float]]
    scores: dict[Copies, dict[str, dict[str, float]]]


class Accuracy(CountedMeasurement):
    """Accuracy of one score on the pairs of one group; ``n`` counts pairs.

    ``difference`` is this accuracy minus that of ``baseline``, the best one, on the same pairs and
    the same resamples; only the mean of a judge has one.
    """

    judge: str | None  #: None for a baseline.
    score: str  #: An axis, "mean", or a baseline.
    copies: Copies
    group: str = ALL
    prompts: int  #: Resampled for the interval.
    ties: int
    baseline: str | None = None
    difference: Measurement | None = None


class TableFile(Record):
    """A table that was read: its name and digest."""

    path: str
    sha256: str


class RealityResult(Record):
    """A run of judges and baselines on clips of ranked systems."""

    schema_version: Literal[1] = 1
    plaudit: str
    manifest: TableFile
    ranks: TableFile
    confidence: float
    draws: int
    option_sources: OptionSources = Field(default_factory=dict)
    seed: int
    judges: tuple[UsedJudge, ...]
    systems: tuple[RankedSystem, ...]
    groups: tuple[str, ...]
    n_rows: int  #: Of the manifest.
    n_prompts: int
    n_pairs: int
    equal_ranks: int  #: Pairs left out because both systems have the same rank.
    of_two_groups: int  #: Pairs left out because ranks hold inside a group only.
    left_out: tuple[LeftOut, ...]
    accuracies: tuple[Accuracy, ...]
    clips: tuple[ClipScores, ...]
