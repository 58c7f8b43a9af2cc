"""``judge.json`` beside an exported network: all that a program needs to feed and read it."""

from typing import Literal

from pydantic import Field

from plaudit.audio.segment import SegmentRule
from plaudit.core.settings import Record
from plaudit.model.card import Interval, Prior
from plaudit.model.published.card import AxisRecord


class Port(Record):
    """One input or output; a word in ``shape`` is a size that may differ from call to call."""

    name: str
    shape: tuple[int | str, ...]
    dtype: Literal["float32", "int64"] = "float32"
    meaning: str


class Check(Record):
    """How far the file is from torch, over songs of several sizes, before it was written.

    ``largest`` is the greatest difference of each output, in its own unit; ``share_of_axis`` that
    of a score as a share of the range of its axis, of which at most ``limit`` is accepted. An axis
    without ends counts as of range 1.
    """

    songs: tuple[str, ...]
    largest: dict[str, float]
    share_of_axis: float
    limit: float


class ExportRecord(Record):
    """What the file is, what goes in and what comes out.

    ``weights`` is the rule by which segments count: "mean" all the same, "duration" by their
    seconds without padding, "music" by their seconds that are not silent; they sum to 1 in a song.
    ``n_samples`` are those of a segment. ``interval`` is that of the card.
    """

    format_version: Literal[1] = 1
    name: str
    version: str
    judge_hash: str
    holds: str
    lacks: tuple[str, ...]
    opset: int = Field(gt=0)
    sample_rate: int = Field(gt=0)
    channels: Literal["averaged"] = "averaged"
    segment: SegmentRule
    n_samples: int = Field(gt=0)
    last_segment: str
    weights: Prior
    axes: tuple[AxisRecord, ...]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    interval: Interval | None
    check: Check
    licence: str
    card: str
