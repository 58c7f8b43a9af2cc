"""Search of settings with Optuna: ranges in the table ``[search]``, trials in an SQLite file.

A trial is one set of settings, run with every seed of the sweep; what counts is the mean over seeds
of the mean Spearman over the axes, on validation songs. Each trial is proposed by a sampler seeded
with the number of trials before it (TPE, Bergstra et al., NIPS 2011), from those alone; so a search
that was killed proposes the same again, and its half-finished runs go on.
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
from plaudit.training.state import seed_of
from plaudit.training.sweep.execution import Sweep

STUDY = "study.sqlite"


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
    def _whole(self) -> "Range":
        bounds = (self.low is not None) + (self.high is not None)
        if bounds != (0 if self.choices else 2):
            raise ValueError("give low and high, or choices")
        return self


def read_ranges(values: dict[str, Any], where: str) -> dict[str, Range]:
    """Read the table ``[search]``.

    Parameters
    ----------
    values : dict
        By setting: a table of `Range`.
    where : str
        Name of the source for error messages.

    Returns
    -------
    dict of str to Range
        By setting.

    Raises
    ------
    InputError
        A name is no setting, or a range is none.
    """
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
    say: Callable[[str], None],
) -> dict[str, list[RunResult]]:
    """Search, or go on searching.

    Parameters
    ----------
    sweep : Sweep
        Runs the trials.
    values : dict
        Settings that all trials share.
    ranges : dict of str to Range
        What varies.
    trials : int
        How many in all, those of earlier runs included.
    where : str
        Name of the source for error messages.
    say : callable
        Takes a line of progress.

    Returns
    -------
    dict of str to list of RunResult
        By label "trial-000" and so on.
    """
    optuna = require("optuna", "train", "Searching settings")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _distribution(optuna, one) for name, one in ranges.items()}
    base = with_preset(values, where)
    study = optuna.create_study(
        storage=f"sqlite:///{(sweep.out / STUDY).resolve()}",
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
            study.sampler = optuna.samplers.TPESampler(seed=seed_of(base.seed, number))
            trial = study.ask(distributions)
            params = trial.params
        settings = with_preset({**values, **params}, f"{where}, {label}")
        results |= sweep.run({label: settings})
        if trial is not None:
            value = _objective(results[label])
            study.tell(trial, value)
            told = ", ".join(f"{name} {_short(one)}" for name, one in params.items())
            say(f"{label}: {value:.4f} with {told}; best so far {study.best_value:.4f}")
    return results


def best_label(results: dict[str, list[RunResult]]) -> str:
    """Return the label of the trial with the best mean on validation songs."""
    return max(results, key=lambda label: _objective(results[label]))


def _objective(runs: list[RunResult]) -> float:
    values = [run.value("validation", "Spearman", MEAN) for run in runs]
    mean = sum(values) / len(values)
    # Heads that say the same of every song rank nothing: the worst there is.
    return -1.0 if math.isnan(mean) else mean


def _drop_unfinished(optuna: Any, study: Any) -> None:
    """Mark the trial that a crash left running as failed; it is proposed again."""
    running = study.get_trials(states=(optuna.trial.TrialState.RUNNING,), deepcopy=False)
    for trial in running:
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def _distribution(optuna: Any, one: Range) -> Any:
    kinds = optuna.distributions
    if one.choices is not None:
        return kinds.CategoricalDistribution(one.choices)
    if isinstance(one.low, int) and isinstance(one.high, int):
        return kinds.IntDistribution(one.low, one.high, log=one.log)
    return kinds.FloatDistribution(one.low, one.high, log=one.log)


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
