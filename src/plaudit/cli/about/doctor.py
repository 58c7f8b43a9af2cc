"""``plaudit doctor``: whether songs can be judged on this machine."""

from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import TextForm


def doctor(
    form: Annotated[TextForm, typer.Option("--format", "-f", help="What is printed.")] = "text",
) -> None:
    """Check packages, devices, decoders, judges, folders and disk, and score a short song.

    Exit status 1 if something fails; each line says what to do.
    """
    from plaudit.jobs.about.doctor import examine

    raise typer.Exit(0 if examine(form, terminal()).is_sound else 1)
