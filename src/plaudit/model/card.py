"""The card of a judge: where it comes from, what it may and may not be used for, how to rebuild it.

A judge is a folder: ``card.json`` (this record), ``model.safetensors`` (layer mix, pooling, heads)
and ``encoder.safetensors``. The card is read strictly: an unknown key or version is an error.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from plaudit.audio.segment import SegmentRule
from plaudit.core.settings import Record
from plaudit.encoders.spec import EncoderSpec

Pooling = Literal["mean", "duration", "music", "attention"]
Prior = Literal["mean", "duration", "music"]


class HeadSpec(Record):
    """Shape of the heads: one shared trunk, one branch per axis (APEX).

    ``output``: "value" is one number through a sigmoid, as published; "ordinal" is a distribution
    over ``grades`` equally spaced grades of the axis (`plaudit.model.ordinal`). ``falling``: first
    input, and the one after the last, of those on which no score may rise
    (`plaudit.model.bundled.penalty`); the trunk does not see them. ``families``: how many of those
    inputs belong together, family by family; none named, each is one. ``wide``: what a straight
    line through the inputs says is added to each branch (Cheng et al., Wide and Deep, arXiv
    1606.07792). ``trees``: boosted trees of each axis, of at most ``leaves`` leaves, whose raw
    score is averaged with that of the network (`plaudit.model.bundled.trees`); like the trunk, they
    do not see flaws.
    """

    axes: tuple[str, ...]
    input_dim: int = Field(gt=0)
    shared_dims: tuple[int, ...] = (512, 256)
    branch_dims: tuple[int, ...] = (128, 64)
    shared_dropout: float = 0.3
    branch_dropout: float = 0.1
    output: Literal["value", "ordinal"] = "value"
    grades: int = Field(default=21, ge=2)
    falling: tuple[int, int] | None = None
    families: tuple[int, ...] = ()
    wide: bool = False
    faults: tuple[tuple[str, str], ...] = ()
    trees: int = Field(default=0, ge=0)
    leaves: int = Field(default=10, ge=2)

    @property
    def n_falling(self) -> int:
        """Inputs on which no score may rise."""
        return self.falling[1] - self.falling[0] if self.falling else 0

    @property
    def flaw_families(self) -> tuple[int, ...]:
        """How many of those inputs each family has."""
        return self.families or (1,) * self.n_falling

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.falling is not None:
            first, stop = self.falling
            if not 0 <= first < stop <= self.input_dim:
                raise ValueError(f"falling: expected inputs within 0 to {self.input_dim}")
        if self.families and (sum(self.families) != self.n_falling or min(self.families) < 1):
            raise ValueError(f"families: expected inputs that add up to {self.n_falling}")
        strange = sorted({axis for _, axis in self.faults} - set(self.axes))
        if strange:
            raise ValueError(f"faults: expected axes of the judge, got {', '.join(strange)}")
        if self.faults and self.output != "value":
            raise ValueError("faults: an axis that is told by its faults is one value, not grades")
        if self.trees and self.output != "value":
            raise ValueError("trees: they say one value, not grades")
        return self


class Recipe(Record):
    """How a score is made, step by step.

    ``level``: "song" pools segment embeddings and scores the pooled one; "segment" scores every
    segment and averages the scores with the same weights. ``silence``: whether a file without any
    sound is refused (a judge that never learned what silence is) or scored. ``prior``: how segments
    count before attention has its say; read with pooling "attention" only. ``members``: networks
    whose scores are averaged.
    """

    segment: SegmentRule = SegmentRule()
    mix: Literal["fixed", "learned"] = "fixed"
    pooling: Pooling = "mean"
    level: Literal["song", "segment"] = "song"
    silence: Literal["refuse", "score"] = "refuse"
    heads: HeadSpec
    prior: Prior = "mean"
    members: int = Field(default=1, ge=1)


class Metric(Record):
    """One measured number: on what, how many songs, with its 95 % interval where there is one."""

    measure: str
    axis: str
    data: str
    value: float
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    n: int


class Interval(Record):
    """Where ``low`` and ``high`` of a score come from: value +- half width, clipped to the axis.

    ``scale`` "constant": the half width of an axis is ``half_width``, for every song. "spread": it
    is ``half_width`` times the spread that the network gives this song (of its distribution over
    grades, or of its members), which counts as ``floor`` where it is smaller. A judge abstains on
    an axis whose half width exceeds ``abstain_above``.
    """

    coverage: float = Field(gt=0, lt=1)
    half_width: dict[str, float]
    explanation: str
    scale: Literal["constant", "spread"] = "constant"
    floor: dict[str, float] = Field(default_factory=dict)
    abstain_above: dict[str, float] = Field(default_factory=dict)


class Familiarity(Record):
    """How far from its training songs a judge may be asked: beyond ``limit`` it says so.

    The distance is the root mean square of the song embedding; it only means something for an
    encoder whose embeddings are standardised by the training songs, as the bundled one's are.
    """

    limit: float = Field(gt=0)
    coverage: float = Field(gt=0, lt=1)
    explanation: str


class Card(Record):
    """Everything a reader or a loader needs to know about a judge."""

    format_version: Literal[1] = 1
    name: str
    version: str
    summary: str
    encoder: EncoderSpec
    recipe: Recipe
    weights_hash: str
    training_data: str
    metrics: tuple[Metric, ...] = ()
    interval: Interval | None = None
    familiarity: Familiarity | None = None
    licence: str
    citation: str
    intended_uses: tuple[str, ...]
    forbidden_uses: tuple[str, ...]
    limits: tuple[str, ...] = ()
