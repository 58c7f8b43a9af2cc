"""What a card says about an encoder: enough to build it again and to check that it is the same."""

from typing import Literal

from pydantic import Field, JsonValue

from plaudit.core.settings import Record

EncoderKind = Literal["mert", "measured", "muq", "clap", "wavlm", "mulan"]


class EncoderSpec(Record):
    """Identity and shape of an encoder.

    ``hash`` is the digest of its tensors by canonical name, so two files that hold the same
    numbers have the same hash. ``layers`` are hidden-state indices in the order they come out.
    """

    kind: EncoderKind
    name: str
    hash: str
    sample_rate: int = Field(gt=0)
    layers: tuple[int, ...] = Field(min_length=1)
    dim: int = Field(gt=0)
    licence: str
    config: dict[str, JsonValue]
