"""``plaudit keys``: who may use a server."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.serving.backup import DatabaseOption, DataOption
from plaudit.cli.terminal import terminal

app = typer.Typer(
    help="API keys of a server: made, listed, revoked; and whose songs are whose.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="Name of the key, for you.")],
    data: DataOption = Path("plaudit-data"),
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="read (see songs, jobs, rows) or score (send, cancel, remove); both by default.",
        ),
    ] = None,
    per_minute: Annotated[
        int | None,
        typer.Option(help="Requests a minute; as the limits of the server say by default."),
    ] = None,
    shared: Annotated[
        str | None,
        typer.Option(
            "--for", metavar="KEY", help="Key whose songs and jobs it sees, instead of its own."
        ),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Make a key and print it, this once; the server keeps its hash alone."""
    from plaudit.server.key import add

    add(name, scopes or (), per_minute, shared, data, database, terminal())


@app.command("list")
def list_command(data: DataOption = Path("plaudit-data"), database: DatabaseOption = None) -> None:
    """List the keys: id, name, scopes, when they were made and revoked."""
    from plaudit.server.key import show

    show(data, database, terminal())


@app.command("adopt")
def adopt_command(
    key: Annotated[str, typer.Argument(help="Name or id of the key that gets them.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="KEY",
            help="Key whose songs they are; by default, songs without a key.",
        ),
    ] = None,
    data: DataOption = Path("plaudit-data"),
    database: DatabaseOption = None,
) -> None:
    """Give a key the songs, jobs and collections that were sent without a key, or by another."""
    from plaudit.server.key import adopt

    terminal().note(adopt(key, source, data, database))


@app.command("revoke")
def revoke_command(
    key: Annotated[str, typer.Argument(help="Name or id of the key.")],
    data: DataOption = Path("plaudit-data"),
    database: DatabaseOption = None,
) -> None:
    """Revoke a key; a server that runs refuses it within seconds."""
    from plaudit.server.key import revoke

    terminal().note(revoke(key, data, database))
