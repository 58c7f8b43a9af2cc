"""``plaudit bench``: judges put to the test."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from plaudit.cli import standings, suite

app = typer.Typer(
    help="Judges put to the test.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
ResultForm = Literal["table", "json"]


app.command("list")(suite.list_suites)
app.command("sample")(suite.sample)
app.command("run")(suite.run)
app.command("report")(suite.report)
app.command("compare")(suite.compare)
app.command("standings")(standings.standings)
app.command("boards")(standings.boards)


@app.callback()
def bench() -> None:
    """Judges put to the test."""


@app.command("damage")
def damage_command(
    paths: Annotated[list[str], typer.Argument(help="Songs: files, folders or patterns.")],
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
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where damage falls.")] = 0,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Look into subfolders too.")
    ] = False,
) -> None:
    """Break songs in ten ways at five strengths: does the score fall, and ever further?"""
    from plaudit.benchmarks.suites.damage_record import make_result, result_text
    from plaudit.benchmarks.suites.damage_run import dose_songs
    from plaudit.core.file import write_atomic
    from plaudit.core.pool import cores
    from plaudit.judging.find import find_songs
    from plaudit.judging.load import load_judge

    songs = find_songs(paths, recursive=recursive)
    length = seconds or None

    def progress(done: int, total: int) -> None:
        typer.echo(f"{done} of {total} songs broken and scored", err=True)

    outcome = dose_songs(
        songs, judge, seconds=length, seed=seed, workers=workers or cores(), progress=progress
    )
    result = make_result(outcome, load_judge(judge).id, seconds=length, seed=seed)
    record = result.model_dump_json(indent=2)
    if out is not None:
        write_atomic(out, record + "\n")
    typer.echo(record if form == "json" else result_text(result))
