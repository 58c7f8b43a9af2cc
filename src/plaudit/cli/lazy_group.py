"""A command that holds commands: their files are imported when they are called or listed.

Help is plain text. The boxes of rich would take as long to import as all the rest of it.
"""

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class Group(TyperGroup):
    """A group with typer's plain help, but whole help lines and no pydantic for options."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as typer calls it
        """Write the first paragraph of each command; typer would cut it off after one line."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _summary(command)) for name, command in self.commands.items()]
            )

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options; a flag that is not given is False, as typer loads pydantic for None.

        A command needs pydantic when it runs, but its help does not.
        """
        options: list[Any] = super().get_params(ctx)
        for option in options:
            if option.is_flag and option.default is None:
                option.default = False
        return options


class CommandFiles(Mapping[str, Any]):
    """Commands by name, each made when it is asked for.

    Parameters
    ----------
    places : mapping of str to str
        By command, its file in this folder and its name there: ``"data.app"``.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Import the file of a command and return the command."""
        if name not in self._made:
            self._made[name] = _command(name, self._places[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names; nothing is imported."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many commands there are."""
        return len(self._places)


def _command(name: str, place: str) -> Any:
    file, _, attribute = place.rpartition(".")
    target = getattr(import_module(f"plaudit.cli.{file}"), attribute)
    alone = typer.Typer(cls=Group, callback=lambda: None, rich_markup_mode=None)
    if isinstance(target, typer.Typer):
        alone.add_typer(target, name=name, cls=Group)
    else:
        alone.command(name)(target)
    group: Any = typer.main.get_command(alone)
    return group.commands[name]


def _summary(command: Any) -> str:
    return " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split())
