"""The seven axes: what each score means, its range and where its definition comes from.

Every other place (command line, records, reports, heads) takes names, ranges and order from here.
All axes point upwards: a higher value is a better reception.
"""

import math
from dataclasses import dataclass
from typing import Literal

Family = Literal["popularity", "aesthetics", "other"]

_APEX = "APEX, arXiv 2605.03395"
_SONGEVAL = "SongEval, arXiv 2505.10793"


@dataclass(frozen=True)
class Axis:
    """One named score."""

    name: str  #: Name in records, tables and the Python API.
    family: Family  #: Popularity runs 0-100, aesthetics 1-5, others each on a scale of its own.
    #: Range of the score; ``high`` is the best reception. Infinite where a scale has no end.
    low: float
    high: float
    meaning: str  #: What is scored, in one sentence for a reader who is not a researcher.
    source: str  #: Publication that defines the axis.


_P: tuple[Family, float, float] = ("popularity", 0.0, 100.0)
_A: tuple[Family, float, float] = ("aesthetics", 1.0, 5.0)
_PERCENTILE = "as a compressed percentile among songs of its platform and age"

AXES: tuple[Axis, ...] = (
    Axis("streams", *_P, f"How much the song is played, {_PERCENTILE}.", _APEX),
    Axis("likes", *_P, f"How much the song is liked, {_PERCENTILE}.", _APEX),
    Axis(
        "coherence",
        *_A,
        "Whether the whole hangs together: key, tempo, band and sections belong to one song.",
        _SONGEVAL,
    ),
    Axis(
        "musicality",
        *_A,
        "Whether notes, harmony, tuning and beat are musically right.",
        _SONGEVAL,
    ),
    Axis(
        "memorability",
        *_A,
        "Whether something stays in the ear: a hook that returns.",
        _SONGEVAL,
    ),
    Axis(
        "clarity",
        *_A,
        "Whether the song's structure is clear: sections contrast and return.",
        _SONGEVAL,
    ),
    Axis(
        "naturalness",
        *_A,
        "Whether sung phrases breathe and move as a singer's would.",
        _SONGEVAL,
    ),
)

_AUDIOBOX = "Audiobox Aesthetics, arXiv 2502.05139"
_CARD = "the card of each judge"
_OPEN: tuple[Family, float, float] = ("other", -math.inf, math.inf)

#: Scores of judges that others published; each judge's card says on which scale.
OTHER_AXES: tuple[Axis, ...] = (
    Axis("alignment", *_OPEN, "How well the song answers what was asked for.", "each judge's card"),
    Axis(
        "preference", *_OPEN, "How likely people are to prefer it to others.", "each judge's card"
    ),
    Axis("quality", *_OPEN, "How clean the sound is.", "PAM, arXiv 2402.00282"),
    Axis("content_enjoyment", *_OPEN, "How enjoyable it is.", _AUDIOBOX),
    Axis("content_usefulness", *_OPEN, "How useful as material for content.", _AUDIOBOX),
    Axis("production_complexity", *_OPEN, "How many components the sound has.", _AUDIOBOX),
    Axis("production_quality", *_OPEN, "Technical quality of the recording.", _AUDIOBOX),
    Axis("disagreement", *_OPEN, "How far the judges of an ensemble lie apart on it.", _CARD),
)

AXIS: dict[str, Axis] = {axis.name: axis for axis in AXES}
ANY_AXIS: dict[str, Axis] = AXIS | {axis.name: axis for axis in OTHER_AXES}
"""Every score that some judge gives; `AXIS` are the seven that ours do."""
DESCRIBING = ("production_complexity", "disagreement")
"""Scores of which neither direction is a better reception."""
POPULARITY: tuple[str, ...] = tuple(a.name for a in AXES if a.family == "popularity")
AESTHETICS: tuple[str, ...] = tuple(a.name for a in AXES if a.family == "aesthetics")
PERCENTILE = "a percentile among songs of one platform and age, not a count"
"""What a score of popularity is, in a few words."""
