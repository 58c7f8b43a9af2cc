"""The result of a suite: measures with intervals, and the answers they were made from.

A record is enough to draw every figure, and to compare two judges pair by pair. Numbers that are
undefined are None with a reason. No torch here.
"""

from typing import Any, Literal

from pydantic import Field, JsonValue

from plaudit.core.settings import Record

Ties = Literal["half", "drop", "toolkit"]
Kind = Literal["judge", "predictions", "class", "none"]


class Published(Record):
    """A number that others published: ``value`` in the unit of the measure, accuracies in 0-1."""

    judge: str
    task: str
    slice: str = "all"
    measure: str
    value: float
    source: str


class Dropped(Record):
    """What was left out for one reason: how many, and the first of them by name."""

    reason: str
    n: int
    examples: tuple[str, ...]


class DataFile(Record):
    """A file that was read, by its name (not its place), digest and size."""

    name: str
    sha256: str
    n_bytes: int


class Contender(Record):
    """Who was measured: a judge with its card, a file of predictions with its hash, or a class."""

    kind: Kind
    name: str
    version: str | None = None
    hash: str | None = None
    card: dict[str, JsonValue] | None = None


class RunSettings(Record):
    """What was asked for; ``seconds`` and ``songs`` only matter to suites that listen."""

    ties: Ties = "half"
    seed: int = Field(default=1, ge=0)
    draws: int = Field(default=1000, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seconds: float | None = Field(default=None, gt=0)


class Measure(Record):
    """One number.

    Parameters
    ----------
    task, slice, measure : str
        Which; ``slice`` is "all", "system" (means of systems) or such as "month=2025_09".
    value, low, high : float, optional
        The number and its interval.
    n : int
        Songs, systems or pairs that it was taken on.
    units : int
        What was resampled for the interval: prompts, songs or systems.
    reason : str, optional
        Why there is no value.
    used : str, optional
        Which score of the judge answered.
    beside : dict
        The same measure for answers that need no ear, and for people.
    """

    task: str
    slice: str = "all"
    measure: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    units: int = 0
    reason: str | None = None
    used: str | None = None
    beside: dict[str, float | None] = Field(default_factory=dict)


class TaskAnswers(Record):
    """What a judge said on the items of one task, beside the truth; all tuples are (n,).

    Parameters
    ----------
    task : str
        Which.
    kind : {"song", "pair", "value"}
        "song": score and truth; "pair": margin (first minus second) and share of the first in
        truth (1, 0, or one half where people saw a tie); "value": one number a song, whose mean
        or median is the measure.
    measures : tuple of str
        Which measures are made of them.
    ids, groups : tuple of str
        Items, and what each is resampled together with.
    said, true : tuple of float
        As ``kind`` says; "value" has no truth.
    threshold : float, optional
        For TTA-F1.
    """

    task: str
    kind: Literal["song", "pair", "value"]
    measures: tuple[str, ...]
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    said: tuple[float, ...]
    true: tuple[float, ...] = ()
    threshold: float | None = None


class SuiteResult(Record):
    """All of a run of one judge on one suite."""

    schema_version: Literal[1] = 1
    suite: str
    suite_version: str
    title: str
    plaudit: str
    citation: str
    licence: str
    protocol: tuple[str, ...]
    judge: Contender
    data: tuple[DataFile, ...]
    settings: RunSettings
    items: int
    answered: int
    dropped: tuple[Dropped, ...]
    measures: tuple[Measure, ...]
    published: tuple[Published, ...] = ()
    answers: tuple[TaskAnswers, ...] = ()
    detail: dict[str, Any] | None = None

    @property
    def data_hash(self) -> tuple[str, ...]:
        """Digests of all data files, in order: equal exactly where two runs saw the same data."""
        return tuple(sorted(file.sha256 for file in self.data))
