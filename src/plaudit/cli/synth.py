"""``plaudit synth``: compose one song with known faults, or a corpus; list what there is."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal

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
    """List styles, systems, faults and the other parts of composed songs."""
    from plaudit.jobs.synth.song import show_ingredients

    show_ingredients(kind, terminal())


@app.command("song")
def song_command(
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", help="A folder, or a name for the four files.", metavar="DIR|NAME"
        ),
    ] = ".",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the song.")] = 0,
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
    """Compose one song: WAV, MIDI, a JSON of its truth, and a picture."""
    from plaudit.jobs.synth.song import SongSettings, compose_song

    knobs = {
        "coherence": coherence,
        "musicality": musicality,
        "memorability": memorability,
        "clarity": clarity,
        "naturalness": naturalness,
    }
    settings = SongSettings(
        out=out, seed=seed, seconds=seconds, style=style, system=system, prompt_seed=prompt_seed,
        doses=tuple(dose or ()), knobs=knobs,
    )  # fmt: skip
    compose_song(settings, terminal())


TASTE = "Listeners (what is not given keeps its default, which the corpus's card states)"


@app.command("corpus")
def corpus_command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to make.", metavar="DIR")],
    songs: Annotated[
        int, typer.Option("--songs", help="Rated and played songs of the training systems.")
    ] = 500,
    battles: Annotated[
        int,
        typer.Option(
            "--battles", help="Votes between the held-out systems; six votes add four songs."
        ),
    ] = 0,
    twelfth: Annotated[
        int, typer.Option("--twelfth", help="Votes on the system that misleads judges.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed.")] = 0,
    seconds: Annotated[
        str, typer.Option("--seconds", help="Length, or range of lengths.", metavar="N|N-N")
    ] = "30",
    form: Annotated[
        str, typer.Option("--format", "-f", help="Format of the audio files.", metavar="flac|opus")
    ] = "flac",
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes; one per core by default."),
    ] = None,
    voters: Annotated[
        int | None, typer.Option(help="Listeners in the pool.", rich_help_panel=TASTE)
    ] = None,
    aesthetics: Annotated[
        float | None, typer.Option(help="Share of taste that is quality.", rich_help_panel=TASTE)
    ] = None,
    appeal: Annotated[
        float | None, typer.Option(help="Share of taste that is charm.", rich_help_panel=TASTE)
    ] = None,
    system: Annotated[
        float | None, typer.Option(help="Share of taste that is the system.", rich_help_panel=TASTE)
    ] = None,
    chance: Annotated[
        float | None, typer.Option(help="Share of taste that is chance.", rich_help_panel=TASTE)
    ] = None,
    noise: Annotated[
        float | None, typer.Option(help="Noise of a decision.", rich_help_panel=TASTE)
    ] = None,
    position_bias: Annotated[
        float | None,
        typer.Option(help="Above 0 favours the song played first.", rich_help_panel=TASTE),
    ] = None,
    careless: Annotated[
        float | None, typer.Option(help="Share of careless listeners.", rich_help_panel=TASTE)
    ] = None,
    instrumental: Annotated[
        float | None,
        typer.Option(help="Share of prompts without a singer.", rich_help_panel=TASTE),
    ] = None,
) -> None:
    """Compose a corpus: audio, tables of what is true, simulated ratings, plays and battles.

    The same settings give the same bytes with any number of workers. A stopped run goes on when the
    same command is given again.
    """
    from plaudit.jobs.synth.corpus import make_corpus
    from plaudit.synth.corpus.plan import read_seconds, read_settings

    settings = read_settings(
        songs=songs,
        battles=battles,
        twelfth=twelfth,
        seed=seed,
        seconds=read_seconds(seconds),
        audio=form,
        voters=voters,
        aesthetics=aesthetics,
        appeal=appeal,
        system=system,
        chance=chance,
        noise=noise,
        position_bias=position_bias,
        careless=careless,
        instrumental=instrumental,
    )
    make_corpus(out, settings, workers, terminal())
