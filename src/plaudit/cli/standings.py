"""``plaudit bench standings`` and ``plaudit bench boards``: who is ahead, and by how much."""

from pathlib import Path
from typing import Annotated, Literal

import typer

BoardForm = Literal["table", "json", "html"]
HistoryForm = Literal["table", "json", "html", "svg"]
Method = Literal["davidson", "music-arena", "elo"]
Cluster = Literal["auto", "voter", "prompt", "battle"]
Order = Literal["shuffled", "file"]
Only = Literal["all", "instrumental", "vocal"]


def standings(
    battles: Annotated[
        Path,
        typer.Argument(help="Battles: .csv, .jsonl, .parquet, or a folder of an arena's files."),
    ],
    method: Annotated[
        Method,
        typer.Option(help="Ours with ties; as the Music Arena board computes it; or Elo."),
    ] = "davidson",
    form: Annotated[
        BoardForm, typer.Option("--format", "-f", help="What is printed, or written with --out.")
    ] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing.")
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Resamples; 0 for no intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of resamples and orders.")] = 1,
    cluster: Annotated[
        Cluster,
        typer.Option(help="What is resampled together; auto: voters or prompts, the fewer."),
    ] = "auto",
    confidence: Annotated[
        float, typer.Option("--confidence", help="What intervals promise to hold.")
    ] = 0.95,
    least_votes: Annotated[
        int, typer.Option("--least-votes", min=0, help="List only systems with so many votes.")
    ] = 0,
    only: Annotated[
        Only, typer.Option(help="Count only instrumental battles, or vocal ones.")
    ] = "all",
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="Leave the battles of this system out; may be repeated."),
    ] = None,
    merge_variants: Annotated[
        bool, typer.Option("--merge-variants", help="Take name:variant for name.")
    ] = False,
    skip_faulty: Annotated[
        bool,
        typer.Option("--skip-faulty", help="Leave out rows that cannot be used, and count them."),
    ] = False,
    k: Annotated[float, typer.Option("--k", help="Elo: points at stake in a battle.")] = 4.0,
    order: Annotated[
        Order, typer.Option(help="Elo: mean over random orders, or that of the file.")
    ] = "shuffled",
    shuffles: Annotated[
        int, typer.Option("--shuffles", min=1, help="Elo: how many random orders.")
    ] = 100,
) -> None:
    """Rate systems from battles: who is ahead, how sure that is, and how often both are bad.

    A table of battles has the columns first, second, outcome (first, second, tie or neither) and
    may have prompt, voter and instrumental. Music Arena's released rows, its raw log and the
    battles of a proving ground are read as they are.
    """
    from plaudit.benchmarks.standings.compute import read_standings
    from plaudit.benchmarks.standings.record import standings_settings

    settings = standings_settings(
        method=method, draws=draws, seed=seed, cluster=cluster, confidence=confidence,
        least_votes=least_votes, only=only, merge_variants=merge_variants,
        without=tuple(without or ()), skip_faulty=skip_faulty, k=k, order=order, shuffles=shuffles,
    )  # fmt: skip
    _check_target(out, [battles])
    board = read_standings(battles, settings)
    if form == "json":
        text = board.model_dump_json(indent=2)
    elif form == "html":
        from plaudit.reports.standings.page import standings_page

        text = standings_page(board)
    else:
        from plaudit.reports.standings.table import standings_text

        text = standings_text(board)
    _give(text, out)


def boards(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Boards: .tsv as Music Arena publishes them, folders of them, or .json."
        ),
    ],
    form: Annotated[
        HistoryForm, typer.Option("--format", "-f", help="What is printed, or written with --out.")
    ] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing.")
    ] = None,
) -> None:
    """Compare published boards over time: who rose or fell, and which differences are sure.

    A file is named after its board and day, such as instrumental_20250831.tsv. Records of plaudit
    bench standings (--format json) can be compared in the same way.
    """
    from plaudit.benchmarks.standings.board import read_boards
    from plaudit.benchmarks.standings.history import compare_boards

    history = compare_boards(read_boards(paths))
    _check_target(out, paths)
    if form == "json":
        text = history.model_dump_json(indent=2)
    elif form == "html":
        from plaudit.reports.boards.page import boards_page

        text = boards_page(history)
    elif form == "svg":
        from plaudit.reports.boards.plot import boards_svg

        text = boards_svg(history)
    else:
        from plaudit.reports.boards.table import boards_text

        text = boards_text(history)
    _give(text, out)


def _check_target(out: Path | None, inputs: list[Path]) -> None:
    from plaudit.core.errors import InputError

    if out is not None and any(
        one.exists() and out.exists() and out.samefile(one) for one in inputs
    ):
        raise InputError(f"{out} is what is read; give another file to write to.")


def _give(text: str, out: Path | None) -> None:
    from plaudit.core.file import write_atomic

    if out is None:
        typer.echo(text)
    else:
        write_atomic(out, text.rstrip("\n") + "\n")
        typer.echo(f"Wrote {out}", err=True)
