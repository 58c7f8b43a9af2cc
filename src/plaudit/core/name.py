"""Names that look alike are one name: Unicode writes an accented letter in several ways.

macOS names a file with letter and accent apart (normal form D) where most tables have both in one
(normal form C).
"""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from plaudit.core.remote import RemoteFile

V = TypeVar("V")


class NameMap(dict[str, V]):
    """Values by name, found under another normal form of the name too.

    ``respelled`` are the names that were found so. A name as it is comes first, and names that are
    apart in the map stay apart.
    """

    def __init__(self, values: dict[str, V]) -> None:
        super().__init__(values)
        self.respelled: set[str] = set()

    def __contains__(self, name: object) -> bool:
        """Return whether a name, or another form of it, is here."""
        return super().__contains__(name) or self._other(name) is not None

    def __missing__(self, name: str) -> V:
        """Return the value of another form of a name."""
        other = self._other(name)
        if other is None:
            raise KeyError(name)
        self.respelled.add(name)
        return self[other]

    def get(self, name: Any, default: Any = None) -> Any:
        """Return the value of a name, or of another form of it."""
        try:
            return self[name]
        except KeyError:
            return default

    def _other(self, name: object) -> str | None:
        if not isinstance(name, str) or name.isascii():
            return None
        return self._forms.get(unicodedata.normalize("NFC", name))

    @cached_property
    def _forms(self) -> dict[str, str | None]:
        """The one name of each normal form; None where there are several."""
        forms: dict[str, str | None] = {}
        for name in self:
            if not name.isascii():
                form = unicodedata.normalize("NFC", name)
                forms[form] = None if form in forms else name
        return forms


def respelled(where: str, *maps: NameMap[Any]) -> list[str]:
    """Return a sentence on names that were found under another form, if there are any."""
    names = set().union(*(known.respelled for known in maps))
    if not names:
        return []
    return [
        f"Names that stand in {where} in another Unicode normal form (accents apart from their"
        f" letters, or not) were matched: {len(names):,}, such as '{min(names)}'."
    ]


def existing(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield paths, each of a file that is there under another form of its name as that file."""
    folders: dict[Path, NameMap[Path]] = {}
    for path in paths:
        if isinstance(path, RemoteFile) or str(path).isascii() or os.path.lexists(path):
            yield path
            continue
        folder = path.parent
        if folder not in folders:
            there = list(folder.iterdir()) if os.path.isdir(folder) else []  # noqa: PTH112 - Path.is_dir raises below a closed folder
            folders[folder] = NameMap({entry.name: entry for entry in there})
        yield folders[folder].get(path.name, path)
