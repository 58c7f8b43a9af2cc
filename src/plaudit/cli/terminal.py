"""The streams of the terminal, and the paths that come through them."""

import io
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plaudit.jobs.output.streams import Streams


class _Nowhere(io.StringIO):
    """Replaces standard error where notes are not wanted."""

    def write(self, text: str) -> int:
        return len(text)


_mode = {"quiet": False}


def terminal() -> "Streams":
    """Return standard output and standard error, for a job to write to.

    After ``plaudit --quiet`` only what could not be judged is written to standard error.
    """
    from plaudit.jobs.output.streams import Streams

    err = _Nowhere() if _mode["quiet"] else sys.stderr
    return Streams(sys.stdout, err, errors=sys.stderr)


def set_verbosity(*, verbose: bool, quiet: bool) -> None:
    """Show messages of Plaudit's loggers (``verbose``), or results and errors alone (``quiet``)."""
    _mode["quiet"] = quiet
    if quiet:
        warnings.simplefilter("ignore")
    if verbose or "plaudit.cli.about.log_lines" in sys.modules:
        from plaudit.cli.about.log_lines import show_logs

        show_logs(verbose)


STDIN = "-"


def typed_paths(paths: Iterable[str] | None, from_file: Path | None) -> tuple[str, ...]:
    """Return paths as typed, those of standard input in the place of ``-``, and those of a list.

    A list has a path a line; empty lines count for nothing.

    Raises
    ------
    InputError
        The list, or standard input, names no path.
    """
    named = list(paths or ())
    if STDIN in named:
        at = named.index(STDIN)
        named[at : at + 1] = _lines(sys.stdin.buffer.read(), "standard input")
    if from_file is not None:
        from plaudit.core.file import expanded

        named += _lines(expanded(from_file).read_bytes(), str(from_file))
    return tuple(named)


def _lines(content: bytes, source: str) -> list[str]:
    from plaudit.core.errors import InputError

    lines = [os.fsdecode(line) for line in content.splitlines() if line.strip()]
    if not lines:
        raise InputError(f"Expected paths of songs in {source}, one a line, got none.")
    return lines
