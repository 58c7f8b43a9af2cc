"""``plaudit sweep``: many training runs, their table shown, written and drawn."""

from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.file import write_atomic
from plaudit.core.settings import Record
from plaudit.embeddings.cluster.choice import check_cluster
from plaudit.embeddings.store.contents import EmbeddingStore
from plaudit.jobs.output.overwrite import check_inside
from plaudit.jobs.output.streams import Streams
from plaudit.reports.training.sweep_plot import draw_sweep
from plaudit.reports.training.sweep_table import sweep_csv, sweep_text
from plaudit.training.condition import read_conditions
from plaudit.training.settings import read_values, with_preset
from plaudit.training.sweep.execution import Sweep, condition_plans, improvement_plans
from plaudit.training.sweep.seed_table import SweepTable

_MEASURES = ("Spearman", "Pearson", "MAE", "MSE")


class SweepSettings(Record):
    """What is compared; one of ``conditions``, ``improvements`` and ``trials``."""

    config: Path  #: Settings that all runs share, in TOML.
    out: Path  #: Folder of the sweep.
    conditions: str | None = None  #: Names with commas between them, or "all".
    #: Whether to compare the published recipe, each improvement alone, and all together.
    improvements: bool = False
    trials: int | None = None  #: Trials of a search in the ranges of the table ``search``.
    seeds: int = 5  #: Runs of each condition.
    workers: int | None = None  #: Runs at a time; one per core when not given.
    #: Where runs are trained (`plaudit.embeddings.cluster.choice.check_cluster`); here by default.
    cluster: str | None = None


def run_sweep(settings: SweepSettings, streams: Streams) -> SweepTable:
    """Train runs of several conditions over seeds; a stopped sweep goes on.

    Raises
    ------
    PlauditError
        A setting is wrong, or the data cannot be read.
    """
    if (settings.conditions is not None) + settings.improvements + (
        settings.trials is not None
    ) != 1:
        raise InputError("Give one of --conditions, --improvements and --trials.")
    out = settings.out
    check_inside(out, ["table.json"], [settings.config])
    # They do not say who wrote them, but never come before table.json.
    begun = (out / "table.json").exists()
    check_inside(out, ["table.csv", "table.txt", "table.png"], [settings.config], lambda _: begun)
    table = _trained(settings, streams)
    write_atomic(out / "table.csv", sweep_csv(table))
    text = "\n\n".join(sweep_text(table, measure) for measure in _MEASURES)
    write_atomic(out / "table.txt", text + "\n")
    draw_sweep(table, out / "table.png")
    streams.show(sweep_text(table))
    streams.show(f"Wrote table.txt, table.csv, table.json and table.png in {out}")
    return table


def _trained(settings: SweepSettings, streams: Streams) -> SweepTable:
    where = str(settings.config)
    values = read_values(settings.config)
    ranges = values.pop("search", {})
    values["out"] = str(settings.out)
    shared = with_preset(values, where)
    if settings.cluster is not None:
        check_cluster(settings.cluster)
    with Sweep(
        settings.out, settings.seeds, settings.workers, streams.show, settings.cluster
    ) as work:
        if settings.trials is not None:
            from plaudit.training.sweep.search import best_label, read_ranges, search

            chosen = read_ranges(ranges, where)
            results = search(work, values, chosen, settings.trials, where, streams.show)
            return work.write_table(results, best_label(results))
        if settings.conditions is not None:
            plans = condition_plans(values, read_conditions(settings.conditions), where)
        else:
            n_layers = len(EmbeddingStore.open(*shared.store).spec.layers)
            plans = improvement_plans(values, n_layers, where)
        return work.write_table(work.run(plans), None)
