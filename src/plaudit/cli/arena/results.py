"""``plaudit arena board``, ``export`` and ``import``: what follows from votes."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import BoardForm, StandingsCluster, StandingsMethod, VoteForm

_TEST = typer.Argument(help="TOML file of the test.")
_DATABASE = typer.Option(
    "--database", help="URL of a PostgreSQL database; SQLite in the test's folder without.",
    metavar="URL",
)  # fmt: skip


def board(
    test: Annotated[Path, _TEST],
    scores: Annotated[
        list[Path] | None,
        typer.Option("--scores", help="Scores of the songs by a judge, beside people; repeatable."),
    ] = None,
    form: Annotated[
        BoardForm | None,
        typer.Option("--format", "-f", help="Of the result; that of the file's ending, or table."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write instead of printing.")
    ] = None,
    method: Annotated[
        StandingsMethod, typer.Option(help="How systems are rated, as of plaudit bench standings.")
    ] = "davidson",
    cluster: Annotated[StandingsCluster, typer.Option(help="What is resampled together.")] = "auto",
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Resamples; 0 for no intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the resamples.")] = 1,
    confidence: Annotated[
        float, typer.Option("--confidence", help="What intervals promise to hold.")
    ] = 0.95,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Show the board of a listening test, with and without careless voters."""
    from plaudit.jobs.arena.show import show_board

    options: dict[str, object] = {
        "method": method, "cluster": cluster, "draws": draws, "seed": seed,
        "confidence": confidence,
    }  # fmt: skip
    show_board(test, options, form, out, terminal(), scores=scores or (), database=database)


def export(
    test: Annotated[Path, _TEST],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    form: Annotated[
        VoteForm,
        typer.Option("--as", help="Tables for other commands; as Music Arena; or to publish."),
    ] = "plaudit",
    without_careless: Annotated[
        bool, typer.Option("--without-careless", help="Leave out voters flagged as careless.")
    ] = False,
    licence: Annotated[
        str | None, typer.Option("--licence", help="Of a publication: SPDX name, as CC-BY-4.0.")
    ] = None,
    creators: Annotated[
        list[str] | None,
        typer.Option("--creator", help="Of a publication: who made the data; repeatable."),
    ] = None,
    publisher: Annotated[
        str, typer.Option("--publisher", help="Of a publication: who publishes it.")
    ] = "not stated",
    comments: Annotated[
        bool, typer.Option("--comments", help="Publish what people wrote, too.")
    ] = False,
    draws: Annotated[
        int, typer.Option("--draws", min=0, help="Of a publication: resamples of its board.")
    ] = 1000,
    database: Annotated[str | None, _DATABASE] = None,
) -> None:
    """Write the votes of a listening test for other commands, as Music Arena, or to publish."""
    from plaudit.jobs.arena.export import ExportSettings, export_votes

    settings = ExportSettings(
        test=test, out=out, form=form, database=database, without_careless=without_careless,
        licence=licence, creators=tuple(creators or ()), publisher=publisher, comments=comments,
        draws=draws,
    )  # fmt: skip
    export_votes(settings, terminal())


def bring(
    test: Annotated[Path, _TEST],
    votes: Annotated[
        Path, typer.Argument(help="Votes: of plaudit arena export, or Music Arena's rows or log.")
    ],
) -> None:
    """Bring votes that were taken elsewhere into the results of a listening test."""
    from plaudit.jobs.arena.export import import_votes

    import_votes(test, votes, terminal())
