"""The record of a study of preference; every table and plot is drawn from it.

Undefined numbers are None, in JSON null, never 0. The measures are defined in
`plaudit.benchmarks.preference.measure`, the schemes in ``fold``, the feature sets in ``feature``,
tests and sample sizes in ``paired_test``, the findings in ``verdict``.
"""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field

from plaudit.benchmarks.scores.contamination import Contamination
from plaudit.core.choice import StudyCluster, StudyTies, StudyVariant
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record, read_names, read_options
from plaudit.datasets.reading.origin import Origin
from plaudit.judging.record import JudgeId
from plaudit.metrics.measurement import Measurement
from plaudit.model.preference import MODELS

Scheme = Literal["prompt", "leave-one-system-out", "new-system-last"]
SliceBy = Literal["taught", "vocals", "month", "systems", "system"]
Role = Literal["claim", "controlled", "baseline", "unfitted"]
Question = Literal["claim", "controlled", "baseline"]
Finding = Literal["supported", "explained", "reversed", "worse", "not shown", "not tested"]

# "baseline" was called "beside" in schema version 1.
_TODAY = BeforeValidator(lambda value: "baseline" if value == "beside" else value)

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
DIFFERENCES = (0.01, 0.02, 0.05)  # in AUC, for which the needed battles are always stated
TIES_WORDS = {
    "half": "a tied battle counts one half in accuracy, whatever is predicted, and in nothing else",
    "drop": "tied battles are left out of everything",
}


class StudySettings(Record):
    """Settings of a study.

    ``models``: the findings are about the first. ``folds`` is the number of folds over prompts;
    ``parts`` that of the parts of prompts where a system is left out. Embeddings are reduced to
    ``components`` principal components. ``new_system`` names the system of the scheme
    "new-system-last" where battles have no dates. ``permuted`` decides each decided battle by a
    coin: such a study must find nothing. ``level`` is the chance of a false rejection.
    """

    models: tuple[str, ...]
    schemes: tuple[Scheme, ...] = SCHEMES
    folds: int = Field(default=10, ge=2)
    parts: int = Field(default=3, ge=2)
    ties: StudyTies = "half"
    cluster: StudyCluster = "prompt"
    draws: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    level: float = Field(default=0.05, gt=0, lt=1)
    components: int = Field(default=16, ge=1)
    new_system: str | None = None
    permuted: bool = False
    variant: StudyVariant = "none"
    small: int = Field(default=50, ge=0)
    seed: int = Field(default=1, ge=0)


class FeatureSetMeasures(Record):
    """Measures of one feature set and model under one scheme; ``model`` is None without a fit."""

    features: str
    role: Annotated[Role, _TODAY]
    model: str | None
    auc: Measurement
    accuracy: Measurement
    f1: Measurement
    brier: Measurement
    ece: Measurement


class CalibrationBin(Record):
    """Predictions of about the same probability: their mean, and the share that the first won."""

    predicted: float = Field(validation_alias="said")
    observed: float = Field(validation_alias="true")
    n: int


class SchemeResult(Record):
    """All predictors under one scheme.

    ``battles`` are predicted as ``n_items`` test items (two each where either of two systems is
    left out), of which ``decided`` are not ties. ``clusters`` are resampled. ``systems`` are left
    out in turn. ``bins`` are of the first model on both families.
    """

    scheme: Scheme
    fits: int
    battles: int
    n_items: int = Field(validation_alias="asked")
    decided: int
    clusters: int
    systems: tuple[str, ...]
    predictors: tuple[FeatureSetMeasures, ...] = Field(validation_alias="measured")
    bins: tuple[CalibrationBin, ...]
    notes: tuple[str, ...] = ()


class PairedTest(Record):
    """Feature set ``a`` minus feature set ``b`` in AUC, with a paired test.

    Where systems are left out, ``se``, interval and p allow for them too; p for the features that
    ``a`` has more than ``b``, and the interval, where these are not shown to add anything, for
    models that were fitted to overlapping battles (`plaudit.benchmarks.preference.paired_test`).
    ``p_corrected`` is Holm's over the tests of one question. ``effect`` is the difference in
    standard deviations of one cluster. ``accuracy`` is the difference in accuracy.
    """

    question: Annotated[Question, _TODAY]
    scheme: Scheme
    model: str
    a: str
    b: str
    auc: Measurement
    accuracy: Measurement
    se: float | None
    p: float | None
    p_corrected: float | None
    effect: float | None
    decided: int
    clusters: int


class Need(Record):
    """Decided battles that find a difference in AUC with a power of 80 % and 90 %.

    ``observed``: whether the difference is that of these battles. ``power`` is the chance of
    finding it with as many battles as were studied.
    """

    scheme: Scheme
    model: str
    difference: float
    observed: bool
    power: float | None = Field(validation_alias="chance")
    battles_80: float | None
    battles_90: float | None


class BattleSlice(Record):
    """A group of the battles of a scheme: AUC and accuracy of popularity and of both."""

    by: SliceBy
    group: str
    scheme: Scheme
    decided: int
    small: bool
    popularity: Measurement
    both: Measurement
    difference: Measurement
    accuracy_popularity: float | None
    accuracy_both: float | None


class Verdict(Record):
    """The finding under one scheme, and a sentence about it."""

    scheme: Scheme
    controlled: bool
    finding: Finding = Field(validation_alias="word")
    sentence: str


class NotebookRow(Record):
    """AUC of a classifier under the published protocol, beside the published one and ours.

    ``auc`` is over all folds together and ``mean`` the mean over folds; ``ours`` is the AUC of the
    most similar model under folds grouped by prompt.
    """

    features: str
    model: str
    auc: float | None
    mean: float | None
    published: float | None = Field(validation_alias="printed")
    ours: float | None
    ours_model: str | None


class RuleRow(Record):
    """A rule of the published notebook: the song with the LOWER score wins, and the other way."""

    rule: str
    auc_lower: float | None
    auc_higher: float | None
    accuracy_lower: float | None
    accuracy_higher: float | None
    published_lower: float | None = Field(validation_alias="printed_lower")
    published_measure: Literal["auc", "accuracy"] | None = Field(validation_alias="printed_measure")


class Notebook(Record):
    """The published notebook's own protocol on these battles."""

    folds: int
    decided: int
    rows: tuple[NotebookRow, ...]
    rules: tuple[RuleRow, ...]
    notes: tuple[str, ...]


class Counts(Record):
    """Counts of battles; ``dropped`` counts those left out by reason.

    ``neither`` are the battles with the vote "both are bad": they are in no measure, and their rate
    is among the battles that were not dropped.
    """

    read: int
    dropped: dict[str, int]
    decided: int
    first_won: int
    ties: int
    neither: int
    tie_rate: Measurement
    neither_rate: Measurement
    songs: int
    prompts: int
    voters: int
    systems: int


class StudyResult(Record):
    """A study.

    ``features`` names the columns of each feature set. ``unavailable`` gives the reason for each
    scheme without results. ``contamination`` counts songs that taught the judge. ``controls``
    differ between the songs of a battle. ``summary`` is the paragraph of findings.
    """

    schema_version: Literal[2] = 2
    study: Literal["preference"] = "preference"
    plaudit: str
    sources: tuple[Origin, ...]
    judge: JudgeId | None
    settings: StudySettings
    option_sources: OptionSources = Field(default_factory=dict)
    contamination: Contamination | None = None
    counts: Counts
    features: dict[str, tuple[str, ...]]
    controls: tuple[str, ...] = ()
    schemes: tuple[SchemeResult, ...]
    unavailable: dict[str, str]
    comparisons: tuple[PairedTest, ...]
    needs: tuple[Need, ...]
    slices: tuple[BattleSlice, ...]
    notebook: Notebook | None
    verdicts: tuple[Verdict, ...]
    summary: str = Field(validation_alias="words")
    notes: tuple[str, ...]


def study_settings(*, models: str, schemes: str, **other: object) -> StudySettings:
    """Return settings from options of the command line; lists are names with commas, or "all"."""
    lists = {
        "models": read_names(models, MODELS, "--models"),
        "schemes": read_names(schemes, SCHEMES, "--schemes"),
    }
    return read_options(StudySettings, {**other, **lists})
