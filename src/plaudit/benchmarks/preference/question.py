"""The three questions of the study, each a family of paired tests that are corrected together.

``claim``
    are both families of scores better than popularity only? One test for each scheme and model;
``controlled``
    the same with the controls on both sides;
``baseline``
    are both families better than each predictor that needs no judge, and than the embedding? One
    test for each predictor and scheme, with the first model.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from plaudit.benchmarks.preference.feature import FeatureSet
from plaudit.benchmarks.preference.measure import MEASURES
from plaudit.benchmarks.preference.paired_test import (
    PairedDifference,
    battles_needed,
    difference,
    holm,
    power_at,
)
from plaudit.benchmarks.preference.record import (
    DIFFERENCES,
    FeatureSetMeasures,
    Need,
    PairedTest,
    Question,
    SchemeResult,
    StudySettings,
)
from plaudit.benchmarks.preference.scheme import Key, Resampled
from plaudit.metrics.measurement import Measurement, or_none
from plaudit.metrics.score_test import score_test

_AUC, _ACCURACY = MEASURES.index("auc"), MEASURES.index("accuracy")


def comparisons_of(
    results: Sequence[SchemeResult],
    resampled: Sequence[Resampled],
    sets: Sequence[FeatureSet],
    settings: StudySettings,
) -> list[PairedTest]:
    """Return every test by question, corrected; results and resamples are in one order.

    ``sets`` are the features of all battles.
    """
    features = {each.name: each for each in sets}
    comparisons: list[PairedTest] = []
    questions: tuple[Question, ...] = ("claim", "controlled", "baseline")
    for question in questions:
        tests = [
            _compare(question, result, part, a, b, added, settings)
            for result, part in zip(results, resampled, strict=True)
            for added in [_p_added(question, part, features)]
            for a, b in _pairs(question, result.predictors, settings)
        ]
        corrected = holm([math.nan if test.p is None else test.p for test in tests])
        comparisons += [
            test.model_copy(update={"p_corrected": or_none(p)})
            for test, p in zip(tests, corrected, strict=True)
        ]
    return comparisons


def _pairs(
    question: Question, predictors: Sequence[FeatureSetMeasures], settings: StudySettings
) -> Iterator[tuple[Key, Key]]:
    """Yield the pairs of predictors that are compared in one scheme."""
    keys = {(measures.features, measures.model) for measures in predictors}
    if question == "baseline":
        first = settings.models[0]
        for measures in predictors:
            key = measures.features, measures.model
            if measures.role == "baseline" or key == ("embedding", first):
                yield ("both", first), key
        return
    added = "" if question == "claim" else " + controls"
    for model in settings.models:
        a, b = (f"both{added}", model), (f"popularity{added}", model)
        if a in keys and b in keys:
            yield a, b


def _p_added(
    question: Question, resampled: Resampled, sets: Mapping[str, FeatureSet]
) -> float | None:
    """Return the p-value of the aesthetic scores beyond the rest; None for another question."""
    added = "" if question == "claim" else " + controls"
    if question == "baseline" or f"both{added}" not in sets:
        return None
    rows = resampled.rows
    x, z = (sets[name].first[rows] - sets[name].second[rows]
            for name in ("aesthetics", f"popularity{added}"))  # fmt: skip
    return score_test(x, z, resampled.observed.first_won, resampled.observed.cluster)


def _compare(
    question: Question,
    result: SchemeResult,
    resampled: Resampled,
    a: Key,
    b: Key,
    p_added: float | None,
    settings: StudySettings,
) -> PairedTest:
    auc, accuracy = (
        difference(
            float(resampled.whole[a][k]),
            float(resampled.whole[b][k]),
            resampled.draws[a][:, k],
            resampled.draws[b][:, k],
            resampled.observed.sizes,
            settings.confidence,
            overlap=resampled.overlap,
            by_system=resampled.by_system[a][:, k] - resampled.by_system[b][:, k]
            if result.scheme == "leave-one-system-out" else None,
            p_added=p_added,
            level=settings.level,
        )
        for k in (_AUC, _ACCURACY)
    )  # fmt: skip
    return PairedTest(
        question=question,
        scheme=result.scheme,
        model=str(a[1]),
        a=a[0],
        b=b[0],
        auc=_measurement(auc),
        accuracy=_measurement(accuracy),
        se=or_none(auc.se),
        p=or_none(auc.p),
        p_corrected=None,
        effect=or_none(auc.effect),
        decided=result.decided,
        clusters=result.clusters,
    )


def _measurement(paired: PairedDifference) -> Measurement:
    return Measurement.of(paired.value, paired.low, paired.high, reason=paired.reason)


def needs_of(
    comparisons: Sequence[PairedTest], results: Sequence[SchemeResult], settings: StudySettings
) -> list[Need]:
    """Return how many battles it takes to find the observed difference, and `DIFFERENCES`.

    One for each test of the claim. A battle that is two test items counts once.
    """
    needs = []
    once = {result.scheme: result.battles / result.n_items for result in results}
    for test in comparisons:
        if test.question != "claim" or test.se is None or test.auc.value is None:
            continue
        n, se, level = max(1, round(test.decided * once[test.scheme])), test.se, settings.level
        for value, observed in ((test.auc.value, True), *((d, False) for d in DIFFERENCES)):
            needs.append(
                Need(
                    scheme=test.scheme,
                    model=test.model,
                    difference=value,
                    observed=observed,
                    power=or_none(power_at(n, se, value, n, level)),
                    battles_80=or_none(battles_needed(n, se, value, level=level)),
                    battles_90=or_none(battles_needed(n, se, value, level=level, power=0.9)),
                )
            )
    return needs
