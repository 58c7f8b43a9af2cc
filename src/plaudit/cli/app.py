"""``plaudit``: the command line. Commands import what they need when they run, so help is fast."""

import os
import sys
from typing import Annotated

import typer

from plaudit import __version__
from plaudit.cli import (
    bench,
    compare,
    data,
    demo,
    embed,
    evaluate,
    judges,
    score,
    study,
    sweep,
    synth,
    train,
    train_preference,
)
from plaudit.core.errors import PlauditError

app = typer.Typer(
    name="plaudit",
    help="The judge for AI-generated music: how will an audience receive a song?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("score")(score.score)
app.command("compare")(compare.compare)
app.command("rank")(compare.rank)
app.command("train-preference")(train_preference.train_preference)
app.command("embed")(embed.embed)
app.command("demo")(demo.demo)
app.command("train")(train.train)
app.command("sweep")(sweep.sweep)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(bench.app, name="bench")
app.add_typer(data.app, name="data")
app.add_typer(judges.app, name="judges")
app.add_typer(study.app, name="study")
app.add_typer(synth.app, name="synth")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"plaudit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """The judge for AI-generated music: how will an audience receive a song?"""


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit status 1."""
    try:
        app()
    except PlauditError as error:
        typer.echo(f"plaudit: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`plaudit score ... | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
