"""``plaudit serve``: an HTTP API and pages."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import DeviceOption
from plaudit.cli.terminal import terminal


def serve(
    host: Annotated[str, typer.Option(help="Address to serve at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 for any that is free.")] = 8765,
    judges: Annotated[
        list[str] | None,
        typer.Option(
            "--judge", "-j", help="Judge by name, folder or hub id; may be given several times."
        ),
    ] = None,
    data: Annotated[Path, typer.Option(help="Folder for uploads and the database.")] = Path(
        "plaudit-data"
    ),
    database: Annotated[
        str | None,
        typer.Option(help="URL of a PostgreSQL database; SQLite in --data without.", metavar="URL"),
    ] = None,
    songs: Annotated[
        Path | None, typer.Option(help="Folder whose songs a request may name.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that judge.")] = 1,
    device: DeviceOption = "auto",
    limits: Annotated[
        Path | None, typer.Option(help="TOML file of limits (--show-limits prints all).")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="Further host name that the server is addressed by."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Give an empty server a few composed songs.")
    ] = False,
    show_limits: Annotated[
        bool, typer.Option("--show-limits", help="Print the limits in force, and end.")
    ] = False,
) -> None:
    """Serve an HTTP API and pages on which songs are judged.

    Uploads, results and the database stay in --data. One server at a time serves a folder.
    """
    from plaudit.core.optional import require

    require("fastapi", "serve", "plaudit serve")
    require("sqlalchemy", "serve", "plaudit serve")
    from plaudit.server.launch import ServeSettings, serve
    from plaudit.server.limits import limits_text, read_limits

    streams = terminal()
    if show_limits:
        streams.show(limits_text(read_limits(limits)), end="")
        return
    settings = ServeSettings(
        host=host, port=port, judges=tuple(judges or ("bundled",)), data=data, database=database,
        songs=songs, workers=workers, device=device, limits=limits, names=tuple(names or ()),
        demo=demo,
    )  # fmt: skip
    serve(settings, streams.note)
