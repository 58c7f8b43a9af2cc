"""``plaudit arena init``, ``add`` and ``check``: a test from its file to prepared songs."""

from pathlib import Path
from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import ListeningKind, TextForm

TestArgument = Annotated[Path, typer.Argument(help="TOML file of the test.", metavar="TEST")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        help="URL of a PostgreSQL database; SQLite in the test's folder without.", metavar="URL"
    ),
]
FormOption = Annotated[TextForm, typer.Option("--format", "-f", help="text or json.")]


def init(
    test: Annotated[Path, typer.Argument(help="TOML file to write.", metavar="TEST")],
    kind: Annotated[
        ListeningKind, typer.Option("--kind", "-k", help="battle, rating, mushra or rank.")
    ] = "battle",
) -> None:
    """Write a commented test to fill in."""
    from plaudit.jobs.arena.init import init_test

    init_test(test, kind, terminal())


def add(
    test: TestArgument,
    invitations: Annotated[
        int, typer.Option(min=0, help="Print so many tokens, each for one person, and do no more.")
    ] = 0,
    database: DatabaseOption = None,
) -> None:
    """Prepare the songs of a test, after asking its systems for those that they have to make.

    All songs get one format and one loudness. Songs that are there already are not made again.
    """
    from plaudit.jobs.arena.add import add_songs

    add_songs(test, database, invitations, terminal())


def check(test: TestArgument, form: FormOption = "text", database: DatabaseOption = None) -> None:
    """Say what is missing in a test and how many votes it needs; status 1 where it is not ready."""
    from plaudit.jobs.arena.add import check

    check(test, database, form, terminal())
