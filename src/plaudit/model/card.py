"""The card of a judge: where it comes from, what it may be used for, and how to rebuild it.

A judge is a folder: ``card.json`` (this record), ``model.safetensors`` (layer mix, pooling, heads)
and ``encoder.safetensors``. The card is read strictly: an unknown key or version is an error.
"""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXIS
from plaudit.core.settings import Record
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.training_songs import TrainingSongs

PREFERENCE = ("preference",)
"""The axes of a judge that learned from battles alone."""
TRAINING = "training.json"
"""Beside the card of the bundled judge: how it was trained."""
Pooling = Literal["mean", "duration", "music", "attention", "attended", "statistics"]
Activation = Literal["gelu", "relu", "silu"]
Norm = Literal["batch", "none"]
Prior = Literal["mean", "duration", "music"]
_Size = Annotated[int, Field(gt=0)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Width = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class HeadSpec(Record):
    """Shape of the heads: a shared trunk and one branch per axis (APEX), or more than that.

    ``output``: "value" is one number through a sigmoid, as published; "ordinal" is a distribution
    over ``grades`` equally spaced grades of the axis (`plaudit.model.ordinal`). ``activation`` and
    ``norm`` are those of every block. The axes are some of the seven, or "preference" alone: a
    number without ends, whose differences are the log-odds that people prefer a song.

    The other keys are of the bundled judge (`plaudit.model.bundled`). ``flaw_inputs``: first flaw
    among the inputs, and the input after the last; no score may rise with a flaw. ``families``: how
    many flaws belong together, family by family; by default each is its own. ``wide``: add a linear
    function of the inputs to each branch. ``faults``: name and axis of each fault whose amount is
    predicted. ``trees``: boosted trees of each axis, of at most ``leaves`` leaves.
    """

    axes: tuple[str, ...] = Field(min_length=1)
    input_dim: int = Field(gt=0)
    shared_dims: tuple[_Size, ...] = (512, 256)
    branch_dims: tuple[_Size, ...] = (128, 64)
    shared_dropout: float = Field(default=0.3, ge=0, le=1)
    branch_dropout: float = Field(default=0.1, ge=0, le=1)
    output: Literal["value", "ordinal"] = "value"
    grades: int = Field(default=21, ge=2)
    # "falling" is its key in card format 1, and for ever in `plaudit.model.folder.judge_hash`.
    flaw_inputs: tuple[int, int] | None = Field(
        default=None, validation_alias="falling", serialization_alias="falling"
    )
    families: tuple[int, ...] = ()
    wide: bool = False
    faults: tuple[tuple[str, str], ...] = ()
    trees: int = Field(default=0, ge=0)
    leaves: int = Field(default=10, ge=2, le=10_000)
    activation: Activation = "gelu"
    norm: Norm = "batch"

    @property
    def trunk_dim(self) -> int:
        """Width of what the trunk returns."""
        return (self.input_dim, *self.shared_dims)[-1]

    @property
    def is_bundled(self) -> bool:
        """Whether the heads have a part that only the bundled judge has."""
        return bool(self.flaw_inputs or self.wide or self.faults or self.trees)

    @property
    def flaw_families(self) -> tuple[int, ...]:
        """How many flaws each family has; empty without flaws."""
        return self.families or (1,) * self._n_flaws

    @property
    def _n_flaws(self) -> int:
        return self.flaw_inputs[1] - self.flaw_inputs[0] if self.flaw_inputs else 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        known = self.axes == PREFERENCE or set(self.axes) <= AXIS.keys()
        if len(set(self.axes)) < len(self.axes) or not known:
            raise ValueError(
                f"axes: expected some of {', '.join(AXIS)}, each once, or {PREFERENCE[0]} alone"
            )
        if self.flaw_inputs is not None:
            first, stop = self.flaw_inputs
            if not 0 <= first < stop <= self.input_dim:
                raise ValueError(f"flaw_inputs: expected inputs within 0 to {self.input_dim}")
        if self.families and (sum(self.families) != self._n_flaws or min(self.families) < 1):
            raise ValueError(f"families: expected inputs that add up to {self._n_flaws}")
        unknown = sorted({axis for _, axis in self.faults} - set(self.axes))
        if unknown:
            raise ValueError(f"faults: expected axes of the judge, got {', '.join(unknown)}")
        if self.output != "value" and (self.is_bundled or self.axes == PREFERENCE):
            raise ValueError(
                "output: flaw_inputs, wide, faults, trees and the axis preference need 'value', got"
                f" '{self.output}'"
            )
        return self


class Recipe(Record):
    """How a score is made, step by step.

    ``level``: "song" pools segment embeddings and scores the pooled one; "segment" scores every
    segment and averages the scores with the same weights. ``silence``: whether a file without any
    sound is refused (by a judge that was not trained on silence) or scored. ``prior``: weights of
    segments before attention; read with pooling "attention" only. Poolings "attended" and
    "statistics" are those of `plaudit.model.pooling`. ``members``: networks whose
    scores are averaged.
    """

    segment: SegmentRule = SegmentRule()
    mix: Literal["fixed", "learned"] = "fixed"
    pooling: Pooling = "mean"
    level: Literal["song", "segment"] = "song"
    silence: Literal["refuse", "score"] = "refuse"
    heads: HeadSpec
    prior: Prior = "mean"
    members: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.level == "segment" and self.pooling in ("attention", "attended", "statistics"):
            raise ValueError(f"pooling: '{self.pooling}' needs level 'song', got '{self.level}'")
        return self


class Origin(Record):
    """Where published files came from.

    ``files`` are the SHA-256 of each by name; ``revision`` is the commit of the hub they were
    fetched at, None for local files.
    """

    hub: str
    revision: str | None = None
    files: dict[str, str] = Field(default_factory=dict)


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
    """How ``low`` and ``high`` of a score are made: value +- half width, clipped to the axis.

    ``scale`` "constant": the half width of an axis is ``half_width``, for every song. "spread": it
    is ``half_width`` times the predicted spread of this song (of its distribution over grades, or
    of the members), or times ``floor`` where that is larger. A judge abstains on an axis whose half
    width exceeds ``abstain_above``.
    """

    coverage: float = Field(gt=0, lt=1)
    half_width: dict[str, _Width]
    explanation: str
    scale: Literal["constant", "spread"] = "constant"
    floor: dict[str, _Width] = Field(default_factory=dict)
    abstain_above: dict[str, _Width] = Field(default_factory=dict)


class Familiarity(Record):
    """How far a song may lie from the training songs; beyond ``limit`` the judge warns.

    ``short`` holds seconds of sound and the limit of songs with no more than that, from short to
    long: measurements of a clip scatter more than those of a whole song.

    The distance is the root mean square of the song embedding. It is only meaningful for an encoder
    whose embeddings are standardised by the training songs, as the bundled one's are.
    """

    limit: float = Field(gt=0)
    coverage: float = Field(gt=0, lt=1)
    short: tuple[tuple[_Positive, _Positive], ...] = ()
    explanation: str

    def limit_of(self, heard_s: float) -> float:
        """Return the limit of a song with so many seconds of sound.

        It is straight over the logarithm of the seconds, up to the shortest length that of the
        shortest, and ``limit`` beyond the longest.
        """
        if not self.short or heard_s > self.short[-1][0]:
            return self.limit
        seconds, limits = zip(*self.short, strict=True)
        return float(np.interp(np.log(max(heard_s, seconds[0])), np.log(seconds), limits))

    @model_validator(mode="after")
    def _check(self) -> Self:
        seconds = [length for length, _ in self.short]
        if seconds != sorted(set(seconds)) or any(limit < self.limit for _, limit in self.short):
            raise ValueError("short: expected rising seconds, and no limit below that of songs")
        return self


class Card(Record):
    """Everything a reader or a loader needs to know about a judge."""

    format_version: Literal[3] = 3
    name: str
    version: str
    summary: str
    encoder: EncoderSpec
    recipe: Recipe
    weights_hash: str
    training_data: str
    #: The list of songs that taught it; None where it keeps none.
    songs: TrainingSongs | None = None
    metrics: tuple[Metric, ...] = ()
    interval: Interval | None = None
    familiarity: Familiarity | None = None
    licence: str
    citation: str
    #: Where its published parts were fetched; empty for a judge that was trained, or imported.
    origins: dict[str, Origin] = Field(default_factory=dict)
    intended_uses: tuple[str, ...]
    forbidden_uses: tuple[str, ...]
    limits: tuple[str, ...] = ()

    @property
    def score_names(self) -> tuple[str, ...]:
        """Return the axes that it scores, in order."""
        return self.recipe.heads.axes

    @model_validator(mode="after")
    def _check(self) -> Self:
        heads, dim = self.recipe.heads, self.encoder.dim
        if heads.input_dim != dim:
            raise ValueError(f"recipe.heads.input_dim: expected {dim}, the dim of the encoder")
        if self.interval is not None:
            # An axis may be without: too few songs were there to fit its width.
            width, floor = self.interval.half_width, self.interval.floor
            odd = sorted(width.keys() - set(heads.axes))
            if self.interval.scale == "spread":
                odd += sorted(width.keys() ^ floor.keys())
            if odd:
                raise ValueError(f"interval: expected a width and a floor of each axis, not {odd}")
        return self
