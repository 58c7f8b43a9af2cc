"""``plaudit judges``: list, show their cards, import published weights, train the bundled one."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Judges and their cards.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_command() -> None:
    """List the judges that a name can be given for."""
    from plaudit.judging.catalogue import IMPORT_HINT, judges_folder, list_judges
    from plaudit.reports.songs.card import judge_line

    found = list_judges()
    for judge in found:
        unreadable = f"{judge.name}: {judge.fault}"
        typer.echo(judge_line(judge.name, judge.card) if judge.card else unreadable)
    if "apex" not in {judge.name for judge in found}:
        typer.echo(
            f"\nThe published APEX weights are not here. Import them once:\n  {IMPORT_HINT}\n"
            f"A folder inside {judges_folder()} is found by its name."
        )


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="A judge by name, folder or hub id.")],
    form: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", metavar="text|json")
    ] = "text",
) -> None:
    """Print a judge's card: what it is, what it learned from, what it must not be used for."""
    from plaudit.core.errors import InputError
    from plaudit.judging.catalogue import find_judge
    from plaudit.model.folder import read_card
    from plaudit.reports.songs.card import card_text

    card = read_card(find_judge(name))
    if form not in ("text", "json"):
        raise InputError(f"Unknown format '{form}'; known are text, json.")
    typer.echo(card.model_dump_json(indent=2) if form == "json" else card_text(card))


@app.command("import-apex")
def import_command(
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
    """Make a judge folder from published weights, once; it then works offline for ever."""
    from plaudit.judging.published import import_apex

    card = import_apex(mert, checkpoint, out)
    typer.echo(
        f"Wrote {out}: {card.summary}\n"
        f"Encoder weights: {card.encoder.licence}. Read `plaudit judges show {out}` before use.\n"
        f"Next: plaudit score SONGS --judge {out}"
    )


@app.command("train-bundled")
def train_command(
    out: Annotated[Path, typer.Option("--out", help="Judge folder to make.", metavar="DIR")],
    cache: Annotated[
        Path, typer.Option("--cache", help="Keeps what is measured, to go on from after a stop.")
    ] = Path("runs/bundled"),
    settings: Annotated[
        Path | None,
        typer.Option("--settings", help="training.json of a judge, to make that one again."),
    ] = None,
    songs: Annotated[
        int | None, typer.Option("--songs", min=40, help="Recordings to learn from.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything.")] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one per core by default.")
    ] = None,
) -> None:
    """Compose songs, damage some, simulate their listeners, and train the bundled judge."""
    from plaudit.training.bundled.procedure import read_settings, train_bundled

    chosen = read_settings(settings, learn=songs, seed=seed)
    card = train_bundled(out, chosen, cache=cache, workers=workers, say=typer.echo)
    typer.echo(f"Wrote {out}: {card.summary}")


@app.command("train-voice")
def voice_command(
    out: Annotated[Path, typer.Option("--out", help="Weights to write, .safetensors.")],
    songs: Annotated[
        int | None, typer.Option("--songs", min=60, help="Recordings to compose.")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Passes over them.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that compose.")] = 1,
) -> None:
    """Teach the bundled encoder anew where somebody sings, from composed songs."""
    from plaudit.training.bundled.voice_fit import VoiceSettings, train_voice

    # What is not given stays as the shipped weights were learned.
    given = {"songs": songs, "epochs": epochs, "seed": seed}
    settings = VoiceSettings(**{name: value for name, value in given.items() if value is not None})
    heard = train_voice(out, settings, workers=workers, say=typer.echo)
    typer.echo(
        f"Wrote {out}. On {settings.kept_aside} songs kept aside, shares of frames: pitch right"
        f" {heard.pitch:.2f}, in any octave {heard.pitch_class:.2f}; of those that are sung"
        f" {heard.found:.2f} are taken for sung, of the others {heard.mistaken:.2f}; where notes"
        f" begin (F-measure) {heard.begins:.2f}."
    )
