"""Many runs into one table: the 24 conditions, each improvement alone, or a search.

A run is one process of one thread, so a table does not depend on how many run at a time. Runs that
are finished are not repeated and a stopped one goes on, so that the same command after a crash ends
with the same table.
"""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.lock import Lock
from plaudit.core.pool import cores, share_out
from plaudit.core.settings import read_json
from plaudit.training.condition import BEST, Condition
from plaudit.training.result import RESULT, RunResult
from plaudit.training.settings import PRESETS, TrainSettings, with_preset
from plaudit.training.sweep.seed_table import SweepTable, make_table

TABLE = "table.json"
PUBLISHED, TOGETHER = "published", "all together"
IMPROVEMENTS: dict[str, tuple[str, ...]] = {
    "learned mix": ("mix",),
    "attention": ("pooling", "prior"),
    "standardised targets": ("targets",),
    "adaptive weights": ("loss_rate",),
    "ordinal heads": ("output",),
    "ranking": ("ranking",),
    "mixup": ("mixup",),
    "noise": ("noise",),
    "weight averaging": ("average",),
    "ensemble": ("members",),
    "optimiser": ("batch", "learning_rate", "weight_decay"),
}
"""Improvements by name: the settings that the preset "plaudit" changes for each."""

Plans = dict[str, TrainSettings]


def condition_plans(values: dict[str, Any], conditions: list[Condition], where: str) -> Plans:
    """Return the settings of each condition.

    Parameters
    ----------
    values : dict
        Settings as read from TOML, that all share.
    conditions : list of Condition
        What is compared.
    where : str
        Name of the source for error messages.

    Returns
    -------
    dict of str to TrainSettings
        By name of the condition.
    """
    return {c.name: with_preset({**values, "condition": c.name}, where) for c in conditions}


def improvement_plans(values: dict[str, Any], n_layers: int, where: str) -> Plans:
    """Return the published recipe, each improvement alone, and all together.

    Parameters
    ----------
    values : dict
        Settings as read from TOML, that all share; an improvement goes before them.
    n_layers : int
        Layers in the store: with one there is no mix to learn.
    where : str
        Name of the source for error messages.

    Returns
    -------
    dict of str to TrainSettings
        By name.
    """
    chosen = {
        name: {key: PRESETS["plaudit"][key] for key in keys}
        for name, keys in IMPROVEMENTS.items()
        if n_layers > 1 or "mix" not in keys
    }
    base = {**values, "preset": "apex"}
    together = {key: value for change in chosen.values() for key, value in change.items()}
    changes = {PUBLISHED: {}, **chosen, TOGETHER: together}
    return {name: with_preset({**base, **change}, where) for name, change in changes.items()}


class Sweep:
    """Runs below one folder; use as a context manager, which locks it.

    Parameters
    ----------
    out : Path
        Folder: ``runs`` and the table.
    seeds : int
        Runs of each plan: the seed of its settings, and those that follow.
    workers : int, optional
        Runs at a time; one per core by default.
    say : callable
        Takes a line of progress.
    """

    def __init__(
        self, out: Path, seeds: int, workers: int | None, say: Callable[[str], None]
    ) -> None:
        self.out, self.seeds, self._workers, self._say = out, seeds, workers or cores(), say
        self._lock = Lock(out / "runs" / ".lock")

    def __enter__(self) -> "Sweep":
        """Make the folder and take its lock."""
        (self.out / "runs").mkdir(parents=True, exist_ok=True)
        self._lock.take()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        self._lock.release()

    def run(self, plans: Plans) -> dict[str, list[RunResult]]:
        """Run every plan with every seed.

        Parameters
        ----------
        plans : dict of str to TrainSettings
            By label.

        Returns
        -------
        dict of str to list of RunResult
            By label, in the order of the seeds.

        Raises
        ------
        PlauditError
            A run failed; those that were finished before stay.
        """
        tasks = [self._task(s, label, k) for label, s in plans.items() for k in range(self.seeds)]
        open_tasks = [task for task in tasks if not (task.out / RESULT).is_file()]
        if len(open_tasks) < len(tasks):
            self._say(f"{len(tasks) - len(open_tasks)} of {len(tasks)} runs are finished already.")
        done = len(tasks) - len(open_tasks)
        workers = min(self._workers, max(1, len(open_tasks)))
        for task, outcome in share_out(_run, iter(open_tasks), workers) if open_tasks else ():
            if isinstance(outcome, BaseException):
                raise outcome
            done += 1
            self._say(f"{done} of {len(tasks)}: {task.out.parent.name} {task.out.name}: {outcome}")
        results = iter([_result(task) for task in tasks])
        return {label: [next(results) for _ in range(self.seeds)] for label in plans}

    def _task(self, settings: TrainSettings, label: str, k: int) -> TrainSettings:
        """Return the settings of one run; a sweep compares numbers and writes no judges."""
        seed = settings.seed + k
        out = self.out / "runs" / label.replace(" ", "-") / f"seed-{seed}"
        return settings.model_copy(update={"seed": seed, "out": out, "encoder": None})

    def write_table(
        self, results: Mapping[str, list[RunResult]], reference: str | None = None
    ) -> SweepTable:
        """Write the table of finished runs.

        Parameters
        ----------
        results : mapping
            From `run`.
        reference : str, optional
            Label to compare with; the published recipe if it is among them, else the first.

        Returns
        -------
        SweepTable
            What was written.
        """
        known = [name for name in (reference, PUBLISHED, BEST) if name and name in results]
        table = make_table(results, known[0] if known else next(iter(results)))
        write_atomic(self.out / TABLE, table.model_dump_json(indent=1) + "\n")
        return table


def _result(settings: TrainSettings) -> RunResult:
    """Read a result, and check that it is of these settings."""
    path = settings.out / RESULT
    result = read_json(RunResult, path.read_text(encoding="utf-8"), str(path))
    told = settings.model_dump(mode="json")
    other = [
        key
        for key, value in told.items()
        if key not in ("out", "manifest", "store", "name", "licence", "citation", "preset")
        and result.settings.get(key) != value
    ]
    if other:
        raise InputError(
            f"{settings.out} holds a run with other settings ({', '.join(other)}); give another"
            " folder for this sweep."
        )
    return result


@cache
def _data(manifest: Path, store: tuple[Path, ...]) -> Any:
    """Load a training set once per process."""
    from plaudit.training.run import load_data

    return load_data(TrainSettings(manifest=manifest, store=store, out=Path("unused")))


def _run(settings: TrainSettings) -> str:
    """Do one run in a worker, and say in a few words what it ended with."""
    import torch

    from plaudit.training.run import train

    torch.set_num_threads(1)
    result = train(settings, _ignore, _data(settings.manifest, settings.store))
    epochs = ", ".join(map(str, result.epochs))
    value = result.value("validation", "Spearman", "mean")
    return f"{epochs} epochs, mean Spearman {value:.3f} on validation songs"


def _ignore(line: str) -> None:
    """Say nothing: many runs at a time would speak across each other."""
