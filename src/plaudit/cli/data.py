"""``plaudit data``: list corpora, look at one, check it, and make a manifest of it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="Corpora of songs and votes: what they are, whether yours is sound, and their manifests.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Form = Literal["text", "json"]
Name = Annotated[str, typer.Argument(help="A corpus; see `plaudit data list`.")]
Format = Annotated[Form, typer.Option("--format", "-f", help="text or json.")]
Place = Annotated[str, typer.Argument(help="Its folder, a label file in it, or its hub id.")]


@app.command("list")
def list_command(form: Format = "text") -> None:
    """List the corpora that can be read, with licence, audio and labels."""
    import json

    from plaudit.datasets.corpora.catalogue import READERS
    from plaudit.datasets.inspect.text import list_text

    facts = [reader.facts for reader in READERS.values()]
    if form == "json":
        typer.echo(json.dumps([one.model_dump() for one in facts], indent=1))
    else:
        typer.echo(list_text(facts))


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
    form: Format = "text",
) -> None:
    """Show what a corpus is: source, licence, citation, known faults, and its first rows."""
    import json
    from itertools import islice
    from tempfile import TemporaryDirectory

    import numpy as np

    from plaudit.datasets.corpora.catalogue import find_reader, read_corpus
    from plaudit.datasets.inspect.text import facts_text, row_text
    from plaudit.datasets.reading.hub import find_corpus

    reader = find_reader(name)
    with TemporaryDirectory() as scratch:
        folder = None if place is None else find_corpus(place, reader.facts)
        if folder is None and sample:
            folder = Path(scratch)
            reader.sample(folder, np.random.default_rng(0))
        found = list(islice(read_corpus(name, folder), rows)) if folder else []
    if form == "json":
        shown = [row.model_dump(mode="json") for row in found]
        typer.echo(json.dumps({"facts": reader.facts.model_dump(), "rows": shown}, indent=1))
        return
    typer.echo(facts_text(reader.facts))
    if found:
        made_up = " (made up, of the same shape)" if place is None else ""
        typer.echo(f"\nFirst rows{made_up}")
        for row in found:
            typer.echo(f"  {row_text(row)}")


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
    form: Format = "text",
) -> None:
    """Check a corpus: rows, rows without audio or labels, faulty lines, changed files, leaks.

    Ends with status 1 if a row is faulty, an id comes twice, or a file is not as the index says.
    """
    from plaudit.datasets.corpora.catalogue import find_reader
    from plaudit.datasets.inspect.corpus import inspect
    from plaudit.datasets.inspect.text import inspection_text
    from plaudit.datasets.reading.hub import find_corpus

    folder = find_corpus(place, find_reader(name).facts)
    found = inspect(name, folder, index=write_index, audio=audio)
    typer.echo(found.model_dump_json(indent=1) if form == "json" else inspection_text(found))
    if not found.sound:
        raise typer.Exit(1)


@app.command("unpack")
def unpack_command(name: Name, place: Place) -> None:
    """Write sound that a corpus keeps inside its Parquet files into audio/ of its folder."""
    from plaudit.datasets.corpora.catalogue import find_reader
    from plaudit.datasets.reading.hub import find_corpus
    from plaudit.datasets.reading.promise import open_source
    from plaudit.datasets.reading.unpack import unpack

    facts = find_reader(name).facts
    source = open_source(find_corpus(place, facts), facts)
    written, kept = unpack(source, lambda line: typer.echo(line, err=True))
    typer.echo(f"{written} files written into {source.folder / 'audio'}, {kept} were there before.")


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
            help="What must stay on one side: song, artist, prompt, near-duplicate.",
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
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another split.")] = 0,
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
        Literal["ratings", "expected"],
        typer.Option(help="Means of raters, or (proving ground) what a song is worth before them."),
    ] = "ratings",
    take: Annotated[
        list[str] | None,
        typer.Option(
            "--axis",
            help="Take a label of another name for an axis. May be repeated.",
            metavar="AXIS=LABEL",
        ),
    ] = None,
    exponent: Annotated[
        float | None,
        typer.Option("--exponent", help="Power on percentiles of plays and likes, above 0 to 1."),
    ] = None,
    smallest: Annotated[
        int | None,
        typer.Option("--smallest-cohort", min=2, help="Fewest songs that plays compare among."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
    form: Format = "text",
) -> None:
    """Make a manifest of a corpus: targets from its labels, a split without leaks, one table."""
    from plaudit.datasets.corpora.catalogue import find_reader
    from plaudit.datasets.inspect.text import prepared_text
    from plaudit.datasets.manifest.prepare import prepare, read_recipe
    from plaudit.datasets.reading.hub import find_corpus

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
    )
    folder = find_corpus(place, find_reader(name).facts)
    made = prepare(
        name, folder, out, recipe, workers=workers, say=lambda line: typer.echo(line, err=True)
    )
    typer.echo(made.model_dump_json(indent=1) if form == "json" else prepared_text(made, out))
