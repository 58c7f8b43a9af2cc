"""From the keywords of a function to the settings of a job, and streams that print nothing."""

import io
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, cast

from plaudit.core.settings import Record, read_record
from plaudit.jobs.output.streams import Streams

PathLike = str | os.PathLike[str]
Songs = PathLike | Sequence[PathLike]
S = TypeVar("S", bound=Record)

_LOG = logging.getLogger("plaudit")


def settings_of(model: type[S], function: str, /, **values: object) -> S:
    """Return the settings of a job; what is None is left to the default of the record.

    Raises
    ------
    InputError
        A value is wrong; the sentence names the function and the keyword.
    """
    given = {name: value for name, value in values.items() if value is not None}
    return read_record(model, given, f"plaudit.{function}")


def paths_of(songs: Songs) -> tuple[str, ...]:
    """Return one or several paths as text."""
    several = [songs] if isinstance(songs, str | os.PathLike) else songs
    return tuple(os.fspath(song) for song in several)


def path_of(path: PathLike | None) -> Path | None:
    """Return a path, or None for none."""
    return None if path is None else Path(path)


def quiet() -> Streams:
    """Return streams into the log "plaudit": notes as INFO, what a command prints as DEBUG."""
    return Streams(_lines(_LOG.debug), _lines(_LOG.info))


def _lines(log: Callable[..., None]) -> io.TextIOWrapper:
    return cast(io.TextIOWrapper, _Lines(log))


class _Lines(io.TextIOBase):
    """A stream whose lines go to a log."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log, self._begun = log, ""

    def writable(self) -> bool:
        """Return that it can be written."""
        return True

    def write(self, text: str, /) -> int:
        """Log each line that has ended."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(None, lines):
            self._log("%s", line)
        return len(text)
