"""Which songs a command judges: those of files, folders and patterns, or those of a table."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.jobs.output.streams import Streams
from plaudit.judging.find import find_songs

Limit = Annotated[int | None, Field(ge=1)]
"""How many songs of a list a job takes, the first; None: all."""


T = TypeVar("T")


class SongSettings(Record):
    """Songs that a user names."""

    paths: tuple[str, ...] = ()  #: Files, folders, patterns and URLs.
    listed_in: Path | None = None  #: File that some of the paths came from; never written over.
    manifest: Path | None = None  #: Table of songs, instead of paths.
    recursive: bool = True  #: Whether folders give the songs of their subfolders too.
    limit: Limit = None


def listed_songs(settings: SongSettings, streams: Streams) -> list[Path]:
    """Return the songs of paths, or of a manifest or table in the order of its rows.

    Raises
    ------
    InputError
        Both are given or neither, or there is no song.
    """
    manifest = settings.manifest
    if bool(settings.paths) == (manifest is not None):
        raise InputError("Give songs to judge, or --manifest with a table of them: one of the two.")
    if manifest is None:
        songs = find_songs(settings.paths, streams.at_end.append, recursive=settings.recursive)
        return first_of(songs, settings.limit, streams)
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
    return first_of(songs, settings.limit, streams)


def first_of(songs: list[T], limit: int | None, streams: Streams) -> list[T]:
    """Return the first songs of a list, as many as a limit says, and note how many those are."""
    if limit is None or limit >= len(songs):
        return songs
    streams.at_end.append(f"Only the first {limit:,} of {len(songs):,} songs (--limit).")
    return songs[:limit]


def songs_at(place: Path, streams: Streams) -> list[Path]:
    """Return the songs of a file, a folder with its subfolders, or a table."""
    if is_table(place):
        return listed_songs(SongSettings(manifest=place), streams)
    return find_songs([place], streams.note)


def is_table(path: Path) -> bool:
    """Return whether a path is a table of songs, by its name, and not a song or a folder."""
    from plaudit.datasets.corpora.own_table import FORMS

    return path.suffix.lower() in FORMS and not path.is_dir()
