"""``plaudit study``: tests of claims about judges and listeners."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import ResultForm, StudyCluster, StudyTies, StudyVariant

app = typer.Typer(
    help="Test claims about judges and listeners.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def study() -> None:
    """Test claims about judges and listeners."""


@app.command("preference")
def preference(
    battles: Annotated[
        Path,
        typer.Option("--battles", help="Battles (two songs and the outcome): a table or a folder."),
    ],
    scores: Annotated[
        Path, typer.Option("--scores", help="Rows of plaudit score, or a table with the axes.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the record and the page.")],
    models: Annotated[
        str, typer.Option("--models", help="Some of logistic, svm, trees, net; or all.")
    ] = "all",
    schemes: Annotated[
        str,
        typer.Option(
            "--schemes", help="Some of prompt, leave-one-system-out, new-system-last; or all."
        ),
    ] = "all",
    songs: Annotated[
        Path | None,
        typer.Option("--songs", help="Table of songs: duration_s, loudness_lufs, path."),
    ] = None,
    embeddings: Annotated[
        Path | None, typer.Option("--embeddings", help="Folder of plaudit embed, by song id.")
    ] = None,
    acoustics: Annotated[
        bool,
        typer.Option(
            "--acoustics/--no-acoustics", help="Measure the audio, where it is available."
        ),
    ] = True,
    new_system: Annotated[
        str | None,
        typer.Option("--new-system", help="The system that came last, where there are no dates."),
    ] = None,
    variant: Annotated[
        StudyVariant, typer.Option("--variant", help="Also follow a published protocol.")
    ] = "none",
    ties: Annotated[
        StudyTies, typer.Option("--ties", help="A tie is half right in accuracy, or left out.")
    ] = "half",
    cluster: Annotated[
        StudyCluster, typer.Option("--cluster", help="Battles that are resampled together.")
    ] = "prompt",
    folds: Annotated[int, typer.Option("--folds", min=2, help="Folds over prompts.")] = 10,
    parts: Annotated[
        int, typer.Option("--parts", min=2, help="Parts of prompts where a system is left out.")
    ] = 3,
    components: Annotated[
        int, typer.Option("--components", min=1, help="Principal components of an embedding.")
    ] = 16,
    draws: Annotated[int, typer.Option("--draws", min=10, help="Resamples.")] = 1000,
    permuted: Annotated[
        bool,
        typer.Option("--permuted", help="Draw outcomes at random, to check for false findings."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed.")] = 1,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    form: Annotated[ResultForm, typer.Option("--format", "-f", help="What is printed.")] = "table",
) -> None:
    """Test whether aesthetic scores help to predict which of two songs people prefer.

    Popularity, aesthetics and both are given to models of preference that are asked only about
    battles they did not learn from: of other prompts, of a system they never met, of a system that
    came last. Beside them stand answers that need no judge, and the claim is tested with intervals.
    """
    from plaudit.benchmarks.preference.record import study_settings
    from plaudit.jobs.study import StudyFiles, run_study

    settings = study_settings(
        models=models, schemes=schemes, new_system=new_system, variant=variant, ties=ties,
        cluster=cluster, folds=folds, parts=parts, components=components, draws=draws,
        permuted=permuted, seed=seed,
    )  # fmt: skip
    files = StudyFiles(
        votes=battles, scores=scores, out=out, form=form, songs=songs, store=embeddings,
        acoustics=acoustics, workers=workers,
    )  # fmt: skip
    run_study(files, settings, terminal())
