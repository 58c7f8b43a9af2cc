"""``plaudit demo``: compose a few songs, score them beside the user's own, show the report."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    songs: Annotated[
        list[str] | None, typer.Argument(help="Songs of yours to score beside.", metavar="[SONGS]")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for songs and report.")] = Path("demo"),
) -> None:
    """Compose a few songs, score them (and yours), and write a report to open in a browser."""
    from plaudit.jobs.score import ScoreJob
    from plaudit.judging.load import load_judge
    from plaudit.synth.demo import compose_demo

    typer.echo(f"Composing songs with known faults into {out / 'songs'} ...", err=True)
    composed = compose_demo(out / "songs")
    report = out / "report.html"
    failed = ScoreJob([*(songs or []), *map(str, composed)], report=report).run(load_judge())
    typer.echo(f"\nThe report is at {report.resolve()}: open it in a browser.")
    raise typer.Exit(1 if failed else 0)
