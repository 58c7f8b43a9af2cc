"""``plaudit backup`` and ``plaudit restore``: a server in one file."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal

DataOption = Annotated[Path, typer.Option(help="Folder of the server.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(help="URL of its PostgreSQL database; SQLite in --data without.", metavar="URL"),
]


def backup(
    out: Annotated[Path, typer.Argument(help="File to write.", metavar="FILE")],
    data: DataOption = Path("plaudit-data"),
    database: DatabaseOption = None,
) -> None:
    """Write a server (jobs, results, keys, collections, songs) to one file, while it runs."""
    from plaudit.server.backup import back_up

    terminal().note(back_up(data, database, out))


def restore(
    source: Annotated[Path, typer.Argument(help="File of plaudit backup.", metavar="FILE")],
    data: DataOption = Path("plaudit-data"),
    database: DatabaseOption = None,
) -> None:
    """Restore a server from a file into an empty folder and database, SQLite or PostgreSQL."""
    from plaudit.server.backup import restore

    terminal().note(restore(source, data, database))
