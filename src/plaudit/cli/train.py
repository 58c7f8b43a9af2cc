"""``plaudit train``: from a manifest and a store to a judge."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    config: Annotated[Path, typer.Argument(help="Settings in TOML.", metavar="CONFIG.toml")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the run, not that of the file.")
    ] = None,
) -> None:
    """Train a judge on embeddings: the published recipe, or better.

    A stopped run goes on when the same command is given again, and ends with the same result. With
    several devices: accelerate launch -m plaudit train CONFIG.toml.
    """
    from plaudit.training.settings import read_values, with_preset

    values = read_values(config)
    if out is not None:
        values["out"] = str(out)
    if "lora" in values:
        from plaudit.training.lora.tuning_run import adapt

        settings = adapt(values, str(config), typer.echo)
    else:
        settings = with_preset(values, str(config))

    # The heavy import, after everything that can be wrong with the settings was said.
    from plaudit.reports.training.curve import draw_curves
    from plaudit.reports.training.run_table import result_text
    from plaudit.training.run import is_main, train

    result = train(settings, lambda line: typer.echo(line) if is_main() else None)
    if not is_main():
        return
    typer.echo(result_text(result))
    typer.echo(f"Wrote {draw_curves(settings.out)}")
    if settings.encoder is None:
        typer.echo("No judge was written, as the settings name no encoder.")
    else:
        typer.echo(f"Next: plaudit score SONGS --judge {settings.out / 'judge'}")
