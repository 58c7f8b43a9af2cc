"""``plaudit bench``: judges put to the test."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli import reality, standings, suite
from plaudit.cli.score import FromFileOption, LimitOption, RecursiveOption
from plaudit.cli.terminal import terminal, typed_paths
from plaudit.core.choice import ResultForm, SpeedForm

app = typer.Typer(
    help="Judges put to the test.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.command("list")(suite.list_suites)
app.command("sample")(suite.sample)
app.command("run")(suite.run)
app.command("report")(suite.report)
app.command("compare")(suite.compare)
app.command("reality")(reality.reality)
app.command("standings")(standings.standings)
app.command("boards")(standings.boards)


@app.callback()
def bench() -> None:
    """Judges put to the test."""


@app.command("damage")
def damage_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Songs: files, folders or patterns; - reads them from standard input.",
            metavar="PATHS...",
        ),
    ] = None,
    judge: Annotated[
        str, typer.Option("--judge", "-j", help="A judge by name, folder or hub id.")
    ] = "bundled",
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the record to a JSON file.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="Excerpt from the middle; 0 is all of a song.")
    ] = 30.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the places of damage.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="Songs of a table, instead of PATHS.")
    ] = None,
) -> None:
    """Damage songs in ten ways at five strengths, and measure whether the score falls with each."""
    from plaudit.jobs.bench.damage import DamageSettings, bench_damage

    settings = DamageSettings(
        paths=typed_paths(paths, from_file), listed_in=from_file, limit=limit,
        manifest=manifest, judge=judge, form=form, out=out,
        seconds=seconds, seed=seed, workers=workers, recursive=recursive,
    )  # fmt: skip
    bench_damage(settings, terminal())


@app.command("speed")
def speed_command(
    judge: Annotated[
        str, typer.Option("--judge", "-j", help="A judge by name, folder or hub id.")
    ] = "bundled",
    formula: Annotated[
        bool,
        typer.Option("--formula", help="A judge of APEX's size with weights from a formula."),
    ] = False,
    parts: Annotated[
        str, typer.Option("--parts", help="Some of encoder,start,command,memory; or all.")
    ] = "all",
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds of measurement.")] = 3,
    minutes: Annotated[
        int, typer.Option("--minutes", min=4, help="Length of the song whose memory is measured.")
    ] = 60,
    form: Annotated[SpeedForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the record to a JSON file.")
    ] = None,
) -> None:
    """Time a judge beside the published procedure and the upper limit of this machine."""
    from plaudit.jobs.bench.speed import SpeedSettings, bench_speed

    settings = SpeedSettings(
        judge=judge,
        formula=formula,
        parts=parts,
        rounds=rounds,
        minutes=minutes,
        form=form,
        out=out,
    )
    bench_speed(settings, terminal())
