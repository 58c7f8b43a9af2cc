"""Search of settings with Optuna: ranges in the table ``[search]``, trials in an SQLite file.

A trial is one set of settings, run with every seed of the sweep. Its value is the mean over seeds
of the mean Spearman over the axes, on validation songs. A trial depends only on the trials before
it and on a seed (TPE, Bergstra et al., NIPS 2011), so a search that was killed proposes the same
again, and its unfinished runs continue.
"""

import math
from collections.abc import Callable
from typing import Any

from pydantic import model_validator

from plaudit.core.errors import InputError
from plaudit.core.optional import require
from plaudit.core.settings import Record, nearest, read_record
from plaudit.training.result import MEAN, RunResult
from plaudit.training.settings import TrainSettings, with_preset
from plaudit.training.state import derive_seed
from plaudit.training.sweep.execution import Sweep

_STUDY = "study.sqlite"


class Range(Record):
    """Values that a setting may take: from ``low`` to ``high``, or one of ``choices``.

    ``log`` spreads the values evenly over orders of magnitude. Whole numbers for both ends give
    whole numbers.
    """

    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    choices: tuple[bool | int | float | str, ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> "Range":
        bounds = (self.low is not None) + (self.high is not None)
        if bounds != (0 if self.choices else 2):
            raise ValueError("give low and high, or choices")
        return self


def read_ranges(values: dict[str, Any], where: str) -> dict[str, Range]:
    """Return the ranges of the table ``[search]`` by setting; errors name ``where``."""
    fixed = {"manifest", "store", "out", "encoder", "seed", "preset"}
    known = [name for name in TrainSettings.model_fields if name not in fixed]
    if not values:
        raise InputError(f"{where} has no table [search], which --trials searches.")
    for name in values:
        if name not in known:
            raise InputError(f"{where}: [search] cannot vary '{name}'; {nearest(name, known)}")
    return {n: read_record(Range, v, f"{where}: search.{n}") for n, v in values.items()}


def search(
    sweep: Sweep,
    values: dict[str, Any],
    ranges: dict[str, Range],
    trials: int,
    where: str,
    on_progress: Callable[[str], None],
) -> dict[str, list[RunResult]]:
    """Run trials, those of earlier runs included; return results by label "trial-000" and so on."""
    optuna = require("optuna", "train", "Searching settings")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _distribution(optuna, values) for name, values in ranges.items()}
    base = with_preset(values, where)
    study = optuna.create_study(
        storage=f"sqlite:///{(sweep.out / _STUDY).resolve()}",
        study_name="plaudit",
        direction="maximize",
        load_if_exists=True,
    )
    _drop_unfinished(optuna, study)
    results: dict[str, list[RunResult]] = {}
    for number in range(trials):
        complete = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,), deepcopy=False)
        label = f"trial-{number:03d}"
        if number < len(complete):
            params, trial = complete[number].params, None
        else:
            study.sampler = optuna.samplers.TPESampler(seed=derive_seed(base.seed, number))
            trial = study.ask(distributions)
            params = trial.params
        settings = with_preset({**values, **params}, f"{where}, {label}")
        results |= sweep.run({label: settings})
        if trial is not None:
            value = _objective(results[label])
            study.tell(trial, value)
            chosen = ", ".join(f"{name} {_short(v)}" for name, v in params.items())
            on_progress(f"{label}: {value:.4f} with {chosen}; best so far {study.best_value:.4f}")
    return results


def best_label(results: dict[str, list[RunResult]]) -> str:
    """Return the label of the trial with the best mean on validation songs."""
    return max(results, key=lambda label: _objective(results[label]))


def _objective(runs: list[RunResult]) -> float:
    values = [run.value("validation", "Spearman", MEAN) for run in runs]
    mean = sum(values) / len(values)
    # Constant predictions have no rank correlation: count them as the worst.
    return -1.0 if math.isnan(mean) else mean


def _drop_unfinished(optuna: Any, study: Any) -> None:
    """Mark a trial that a crash left running as failed; it is proposed again."""
    running = study.get_trials(states=(optuna.trial.TrialState.RUNNING,), deepcopy=False)
    for trial in running:
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def _distribution(optuna: Any, values: Range) -> Any:
    kinds = optuna.distributions
    if values.choices is not None:
        return kinds.CategoricalDistribution(values.choices)
    if isinstance(values.low, int) and isinstance(values.high, int):
        return kinds.IntDistribution(values.low, values.high, log=values.log)
    return kinds.FloatDistribution(values.low, values.high, log=values.log)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
