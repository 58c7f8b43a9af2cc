"""Cross-validation of a model of preference, with intervals."""

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.battle_table import PreferenceBattles
from plaudit.benchmarks.preference.fold import prompt_splits
from plaudit.benchmarks.preference.measure import (
    MEASURES,
    SHARES,
    Observed,
    measure,
    measure_resamples,
)
from plaudit.benchmarks.preference.scheme import with_interval
from plaudit.metrics.bootstrap import resample_counts
from plaudit.metrics.measurement import or_none
from plaudit.model.preference import PreferenceMetric

Floats = NDArray[np.float64]
_FOLDS, _DRAWS = 10, 1000


def cross_measured(
    data: PreferenceBattles, *, model: str, calibration: str, rng: np.random.Generator
) -> tuple[PreferenceMetric, ...]:
    """Fit a model to ten folds that share no prompt and no song, and measure its predictions.

    The intervals, of 95 %, are from 1,000 resamples of these groups; beside each measure stands
    that of the constant prediction .5. ``rng`` deals the folds, fits and draws the resamples.
    """
    from plaudit.training.preference_fit import fit_preference, in_order

    n = len(data.first_won)
    x, won, _, block = in_order(
        data.first - data.second, data.first_won.astype(np.float64), np.ones(n), data.block
    )
    predicted, equal = np.full(n, 0.5), np.zeros_like(x)
    dealing, fitting, drawing = rng.spawn(3)
    for split in prompt_splits(block, _FOLDS, dealing):
        train, test = split.train, split.test
        if len(train) == 0:
            continue
        ready = fit_preference(
            x[train],
            equal[train],
            won[train],
            model=model,
            rng=fitting,
            groups=block[train],
            calibration=calibration,
        )
        predicted[test] = ready.probability(x[test], equal[test])
    observed = Observed(won, block)
    values = measure(predicted, observed)
    constant = measure(np.full(len(predicted), 0.5), observed)
    counts = resample_counts(observed.n_clusters, _DRAWS, drawing)
    draws = measure_resamples(predicted, observed, counts)
    measured = [
        with_interval(values[k], draws[:, k], observed, 0.95, share=name in SHARES)
        for k, name in enumerate(MEASURES)
    ]
    return tuple(
        PreferenceMetric(
            measure=name,
            value=measured[k].value,
            low=measured[k].low,
            high=measured[k].high,
            constant=or_none(constant[k]),
            n=len(predicted),
        )
        for k, name in enumerate(MEASURES)
    )
