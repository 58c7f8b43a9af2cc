"""``plaudit arena serve``: the pages of a listening test."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import LogForm


def serve(
    test: Annotated[Path, typer.Argument(help="TOML file of the test.")],
    host: Annotated[str, typer.Option(help="Address to serve at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 for any that is free.")] = 8766,
    database: Annotated[
        str | None,
        typer.Option(
            help="URL of a PostgreSQL database; SQLite in the test's folder without.",
            metavar="URL",
        ),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="Further host name that the server is addressed by."),
    ] = None,
    limits: Annotated[
        Path | None, typer.Option(help="TOML file of limits, as of plaudit serve.")
    ] = None,
    log: Annotated[
        LogForm, typer.Option(help="plain or json: a line a request on standard error.")
    ] = "plain",
) -> None:
    """Serve the pages on which people take part in a listening test."""
    from plaudit.core.optional import require

    require("fastapi", "serve", "plaudit arena serve")
    require("sqlalchemy", "serve", "plaudit arena serve")
    from plaudit.server.stage.launch import StageSettings, serve

    settings = StageSettings(
        test=test, host=host, port=port, database=database, names=tuple(names or ()),
        limits=limits, log=log,
    )  # fmt: skip
    serve(settings, terminal().note)
