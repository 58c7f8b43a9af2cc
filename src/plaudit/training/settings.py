"""Settings of a training run, read from TOML; the defaults are the published recipe of APEX.

A preset (`plaudit.training.preset`) gives other defaults. A value in the file overrides its preset.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from plaudit.core.errors import MissingFileError
from plaudit.core.parse import read_text
from plaudit.core.settings import Record, nearest, read_record, read_toml
from plaudit.model.card import Activation, Norm, Pooling, Prior
from plaudit.training.condition import BEST, CONDITIONS, Condition
from plaudit.training.preset import PRESETS

_Mix = Literal["published", "mean", "softmax", "free"]
LEARNED_MIX = ("softmax", "free")
LEARNED_POOLING = ("attention", "attended", "statistics")
"""Poolings that learn from whole songs."""

_OF_LABELS = (
    "condition", "axes", "targets", "error", "loss_rate", "ranking", "listwise", "mixup",
    "interval",
)  # fmt: skip


class TrainSettings(Record):
    """Settings of one training run; the docs print the description of each field."""

    manifest: Path = Field(description="Table of songs: labels and splits.")
    store: tuple[Path, ...] = Field(
        min_length=1, description="Embeddings of `plaudit embed`; several folders are read as one."
    )
    out: Path = Field(description="Folder of the run.")
    name: str = Field(default="mine", description="Name of the judge on its card.")
    encoder: str | None = Field(
        default=None,
        description="What made the store, to be written into the judge: what"
        " `plaudit embed --encoder` was given. Without it no judge is written.",
    )
    preset: str = Field(
        default="apex",
        description="Whose defaults: apex, the published recipe; plaudit, the improved one; or the"
        " recipe of another judge.",
    )
    condition: str = Field(default=BEST, description="One of the 24 published conditions.")
    axes: Literal["all", "labelled", "aesthetics"] = Field(
        default="all",
        description="all: an axis of the task without any label in the training split is an error;"
        " labelled: it is left out; aesthetics: so are streams and likes.",
    )
    objective: Literal["scores", "battles", "battles-then-scores"] = Field(
        default="scores",
        description="What is learned from. scores: labels; battles: who won, as one score named"
        " preference; battles-then-scores: battles for half of the epochs, then labels.",
    )
    battles: Path | None = Field(
        default=None,
        description="File or folder of votes, as `plaudit train-preference --battles`; read with"
        " both objectives of battles.",
    )

    mix: _Mix = Field(
        default="published",
        description="Layer mix. published: its four fixed numbers; mean: the plain mean; softmax:"
        " learned, positive, summing to 1; free: learned without bounds.",
    )
    pooling: Pooling = Field(
        default="mean",
        description="How segments count: equally, by seconds, by seconds of music, or by learned"
        " attention. attended, statistics: SongEval's and HEAR's attention among segments. The last"
        " three are for level song only.",
    )
    prior: Prior = Field(
        default="mean", description="What attention starts from; read with pooling attention."
    )
    branch_dims: tuple[int, ...] = Field(
        default=(128, 64), description="Widths of a branch; []: one linear layer for each axis."
    )
    shared_dims: tuple[int, ...] | None = Field(
        default=None, description="Widths of the shared layers; by default those of the condition."
    )
    shared_dropout: float = Field(default=0.3, ge=0, lt=1, description="Dropout in the trunk.")
    branch_dropout: float = Field(default=0.1, ge=0, lt=1, description="Dropout in the branches.")
    activation: Activation = Field(default="gelu", description="Of every hidden layer.")
    norm: Norm = Field(default="batch", description="Before every activation.")
    output: Literal["value", "ordinal"] = Field(
        default="value", description="One number per axis, or a distribution over ordered grades."
    )
    grades: int = Field(default=21, ge=2, description="Grades; read with output ordinal.")

    targets: Literal["raw", "standardised"] = Field(
        default="raw",
        description="Squared errors on the axes' own scales, or divided by the variance of the"
        " axis, so that none drowns the others.",
    )
    error: Literal["squared", "smooth-l1"] = Field(
        default="squared",
        description="Squared errors, or squared ones up to .5 and absolute ones beyond (HEAR).",
    )
    loss_rate: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Share of the way to their optimum that the loss weights of condition"
        " uncertainty go in every step; by default they are learned as parameters, and hardly"
        " move.",
    )
    ranking: float = Field(default=0.0, ge=0, description="Weight of the ranking loss; 0: none.")
    listwise: float = Field(
        default=0.0,
        ge=0,
        description="Weight of the loss of the order of the whole batch (ListMLE); 0: none.",
    )
    mixup: float = Field(
        default=0.0, ge=0, description="Beta parameter of the mixup of embeddings; 0: none."
    )
    mixup_kernel: float | None = Field(
        default=None,
        gt=0,
        description="Songs are mixed with songs of near labels (C-Mixup): standard deviation of a"
        " Gaussian of the distance between labels, in points of 1 to 5; by default with any.",
    )
    noise: float = Field(
        default=0.0, ge=0, description="Noise on embeddings, in their standard deviations."
    )
    average: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Decay of the moving average of the weights that is kept; 0: none.",
    )
    members: int = Field(default=1, ge=1, description="Networks of other seeds, averaged.")

    epochs: int = Field(default=50, ge=1, description="Epochs; the cosine schedule ends there.")
    patience: int = Field(
        default=20, ge=1, description="Epochs without a better validation loss before stopping."
    )
    batch: int = Field(default=512, ge=2, description="Songs (or segments, or battles) of a step.")
    learning_rate: float = Field(default=1e-4, gt=0, description="Of AdamW, at the start.")
    weight_decay: float = Field(default=1e-4, ge=0, description="Of AdamW.")
    clip: float = Field(default=1.0, gt=0, description="Largest norm of the gradient.")
    precision: Literal["mixed", "full"] = Field(
        default="mixed",
        description="mixed: bfloat16 where a GPU offers it, float32 elsewhere; full: float32.",
    )
    device: Literal["auto", "cpu"] = Field(default="auto", description="Where to train.")
    seed: int = Field(default=42, ge=0, description="Of weights, order, dropout and splits.")

    interval: Literal["none", "constant", "spread"] = Field(
        default="none",
        description="Interval of a score: none, of one width per axis, or following the spread of"
        " the network (output ordinal, or several members).",
    )
    coverage: float = Field(
        default=0.8, gt=0, lt=1, description="Share of songs that intervals are to cover."
    )
    calibration: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Share of the validation songs that only intervals are fitted to.",
    )
    abstain_above: float | None = Field(
        default=None,
        gt=0,
        description="Abstain where the half width exceeds this share of the axis; with interval"
        " spread.",
    )
    silence: Literal["refuse", "score"] = Field(
        default="refuse", description="What the judge does with a silent file."
    )
    fingerprints: bool = Field(
        default=True,
        description="Keep a sketch of the sound of each song whose audio is there beside the card,"
        " so that a measured copy of it is known again; without, only the same file is.",
    )
    licence: str = Field(
        default="Not stated.", description="Licence of the labels, for the judge's card."
    )
    citation: str = Field(default="", description="Whom to cite, for the judge's card.")

    @field_validator("preset")
    @classmethod
    def _of_a_preset(cls, name: str) -> str:
        if name not in PRESETS:
            raise ValueError(f"there is no preset '{name}'; {nearest(name, PRESETS)}")
        return name

    @field_validator("condition")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in CONDITIONS:
            raise ValueError(f"there is no condition '{name}'; {nearest(name, CONDITIONS)}")
        return name

    @field_validator("store", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str | Path) else value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Refuse a setting that would silently do nothing."""
        battles, scores = self.objective != "scores", self.objective != "battles"
        by_song = self.pooling in LEARNED_POOLING or self.mixup_kernel is not None or battles
        linear = not self.branch_dims and self.shared_dims == ()
        clashes = {
            "pooling attention, attended and statistics, mixup_kernel and battles need a condition"
            " of level song": by_song and self.of.level != "song",
            "mixup_kernel needs mixup": self.mixup_kernel is not None and not self.mixup,
            "axes aesthetics needs a condition of the task full": (
                self.axes == "aesthetics" and self.of.task != "full"
            ),
            "activation and norm need a hidden layer: shared_dims or branch_dims": (
                linear and (self.activation, self.norm) != ("gelu", "batch")
            ),
            f"objective {self.objective} needs battles = FILE": battles and self.battles is None,
            "battles needs objective battles or battles-then-scores": (
                not battles and self.battles is not None
            ),
            f"objective {self.objective} needs output value": battles and self.output != "value",
            "objective battles-then-scores needs 2 epochs or more": (
                battles and scores and self.epochs < 2
            ),
            "objective battles learns from no label: it takes no condition, axes, targets, error,"
            " loss_rate, ranking, listwise, mixup or interval": (
                not scores and any(getattr(self, k) != self._default(k) for k in _OF_LABELS)
            ),
            "loss_rate needs a condition with the loss uncertainty": (
                self.loss_rate is not None and self.of.loss != "uncertainty"
            ),
            "interval spread needs output ordinal or several members": (
                self.interval == "spread" and self.output == "value" and self.members == 1
            ),
            "abstain_above needs interval spread": (
                self.abstain_above is not None and self.interval != "spread"
            ),
        }
        for sentence, clash in clashes.items():
            if clash:
                raise ValueError(sentence)
        return self

    @classmethod
    def _default(cls, name: str) -> Any:
        return cls.model_fields[name].default

    @property
    def of(self) -> Condition:
        """The condition itself."""
        return CONDITIONS[self.condition]

    @property
    def learned(self) -> str:
        """What is learned, in words: its condition, or battles."""
        if self.objective == "battles":
            return "battles"
        return self.condition + (" after battles" if self.objective != "scores" else "")

    def from_battles(self, epoch: int) -> bool:
        """Return whether an epoch, from 0, learns from battles."""
        half = self.epochs // 2 if self.objective == "battles-then-scores" else self.epochs
        return self.objective != "scores" and epoch < half


def with_preset(values: dict[str, Any], where: str) -> TrainSettings:
    """Return the settings of TOML values and their preset; errors name ``where``."""
    preset = PRESETS.get(str(values.get("preset", "apex")), {})
    return read_record(TrainSettings, {**preset, **values}, where)


def read_values(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file with settings."""
    if not path.is_file():
        raise MissingFileError(f"Expected settings in TOML at {path}, but there is no such file.")
    return read_toml(read_text(path), str(path))


LORA = "-lora"
"""Ending of the name of a tuned encoder, and of the folder beside a run that holds it."""


def tuned_elsewhere(settings: TrainSettings, encoder: str) -> bool:
    """Return whether an encoder of a name was tuned by another run than that of the settings."""
    beside = settings.out.with_name(settings.out.name + LORA)
    return encoder.endswith(LORA) and Path(settings.encoder or "").parent != beside
