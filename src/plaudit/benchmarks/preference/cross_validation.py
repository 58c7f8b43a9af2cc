"""How well a kind of model predicts battles that it did not learn from, with intervals."""

import math

import numpy as np
from numpy.typing import NDArray

from plaudit.benchmarks.preference.battle_table import PreferenceBattles
from plaudit.benchmarks.preference.fold import prompt_splits
from plaudit.benchmarks.preference.measure import (
    MEASURES,
    Asked,
    draw_counts,
    measure,
    measure_resamples,
)
from plaudit.model.preference import PreferenceMetric

Floats = NDArray[np.float64]
FOLDS, DRAWS = 10, 1000


def cross_measured(
    data: PreferenceBattles, *, model: str, calibration: str, rng: np.random.Generator
) -> tuple[PreferenceMetric, ...]:
    """Fit to folds and measure what was said of the battles left out.

    Parameters
    ----------
    data : PreferenceBattles
        Battles.
    model, calibration : str
        As `plaudit.training.preference_fit.fit_preference`.
    rng : numpy.random.Generator
        Deals the folds, draws the resamples.

    Returns
    -------
    tuple of PreferenceMetric
        AUC, accuracy, F1, Brier score and calibration error over ten folds that share no prompt
        and no song, with 95 % intervals from 1,000 resamples of these groups, and the constant
        answer .5 beside each.
    """
    from plaudit.training.preference_fit import fit_preference

    said = np.full(len(data.first_won), 0.5)
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
        said[split.test] = ready.probability(data.first[split.test], data.second[split.test])
    asked = Asked(data.first_won.astype(np.float64), data.block)
    values = measure(said, asked)
    constant = measure(np.full(len(said), 0.5), asked)
    drawn = measure_resamples(said, asked, draw_counts(asked.n_clusters, DRAWS, drawing))
    found = []
    for k, name in enumerate(MEASURES):
        known = drawn[np.isfinite(drawn[:, k]), k]
        low, high = np.quantile(known, (0.025, 0.975)) if len(known) else (math.nan, math.nan)
        found.append(
            PreferenceMetric(
                measure=name,
                value=_known(values[k]),
                low=_known(low),
                high=_known(high),
                constant=_known(constant[k]),
                n=len(said),
            )
        )
    return tuple(found)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
