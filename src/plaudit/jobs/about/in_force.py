"""``plaudit settings``: the settings in force, and where each value came from."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from plaudit.core.choice import SettingsForm
from plaudit.core.errors import InputError
from plaudit.core.remote import is_url, shown
from plaudit.core.settings import nearest
from plaudit.jobs.about.defaults import (
    FILE,
    OTHERS,
    PREFIX,
    SHARED,
    check_file,
    given,
    is_shared,
    leaves,
    options,
    read_file,
    variables,
)
from plaudit.jobs.output.streams import Streams

DEFAULT = "default"


class InForce(NamedTuple):
    """One option of one command."""

    command: str
    option: str
    value: Any
    source: str


def show_settings(root: Any, words: tuple[str, ...], form: SettingsForm, streams: Streams) -> None:
    """Show the options of a command, or without words those that are set, and their sources.

    Raises
    ------
    InputError
        There is no such command, or the file holds what is none.
    """
    if form == "markdown":
        streams.show(markdown(root))
        return
    rows = [row for row in in_force(root) if row.command.split()[: len(words)] == list(words)]
    if not rows:
        names = [" ".join(own) for own, _ in leaves(root)]
        raise InputError(f"There is no command '{' '.join(words)}'; {nearest(words[-1], names)}")
    rows = rows if words else [row for row in rows if row.source != DEFAULT]
    others = [InForce("", name, os.environ[name], name) for name in OTHERS if name in os.environ]
    rows += others * (not words)
    if form == "json":
        streams.show(json.dumps([row._asdict() for row in rows], default=str))
        return
    for row in rows:
        name = f"{row.command} --{row.option}" if row.command else row.option
        streams.show(f"{name} = {_text(row.value)}  ({row.source})")
    if not rows:
        streams.show(f"All is as by default: there is no {FILE} here, and no {PREFIX} variable.")
    for name in _strange(root):
        streams.note(f"The variable {name} is set, and no command knows it.")


def in_force(root: Any) -> Iterator[InForce]:
    """Yield every option of every command, with its value and its source."""
    table = read_file()
    check_file(table, root.commands)
    for words, command in leaves(root):
        found = given(words, command, table)
        for name, option in options(command).items():
            setting = found.get(name)
            value, source = setting or (option.default, DEFAULT)
            yield InForce(" ".join(words), name, _plain(value), source)


def markdown(root: Any) -> str:
    """Return every option that can be set, as the tables of ``docs/settings.md``."""
    shared: dict[str, list[str]] = {name: [] for name in SHARED}
    lines = []
    for words, command in leaves(root):
        named = options(command)
        for name in filter(lambda name: is_shared(name, named[name]), named):
            shared[name].append(" ".join(words))
        if named:
            keys = ", ".join(f"`{name}`" for name in named)
            lines.append(f"| `[{'.'.join(words)}]` | `{variables(words, '')[0]}` | {keys} |")
    top = [
        f"| `{name}` | `{variables((), name)[1]}` | {', '.join(f'`{own}`' for own in commands)} |"
        for name, commands in shared.items()
    ]
    return "\n".join(
        [
            "| key for all commands | variable | commands that take it |", "|---|---|---|", *top,
            "", "| table of a command | variables begin with | keys |", "|---|---|---|", *lines,
            "", "| other variable | what it names |", "|---|---|",
            *(f"| `{name}` | {what} |" for name, what in OTHERS.items()),
        ]
    )  # fmt: skip


def _strange(root: Any) -> list[str]:
    known = set(OTHERS)
    for words, command in leaves(root):
        for name in options(command):
            known |= {*variables(words, name)}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _plain(value: Any) -> Any:
    """Return a value as it may be shown: an address without user and password."""
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return shown(value) if isinstance(value, str) and is_url(value) else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(Path(value) if isinstance(value, Path) else value)
