"""``plaudit train-preference``: a model of which song people prefer, trained on votes."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import Calibration, PreferenceKind


def train_preference(
    battles: Annotated[
        Path,
        typer.Option("--battles", help="Battles (two songs and the outcome): a table or a folder."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the model and its card.")],
    scores: Annotated[
        Path | None,
        typer.Option("--scores", help="Rows of plaudit score, or a table with the axes."),
    ] = None,
    embeddings: Annotated[
        Path | None,
        typer.Option("--embeddings", help="Folder of plaudit embed, instead of scores."),
    ] = None,
    model: Annotated[PreferenceKind, typer.Option("--model", help="Kind of model.")] = "logistic",
    calibration: Annotated[
        Calibration, typer.Option("--calibration", help="How chances are fitted to outcomes.")
    ] = "temperature",
    anchors: Annotated[
        Path | None,
        typer.Option(
            "--anchors", help="Further battles with systems, to fit an intercept for each system."
        ),
    ] = None,
    pinned: Annotated[
        str | None,
        typer.Option(
            "--pinned", metavar="SYSTEM", help="With --anchors: a system whose intercept is 0."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed.")] = 1,
) -> None:
    """Train a model of preference on battles, for plaudit compare and plaudit rank.

    It is measured on battles of prompts and songs that it did not learn from, and its card says
    how well it does beside the constant answer.
    """
    from plaudit.jobs.train_preference import TrainPreferenceSettings
    from plaudit.jobs.train_preference import train_preference as train

    settings = TrainPreferenceSettings(
        battles=battles, out=out, scores=scores, store=embeddings, model=model,
        calibration=calibration, anchors=anchors, pinned=pinned, seed=seed,
    )  # fmt: skip
    train(settings, terminal())
