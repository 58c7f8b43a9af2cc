"""``plaudit sweep``: many training runs into one table."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import ClusterOption
from plaudit.cli.terminal import terminal


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
    cluster: ClusterOption = None,
) -> None:
    """Compare conditions of training over seeds: one table as text, CSV, JSON and picture.

    A stopped sweep goes on when the same command is given again, and ends with the same table.
    """
    from plaudit.jobs.sweep import SweepSettings, run_sweep

    settings = SweepSettings(
        config=config, out=out, conditions=conditions, improvements=improvements, trials=trials,
        seeds=seeds, workers=workers, cluster=cluster,
    )  # fmt: skip
    run_sweep(settings, terminal())
