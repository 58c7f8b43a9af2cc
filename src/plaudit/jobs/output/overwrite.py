"""Files that a job writes: what may be replaced, and rows written whole or not at all."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from plaudit.core.errors import InputError, OutputError
from plaudit.core.file import OUR_KEY, atomic, is_stream, write_atomic, writing
from plaudit.core.folder import check_links, check_not_read, check_place
from plaudit.core.lock import give_back, held_together, hold
from plaudit.jobs.output.streams import Streams
from plaudit.judging.record import SongFailure, SongScores
from plaudit.reports.songs.row_text import RowText

SVG_MARK = "<!-- Plaudit -->"
# How each kind of file that Plaudit writes begins; only such files are replaced.
_OURS = re.compile(
    rb'(\[\n)?\{\s*"schema_version":\s*\d+,|\[\n\]\n|path,status,duration_s,|group,rank,rank_low,'
    rb"|place +range  song |song +length(  |\n)| [^\n]*\nsong +length  "
    rb"|rank  system +rating |Board of a listening test: |<!-- Plaudit -->"
    rb'|\{"key": "(?:[^"\\]|\\.)*", "names": \d+, "values": '
)
# What stands near the beginning of others.
_MARKS = (
    b'<meta name="generator" content="Plaudit">',
    b"\nrank  change  system",
    b'{"__metadata__":{"made_by":"Plaudit"}',
)
_PARQUET = b"PAR1"


def write_rows(path: Path, rows: Iterable[SongScores | SongFailure], text: RowText) -> None:
    """Write rows to a file, whole or not at all; other processes can have it afterwards."""
    with atomic(behind(path)) as file:
        file.write(text.begin().encode())
        for row in rows:
            file.write(text.row(row).encode(errors="surrogateescape"))
        file.write(text.end().encode())
    give_back(path)


def write_output(path: Path, content: str | bytes) -> None:
    """Write a whole file that the user named; if it is a link, the file behind it is replaced."""
    write_atomic(behind(path), content)
    give_back(path)


def behind(path: Path) -> Path:
    """Return the file that a link stands for, or the path itself."""
    linked = path.is_symlink() and not is_stream(path)
    return Path(os.path.realpath(path)) if linked else path


def is_ours(path: Path) -> bool:
    """Return whether Plaudit wrote a file, by what stands near its beginning."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(_PARQUET):
        return _is_our_table(path)
    return not start or bool(_OURS.match(start)) or any(mark in start for mark in _MARKS)


def check_output(
    path: Path, inputs: Iterable[Path | None] = (), ours: Callable[[Path], bool] = is_ours
) -> None:
    """Make sure that writing to a path destroys nothing that is not Plaudit's own output.

    No other process can have the path until this one ends (`plaudit.core.lock.hold`). ``inputs``
    are the files and folders that the run reads, ``ours`` tells files that may be replaced.

    Raises
    ------
    InputError
        The path is a folder, one of the inputs or in one of them, a file that Plaudit did not
        write, or cannot be written at all; or another process writes it.
    """
    if is_stream(path):
        return
    with writing(path):
        check_place(path)
        if path.is_dir():
            raise OutputError(
                f"Expected a file name to write, got the folder {path}; add a file name."
            )
        check_not_read(path, inputs)
        if path.exists() and not ours(path):
            raise OutputError(
                f"{path} exists and was not written by Plaudit, so it is left as it is;"
                " give another name or remove it."
            )
    hold(path)


@held_together()
def check_outputs(paths: Iterable[Path | None], inputs: Iterable[Path | None] = ()) -> None:
    """Check each of several files that one run writes, and that no two of them are one file."""
    named = [path for path in paths if path is not None]
    sources = list(inputs)
    for place, path in enumerate(named):
        check_output(path, sources)
        if not is_stream(path) and os.path.realpath(path) in map(os.path.realpath, named[:place]):
            raise InputError(f"{path} is named for two outputs; give each a file of its own.")


@held_together()
def check_inside(
    folder: Path,
    names: Iterable[str],
    inputs: Iterable[Path | None] = (),
    ours: Callable[[Path], bool] = is_ours,
) -> None:
    """Check files that a run writes into a folder; a link in the place of one is refused."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise InputError(f"Expected a folder to write into, but {folder} is a file.")
    named, sources = list(names), list(inputs)
    check_links(folder, named)
    for name in named:
        check_output(folder / name, sources, ours)


def _is_our_table(path: Path) -> bool:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return OUR_KEY in (parquet.read_schema(path).metadata or {})
    except pa.ArrowInvalid:
        return False


def show_or_write(text: str, path: Path | None, streams: Streams) -> None:
    """Write a text to a file, or show it where there is none."""
    if path is None:
        streams.show(text)
    else:
        write_output(path, text.rstrip("\n") + "\n")
        streams.note(f"Wrote {path}")
