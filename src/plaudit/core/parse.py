"""Text of JSON and TOML files as values: the one place that parses what somebody else wrote.

What Python's parsers let through, or answer with an error that is no fault of the text (nesting
that ends in a RecursionError, integers that cannot be converted), is one named error here. A test
keeps ``json.loads`` and ``tomllib`` out of every other file.
"""

import json
import math
import tomllib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Any

from plaudit.core.errors import InputError

_DEPTH = 100  # levels: no format read here needs ten
_DIGITS = 300  # of an integer: a float holds no more, and an id of 20 digits is one still


class ParseError(InputError):
    """Text is no JSON or TOML that can be read; the phrase says why, its reader names the file."""


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without its byte-order mark.

    Raises
    ------
    InputError
        The file is in another encoding, or no text.
    """
    content = path.read_bytes()
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(f"{path} is UTF-16 text; save it as UTF-8.")
    try:
        return content.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8."
        ) from error


def parse_json(text: str | bytes, *, finite: bool = True) -> Any:
    """Parse JSON from a source that is not trusted.

    Parameters
    ----------
    text : str or bytes
        JSON; bytes as UTF-8, with or without a byte-order mark.
    finite : bool, default True
        Whether NaN, infinities and numbers that no float can hold are refused; a reader of rows
        takes them, and names their column.

    Raises
    ------
    ParseError
        It is not JSON, an object has a key twice, it nests deeper than 100 levels, an integer has
        more than 300 digits, or a number is not finite.
    """
    try:
        if isinstance(text, bytes):
            text = text.removeprefix(BOM_UTF8).decode()
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_finite if finite else None,
            parse_constant=_finite if finite else None,
        )
    except RecursionError as error:
        raise _too_deep() from error
    except ParseError:
        raise
    except ValueError as error:  # what is not UTF-8 is a ValueError too
        raise ParseError(f"it is not JSON ({error})") from error
    if text.count("[") + text.count("{") > _DEPTH:
        _check_depth(value)
    return value


def load_values(path: Path) -> Any:
    """Return the values in a JSON file; an `InputError` as from `parse_json` names the file."""
    try:
        return parse_json(read_text(path), finite=False)
    except ParseError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML; a `ParseError` as from `parse_json`."""
    try:
        values = tomllib.loads(text, parse_float=_finite)
    except RecursionError as error:
        raise _too_deep() from error
    except ParseError:
        raise
    except tomllib.TOMLDecodeError as error:
        raise ParseError(f"it is not TOML ({error})") from error
    except ValueError as error:  # of int(): the text is TOML
        raise ParseError(f"an integer has more than {_DIGITS} digits") from error
    _check_depth(values)
    return values


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ParseError(f"an object has the key {twice[:60]!r} twice")
    return values


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ParseError(f"an integer has more than {_DIGITS} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ParseError(f"a number is not finite ({text[:20]})")
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> ParseError:
    return ParseError(f"it nests deeper than {_DEPTH} levels")
