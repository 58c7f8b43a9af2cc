"""``plaudit arena``: listening tests from their file to their results."""

import typer

from plaudit.cli.arena.definition import add, check, init
from plaudit.cli.arena.results import board, bring, export
from plaudit.cli.arena.serve import serve
from plaudit.cli.arena.state import close, delete_voter, status

app = typer.Typer(
    help="Listening tests: blind battles, ratings, MUSHRA, ranks.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init)
app.command("add")(add)
app.command("check")(check)
app.command("serve")(serve)
app.command("status")(status)
app.command("board")(board)
app.command("export")(export)
app.command("import")(bring)
app.command("close")(close)
app.command("delete-voter")(delete_voter)
