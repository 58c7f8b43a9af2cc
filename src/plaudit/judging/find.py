"""From what a user typed (files, folders, patterns) to the list of songs, in a stable order."""

import fnmatch
import glob
import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from plaudit.audio.decode import AUDIO_SUFFIXES
from plaudit.core.errors import InputError
from plaudit.core.file import expanded, is_file
from plaudit.core.remote import RemoteFile, is_remote_folder, is_url, listed, remote_file

_log = logging.getLogger(__name__)
_NAMED = 3
"""Names that a sentence gives of each reason."""

_OTHER = "files of other kinds"
_HIDDEN = "hidden files and folders"
_LINKS = "links to folders, not followed"
_DEEPER = "subfolders, left out by --no-recursive"


def find_songs(
    paths: Sequence[str | os.PathLike[str]],
    note: Callable[[str], None],
    *,
    recursive: bool = True,
) -> list[Path]:
    """Return the songs that files, folders, glob patterns and URLs stand for.

    A file that is named is always taken, whatever its name; a folder gives the files with a suffix
    of audio. A path that does not exist is kept, and so is a folder that cannot be read: judging
    reports both at their place. What else a folder holds is counted and named in a sentence that
    ``note`` takes: files of other kinds, hidden ones, links to folders (which are not followed, so
    that no song is found twice), and subfolders without ``recursive``.

    Raises
    ------
    InputError
        A path is empty, or nothing is left to judge; the sentence says where it looked.
    """
    songs: dict[Path, None] = {}
    left = _LeftOut()
    for name in paths:
        if not os.fspath(name):
            raise InputError(
                'Expected the path of a song or folder, got an empty one (""); check the variable'
                " or the quotes that it came from."
            )
        if is_url(os.fspath(name)):
            songs.update(dict.fromkeys(_at_url(remote_file(os.fspath(name)), recursive, left)))
            continue
        path = expanded(name)
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises below a closed folder
            songs.update(dict.fromkeys(_in_folder(path, recursive, left)))
        elif is_file(path) or not glob.has_magic(str(path)):
            songs[path] = None
        else:
            matches = sorted(map(Path, glob.glob(str(path), recursive=True)), key=_natural)  # noqa: PTH207 - Path.glob refuses absolute patterns
            closed = _closed(path)
            for match in matches or [path] * (not closed):
                inside = _in_folder(match, recursive, left) if match.is_dir() else [match]
                songs.update(dict.fromkeys(inside))
            songs.update(dict.fromkeys(closed))
    sentence = left.sentence()
    if not songs:
        raise InputError(
            f"Found no audio files in {', '.join(map(str, paths)) or 'nothing'} (looked for"
            f" {', '.join(sorted(AUDIO_SUFFIXES))}). {sentence}".rstrip()
        )
    if sentence:
        note(sentence)
    _log.debug("songs found: %d", len(songs))
    return list(songs)


class _LeftOut:
    """What folders hold beside the songs that are taken, by reason."""

    def __init__(self) -> None:
        self._names: dict[str, dict[str, None]] = {}

    def add(self, reason: str, path: str) -> None:
        self._names.setdefault(reason, {})[os.path.normpath(path)] = None

    def sentence(self) -> str:
        """Return the counts and the first names in a sentence; empty when nothing was left out."""
        facts = []
        for reason, names in self._names.items():
            first = list(names)[:_NAMED]
            more = f" and {len(names) - len(first)} more" * (len(names) > len(first))
            if reason == _OTHER:
                kinds = Counter(Path(name).suffix.lower() or "no suffix" for name in names)
                more += f"; {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common(_NAMED))}"
            facts.append(f"{reason}: {len(names):,} ({', '.join(first)}{more})")
        return f"Left out of the search: {'; '.join(facts)}." if facts else ""


def _at_url(place: RemoteFile, recursive: bool, left: _LeftOut) -> Iterator[Path]:
    """Yield the song at a URL, or the songs of a folder there."""
    if place.suffix.lower() in AUDIO_SUFFIXES or not is_remote_folder(place):
        yield place
        return
    for file in sorted(listed(place, recursive=recursive), key=_as_walked):
        if file.name.startswith("."):
            left.add(_HIDDEN, str(file))
        elif file.suffix.lower() in AUDIO_SUFFIXES:
            yield file
        else:
            left.add(_OTHER, str(file))


def _as_walked(file: RemoteFile) -> tuple[list[tuple[int, str]], ...]:
    return _natural(file.parent), _natural(file.name)


def _in_folder(folder: Path, recursive: bool, left: _LeftOut) -> Iterator[Path]:
    """Yield the songs of a folder in order; a folder that cannot be read stands for itself."""
    closed: list[Path] = []
    for place, folders, names in os.walk(
        folder, onerror=lambda error: closed.append(_of(error, folder))
    ):
        inside = []
        for name in sorted(folders, key=_natural):
            path = os.path.join(place, name)  # noqa: PTH118 - the form that os.walk gives
            if name.startswith("."):
                left.add(_HIDDEN, path)
            elif os.path.islink(path):  # noqa: PTH114
                left.add(_LINKS, path)
            elif not recursive:
                left.add(_DEEPER, path)
            else:
                inside.append(name)
        folders[:] = inside
        for name in sorted(names, key=_natural):
            if name.startswith("."):
                left.add(_HIDDEN, os.path.join(place, name))  # noqa: PTH118
            elif Path(name).suffix.lower() in AUDIO_SUFFIXES:
                yield Path(place) / name
            else:
                left.add(_OTHER, os.path.join(place, name))  # noqa: PTH118
    yield from closed


def _closed(pattern: Path) -> list[Path]:
    """Return the folders that a pattern looks into and that cannot be read."""
    fixed = next(folder for folder in pattern.parents if not glob.has_magic(str(folder)))
    parts = pattern.relative_to(fixed).parts
    closed: list[Path] = []
    for place, folders, _ in os.walk(fixed, onerror=lambda error: closed.append(_of(error, fixed))):
        depth = len(Path(place).relative_to(fixed).parts)
        anywhere = "**" in parts[: depth + 1]
        part = parts[depth] if depth + 1 < len(parts) else None
        folders[:] = [
            name
            for name in folders
            if (anywhere and not name.startswith("."))
            or (part is not None and fnmatch.fnmatch(name, part))
        ]
    return closed


def _of(error: OSError, within: Path) -> Path:
    # A disk that fails while a folder is listed does not say where.
    return Path(os.fsdecode(error.filename or within))


def _natural(name: str | Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", str(name).casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
