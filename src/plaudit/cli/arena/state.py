"""``plaudit arena status``, ``close`` and ``delete-voter``: a test that runs."""

from typing import Annotated

import typer

from plaudit.cli.arena.definition import DatabaseOption, FormOption, TestArgument
from plaudit.cli.terminal import terminal


def status(test: TestArgument, form: FormOption = "text", database: DatabaseOption = None) -> None:
    """Show how far a test is: votes, voters, pairs, checks, completion codes, costs."""
    from plaudit.jobs.arena.state import show_status

    show_status(test, database, form, terminal())


def close(test: TestArgument, database: DatabaseOption = None) -> None:
    """Let a test take no more votes; what is there stays."""
    from plaudit.jobs.arena.state import close_test

    close_test(test, database, terminal())


def delete_voter(
    test: TestArgument,
    voter: Annotated[str, typer.Argument(help="Id of the voter, as in an export.")],
    database: DatabaseOption = None,
) -> None:
    """Delete everything that is stored of a voter, who asked for it."""
    from plaudit.jobs.arena.state import delete_voter

    delete_voter(test, voter, database, terminal())
