"""``plaudit synth``: compose one song with known faults, or a corpus; list what there is."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Composed music with known truth: one song, a corpus, and what they are made of.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

KNOBS = "Knobs: 0 is worst, 1 flawless"


@app.command("list")
def list_command(
    kind: Annotated[
        str | None, typer.Argument(help="styles, systems, faults, ...; all without it.")
    ] = None,
) -> None:
    """List styles, systems, faults and whatever else songs are made of."""
    from plaudit.synth.catalogue import catalogue_text

    typer.echo(catalogue_text(kind))


@app.command("song")
def song_command(
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help="A folder, or a name for the four files.", metavar="DIR|NAME"
        ),
    ] = ".",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another song.")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", help="Length, 10 to 240.")] = 60.0,
    style: Annotated[
        str | None, typer.Option("--style", help="See `plaudit synth list styles`.")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="See `plaudit synth list systems`.")
    ] = None,
    prompt_seed: Annotated[
        int | None,
        typer.Option("--prompt-seed", min=0, help="Answer a prompt drawn from this seed."),
    ] = None,
    dose: Annotated[
        list[str] | None,
        typer.Option(
            "--dose",
            help="Set one fault from 0 to 1; see `plaudit synth list faults`. May be repeated.",
            metavar="FAULT=DOSE",
        ),
    ] = None,
    coherence: Annotated[float, typer.Option(rich_help_panel=KNOBS)] = 1.0,
    musicality: Annotated[float, typer.Option(rich_help_panel=KNOBS)] = 1.0,
    memorability: Annotated[float, typer.Option(rich_help_panel=KNOBS)] = 1.0,
    clarity: Annotated[float, typer.Option(rich_help_panel=KNOBS)] = 1.0,
    naturalness: Annotated[float, typer.Option(rich_help_panel=KNOBS)] = 1.0,
) -> None:
    """Compose one song: WAV, MIDI, a JSON of all that is true of it, and a picture."""
    from tempfile import TemporaryDirectory

    import numpy as np

    from plaudit.reports.portrait import draw_song
    from plaudit.synth.prompt import draw_prompt
    from plaudit.synth.single import (
        check_free,
        make_dosed_song,
        read_doses,
        stem_of,
        write_picture,
        write_song,
    )

    knobs = {
        "coherence": coherence,
        "musicality": musicality,
        "memorability": memorability,
        "clarity": clarity,
        "naturalness": naturalness,
    }
    asked = None if prompt_seed is None else draw_prompt(np.random.default_rng(prompt_seed))
    song = make_dosed_song(
        seed, seconds, knobs, style, system=system, prompt=asked, doses=read_doses(dose or [])
    )
    stem = stem_of(out, song.title, seed)
    check_free(stem)
    made = write_song(song, stem, seed)
    with TemporaryDirectory() as place:
        picture = Path(place) / "picture.png"
        draw_song(song, picture)
        made.append(write_picture(picture.read_bytes(), stem))
    if asked is not None:
        typer.echo(f"Prompt: {asked.text}")
    typer.echo(f"{song.title}: {song.style}, {song.score.bpm:.0f} BPM, {seconds:g} s")
    for path in made:
        typer.echo(f"Wrote {path}")
