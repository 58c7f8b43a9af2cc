"""Files that a job writes: what may be replaced, and rows written whole or not at all."""

from collections.abc import Iterable
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.file import atomic, write_atomic
from plaudit.jobs.output.streams import Streams
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

SVG_MARK = "<!-- Plaudit -->"
# How each kind of file that Plaudit writes begins; only such files are replaced.
_OURS = (
    b'[\n{"schema_version":',
    b'{"schema_version":',
    b'{\n  "schema_version":',
    b"[\n]",
    b"path,status,duration_s,",
    b"group,rank,",
    b"place  ",
    b"song  ",
    b"rank  system",
    SVG_MARK.encode(),
)
# What stands near the beginning of others.
_MARKS = (b'<meta name="generator" content="Plaudit">', b"\nrank  change  system")


def write_rows(path: Path, rows: Iterable[SongScores | SongFailure], text: RowText) -> None:
    """Write rows to a file, whole or not at all."""
    with atomic(path) as file:
        file.write(text.begin().encode())
        for row in rows:
            file.write(text.row(row).encode(errors="surrogateescape"))
        file.write(text.end().encode())


def check_output(path: Path, inputs: Iterable[Path | None] = ()) -> None:
    """Make sure that writing to a path destroys nothing that is not Plaudit's own output.

    Raises
    ------
    InputError
        The path is a folder, one of the inputs, or a file that Plaudit did not write.
    """
    if path.is_dir():
        raise InputError(f"Expected a file name to write, got the folder {path}; add a file name.")
    if not path.exists():
        return
    if any(source is not None and source.exists() and source.samefile(path) for source in inputs):
        raise InputError(f"{path} is what is read; give another file to write to.")
    with path.open("rb") as file:
        start = file.read(4096)
    if start and not start.startswith(_OURS) and not any(mark in start for mark in _MARKS):
        raise InputError(
            f"{path} exists and was not written by Plaudit, so it is left as it is;"
            " give another name or remove it."
        )


def show_or_write(text: str, path: Path | None, streams: Streams) -> None:
    """Write a text to a file, or show it where there is none."""
    if path is None:
        streams.show(text)
    else:
        write_atomic(path, text.rstrip("\n") + "\n")
        streams.note(f"Wrote {path}")
