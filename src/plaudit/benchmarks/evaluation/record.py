"""The record of an evaluation; every table and plot is drawn from it.

Undefined numbers (the correlation of a constant, an interval from few songs) are None, in JSON
null, never 0. Intervals are over songs, or over groups by ``settings.cluster``: of coverage by
`plaudit.metrics.share`, of the rest by `plaudit.metrics.bootstrap`. The ``n`` of a measurement
counts these songs or groups.
"""

from typing import Literal, get_args

from pydantic import Field

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.core.choice import EvaluationCluster, EvaluationSplit
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record, read_names, read_options
from plaudit.judging.record import JudgeId
from plaudit.metrics.coverage import ScoreBin
from plaudit.metrics.measurement import CountedMeasurement

MeasureName = Literal["mse", "mae", "pearson", "spearman"]
By = Literal["platform", "system", "style", "length"]
BaselineName = Literal["constant", "system", "acoustics", "embeddings"]

MEAN_AXIS = "aesthetics"  # the mean of a song's known aesthetic axes, beside them


class EvaluationSettings(Record):
    """Settings of an evaluation.

    ``truth_columns``: None takes the columns named like the axes; a word such as "expected" takes
    ``expected_<axis>``. A slice below ``small`` songs is marked as small. The ridge baselines learn
    from at most ``baseline_songs`` training songs, drawn at random. ``level`` is the nominal
    coverage of the judge's intervals; None where it is unknown.
    """

    split: EvaluationSplit = "test"
    truth_columns: str | None = None
    by: tuple[By, ...] = ("platform", "system", "style", "length")
    cluster: EvaluationCluster = "song"
    baselines: tuple[BaselineName, ...] = ("constant", "system", "acoustics")
    baseline_songs: int = Field(default=2000, ge=20)
    level: float | None = Field(default=None, gt=0, lt=1)
    draws: int = Field(default=1000, ge=1)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    seed: int = Field(default=1, ge=0)
    small: int = Field(default=30, ge=0)
    extremes: int = Field(default=5, ge=0)


class PredictorMeasures(Record):
    """Measures of the judge or of a baseline on one axis.

    ``name`` is "judge" or a baseline. ``fallback`` counts songs for which a baseline has no input
    (a system that is not in training, a file that does not open): it predicts the training mean.
    """

    name: str
    mse: CountedMeasurement | None
    mae: CountedMeasurement | None
    pearson: CountedMeasurement
    spearman: CountedMeasurement
    fallback: int = 0


class BaselineDifference(Record):
    """Judge minus the best baseline of a measure, on the same resamples.

    Below 0 the judge is better in ``mse`` and ``mae``, above 0 in the correlations. The best
    baseline is chosen on the songs of the comparison, which favours it.
    """

    measure: MeasureName
    baseline: str
    difference: CountedMeasurement


class Coverage(Record):
    """Coverage of the judge's intervals.

    ``nominal`` and ``empirical`` are the curve of `plaudit.metrics.coverage.reliability_curve`;
    ``stretch`` is the factor on the width of the intervals that gives them their nominal coverage.
    All three are None where the nominal level is unknown. ``width`` is the mean width.
    """

    level: float | None
    coverage: CountedMeasurement
    width: float
    nominal: tuple[float, ...] | None = Field(validation_alias="promised")
    empirical: tuple[float, ...] | None = Field(validation_alias="observed")
    stretch: float | None


class SongSlice(Record):
    """Measures of the judge on a group of songs; ``group`` is None where it is unknown.

    Below five songs there is no correlation.
    """

    by: By
    group: str | None
    n: int
    small: bool
    bias: float | None
    mse: CountedMeasurement | None
    pearson: CountedMeasurement
    spearman: CountedMeasurement


class Case(Record):
    """One song with its predicted and observed score."""

    song_id: str
    path: str | None
    predicted: float = Field(validation_alias="said")
    observed: float = Field(validation_alias="true")


class AxisResult(Record):
    """All measures of one axis.

    ``n`` songs have both a score and a label, ``unlabelled`` songs only a score. ``on_scale`` is
    False where the labels are not on the axis's own scale (a knob in 0-1): then errors, coverage,
    calibration and extremes are left out. ``slope`` and ``intercept`` are the line of observed on
    predicted scores; 1 and 0 are calibrated. ``ceiling`` is the highest expected correlation, the
    square root of ``reliability``. ``closest`` and ``farthest`` songs have the smallest and the
    largest residuals.
    """

    axis: str
    n: int
    unlabelled: int
    on_scale: bool
    judge: PredictorMeasures
    baselines: tuple[PredictorMeasures, ...]
    differences: tuple[BaselineDifference, ...]
    slope: float | None
    intercept: float | None
    bins: tuple[ScoreBin, ...]
    coverage: Coverage | None
    reliability: float | None
    ceiling: float | None
    slices: tuple[SongSlice, ...]
    closest: tuple[Case, ...]
    farthest: tuple[Case, ...]


class BaselineSummary(Record):
    """A baseline: the number of its training songs, and a sentence about it."""

    name: BaselineName
    songs: int
    text: str


class Evaluation(Record):
    """A judge measured on a manifest.

    ``contamination`` counts the songs that taught the judge (None in records of former versions),
    and ``clean`` has the measures on the other songs, where there are both.

    ``source`` is the name of the judge or file that the scores come from. ``judge`` is None for
    scores that no judge of Plaudit made. ``songs`` counts the songs of the split, ``judged`` those
    with a score; ``dropped`` counts the others by reason.
    """

    schema_version: Literal[3] = 3
    plaudit: str
    source: str
    judge: JudgeId | None
    manifest: str
    manifest_sha256: str
    settings: EvaluationSettings
    option_sources: OptionSources = Field(default_factory=dict)
    songs: int
    judged: int
    dropped: dict[str, int]
    baselines: tuple[BaselineSummary, ...]
    notes: tuple[str, ...]
    axes: tuple[AxisResult, ...]
    contamination: Contamination | None = None
    clean: tuple[AxisResult, ...] = ()


def evaluation_settings(*, by: str, baselines: str, **other: object) -> EvaluationSettings:
    """Return settings from options of the command line; lists are names with commas, or "none"."""
    lists = {
        "by": read_names(by, get_args(By), "--by", may_be_none=True),
        "baselines": read_names(baselines, get_args(BaselineName), "--baselines", may_be_none=True),
    }
    return read_options(EvaluationSettings, {**other, **lists})
