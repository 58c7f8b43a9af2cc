"""The record of a suite: measures with intervals, and the predictions that they were made from.

Every figure is drawn from it, and two judges are compared item by item. Undefined numbers are None
with a reason.
"""

from typing import Any, Literal

from pydantic import Field, JsonValue

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.core.choice import TiePolicy
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record

Kind = Literal["judge", "predictions", "class", "none"]


class Published(Record):
    """A published number of another judge; accuracies are in 0-1."""

    judge: str
    task: str
    slice: str = "all"
    measure: str
    value: float
    source: str


class Dropped(Record):
    """Items left out for one reason: their number, and the names of the first."""

    reason: str
    n: int
    examples: tuple[str, ...]


class SuiteFile(Record):
    """A data file, by its name without folders, digest and size."""

    name: str
    sha256: str
    n_bytes: int


class Contender(Record):
    """The judge measured: with its card, a file of predictions with its hash, or a class."""

    kind: Kind
    name: str
    version: str | None = None
    hash: str | None = None
    card: dict[str, JsonValue] | None = None


class RunSettings(Record):
    """Settings of a run; ``seconds`` is for suites that listen to songs."""

    #: Songs taken (of a task: songs or pairs), the first; all without it.
    limit: int | None = Field(default=None, ge=1, exclude_if=lambda limit: limit is None)
    ties: TiePolicy = "half"
    seed: int = Field(default=1, ge=0)
    draws: int = Field(default=1000, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seconds: float | None = Field(default=None, gt=0)


class TaskMeasure(Record):
    """One measure of a task."""

    task: str
    slice: str = "all"  #: "all", "system" (means of systems) or such as "month=2025_09".
    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int  #: Songs, systems or pairs that it was taken on.
    units: int = 0  #: Prompts, songs or systems that were resampled for the interval.
    reason: str | None = None  #: Why there is no value, or no interval.
    #: Name of the judge's score that was measured.
    score: str | None = Field(default=None, validation_alias="used")
    #: The same measure of predictors that do not listen, and of people.
    baselines: dict[str, float | None] = Field(default_factory=dict, validation_alias="beside")


class TaskPredictions(Record):
    """Predicted and observed values of the items of one task; all tuples are (n,)."""

    task: str  #: Its name.
    #: "song": predicted and observed score; "pair": predicted margin (first minus second) and
    #: whether people preferred the first (1, 0, or one half for a tie); "value": a number for each
    #: song, whose mean or median is the measure, and nothing observed.
    kind: Literal["song", "pair", "value"]
    measures: tuple[str, ...]  #: Measures made from them.
    ids: tuple[str, ...]  #: Items, and the group that each is resampled with.
    groups: tuple[str, ...]
    predicted: tuple[float, ...] = Field(validation_alias="said")  #: By ``kind``.
    observed: tuple[float, ...] = Field(default=(), validation_alias="true")
    threshold: float | None = None  #: For TTA-F1.


class SuiteResult(Record):
    """A run of one judge on one suite; ``n_predicted`` of ``n_items`` have a prediction.

    ``contamination`` counts the songs that taught the judge (None without a judge, and in records
    of former versions), ``clean`` has the measures without them, and ``copies`` counts items that
    are a recording that came before: groups that share one are resampled together.
    """

    schema_version: Literal[3] = 3
    suite: str
    suite_version: str
    title: str
    plaudit: str
    citation: str
    licence: str
    protocol: tuple[str, ...]
    judge: Contender
    data: tuple[SuiteFile, ...]
    settings: RunSettings
    option_sources: OptionSources = Field(default_factory=dict)
    n_items: int = Field(validation_alias="items")
    n_predicted: int = Field(validation_alias="answered")
    dropped: tuple[Dropped, ...]
    measures: tuple[TaskMeasure, ...]
    published: tuple[Published, ...] = ()
    predictions: tuple[TaskPredictions, ...] = Field(default=(), validation_alias="answers")
    detail: dict[str, Any] | None = None
    contamination: Contamination | None = None
    clean: tuple[TaskMeasure, ...] = ()
    copies: int = 0

    @property
    def data_hash(self) -> tuple[str, ...]:
        """Digests of all data files, sorted; equal where two runs read the same data."""
        return tuple(sorted(file.sha256 for file in self.data))
