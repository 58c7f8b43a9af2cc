"""Sound that a corpus keeps inside Parquet files, written out as files.

The hub's tools store audio as a column of ``{bytes, path}``. Readers read the names only; the sound
itself is unpacked once, into the folder in which the reader looks for it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from plaudit.core.errors import InputError
from plaudit.core.file import sweep, write_atomic
from plaudit.core.folder import check_links
from plaudit.datasets.reading.line import holds_path
from plaudit.datasets.reading.promise import Source

_SHOWN = 20  # names of files in a line
_ROWS = 64  # held in memory at a time: a row may be a whole song


def unpack(source: Source, on_progress: Callable[[str], None]) -> tuple[int, int]:
    """Write the sound in a corpus's Parquet files into ``audio/`` of its folder.

    Files that are there already are kept, so a stopped run can go on; those with other contents are
    named. ``on_progress`` gets lines. Returns how many files were written now, and how many were
    there before with the corpus's own contents.
    """
    written = kept = 0
    others: list[Path] = []
    checked: set[Path] = set()
    columns = 0
    for path in source.files:
        for column in _sound_columns(path):
            columns += 1
            for number, name, data in _sounds(path, column):
                target = source.folder / "audio" / _safe(name or f"{path.stem}-{number}.wav")
                if target.parent not in checked:
                    check_links(source.folder, [str(target.parent.relative_to(source.folder))])
                    sweep(target.parent)
                    checked.add(target.parent)
                if not os.path.lexists(target):
                    write_atomic(target, data)
                    written += 1
                elif _holds(target, data):
                    kept += 1
                else:
                    others.append(target)
            on_progress(f"{path.name}: column {column} done, {written} files written")
    if not columns:
        raise InputError(
            f"{source.folder} holds no Parquet file with sound in it; its audio is elsewhere (see"
            " `plaudit data show`)."
        )
    if others:
        names = ", ".join(map(str, others[:_SHOWN])) + (", ..." if len(others) > _SHOWN else "")
        on_progress(
            f"{len(others)} files hold something else than the corpus and stay as they are:"
            f" {names}. Move them and unpack again to have the corpus's."
        )
    return written, kept


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _sound_columns(path: Path) -> list[str]:
    import pyarrow as pa
    from pyarrow import parquet

    if path.suffix != ".parquet":
        return []
    return [
        field.name
        for field in parquet.read_schema(path)
        if pa.types.is_struct(field.type) and holds_path(field.type)
    ]


def _sounds(path: Path, column: str) -> Iterator[tuple[int, str | None, bytes]]:
    from pyarrow import parquet

    number = 0
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS, columns=[column]):
            for row in batch.to_pylist():
                number += 1
                sound = row[column]
                if sound and sound["bytes"]:
                    yield number, sound["path"], sound["bytes"]


def _safe(name: str) -> Path:
    """Return a file name that stays inside the folder."""
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise InputError(
            f"Expected the name of a file inside the corpus's folder, got '{name}'; do not trust"
            " this copy of the corpus."
        )
    return Path(place)
