"""``plaudit cite``: how to cite Plaudit and a judge."""

from typing import Annotated

import typer

from plaudit.cli.terminal import terminal
from plaudit.core.choice import CiteForm


def cite(
    judge: Annotated[
        str | None,
        typer.Option("--judge", "-j", help="Also the papers of a judge.", metavar="NAME|DIR"),
    ] = None,
    form: Annotated[CiteForm, typer.Option("--format", "-f", help="What is printed.")] = "text",
) -> None:
    """Print how to cite Plaudit, and the papers and the licence of a judge."""
    from plaudit.jobs.about.cite import show_citation

    show_citation(judge, form, terminal())
