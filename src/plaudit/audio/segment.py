"""How a song is cut into the excerpts an encoder hears.

The published rule (APEX): consecutive, non-overlapping segments of 30 s, the last one zero-padded.
"""

from typing import Literal

from pydantic import Field

from plaudit.core.settings import Record

Tail = Literal["pad", "drop"]


class SegmentRule(Record):
    """Cutting rule of a judge.

    ``tail="pad"`` keeps every last segment, zero-padded (published). ``tail="drop"`` leaves out a
    last segment shorter than ``min_tail_s``, unless it is the only one.
    """

    length_s: float = Field(default=30.0, gt=0)
    tail: Tail = "pad"
    min_tail_s: float = Field(default=10.0, ge=0)
