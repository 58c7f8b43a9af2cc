"""``plaudit bench reality``: judges on clips of systems whose ranking is known."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import DeviceOption
from plaudit.cli.terminal import terminal
from plaudit.core.choice import ResultForm


def reality(
    manifest: Annotated[
        Path,
        typer.Argument(help="Clips: a table with path, system, prompt; or a folder with it."),
    ],
    ranks: Annotated[
        Path | None,
        typer.Option("--ranks", help="Systems: a table with system, rank (1 is the best)."),
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option("--judge", "-j", help="A judge by name, folder or hub id; may be repeated."),
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the record to a JSON file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write an HTML page.")
    ] = None,
    device: DeviceOption = "auto",
) -> None:
    """Measure how often a judge prefers clips of the better system, for systems of known rank.

    Measured on all pairs of clips of one prompt by systems of different rank, beside loudness,
    bandwidth and duration: on the files as they are, and on copies that are alike in all three.
    Without --ranks it is ranks.csv beside the table; without --judge the bundled judge.
    """
    from plaudit.jobs.bench.reality import RealitySettings, bench_reality

    settings = RealitySettings(
        manifest=manifest, ranks=ranks, judges=tuple(judge or ("bundled",)), form=form, out=out,
        report=report, device=device,
    )  # fmt: skip
    bench_reality(settings, terminal())
