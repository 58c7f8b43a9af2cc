"""``plaudit sweep``: many training runs into one table."""

from pathlib import Path
from typing import Annotated

import typer


def sweep(
    config: Annotated[
        Path, typer.Argument(help="Settings that all runs share, in TOML.", metavar="CONFIG.toml")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the sweep.", metavar="DIR")],
    conditions: Annotated[
        str | None,
        typer.Option("--conditions", help="Names with commas between them.", metavar="all|LIST"),
    ] = None,
    improvements: Annotated[
        bool,
        typer.Option(
            "--improvements", help="The published recipe, each improvement alone, all together."
        ),
    ] = False,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="Search the ranges of the table [search]."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of each condition.")] = 5,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Runs at a time; one per core.")
    ] = None,
) -> None:
    """Compare conditions of training over seeds: one table as text, CSV, JSON and picture.

    A stopped sweep goes on when the same command is given again, and ends with the same table.
    """
    from plaudit.core.errors import InputError
    from plaudit.core.file import write_atomic
    from plaudit.embeddings.store.contents import EmbeddingStore
    from plaudit.reports.training.sweep_plot import draw_sweep
    from plaudit.reports.training.sweep_table import sweep_csv, sweep_text
    from plaudit.training.condition import read_conditions
    from plaudit.training.settings import read_values, with_preset
    from plaudit.training.sweep.execution import Sweep, condition_plans, improvement_plans

    if (conditions is not None) + improvements + (trials is not None) != 1:
        raise InputError("Give one of --conditions, --improvements and --trials.")
    where = str(config)
    values = read_values(config)
    ranges = values.pop("search", {})
    values["out"] = str(out)
    shared = with_preset(values, where)
    with Sweep(out, seeds, workers, typer.echo) as work:
        reference = None
        if trials is not None:
            from plaudit.training.sweep.search import best_label, read_ranges, search

            chosen = read_ranges(ranges, where)
            results = search(work, values, chosen, trials, where, typer.echo)
            reference = best_label(results)
        elif conditions is not None:
            results = work.run(condition_plans(values, read_conditions(conditions), where))
        else:
            n_layers = len(EmbeddingStore.open(*shared.store).spec.layers)
            results = work.run(improvement_plans(values, n_layers, where))
        table = work.write_table(results, reference)
    write_atomic(out / "table.csv", sweep_csv(table))
    text = "\n\n".join(sweep_text(table, name) for name in ("Spearman", "Pearson", "MAE", "MSE"))
    write_atomic(out / "table.txt", text + "\n")
    draw_sweep(table, out / "table.png")
    typer.echo(sweep_text(table))
    typer.echo(f"Wrote table.txt, table.csv, table.json and table.png in {out}")
