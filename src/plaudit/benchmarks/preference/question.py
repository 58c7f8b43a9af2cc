"""The three questions of the study, each a family of paired tests that are corrected together.

``claim``
    are both families of scores better than popularity only? One test a scheme and model;
``controlled``
    the same with the controls in both;
``beside``
    are both families better than each answer that needs no judge, and than the raw embedding? One
    test an answer and scheme, with the first model.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from plaudit.benchmarks.preference.measure import MEASURES
from plaudit.benchmarks.preference.paired_test import battles_needed, difference, holm, power_at
from plaudit.benchmarks.preference.record import (
    Comparison,
    Measure,
    Measured,
    Need,
    Question,
    SchemeResult,
    StudySettings,
)
from plaudit.benchmarks.preference.scheme import Drawn, Key

DIFFERENCES = (0.01, 0.02, 0.05)  # in AUC, for which the number of battles is always told
AUC, ACCURACY = MEASURES.index("auc"), MEASURES.index("accuracy")


def comparisons_of(
    results: Sequence[SchemeResult], drawn: Sequence[Drawn], settings: StudySettings
) -> list[Comparison]:
    """Return every test, corrected.

    Parameters
    ----------
    results : sequence of SchemeResult
        Answers of each scheme.
    drawn : sequence of Drawn
        Their resamples, in the same order.
    settings : StudySettings
        Models, and the width of intervals.

    Returns
    -------
    list of Comparison
        By question.
    """
    found: list[Comparison] = []
    questions: tuple[Question, ...] = ("claim", "controlled", "beside")
    for question in questions:
        tests = [
            _compare(question, result, part, a, b, settings)
            for result, part in zip(results, drawn, strict=True)
            for a, b in _pairs(question, result.measured, settings)
        ]
        corrected = holm([math.nan if one.p is None else one.p for one in tests])
        found += [
            one.model_copy(update={"p_corrected": _known(p)})
            for one, p in zip(tests, corrected, strict=True)
        ]
    return found


def _pairs(
    question: Question, measured: Sequence[Measured], settings: StudySettings
) -> Iterator[tuple[Key, Key]]:
    """Yield what is compared with what in one scheme."""
    keys = {(one.features, one.model) for one in measured}
    if question == "beside":
        first = settings.models[0]
        for one in measured:
            if one.role == "beside" or (one.features, one.model) == ("embedding", first):
                yield ("both", first), (one.features, one.model)
        return
    added = "" if question == "claim" else " + controls"
    for model in settings.models:
        a, b = (f"both{added}", model), (f"popularity{added}", model)
        if a in keys and b in keys:
            yield a, b


def _compare(
    question: Question,
    result: SchemeResult,
    drawn: Drawn,
    a: Key,
    b: Key,
    settings: StudySettings,
) -> Comparison:
    auc, accuracy = (
        difference(
            float(drawn.whole[a][k]),
            float(drawn.whole[b][k]),
            drawn.parts[a][:, k],
            drawn.parts[b][:, k],
            result.clusters,
            settings.confidence,
        )
        for k in (AUC, ACCURACY)
    )
    return Comparison(
        question=question,
        scheme=result.scheme,
        model=str(a[1]),
        a=a[0],
        b=b[0],
        auc=Measure(value=_known(auc.value), low=_known(auc.low), high=_known(auc.high)),
        accuracy=Measure(
            value=_known(accuracy.value), low=_known(accuracy.low), high=_known(accuracy.high)
        ),
        se=_known(auc.se),
        p=_known(auc.p),
        p_corrected=None,
        effect=_known(auc.effect),
        decided=result.decided,
        clusters=result.clusters,
    )


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def needs_of(
    comparisons: Sequence[Comparison], results: Sequence[SchemeResult], settings: StudySettings
) -> list[Need]:
    """Return how many battles it takes to find a difference, for each test of the claim.

    Parameters
    ----------
    comparisons : sequence of Comparison
        From `comparisons_of`.
    results : sequence of SchemeResult
        How many battles each scheme asked about.
    settings : StudySettings
        The level.

    Returns
    -------
    list of Need
        For the difference that was seen, and for `DIFFERENCES`. Where a battle is asked twice, the
        number is that of battles, not of questions.
    """
    found = []
    once = {one.scheme: one.battles / one.asked for one in results}
    for one in comparisons:
        if one.question != "claim" or one.se is None or one.auc.value is None:
            continue
        n = max(1, round(one.decided * once[one.scheme]))
        for value, observed in ((one.auc.value, True), *((d, False) for d in DIFFERENCES)):
            found.append(
                Need(
                    scheme=one.scheme,
                    model=one.model,
                    difference=value,
                    observed=observed,
                    chance=_known(power_at(n, one.se, value, n, settings.level)),
                    battles_80=_known(battles_needed(n, one.se, value, level=settings.level)),
                    battles_90=_known(
                        battles_needed(n, one.se, value, level=settings.level, power=0.9)
                    ),
                )
            )
    return found
