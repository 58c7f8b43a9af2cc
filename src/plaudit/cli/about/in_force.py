"""``plaudit settings``: what is in force, and where it came from."""

from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import SettingsForm


def settings(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(help="A command, such as bench run; all its options.", metavar="[COMMAND]"),
    ] = None,
    form: Annotated[
        SettingsForm, typer.Option("--format", "-f", help="Format; markdown lists every key.")
    ] = "text",
) -> None:
    """Show the settings in force from plaudit.toml and ``PLAUDIT_*`` variables.

    An option that is typed comes first, then the variable, then the file of the working folder.
    """
    from plaudit.jobs.about.in_force import show_settings

    root = context.find_root().command
    show_settings(root, tuple(words or ()), form, terminal())
