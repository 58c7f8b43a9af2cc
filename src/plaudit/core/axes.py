"""The seven axes: what each score means, its range and where its definition comes from.

Every other place (command line, records, reports, heads) takes names, ranges and order from here.
All axes point upwards: a higher value is a better reception.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal["popularity", "aesthetics"]

_APEX = "APEX, arXiv 2605.03395"
_SONGEVAL = "SongEval, arXiv 2505.10793"


@dataclass(frozen=True)
class Axis:
    """One named score."""

    name: str  #: Name in records, tables and the Python API.
    family: Family  #: Popularity runs 0-100, aesthetics 1-5.
    #: Range of the score; ``high`` is the best reception.
    low: float
    high: float
    meaning: str  #: What is scored, in one sentence for a reader who is not a researcher.
    source: str  #: Publication that defines the axis.


_P: tuple[Family, float, float] = ("popularity", 0.0, 100.0)
_A: tuple[Family, float, float] = ("aesthetics", 1.0, 5.0)
_PERCENTILE = "as a compressed percentile among songs of its platform"

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

AXIS: dict[str, Axis] = {axis.name: axis for axis in AXES}
POPULARITY: tuple[str, ...] = tuple(a.name for a in AXES if a.family == "popularity")
AESTHETICS: tuple[str, ...] = tuple(a.name for a in AXES if a.family == "aesthetics")
