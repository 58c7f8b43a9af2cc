"""``plaudit train``: from a manifest and a store to a judge."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal


def train(
    config: Annotated[Path, typer.Argument(help="Settings in TOML.", metavar="CONFIG.toml")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the run, instead of the one in the settings."),
    ] = None,
) -> None:
    """Train a judge on embeddings, from labels or from battles.

    A stopped run goes on when the same command is given again, and ends with the same result. With
    several devices: accelerate launch -m plaudit train CONFIG.toml.
    """
    from plaudit.jobs.train import train_judge

    train_judge(config, out, terminal())
