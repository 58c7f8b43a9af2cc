"""The card of a published judge: what it is, where its files came from, what it may be used for."""

from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from plaudit.core.settings import Record
from plaudit.model.card import Metric, Origin
from plaudit.model.published.axis import Condition, JudgeAxis


class AxisRecord(Record):
    """One score: its scale, which may have no end, and which direction is a better reception."""

    name: str
    meaning: str
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "neither"] = "higher"

    @classmethod
    def of(cls, axis: JudgeAxis) -> Self:
        """Return the record of an axis."""
        return cls(**axis._asdict())

    @property
    def scale(self) -> str:
        """Return its scale in words."""
        if self.low is None or self.high is None:
            ends = "no fixed ends"
        else:
            ends = f"{self.low:g} to {self.high:g}"
        return (
            f"{ends}, {'higher is better' if self.better == 'higher' else 'no direction is better'}"
        )


class PartRecord(Origin):
    """One part of a judge: its settings as published, and the files that it came from.

    ``tokenizer`` is where its tokenizer was fetched, if not where the weights are.
    """

    config: dict[str, JsonValue] = Field(default_factory=dict)
    licence: str
    tokenizer: Origin | None = None


class PublishedCard(Record):
    """Everything a reader or a loader needs to know about a published judge.

    ``procedure`` names it in `plaudit.model.published.facts`; ``options`` are the choices of
    its procedure that were made otherwise than by default.
    """

    format_version: Literal[1] = 1
    procedure: str
    name: str
    version: str
    summary: str
    axes: tuple[AxisRecord, ...]
    conditions: tuple[Condition, ...] = ()
    needs: tuple[Condition, ...] = ()
    hearing: str
    differs: tuple[str, ...] = ()
    options: dict[str, JsonValue] = Field(default_factory=dict)
    parts: dict[str, PartRecord]
    weights_hash: str
    training_data: str
    metrics: tuple[Metric, ...] = ()
    licence: str
    commercial: bool
    citation: str
    intended_uses: tuple[str, ...] = ()
    forbidden_uses: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def score_names(self) -> tuple[str, ...]:
        """Return the axes that it scores, in order."""
        return tuple(axis.name for axis in self.axes)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not set(self.needs) <= set(self.conditions):
            raise ValueError("needs: expected some of the conditions")
        return self
