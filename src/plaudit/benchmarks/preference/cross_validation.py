"""Cross-validation of a model of preference, with intervals."""

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.battle_table import PreferenceBattles
from plaudit.benchmarks.preference.fold import prompt_splits
from plaudit.benchmarks.preference.measure import (
    MEASURES,
    Observed,
    measure,
    measure_resamples,
)
from plaudit.metrics.bootstrap import percentile_interval, resample_counts
from plaudit.metrics.measurement import or_none
from plaudit.model.preference import PreferenceMetric

_Floats = NDArray[np.float64]
FOLDS, DRAWS = 10, 1000


def cross_measured(
    data: PreferenceBattles, *, model: str, calibration: str, rng: np.random.Generator
) -> tuple[PreferenceMetric, ...]:
    """Fit a model to folds and measure its predictions of the battles left out."""
    from plaudit.training.preference_fit import fit_preference

    predicted = np.full(len(data.first_won), 0.5)
    dealing, fitting, drawing = rng.spawn(3)
    for split in prompt_splits(data.block, FOLDS, dealing):
        if len(split.train) == 0:
            continue
        ready = fit_preference(
            data.first[split.train],
            data.second[split.train],
            data.first_won[split.train],
            model=model,
            rng=fitting,
            groups=data.block[split.train],
            calibration=calibration,
        )
        predicted[split.test] = ready.probability(data.first[split.test], data.second[split.test])
    observed = Observed(data.first_won.astype(np.float64), data.block)
    values = measure(predicted, observed)
    constant = measure(np.full(len(predicted), 0.5), observed)
    counts = resample_counts(observed.n_clusters, DRAWS, drawing)
    draws = measure_resamples(predicted, observed, counts)
    ends = [percentile_interval(draws[:, k]) for k in range(len(MEASURES))]
    return tuple(
        PreferenceMetric(
            measure=name,
            value=or_none(values[k]),
            low=or_none(ends[k][0]),
            high=or_none(ends[k][1]),
            constant=or_none(constant[k]),
            n=len(predicted),
        )
        for k, name in enumerate(MEASURES)
    )
