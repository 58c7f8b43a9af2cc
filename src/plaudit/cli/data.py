"""``plaudit data``: list corpora, look at one, check it, and make a manifest of it."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import TargetSource, TextForm

app = typer.Typer(
    help="Corpora of songs and votes: what they are, whether yours is sound, and their manifests.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="A corpus; see `plaudit data list`.")]
FormOption = Annotated[TextForm, typer.Option("--format", "-f", help="text or json.")]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Of one's own table (csv): which column is read for a name such as path, system,"
        " prompt, artist, split or an axis. May be repeated.",
        metavar="NAME=COLUMN",
    ),
]
Place = Annotated[
    str, typer.Argument(help="Its folder, a label file in it (or your own table), or its hub id.")
]


@app.command("list")
def list_command(form: FormOption = "text") -> None:
    """List the corpora that can be read, with licence, audio and labels."""
    from plaudit.jobs.data import show_corpora

    show_corpora(form, terminal())


@app.command("show")
def show_command(
    name: Name,
    place: Annotated[
        str | None, typer.Argument(help="Its folder, file or hub id, to see rows of it.")
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Show rows of a made-up corpus of the same shape.")
    ] = False,
    rows: Annotated[int, typer.Option("--rows", min=0, help="How many rows to show.")] = 3,
    form: FormOption = "text",
) -> None:
    """Show what a corpus is: source, licence, citation, known faults, and its first rows."""
    from plaudit.jobs.data import ShowSettings, show_corpus

    settings = ShowSettings(name=name, place=place, sample=sample, rows=rows, form=form)
    show_corpus(settings, terminal())


@app.command("check")
def check_command(
    name: Name,
    place: Place,
    write_index: Annotated[
        bool, typer.Option("--write-index", help="Keep the SHA-256 of its files in index.json.")
    ] = False,
    audio: Annotated[
        bool, typer.Option("--audio", help="With --write-index: of the audio files too.")
    ] = False,
    column: ColumnOption = None,
    form: FormOption = "text",
) -> None:
    """Check a corpus: rows, missing audio or labels, faulty lines, changed files, leaks.

    Ends with status 1 if a row is faulty, an id comes twice, or a file is not as the index says.
    """
    from plaudit.datasets.manifest.prepare import read_columns
    from plaudit.jobs.data import CheckSettings, check_corpus

    settings = CheckSettings(
        name=name, place=place, write_index=write_index, audio=audio,
        columns=read_columns(column or ()), form=form,
    )  # fmt: skip
    if not check_corpus(settings, terminal()).sound:
        raise typer.Exit(1)


@app.command("unpack")
def unpack_command(name: Name, place: Place) -> None:
    """Write the audio inside a corpus's Parquet files into audio/ of its folder."""
    from plaudit.jobs.data import unpack_corpus

    unpack_corpus(name, place, terminal())


@app.command("prepare")
def prepare_command(
    name: Name,
    place: Place,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Manifest to write.", metavar="FILE")
    ] = Path("songs.parquet"),
    split_by: Annotated[
        str,
        typer.Option(
            "--split-by",
            help="What must stay on one side: song, artist, prompt, near-duplicate. Free songs"
            " of one recording stay together in any case.",
            metavar="KEY,...",
        ),
    ] = "song,artist,prompt,near-duplicate",
    shares: Annotated[
        str | None,
        typer.Option(
            "--shares",
            help="Shares of train, validation and test; .8,.1,.1, or .9,.1,0 where the corpus has"
            " a test of its own.",
            metavar="N,N,N",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the split.")] = 0,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out-system",
            help="A system whose songs go to the test. May be repeated.",
            metavar="SYSTEM",
        ),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--split-anew", help="Do not keep the corpus's own split.")
    ] = False,
    target: Annotated[
        TargetSource,
        typer.Option(
            help="Mean ratings, or (proving ground) expected ratings without raters' noise."
        ),
    ] = "ratings",
    take: Annotated[
        list[str] | None,
        typer.Option(
            "--axis",
            help="Use a label or column of another name for an axis. May be repeated.",
            metavar="AXIS=LABEL",
        ),
    ] = None,
    column: ColumnOption = None,
    exponent: Annotated[
        float | None,
        typer.Option("--exponent", help="Power on percentiles of plays and likes, above 0 to 1."),
    ] = None,
    smallest: Annotated[
        int | None,
        typer.Option(
            "--smallest-cohort",
            min=2,
            help="Smallest group of songs among which plays are compared.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    form: FormOption = "text",
) -> None:
    """Make a manifest of a corpus, or of one's own table: targets, a split without leaks.

    Your own table is the corpus csv: plaudit data prepare csv TABLE, with a column path, and
    system, prompt, artist, split and the axes where you know them.
    """
    from plaudit.datasets.manifest.prepare import read_recipe
    from plaudit.jobs.data import PrepareSettings, prepare_corpus

    recipe = read_recipe(
        split_by=split_by,
        shares=shares,
        seed=seed,
        hold_out=tuple(hold_out or ()),
        own=not anew,
        target=target,
        axes=tuple(take or ()),
        exponent=exponent,
        smallest=smallest,
        columns=tuple(column or ()),
    )
    settings = PrepareSettings(
        name=name, place=place, out=out, recipe=recipe, workers=workers, form=form
    )
    prepare_corpus(settings, terminal())
