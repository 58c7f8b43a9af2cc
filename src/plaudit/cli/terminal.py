"""The streams of the terminal, and the paths that come through them."""

import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from logging import Handler, Logger

    from plaudit.jobs.output.streams import Streams


_quiet: list[TextIO] = []  # what takes the place of standard error, if notes are not wanted
_handlers: list["Handler"] = []


def terminal() -> "Streams":
    """Return standard output and standard error, for a job to write to.

    After ``plaudit --quiet`` only what could not be judged is written to standard error.
    """
    from plaudit.jobs.output.streams import Streams

    return Streams(sys.stdout, _quiet[0] if _quiet else sys.stderr, errors=sys.stderr)


def set_verbosity(*, verbose: bool, quiet: bool) -> None:
    """Show what Plaudit's loggers say (``verbose``), or errors alone (``quiet``).

    Loggers are those of `logging` below "plaudit"; without either they are left as they are.
    """
    while _handlers:
        _logger().removeHandler(_handlers.pop())
    while _quiet:
        _quiet.pop().close()
    if quiet:
        _quiet.append(open(os.devnull, "w"))  # noqa: SIM115, PTH123 - as long as the process lives
        warnings.simplefilter("ignore")
    elif verbose:
        from plaudit.cli.about.log_lines import LogLines

        _handlers.append(LogLines(sys.stderr))
        _logger().addHandler(_handlers[0])
        _logger().setLevel("DEBUG")


def _logger() -> "Logger":
    from logging import getLogger

    return getLogger("plaudit")


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
