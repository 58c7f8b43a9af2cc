"""All predictors under one scheme, measured on the same battles and the same resamples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.fold import Split
from plaudit.benchmarks.preference.measure import (
    MEASURES,
    SHARES,
    Observed,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.record import (
    CalibrationBin,
    FeatureSetMeasures,
    Role,
    Scheme,
    SchemeResult,
    StudySettings,
)
from plaudit.metrics.bootstrap import resample_counts
from plaudit.metrics.interval import SAME, estimate_of
from plaudit.metrics.measurement import Measurement
from plaudit.metrics.probability import reliability_bins
from plaudit.metrics.share import clustered_share

Floats = NDArray[np.float64]
Key = tuple[str, str | None]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The predictions of one feature set and model."""

    features: str
    role: Role
    model: str | None  #: None where nothing is fitted.
    predicted: Floats  #: Above .5 where the first song is expected to win, (n_items,).
    probability: bool = True  #: Whether it is a probability.

    @property
    def key(self) -> Key:
        """Feature set and model."""
        return self.features, self.model


@dataclass(frozen=True, eq=False)
class Resampled:
    """The measures of each predictor, on all battles (5,) and on each resample (draws, 5)."""

    scheme: Scheme
    observed: Observed
    rows: NDArray[np.intp]  #: Battle of each test item, (n_items,).
    #: Factor on standard errors for the training battles that fits share (`overlap`).
    overlap: float
    whole: dict[Key, Floats]
    draws: dict[Key, Floats]
    #: The measures on the battles of each system that was left out, (n_systems, 5).
    by_system: dict[Key, Floats]


def scheme_result(
    scheme: Scheme,
    splits: Sequence[Split],
    rows: NDArray[np.intp],
    predictions: Sequence[Prediction],
    observed: Observed,
    settings: StudySettings,
    rng: np.random.Generator,
) -> tuple[SchemeResult, Resampled]:
    """Measure predictions under one scheme; return the record and the input of comparisons.

    ``rows`` (n_items,) is the battle of each test item; ``rng`` draws the resamples.
    """
    battles = len(np.unique(rows))
    systems = np.concatenate([np.full(len(s.test), s.system, object) for s in splits])
    names = tuple(dict.fromkeys(name for name in systems if name is not None))
    own = [np.flatnonzero(systems == name) for name in names]
    counts = resample_counts(observed.n_clusters, settings.draws, rng)
    resampled = Resampled(scheme, observed, rows, overlap(splits, battles), {}, {}, {})
    predictors = []
    for prediction in predictions:
        predicted, key, probability = prediction.predicted, prediction.key, prediction.probability
        whole = measure(predicted, observed, probability=probability)
        draws = measure_resamples(predicted, observed, counts, probability=probability)
        resampled.whole[key], resampled.draws[key] = whole, draws
        resampled.by_system[key] = np.array(
            [measure(predicted[part], observed.pick(part), probability=probability) for part in own]
        ).reshape(len(own), len(MEASURES))
        values = {
            name: with_interval(
                whole[k], draws[:, k], observed, settings.confidence, share=name in SHARES
            )
            for k, name in enumerate(MEASURES)
        }
        predictors.append(
            FeatureSetMeasures(
                features=prediction.features, role=prediction.role, model=prediction.model, **values
            )
        )
    both = next(each for each in predictions if each.key == ("both", settings.models[0]))
    decided = ~np.isnan(observed.first_won)
    result = SchemeResult(
        scheme=scheme,
        fits=len(splits),
        battles=battles,
        n_items=len(observed.first_won),
        decided=int(np.count_nonzero(decided)),
        clusters=observed.n_clusters,
        systems=names,
        predictors=tuple(predictors),
        bins=tuple(
            CalibrationBin(predicted=part.predicted, observed=part.observed, n=part.n)
            for part in reliability_bins(both.predicted[decided], observed.first_won[decided])
        ),
    )
    return result, resampled


def overlap(splits: Sequence[Split], battles: int) -> float:
    """Return the factor on the standard error of a difference for what fits have in common.

    Models of different folds learn mostly from the same battles, so that their predictions err
    together, which no resample of the test battles shows. The variance of a mean over folds grows
    by ``1 + n_test / n_train``, with all tested battles and those of a fit (Nadeau and Bengio,
    Inference for the generalization error, Machine Learning 52, 2003).
    """
    n_train = float(np.mean([len(split.train) for split in splits]))
    return math.sqrt(1 + battles / n_train)


def with_interval(
    value: float, draws: Floats, observed: Observed, confidence: float, *, share: bool = False
) -> Measurement:
    """Return a measure of battles with the interval of its resamples, ``draws`` (n_draws,).

    Where all battles are right, or all wrong, resamples show no spread: then a ``share`` has the
    interval of as many cases as there are clusters.
    """
    estimate = estimate_of(value, draws, observed.sizes, confidence)
    if share and estimate.reason == SAME and value in (0.0, 1.0):
        sizes = observed.sizes
        low, high = clustered_share((value * sizes, sizes), confidence=confidence)
        return Measurement.of(value, low, high)
    return Measurement.of(estimate.value, estimate.low, estimate.high, reason=estimate.reason)
