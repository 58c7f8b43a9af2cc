"""``plaudit arena``: listening tests from their file to their results."""

import typer

from plaudit.cli.arena.serve import serve

app = typer.Typer(
    help="Listening tests: blind battles, ratings, MUSHRA, ranks.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve)
