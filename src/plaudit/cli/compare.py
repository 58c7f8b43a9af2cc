"""``plaudit compare``: two songs compared."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import (
    DeviceOption,
    JudgeOption,
    LyricsOption,
    MaxSecondsOption,
    PromptOption,
    ReferenceOption,
)
from plaudit.cli.terminal import terminal
from plaudit.core.choice import TextForm

ModelOption = Annotated[
    Path | None,
    typer.Option("--model", "-m", help="A model of plaudit train-preference.", metavar="DIR"),
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--embeddings", help="Store of the songs, for a model that reads embeddings."),
]
ScoresOption = Annotated[
    Path | None, typer.Option("--scores", help="A file of scores, instead of scoring again.")
]
SureOption = Annotated[
    float, typer.Option("--sure", help="Chance from which on a song counts as preferred.")
]


def compare(
    first: Annotated[str, typer.Argument(help="A song.", metavar="A")],
    second: Annotated[str, typer.Argument(help="Another song.", metavar="B")],
    judge: JudgeOption = "bundled",
    model: ModelOption = None,
    form: Annotated[TextForm, typer.Option("--format", "-f", help="What is printed.")] = "text",
    sure: SureOption = 0.75,
    store: StoreOption = None,
    device: DeviceOption = "auto",
    scores: ScoresOption = None,
    max_seconds: MaxSecondsOption = None,
    prompt: PromptOption = None,
    lyrics: LyricsOption = None,
    reference: ReferenceOption = None,
    systems: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help="Systems of both songs, as A,B, for a model with anchors."
        ),
    ] = None,
) -> None:
    """Predict which of two songs people prefer, with a probability and the part of each axis.

    Without --model the probability follows from the judge's own intervals, and no vote of people
    has calibrated it. Swapping the songs gives exactly one minus it.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.compare import CompareSettings, compare_songs

    settings = CompareSettings(
        first=first, second=second, judge=judge, model=model, store=store, form=form, sure=sure,
        device=device, scores=scores, max_seconds=max_seconds, systems=systems,
        asked=Asked(prompt=prompt, lyrics=lyrics, reference=reference),
    )  # fmt: skip
    compare_songs(settings, terminal())
