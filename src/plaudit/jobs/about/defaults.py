"""Defaults of a user's own: ``plaudit.toml`` in the working folder, and the environment.

An option that is typed comes first; then ``PLAUDIT_SCORE_DEVICE``, ``PLAUDIT_DEVICE``, the key
``device`` of the table ``[score]``, and the key ``device`` above all tables.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

FILE = "plaudit.toml"
PREFIX = "PLAUDIT_"
SHARED = ("judge", "device", "precision", "max-seconds", "recursive")
"""Options that mean the same wherever they are, and can be set for all commands at once."""
OTHERS = {
    "PLAUDIT_JUDGES": "the folder of judges; `~/.local/share/plaudit/judges` by default",
    "PLAUDIT_GITHUB": "a mirror of GitHub, for `plaudit judges fetch`",
}
"""Variables of this prefix that are no options."""


class Setting(NamedTuple):
    """The value of an option, and where it comes from."""

    value: Any
    source: str


def leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command that does something, with its words."""
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, part in command.commands.items():
        yield from leaves(part, (*words, name))


def options(command: Any) -> dict[str, Any]:
    """Return the options of a command by their long names, without dashes before them."""
    named = {}
    for option in command.params:
        long = next((word for word in option.opts if word.startswith("--")), None)
        if long is not None and option.param_type_name == "option":
            named[long.removeprefix("--")] = option
    return named


def is_shared(name: str, option: Any) -> bool:
    """Return whether an option takes the value for all commands.

    A judge is only taken where there is one by default: elsewhere a judge would be one too many.
    """
    return name in SHARED and (name != "judge" or bool(option.default))


def read_file() -> dict[str, Any]:
    """Return the content of the file in the working folder; empty without a file."""
    place = Path(FILE)
    if not place.is_file():
        return {}
    from plaudit.core.errors import InputError
    from plaudit.core.parse import ParseError, parse_toml, read_text

    text = read_text(place)
    try:
        return parse_toml(text)
    except ParseError as error:
        raise InputError(f"{FILE} cannot be read: {error}.") from error


def variables(words: tuple[str, ...], name: str) -> tuple[str, str]:
    """Return the variable of an option of one command, and that for all commands."""
    upper = name.upper().replace("-", "_")
    own = "_".join(words).upper().replace("-", "_")
    return f"{PREFIX}{own}_{upper}", f"{PREFIX}{upper}"


def given(words: tuple[str, ...], command: Any, table: Mapping[str, Any]) -> dict[str, Setting]:
    """Return the values of a command in the environment and the file, by the names of its options.

    Raises
    ------
    InputError
        The table of the command has an unknown key, or is no table.
    """
    own = _own_table(words, command, table)
    found = {}
    for name, option in options(command).items():
        shared = is_shared(name, option)
        one, every = variables(words, name)
        if one in os.environ:
            found[name] = Setting(_split(os.environ[one], option), one)
        elif shared and every in os.environ:
            found[name] = Setting(_split(os.environ[every], option), every)
        elif name in own:
            found[name] = Setting(_listed(own[name], option), f"{FILE} [{'.'.join(words)}]")
        elif shared and name in table:
            found[name] = Setting(_listed(table[name], option), FILE)
    return found


def check_file(table: Mapping[str, Any], commands: Mapping[str, Any]) -> None:
    """Refuse a key above all tables that is no command and no option of all: `InputError`."""
    for key, value in table.items():
        known = [*commands, *SHARED]
        if key not in known or isinstance(value, dict) != (key in commands):
            raise _unknown(key, known, "")


def _own_table(words: tuple[str, ...], command: Any, table: Mapping[str, Any]) -> Mapping[str, Any]:
    own: Mapping[str, Any] = table
    for word in words:
        own = own.get(word, {})
        if not isinstance(own, dict):
            raise _unknown(word, [], f" [{'.'.join(words)}]")
    known = options(command)
    for key in own:
        if key not in known:
            raise _unknown(key, list(known), f" [{'.'.join(words)}]")
    found: Mapping[str, Any] = own
    return found


def _unknown(key: str, known: list[str], where: str) -> Exception:
    from plaudit.core.errors import InputError
    from plaudit.core.settings import nearest

    what = nearest(key, known) if known else "it has to be a table."
    return InputError(f"{FILE}{where} has an unknown key '{key}'; {what}")


def _split(text: str, option: Any) -> Any:
    """Return the text of a variable, or its words for an option that may be repeated."""
    return text.split() if option.multiple else text


def _listed(value: Any, option: Any) -> Any:
    return [value] if option.multiple and not isinstance(value, list) else value
