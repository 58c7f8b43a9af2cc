"""What evaluating a judge gives: one record, enough to redraw every table and plot made from it.

Numbers that are undefined (the correlation of a constant, an interval from one song) are None, in
JSON null, never 0. Intervals are bootstrap percentiles over songs, or over the groups that
``settings.cluster`` names.
"""

from typing import Literal, get_args

from pydantic import Field

from plaudit.core.settings import Record, read_names, read_options
from plaudit.judging.record import JudgeId

MeasureName = Literal["mse", "mae", "pearson", "spearman"]
SplitName = Literal["train", "validation", "test", "all"]
By = Literal["platform", "system", "style", "length"]
Cluster = Literal["song", "prompt_id", "artist", "system"]
BaselineName = Literal["constant", "system", "acoustics", "embeddings"]

MEAN_AXIS = "aesthetics"  # the mean of a song's known aesthetic axes, beside them


class EvaluationSettings(Record):
    """What was asked for.

    ``truth_columns``: None takes the columns named like the axes; a word such as "expected" takes
    ``expected_<axis>``. ``small`` is the number of songs below which a slice says that it is small.
    ``baseline_songs``: at most so many training songs, drawn at random, teach the ridges. ``level``
    is what the judge's intervals promise to hold; None where nobody says.
    """

    split: SplitName = "test"
    truth_columns: str | None = None
    by: tuple[By, ...] = ("platform", "system", "style", "length")
    cluster: Cluster = "song"
    baselines: tuple[BaselineName, ...] = ("constant", "system", "acoustics")
    baseline_songs: int = Field(default=2000, ge=20)
    level: float | None = Field(default=None, gt=0, lt=1)
    draws: int = Field(default=1000, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=1, ge=0)
    small: int = Field(default=30, ge=0)
    extremes: int = Field(default=5, ge=0)


class Measure(Record):
    """A measure with its interval; ``n`` counts what was resampled: songs, or groups of songs."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int


class Measured(Record):
    """One way of telling scores, measured on one axis.

    ``name`` is "judge" or a baseline. ``fallback`` counts songs of which a baseline knew nothing
    (a system that training never met, a file that does not open): it told the training mean.
    """

    name: str
    mse: Measure | None
    mae: Measure | None
    pearson: Measure
    spearman: Measure
    fallback: int = 0


class Difference(Record):
    """Judge minus the best baseline of a measure, on the same resamples.

    Below 0 the judge is better in ``mse`` and ``mae``, above 0 in the correlations. The baseline is
    chosen on the very songs it is compared on, which favours the baseline.
    """

    measure: MeasureName
    baseline: str
    difference: Measure


class ScoreBin(Record):
    """Songs of about the same score: means of what was said and of the truth, and its spread."""

    said: float
    true: float
    spread: float | None
    n: int


class Coverage(Record):
    """How often the judge's intervals hold the truth.

    ``promised`` and ``observed`` are the curve of `plaudit.metrics.coverage.reliability_curve`;
    ``stretch`` is by how much the intervals would have to be stretched to hold what they promise.
    All three are None where the promised level is unknown. ``width`` is the mean width.
    """

    level: float | None
    coverage: Measure
    width: float
    promised: tuple[float, ...] | None
    observed: tuple[float, ...] | None
    stretch: float | None


class Slice(Record):
    """The judge on some of the songs; ``group`` None are those of which it is not known.

    Below five songs there is no correlation.
    """

    by: By
    group: str | None
    n: int
    small: bool
    bias: float | None
    mse: Measure | None
    pearson: Measure
    spearman: Measure


class Case(Record):
    """One song: what was said and what is so."""

    song_id: str
    path: str | None
    said: float
    true: float


class AxisResult(Record):
    """One axis.

    ``n`` songs have both a score and a truth, ``unlabelled`` were judged and have no truth here.
    ``on_scale`` is False where the truth is not on the axis's own scale (a knob in 0-1): then
    errors, intervals, calibration and extremes would mean nothing, and are left out.
    ``slope`` and ``intercept`` are the line of truth on score; 1 and 0 are calibrated.
    ``ceiling`` is the correlation that a judge which knew what all raters think would have.
    """

    axis: str
    n: int
    unlabelled: int
    on_scale: bool
    judge: Measured
    baselines: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    slope: float | None
    intercept: float | None
    bins: tuple[ScoreBin, ...]
    coverage: Coverage | None
    reliability: float | None
    ceiling: float | None
    slices: tuple[Slice, ...]
    closest: tuple[Case, ...]
    farthest: tuple[Case, ...]


class BaselineSummary(Record):
    """What a baseline is made of: from how many training songs, and whatever is to be known."""

    name: BaselineName
    songs: int
    text: str


class Evaluation(Record):
    """A judge measured on a manifest.

    ``source`` says where the scores come from: a judge's name, or a file. ``judge`` is None for
    scores that no judge of Plaudit made. ``songs`` counts the songs of the split, ``judged`` those
    with a score; ``dropped`` says why the others have none.
    """

    schema_version: Literal[1] = 1
    plaudit: str
    source: str
    judge: JudgeId | None
    manifest: str
    manifest_sha256: str
    settings: EvaluationSettings
    songs: int
    judged: int
    dropped: dict[str, int]
    baselines: tuple[BaselineSummary, ...]
    notes: tuple[str, ...]
    axes: tuple[AxisResult, ...]


def evaluation_settings(*, by: str, baselines: str, **other: object) -> EvaluationSettings:
    """Return settings from the words of a command line.

    Parameters
    ----------
    by, baselines : str
        Names with commas between them; "none" for none.
    **other : object
        Fields of `EvaluationSettings` as they are.

    Returns
    -------
    EvaluationSettings
        Checked.

    Raises
    ------
    InputError
        A name is unknown, or a number out of range.
    """
    lists = {
        "by": read_names(by, get_args(By), "--by", may_be_none=True),
        "baselines": read_names(baselines, get_args(BaselineName), "--baselines", may_be_none=True),
    }
    return read_options(EvaluationSettings, {**other, **lists})
