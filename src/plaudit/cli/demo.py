"""``plaudit demo``: compose a few songs, score them beside the user's own, show the report."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import FromFileOption, RecursiveOption
from plaudit.cli.terminal import terminal, typed_paths


def demo(
    songs: Annotated[
        list[str] | None,
        typer.Argument(
            help="Your own songs, to score beside the composed ones.", metavar="[SONGS]"
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for songs and report.")] = Path("demo"),
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
) -> None:
    """Compose a few songs, score them (and yours), and write a report to open in a browser."""
    from plaudit.jobs.demo import run_demo

    done = run_demo(typed_paths(songs, from_file), out, terminal(), recursive=recursive)
    raise typer.Exit(1 if done.failures else 0)
