"""The scores of published judges, and what songs may be given to answer; no torch here."""

from typing import Literal, NamedTuple

Condition = Literal["prompt", "lyrics", "reference"]


class JudgeAxis(NamedTuple):
    """One score of a published judge.

    ``low`` and ``high`` are None where the scale has no end; ``better`` says which direction is a
    better reception, "neither" where the score only describes.
    """

    name: str
    meaning: str
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "neither"] = "higher"
