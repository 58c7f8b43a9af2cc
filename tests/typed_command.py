"""A command as a user types it, without the seconds that a new process takes to begin.

Journeys (`tests/journeys`) start real processes; here the same `main` reads the same words.
"""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest.mock import patch

from plaudit.cli.app import main


class Output(NamedTuple):
    """What was printed."""

    stdout: str
    stderr: str


def plaudit(*arguments: object, status: int = 0) -> Output:
    """Run it as in a terminal of 100 columns; it ends as it should, and never in a traceback."""
    ended, output = typed(*arguments)
    assert ended == status, output.stderr + output.stdout
    return output


def typed(*arguments: object, code: str = "utf-8") -> tuple[object, Output]:
    """Run it as in a terminal of 100 columns and this code page; return its status too."""
    out, err = io.BytesIO(), io.BytesIO()
    with (
        redirect_stdout(io.TextIOWrapper(out, encoding=code, write_through=True)) as printed,
        redirect_stderr(io.TextIOWrapper(err, encoding=code, write_through=True)) as warned,
        patch.object(sys, "argv", ["plaudit", *map(str, arguments)]),
        patch.dict(os.environ, COLUMNS="100"),
    ):
        try:
            main()
            ended: object = 0
        except SystemExit as stop:
            ended = stop.code or 0
        printed.flush()
        warned.flush()
    return ended, Output(out.getvalue().decode(code), err.getvalue().decode(code))
