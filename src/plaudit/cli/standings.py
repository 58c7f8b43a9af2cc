"""``plaudit bench standings`` and ``plaudit bench boards``: systems rated by votes."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import (
    BoardForm,
    EloOrder,
    HistoryForm,
    StandingsCluster,
    StandingsMethod,
    VocalFilter,
)


def standings(
    battles: Annotated[
        Path,
        typer.Argument(help="Battles: .csv, .jsonl, .parquet, or a folder of an arena's files."),
    ],
    method: Annotated[
        StandingsMethod,
        typer.Option(help="Ours with ties; as the Music Arena board computes it; or Elo."),
    ] = "davidson",
    form: Annotated[
        BoardForm | None,
        typer.Option(
            "--format",
            "-f",
            help="Format of the result; by default by the file's ending, else table.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing.")
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Resamples; 0 for no intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of resamples and orders.")] = 1,
    cluster: Annotated[
        StandingsCluster,
        typer.Option(help="Votes that are resampled together; auto: both, where both are known."),
    ] = "auto",
    confidence: Annotated[
        float, typer.Option("--confidence", help="Coverage of intervals.")
    ] = 0.95,
    least_votes: Annotated[
        int, typer.Option("--least-votes", min=0, help="List only systems with so many votes.")
    ] = 0,
    only: Annotated[
        VocalFilter, typer.Option(help="Count only instrumental battles, or vocal ones.")
    ] = "all",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Leave the battles of this system out; may be repeated."),
    ] = None,
    merge_variants: Annotated[
        bool, typer.Option("--merge-variants", help="Treat name:variant as name.")
    ] = False,
    skip_faulty: Annotated[
        bool,
        typer.Option("--skip-faulty", help="Leave out rows that cannot be used, and count them."),
    ] = False,
    k: Annotated[float, typer.Option("--k", help="Elo: points at stake in a battle.")] = 4.0,
    order: Annotated[
        EloOrder, typer.Option(help="Elo: mean over random orders, or that of the file.")
    ] = "shuffled",
    shuffles: Annotated[
        int, typer.Option("--shuffles", min=1, help="Elo: how many random orders.")
    ] = 100,
) -> None:
    """Rate systems from battles, with intervals, ties, and how often both songs are bad.

    A table of battles has the columns first, second, outcome (first, second, tie or neither) and
    may have prompt, voter and instrumental. Music Arena's released rows, its raw log and the
    battles of a proving ground are read as they are.
    """
    from plaudit.benchmarks.standings.record import standings_settings
    from plaudit.jobs.bench.standings import rate_systems

    settings = standings_settings(
        method=method, draws=draws, seed=seed, cluster=cluster, confidence=confidence,
        least_votes=least_votes, only=only, merge_variants=merge_variants,
        without=tuple(without or ()), skip_faulty=skip_faulty, k=k, order=order, shuffles=shuffles,
    )  # fmt: skip
    rate_systems(battles, settings, form, out, terminal())


def boards(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Boards: .tsv as Music Arena publishes them, folders of them, or .json."
        ),
    ],
    form: Annotated[
        HistoryForm | None,
        typer.Option(
            "--format",
            "-f",
            help="Format of the result; by default by the file's ending, else table.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing.")
    ] = None,
) -> None:
    """Compare published boards over time: changes of rank, and which differences are certain.

    A file is named after its board and day, such as instrumental_20250831.tsv. Records of plaudit
    bench standings (--format json) can be compared in the same way.
    """
    from plaudit.jobs.bench.boards import follow_boards

    follow_boards(paths, form, out, terminal())
