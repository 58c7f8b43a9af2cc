"""Conditions of songs: a prompt, lyrics, a reference recording, as a caller gives them."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

from plaudit.core.errors import InputError
from plaudit.core.file import is_file, sha256_of
from plaudit.core.settings import Record

NAMES = ("prompt", "lyrics", "reference")


class Given(Record):
    """Conditions of one song; None where nothing was given. ``reference`` is an audio file."""

    prompt: str | None = None
    lyrics: str | None = None
    reference: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the conditions that were given."""
        return tuple(name for name in NAMES if getattr(self, name) is not None)

    def only(self, names: Sequence[str]) -> Self:
        """Return those conditions alone that a judge can use."""
        return type(self)(**{name: getattr(self, name) for name in self.names if name in names})

    def digest(self, heard: str | None = None) -> str:
        """Return a digest of texts and of the bytes of the reference; empty for no conditions.

        ``heard`` is the SHA-256 of the reference where it is known already.
        """
        if not self.names:
            return ""
        if self.reference is None:
            heard = ""
        elif heard is None:
            heard = _content(self.reference)
        text = self.model_dump_json(exclude={"reference"})
        return hashlib.sha256(f"{text}{heard}".encode()).hexdigest()


NOTHING = Given()


def check_given(judge: str, can: Sequence[str], needs: Sequence[str], given: Given) -> None:
    """Refuse conditions that a judge cannot use, and the lack of those it needs: `InputError`."""
    unusable = [name for name in given.names if name not in can]
    if unusable:
        raise InputError(
            f"Judge '{judge}' cannot use {_named(unusable[0])} (conditions that it can use:"
            f" {', '.join(can) or 'none'}); leave out --{unusable[0]}, or choose another judge."
        )
    missing = [name for name in needs if name not in given.names]
    if missing:
        raise InputError(_lack(judge, missing[0]))


def check_some(
    judge: str, needs: Sequence[str], given: Sequence[Given], *, way: str | None = None
) -> None:
    """Refuse a judge that could judge no song, since none has what it needs: `InputError`.

    ``way`` says what to do about it, where it is not to give an option.
    """
    for need in needs:
        if not any(need in own.names for own in given):
            raise InputError(_lack(judge, need, way))


def _lack(judge: str, need: str, way: str | None = None) -> str:
    way = way or f"give --{need}, or a manifest with a column '{need}'"
    return f"Judge '{judge}' scores how a song answers {_named(need)}; {way}."


def _named(condition: str) -> str:
    return condition if condition == "lyrics" else f"a {condition}"


def _content(path: Path) -> str:
    if not is_file(path):
        return str(path)
    status = path.stat()
    return _sha256(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _sha256(path: Path, changed: int, size: int) -> str:  # noqa: ARG001 - part of the key
    return sha256_of(path)
