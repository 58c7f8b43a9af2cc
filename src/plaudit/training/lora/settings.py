"""Settings of LoRA: the table ``[lora]`` of a training run."""

from typing import Literal

from pydantic import Field, model_validator

from plaudit.core.settings import Record

_Target = Literal["q_proj", "k_proj", "v_proj", "out_proj"]


class LoraSettings(Record):
    """The table ``[lora]`` of a training run: how its encoder is tuned first."""

    rank: int = Field(default=8, ge=1, description="Rank of the trained matrices.")
    alpha: float = Field(default=16.0, gt=0, description="Their weight is alpha / rank.")
    dropout: float = Field(default=0.05, ge=0, lt=1, description="Dropout before them.")
    targets: tuple[_Target, ...] = Field(
        default=("q_proj", "v_proj"), description="Projections of attention that are adapted."
    )
    layers: tuple[int, ...] = Field(
        default=(2, 5, 8, -1), description="Hidden states that are learned from and then kept."
    )
    epochs: int = Field(default=5, ge=1, description="Epochs: one excerpt of each song in each.")
    batch: int = Field(default=8, ge=1, description="Excerpts of a step.")
    learning_rate: float = Field(default=2e-4, gt=0, description="Of the adapters, at the start.")
    head_learning_rate: float = Field(
        default=2e-3, gt=0, description="Of the layer mix and the linear heads that guide them."
    )
    weight_decay: float = Field(default=0.01, ge=0, description="Of AdamW.")
    clip: float = Field(default=1.0, gt=0, description="Largest norm of the gradient.")
    excerpt_s: float = Field(default=30.0, ge=1, description="Seconds of an excerpt.")

    @model_validator(mode="after")
    def _check(self) -> "LoraSettings":
        for name in ("targets", "layers"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} must name at least one, each once")
        return self
