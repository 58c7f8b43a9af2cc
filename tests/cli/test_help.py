"""Help names every command, whole, in plain text."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from plaudit.cli.app import COMMANDS, app
from plaudit.cli.lazy_group import Group
from typed_command import plaudit


def groups(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that holds commands, with the words that lead to it."""
    if hasattr(command, "commands"):
        yield words, command
        for name, part in command.commands.items():
            yield from groups(part, (*words, name))


GROUPS = dict(groups(typer.main.get_command(app)))


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_each_command_is_listed_with_its_whole_first_paragraph(words: tuple[str, ...]) -> None:
    text = " ".join(plaudit(*words, "--help").stdout.split())
    at = text.index("Commands:")
    for name, command in GROUPS[words].commands.items():
        summary = inspect.cleandoc(command.help).split("\n\n")[0]
        line = f" {name} {' '.join(summary.split())}"
        assert line in text[at:]
        at = text.index(line, at)  # in the same order
    assert plaudit(*words, "-h").stdout == plaudit(*words, "--help").stdout


def test_every_file_of_a_command_is_reached() -> None:
    folder = Path(inspect.getfile(Group)).parent
    reached = {
        inspect.unwrap(command.callback).__module__.rpartition(".")[2]
        for group in GROUPS.values()
        for command in group.commands.values()
        if not hasattr(command, "commands")
    }
    files = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "app",
        "lazy_group",
        "terminal",
    }
    assert reached >= files
    assert list(GROUPS[()].commands) == list(COMMANDS)


def test_a_misspelt_command_is_answered_with_the_nearest() -> None:
    assert "Did you mean 'score'" in plaudit("scor", "x.wav", status=2).stderr
    assert "Did you mean 'song'?" in plaudit("synth", "sung", status=2).stderr


def test_nothing_asked_for_is_help() -> None:
    assert "Commands:" in "".join(plaudit(status=2))
    assert "Commands:" in "".join(plaudit("synth", status=2))


def test_the_version_needs_no_command() -> None:
    assert plaudit("--version").stdout.startswith("plaudit ")
