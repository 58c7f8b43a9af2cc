"""What a voter reads, by language: one TOML file each, with the same keys and the same places.

Files lie in ``languages``; a test may bring one more in its own folder, ``languages/fr.toml``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError
from plaudit.core.parse import read_text
from plaudit.core.settings import read_toml

BUILT_IN = ("en", "de")
"""Languages that need no file of one's own."""


@dataclass(frozen=True)
class Language:
    """The sentences of one language."""

    code: str  #: Of BCP 47, such as "en".
    say: dict[str, Any]  #: Sentences by section and key.

    @property
    def name(self) -> str:
        """The language's own name."""
        return str(self.say["language"])

    def fault(self, type: str) -> str:
        """Return what is said of an error of a type."""
        sentences = self.say["fault"]
        return str(sentences.get(type, sentences["Other"]))


def read_language(code: str, folder: Path | None = None) -> Language:
    """Return the sentences of a language, from a file of the test's folder or from ours.

    Raises
    ------
    InputError
        There is no file of it, or its keys or {places} are not those of English.
    """
    own = None if folder is None else folder / "languages" / f"{code}.toml"
    if own is not None and own.is_file():
        say = read_toml(read_text(own), str(own))
        _check(say, str(own))
    elif code in BUILT_IN:
        say = _built_in(code)
    else:
        raise InputError(
            f"Expected languages of {', '.join(BUILT_IN)}, or a file"
            f" {own or f'languages/{code}.toml'} with the keys of en.toml; got '{code}'."
        )
    return Language(code, say)


def _built_in(code: str) -> dict[str, Any]:
    file = resources.files("plaudit.server.stage").joinpath(f"languages/{code}.toml")
    return read_toml(file.read_text(encoding="utf-8"), f"{code}.toml")


def sentences(say: dict[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence with its key, such as ``battle.title``."""
    for key, value in say.items():
        place = f"{under}{key}"
        if isinstance(value, dict):
            yield from sentences(value, f"{place}.")
        elif isinstance(value, list):
            yield from ((f"{place}.{n}", str(word)) for n, word in enumerate(value))
        else:
            yield place, str(value)


def _places(say: dict[str, Any]) -> dict[str, set[str]]:
    return {key: set(re.findall(r"{(\w*)}", text)) for key, text in sentences(say)}


def _check(say: dict[str, Any], where: str) -> None:
    ours, theirs = _places(_built_in("en")), _places(say)
    for key in sorted(ours.keys() | theirs.keys()):
        if ours.get(key) != theirs.get(key):
            wanted = "no such key" if key not in ours else f"'{key}' with {_listed(ours[key])}"
            raise InputError(f"{where}: expected {wanted}, as in English; got {_got(theirs, key)}.")


def _listed(places: set[str]) -> str:
    return " and ".join(f"{{{place}}}" for place in sorted(places)) or "no {place}"


def _got(theirs: dict[str, set[str]], key: str) -> str:
    return f"'{key}' with {_listed(theirs[key])}" if key in theirs else "none"
