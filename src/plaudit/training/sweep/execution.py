"""Many runs into one table: the 24 conditions, each improvement alone, or a search.

Each run is one process of one thread, so the table does not depend on how many run at a time.
Finished runs are not repeated and a stopped run continues: the same command after a crash ends with
the same table.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError
from plaudit.core.file import sweep, write_atomic, writing
from plaudit.core.folder import check_links
from plaudit.core.lock import Lock
from plaudit.core.option_source import sourced
from plaudit.core.pool import CrewError, cores, share_out
from plaudit.core.settings import load_json
from plaudit.embeddings.cluster.crew import ClusterCrew
from plaudit.training.condition import BEST, Condition
from plaudit.training.preset import PRESETS
from plaudit.training.result import RESULT, RunResult
from plaudit.training.run_folder import COSMETIC
from plaudit.training.settings import TrainSettings, with_preset
from plaudit.training.sweep.seed_table import SweepTable, make_table

_TABLE = "table.json"
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
Outcome = str | BaseException


def condition_plans(values: dict[str, Any], conditions: list[Condition], where: str) -> Plans:
    """Return settings by name of the condition, from shared ``values``; errors name ``where``."""
    return {c.name: with_preset({**values, "condition": c.name}, where) for c in conditions}


def improvement_plans(values: dict[str, Any], n_layers: int, where: str) -> Plans:
    """Return the published recipe, each improvement over shared values, and all together."""
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
    """Runs below one folder, each plan with ``seeds`` seeds; the context manager locks it.

    ``workers`` run at a time, as many as there are cores by default; on a ``cluster``
    (`plaudit.embeddings.cluster.choice.check_cluster`) where one is named.
    """

    def __init__(
        self,
        out: Path,
        seeds: int,
        workers: int | None,
        on_progress: Callable[[str], None],
        cluster: str | None = None,
    ) -> None:
        self.out, self.seeds, self._workers, self._cluster = out, seeds, workers, cluster
        self._on_progress = on_progress
        self._lock = Lock(out / "runs" / ".lock")

    def __enter__(self) -> "Sweep":
        """Make the folder and take its lock."""
        check_links(self.out, ["runs"])
        with writing(self.out):
            (self.out / "runs").mkdir(parents=True, exist_ok=True)
        sweep(self.out)
        self._lock.take()
        return self

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self._lock.release()

    def run(self, plans: Plans) -> dict[str, list[RunResult]]:
        """Run every plan with every seed; return the results by label, in the order of seeds."""
        odd = next((plan.objective for plan in plans.values() if plan.objective != "scores"), None)
        if odd is not None:
            raise InputError(
                f"A sweep compares what is learned from labels, and objective is {odd}; train that"
                " with plaudit train."
            )
        runs = [self._run_of(s, label, k) for label, s in plans.items() for k in range(self.seeds)]
        missing = [run for run in runs if not (run.out / RESULT).is_file()]
        done = len(runs) - len(missing)
        if done:
            self._on_progress(f"{done} of {len(runs)} runs are finished already.")
        for run, outcome in self._share_out(missing):
            if isinstance(outcome, BaseException):
                raise outcome
            done += 1
            self._on_progress(
                f"{done} of {len(runs)}: {run.out.parent.name} {run.out.name}: {outcome}"
            )
        results = iter([_result(run) for run in runs])
        return {label: [next(results) for _ in range(self.seeds)] for label in plans}

    def _share_out(self, runs: list[TrainSettings]) -> Iterator[tuple[TrainSettings, Outcome]]:
        if self._cluster is None:
            workers = min(self._workers or cores(), max(1, len(runs)))
            return share_out(_run, iter(runs), workers) if runs else iter(())
        named = {run.out: run for run in runs}
        crew: ClusterCrew[Path, Outcome] = ClusterCrew(
            self._cluster,
            partial(_open_runner, named, Path.cwd()),
            lambda out, why: CrewError(f"{out} ended its worker three times. {why}"),
            workers=self._workers,
            threads=1,
            on_event=self._on_progress,
        )
        return ((named[out], done) for out, done in crew.share_out(iter(named)))

    def _run_of(self, settings: TrainSettings, label: str, k: int) -> TrainSettings:
        """Return the settings of one run; a sweep compares numbers and writes no judges."""
        seed = settings.seed + k
        out = self.out / "runs" / label.replace(" ", "-") / f"seed-{seed}"
        return settings.model_copy(update={"seed": seed, "out": out, "encoder": None})

    def write_table(
        self, results: Mapping[str, list[RunResult]], reference: str | None = None
    ) -> SweepTable:
        """Write and return the table of results, against a reference or the published recipe."""
        known = [name for name in (reference, PUBLISHED, BEST) if name and name in results]
        table = sourced(make_table(results, known[0] if known else next(iter(results))))
        write_atomic(self.out / _TABLE, table.model_dump_json(indent=1) + "\n")
        return table


def _result(settings: TrainSettings) -> RunResult:
    """Read a result, and check its settings."""
    path = settings.out / RESULT
    result = load_json(RunResult, path)
    other = [
        key
        for key, value in settings.model_dump(mode="json").items()
        if key not in COSMETIC and result.settings.get(key) != value
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
    """Do one run in a worker, and return a line about its result."""
    import torch

    from plaudit.training.run import train

    torch.set_num_threads(1)
    # Lines of many runs at a time would mix.
    result = train(settings, lambda _: None, _data(settings.manifest, settings.store))
    epochs = ", ".join(map(str, result.epochs))
    value = result.value("validation", "Spearman", "mean")
    return f"{epochs} epochs, mean Spearman {value:.3f} on validation songs"


def _open_runner(runs: dict[Path, TrainSettings], place: Path) -> Callable[[Path], Outcome]:
    """Return what does the run of a folder in a worker on a cluster; its error is its outcome."""
    os.chdir(place)  # paths in the settings may start from where the command runs

    def run(out: Path) -> Outcome:
        try:
            return _run(runs[out])
        except Exception as error:  # noqa: BLE001 - raised by the sweep
            return error

    return run
