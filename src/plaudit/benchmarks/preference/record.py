"""What the study of preference gives: one record, enough to redraw every table and plot of it.

Undefined numbers are None, in JSON null, never 0. What the measures mean stands in
`plaudit.benchmarks.preference.measure`, the schemes in `study_fold`, the feature sets in
`study_feature`, tests and needed battles in `study_comparison`, the words in `study_verdict`.
"""

from typing import Literal, get_args

from pydantic import Field

from plaudit.core.settings import Record, read_names, read_options
from plaudit.datasets.reading.origin import Origin
from plaudit.judging.record import JudgeId
from plaudit.model.preference import MODELS

Scheme = Literal["prompt", "leave-one-system-out", "new-system-last"]
Ties = Literal["half", "drop"]
Cluster = Literal["prompt", "voter", "battle"]
Variant = Literal["none", "published-notebook"]
SliceBy = Literal["vocals", "month", "systems", "system"]
SetRole = Literal["claim", "controlled", "beside", "unfitted"]
Question = Literal["claim", "controlled", "beside"]
Word = Literal["supported", "reversed", "worse", "not shown", "not tested"]

SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
TIES_WORDS = {
    "half": "a tied battle counts one half in accuracy, whatever was answered, and in nothing else",
    "drop": "tied battles are left out of everything",
}


class StudySettings(Record):
    """What was asked for.

    ``folds`` is the number of folds over prompts, ``parts`` that of the parts into which prompts
    are dealt where a system is left out. ``models``: the first is the one that the words are about.
    ``components`` stand for an embedding. ``new_system`` names the system that
    "new-system-last" is about where dates do not tell. ``permuted`` gives each decided battle to a
    side by a coin: a study that must find nothing. ``level`` is the chance of a false finding.
    """

    models: tuple[str, ...]
    schemes: tuple[Scheme, ...] = SCHEMES
    folds: int = Field(default=10, ge=2)
    parts: int = Field(default=3, ge=2)
    ties: Ties = "half"
    cluster: Cluster = "prompt"
    draws: int = Field(default=1000, ge=10)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    level: float = Field(default=0.05, gt=0, lt=1)
    components: int = Field(default=16, ge=1)
    new_system: str | None = None
    permuted: bool = False
    variant: Variant = "none"
    small: int = Field(default=50, ge=0)
    seed: int = Field(default=1, ge=0)


class Measure(Record):
    """A measure with its interval."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Measured(Record):
    """One answer under one scheme; ``model`` is None where nothing is fitted."""

    features: str
    role: SetRole
    model: str | None
    auc: Measure
    accuracy: Measure
    f1: Measure
    brier: Measure
    ece: Measure


class Bin(Record):
    """Answers of about the same probability: their mean, how often the first won, and how many."""

    said: float
    true: float
    n: int


class SchemeResult(Record):
    """All answers under one scheme.

    ``battles`` were asked in ``asked`` questions (twice each where either of two systems is left
    out), of which ``decided`` were not ties. ``clusters`` were resampled. ``systems`` are those
    that were left out in turn. ``bins`` are of the first model on both families.
    """

    scheme: Scheme
    fits: int
    battles: int
    asked: int
    decided: int
    clusters: int
    systems: tuple[str, ...]
    measured: tuple[Measured, ...]
    bins: tuple[Bin, ...]
    notes: tuple[str, ...] = ()


class Comparison(Record):
    """Answer ``a`` minus answer ``b`` in AUC, paired.

    ``p_corrected`` is Holm's over the tests of one question. ``effect`` is the difference in
    standard deviations of one cluster. ``accuracy`` is the difference in accuracy.
    """

    question: Question
    scheme: Scheme
    model: str
    a: str
    b: str
    auc: Measure
    accuracy: Measure
    se: float | None
    p: float | None
    p_corrected: float | None
    effect: float | None
    decided: int
    clusters: int


class Need(Record):
    """Decided battles that find a difference in AUC with a chance of 80 % and 90 %.

    ``observed`` says that the difference is the one these battles show; ``chance`` is that of
    finding it with as many battles as were studied.
    """

    scheme: Scheme
    model: str
    difference: float
    observed: bool
    chance: float | None
    battles_80: float | None
    battles_90: float | None


class Slice(Record):
    """Some of the battles of a scheme: AUC and accuracy of popularity and of both, difference."""

    by: SliceBy
    group: str
    scheme: Scheme
    decided: int
    small: bool
    popularity: Measure
    both: Measure
    difference: Measure
    accuracy_popularity: float | None
    accuracy_both: float | None


class Verdict(Record):
    """What is said of one scheme, and the sentence that says it."""

    scheme: Scheme
    controlled: bool
    word: Word
    sentence: str


class NotebookRow(Record):
    """One number of the published protocol, what its authors printed, and ours beside it.

    ``auc`` is over all folds together and ``mean`` the mean over folds; ``ours`` is the AUC of the
    nearest model under folds grouped by prompt.
    """

    features: str
    model: str
    auc: float | None
    mean: float | None
    printed: float | None
    ours: float | None
    ours_model: str | None


class RuleRow(Record):
    """A rule of the published notebook: the song with the LOWER score wins, and the other way."""

    rule: str
    auc_lower: float | None
    auc_higher: float | None
    accuracy_lower: float | None
    accuracy_higher: float | None
    printed_lower: float | None
    printed_measure: Literal["auc", "accuracy"] | None


class Notebook(Record):
    """The published notebook's own protocol on these battles."""

    folds: int
    decided: int
    rows: tuple[NotebookRow, ...]
    rules: tuple[RuleRow, ...]
    notes: tuple[str, ...]


class Counts(Record):
    """How many there were; ``dropped`` says why battles were left out.

    ``neither`` are the battles answered "both are bad": they are in no measure, and their rate is
    among all that could have been used.
    """

    read: int
    dropped: dict[str, int]
    decided: int
    first_won: int
    ties: int
    neither: int
    tie_rate: Measure
    neither_rate: Measure
    songs: int
    prompts: int
    voters: int
    systems: int


class StudyResult(Record):
    """The study.

    ``features`` names the numbers in each feature set. ``unavailable`` says why a scheme could not
    be followed. ``words`` is the paragraph.
    """

    schema_version: Literal[1] = 1
    study: Literal["preference"] = "preference"
    plaudit: str
    sources: tuple[Origin, ...]
    judge: JudgeId | None
    settings: StudySettings
    counts: Counts
    features: dict[str, tuple[str, ...]]
    schemes: tuple[SchemeResult, ...]
    unavailable: dict[str, str]
    comparisons: tuple[Comparison, ...]
    needs: tuple[Need, ...]
    slices: tuple[Slice, ...]
    notebook: Notebook | None
    verdicts: tuple[Verdict, ...]
    words: str
    notes: tuple[str, ...]


def study_settings(*, models: str, schemes: str, **other: object) -> StudySettings:
    """Return settings from the words of a command line.

    Parameters
    ----------
    models, schemes : str
        Names with commas between them; "all" for all.
    **other : object
        Fields of `StudySettings` as they are.

    Returns
    -------
    StudySettings
        Checked.

    Raises
    ------
    InputError
        A name is unknown, or a number out of range.
    """
    lists = {
        "models": read_names(models, MODELS, "--models"),
        "schemes": read_names(schemes, SCHEMES, "--schemes"),
    }
    return read_options(StudySettings, {**other, **lists})
