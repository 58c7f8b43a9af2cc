"""Which songs a command judges: those of files, folders and patterns, or those of a table."""

from collections.abc import Sequence
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.jobs.output.streams import Streams
from plaudit.judging.find import find_songs


def listed_songs(
    paths: Sequence[str], manifest: Path | None, streams: Streams, *, recursive: bool = False
) -> list[Path]:
    """Return the songs of paths, or of a manifest or table in the order of its rows.

    Raises
    ------
    InputError
        Both are given or neither, or there is no song.
    """
    if bool(paths) == (manifest is not None):
        raise InputError("Give songs to judge, or --manifest with a table of them: one of the two.")
    if manifest is None:
        return find_songs(paths, streams.note, recursive=recursive)
    from plaudit.datasets.manifest.songs import read_manifest  # pyarrow, which songs do without

    files = read_manifest(manifest).audio_paths()
    songs = list(dict.fromkeys(path for path in files if path is not None))
    if not songs:
        raise InputError(f"{manifest} names no audio file; its column 'path' has to.")
    if len(songs) < len(files):
        streams.note(
            f"{len(files) - len(songs)} of {len(files)} rows of {manifest} name no audio file, or"
            " one that another row names; they are left out."
        )
    return songs


def songs_at(place: Path, streams: Streams) -> list[Path]:
    """Return the songs of a file, a folder with its subfolders, or a table."""
    if is_table(place):
        return listed_songs((), place, streams)
    return find_songs([place], streams.note, recursive=True)


def is_table(path: Path) -> bool:
    """Return whether a path is a table of songs, by its name, and not a song or a folder."""
    from plaudit.datasets.corpora.own_table import FORMS

    return path.suffix.lower() in FORMS and not path.is_dir()
