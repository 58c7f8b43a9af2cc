"""From what a user typed (files, folders, patterns) to the list of songs, in a stable order."""

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from plaudit.audio.decode import AUDIO_SUFFIXES
from plaudit.core.errors import InputError


def find_songs(paths: Sequence[str | os.PathLike[str]], *, recursive: bool = False) -> list[Path]:
    """Return the songs that files, folders and glob patterns stand for.

    A file that is named is always taken, whatever its name; a folder gives the files with a suffix
    of audio. A path that does not exist is kept: judging reports it at its place.

    Raises
    ------
    InputError
        Nothing is left to judge; the sentence says where it looked.
    """
    songs: dict[Path, None] = {}
    for name in paths:
        path = Path(name).expanduser()
        if path.is_dir():
            songs.update(dict.fromkeys(_in_folder(path, recursive)))
        elif path.exists() or not glob.has_magic(str(path)):
            songs[path] = None
        else:
            matches = sorted(map(Path, glob.glob(str(path), recursive=True)), key=_natural)  # noqa: PTH207 - Path.glob refuses absolute patterns
            for match in matches or [path]:
                if match.is_dir():
                    songs.update(dict.fromkeys(_in_folder(match, recursive)))
                else:
                    songs[match] = None
    if not songs:
        deeper = "" if recursive else "; --recursive looks into subfolders too"
        raise InputError(
            f"Found no audio files in {', '.join(map(str, paths)) or 'nothing'} (looked for"
            f" {', '.join(sorted(AUDIO_SUFFIXES))}{deeper})."
        )
    return list(songs)


def _in_folder(folder: Path, recursive: bool) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted((d for d in folders if not d.startswith(".")), key=_natural)
        for name in sorted(names, key=_natural):
            if Path(name).suffix.lower() in AUDIO_SUFFIXES and not name.startswith("."):
                yield Path(place) / name
        if not recursive:
            return


def _natural(name: str | Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", str(name).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
