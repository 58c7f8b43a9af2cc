"""``plaudit judges``: list, show cards, fetch or import published ones, export, train."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.score import (
    DeviceOption,
    FromFileOption,
    JudgesOption,
    LimitOption,
    LyricsOption,
    ManifestOption,
    MaxSecondsOption,
    PromptOption,
    RecursiveOption,
    ReferenceOption,
)
from plaudit.cli.terminal import terminal, typed_paths
from plaudit.core.choice import ExportForm, TextForm

app = typer.Typer(
    help="Judges and their cards.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
PublishedArgument = Annotated[
    str, typer.Argument(help="A published judge: plaudit judges list names them.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--out", help="Judge folder to make; by default one found by the name."),
]
LicenceOption = Annotated[
    bool, typer.Option("--accept-licence", help="Accept a licence that forbids commercial use.")
]


@app.command("list")
def list_command(
    speed: Annotated[
        bool,
        typer.Option(
            "--speed", help="Time the judges on this machine first, and keep the figures."
        ),
    ] = False,
) -> None:
    """List the judges on this machine, and those that can be fetched."""
    from plaudit.jobs.judges.listing import show_judges

    show_judges(terminal(), measure=speed)


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="A judge by name, folder or hub id.")],
    form: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", metavar="text|json")
    ] = "text",
) -> None:
    """Print a judge's card: what it is, what it learned from, what it must not be used for."""
    from plaudit.jobs.judges.bring import show_judge

    show_judge(name, form, terminal())


@app.command("fetch")
def fetch_command(
    name: PublishedArgument,
    out: FolderOption = None,
    accept_licence: LicenceOption = False,
    revision: Annotated[
        list[str] | None,
        typer.Option(
            "--revision",
            help="Commit to take of a part; by default the one of the card, or the newest.",
            metavar="PART=COMMIT",
        ),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Take the newest commit instead of the card's.")
    ] = False,
) -> None:
    """Fetch a published judge from its authors' hub and check it; it then works offline."""
    from plaudit.jobs.judges.fetch import fetch_published

    fetch_published(
        name, out, revision or [], terminal(), accept_licence=accept_licence, update=update
    )


@app.command("import")
def import_command(
    name: PublishedArgument,
    weights: Annotated[
        list[str],
        typer.Option(
            "--weights",
            help="A part and its published folder or weight file; once for each part.",
            metavar="PART=PATH",
        ),
    ],
    out: FolderOption = None,
    accept_licence: LicenceOption = False,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            help="An option of its procedure, such as window_s=60 of songeval.",
            metavar="NAME=VALUE",
        ),
    ] = None,
) -> None:
    """Make a judge folder from the files of a published judge; it then works offline."""
    from plaudit.jobs.judges.bring import import_published

    import_published(
        name, weights, out, terminal(), accept_licence=accept_licence, options=option or ()
    )


@app.command("import-apex")
def import_apex_command(
    out: Annotated[Path, typer.Option("--out", help="Judge folder to make.", metavar="DIR")],
    mert: Annotated[
        str, typer.Option("--mert", help="MERT weights: a folder or hub id.", metavar="DIR_OR_ID")
    ] = "m-a-p/MERT-v1-95M",
    checkpoint: Annotated[
        str,
        typer.Option(
            "--checkpoint",
            help="best_model.pt, pytorch_model.bin, a safetensors twin, a folder or hub id.",
            metavar="FILE",
        ),
    ] = "amaai-lab/apex",
) -> None:
    """Make a judge folder from published weights; it then works offline."""
    from plaudit.jobs.judges.bring import import_apex_judge

    import_apex_judge(mert, checkpoint, out, terminal())


@app.command("export")
def export_command(
    name: Annotated[str, typer.Argument(help="A judge by name, folder or hub id.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to make.", metavar="DIR")],
    form: Annotated[  # noqa: ARG001 - there is one so far, and a command says which
        ExportForm, typer.Option("--format", "-f", help="What is written.")
    ] = "onnx",
) -> None:
    """Write a judge as a network that runs without Plaudit, checked against the judge.

    The folder says what is in the file and what is not, and has a script that scores songs with it.
    """
    from plaudit.jobs.judges.export import export_judge

    export_judge(name, out, terminal())


@app.command("train-bundled")
def train_command(
    out: Annotated[Path, typer.Option("--out", help="Judge folder to make.", metavar="DIR")],
    cache: Annotated[
        Path,
        typer.Option(
            "--cache", help="Folder for measurements, from which a stopped run continues."
        ),
    ] = Path("runs/bundled"),
    settings: Annotated[
        Path | None,
        typer.Option("--settings", help="training.json of a judge, to make that one again."),
    ] = None,
    songs: Annotated[
        int | None, typer.Option("--songs", min=40, help="Recordings to learn from.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed.")] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
) -> None:
    """Compose songs, damage some, simulate their listeners, and train the bundled judge."""
    from plaudit.jobs.judges.bring import BundledSettings, train_bundled_judge

    given = BundledSettings(
        out=out, cache=cache, training=settings, songs=songs, seed=seed, workers=workers
    )
    train_bundled_judge(given, terminal())


@app.command("train-voice")
def voice_command(
    out: Annotated[Path, typer.Option("--out", help="Weights to write, .safetensors.")],
    songs: Annotated[
        int | None, typer.Option("--songs", min=60, help="Recordings to compose.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Passes over them.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that compose.")] = 1,
) -> None:
    """Train the bundled encoder's detector of singing again, on composed songs."""
    from plaudit.jobs.judges.bring import VoiceTraining, train_voice_detector

    # What is not given stays as the shipped weights were learned.
    given = VoiceTraining(out=out, songs=songs, epochs=epochs, seed=seed, workers=workers)
    train_voice_detector(given, terminal())


@app.command("agree")
def agree_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders or patterns; - reads them from standard input.",
            metavar="PATHS...",
        ),
    ] = None,
    judge: JudgesOption = [],  # noqa: B006 - typer copies it
    scores: Annotated[
        Path | None,
        typer.Option("--scores", help="Rows of several judges, instead of scoring again."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write a page with players.")
    ] = None,
    form: Annotated[TextForm, typer.Option("--format", "-f", help="What is printed.")] = "text",
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    device: DeviceOption = "auto",
    max_seconds: MaxSecondsOption = None,
    manifest: ManifestOption = None,
    prompt: PromptOption = None,
    lyrics: LyricsOption = None,
    reference: ReferenceOption = None,
) -> None:
    """Measure how far judges agree on songs, and list the songs on which they differ most.

    Exit status 1 if a judge could not judge a song; the others count all the same.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.judges.agree import AgreeSettings, judges_agree

    settings = AgreeSettings(
        paths=typed_paths(paths, from_file), listed_in=from_file, limit=limit,
        manifest=manifest, judges=tuple(judge), scores=scores,
        report=report, form=form, recursive=recursive, device=device, max_seconds=max_seconds,
        asked=Asked(prompt=prompt, lyrics=lyrics, reference=reference),
    )  # fmt: skip
    raise typer.Exit(1 if judges_agree(settings, terminal()).failures else 0)


@app.command("ensemble")
def ensemble_command(
    name: Annotated[str, typer.Argument(help="Name of the ensemble.")],
    of: Annotated[
        list[str],
        typer.Option("--of", help="A judge by name or folder; once for each.", metavar="NAME|DIR"),
    ],
    songs: Annotated[
        list[str],
        typer.Option(
            "--songs",
            help="Files, folders or patterns to fit it on (- reads them from standard input);"
            " once for each.",
            metavar="PATHS",
        ),
    ] = [],  # noqa: B006 - typer copies it
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Judge folder to make; by default one found by the name."),
    ] = None,
    recursive: RecursiveOption = True,
    from_file: FromFileOption = None,
    limit: LimitOption = None,
    device: DeviceOption = "auto",
    max_seconds: MaxSecondsOption = None,
    manifest: ManifestOption = None,
    prompt: PromptOption = None,
    lyrics: LyricsOption = None,
    reference: ReferenceOption = None,
) -> None:
    """Make one judge of several: the mean of their scores, each standardised on your songs.

    Its rows also say how far its judges lie apart, and warn where that is far.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.judges.ensemble import EnsembleSettings, make_ensemble

    settings = EnsembleSettings(
        name=name, judges=tuple(of), paths=typed_paths(songs, from_file), listed_in=from_file,
        limit=limit, manifest=manifest, out=out,
        recursive=recursive, device=device, max_seconds=max_seconds,
        asked=Asked(prompt=prompt, lyrics=lyrics, reference=reference),
    )  # fmt: skip
    make_ensemble(settings, terminal())
