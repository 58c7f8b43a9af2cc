"""Text that a terminal may print: names from files may hold what acts on it, or what it lacks."""

import codecs
import re
from typing import Any, TextIO

# All control characters but tab and line feed (a carriage return only where no line feed follows),
# other ends of lines, marks that turn the direction of what follows, and halves of surrogate pairs.
_ACTING = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)


def printable(text: str) -> str:
    """Return text with what acts on a terminal written as in JSON, such as ``\\u001b``.

    Examples
    --------
    >>> printable("a\\x1b[31mb")
    'a\\\\u001b[31mb'
    """
    return _ACTING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes of a name that is no UTF-8 (PEP 383)
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # of surrogate pairs: JSON may hold them
_SPELLED = re.compile(r"\\(?:\\|x([0-9a-f]{2}))")
_BYTE = re.compile(r"\\x[0-9a-f]{2}")
_BYTES = "\u27e8bytes\u27e9"  # before a name in which such bytes are spelled


def to_arrow(text: str) -> str:
    """Return a name as a column of Arrow or Parquet can hold it; `from_arrow` gives it back.

    Those hold UTF-8 alone, and names of files are any bytes: others are spelled, such as
    ``\\xe9``, behind a mark, and a backslash is doubled there.
    """
    if text.isascii() or not (_UNDECODED.search(text) or text.startswith(_BYTES)):
        return text
    plain = text.replace("\\", "\\\\")
    return _BYTES + _UNDECODED.sub(lambda m: f"\\x{ord(m.group()) - 0xDC00:02x}", plain)


def without_halves(text: str) -> str:
    """Return text with halves of surrogate pairs, which no file holds, as JSON spells them."""
    return _HALVES.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def from_arrow(text: str) -> str:
    """Return a name that `to_arrow` made fit a column."""
    spelled = text.removeprefix(_BYTES)
    # A name that others wrote may begin so by chance: then nothing in it is spelled.
    if spelled == text or not (_BYTE.search(spelled) or spelled.startswith(_BYTES)):
        return text
    return _SPELLED.sub(lambda m: chr(0xDC00 + int(m[1], 16)) if m[1] else "\\", spelled)


def names_of_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a column file with its texts as they were (`from_arrow`)."""
    return {key: from_arrow(v) if isinstance(v, str) else v for key, v in row.items()}


def write_plainly(stream: TextIO) -> None:
    """Let a stream write every text: what its encoding lacks becomes plain, or an escape.

    A redirect on Windows has a code page, and ``LC_ALL=C`` ASCII. Lines of tables become ASCII,
    letters are escaped as in JSON.
    """
    if hasattr(stream, "reconfigure"):
        codecs.register_error("plain", _plain)
        stream.reconfigure(errors="plain")


_PLAIN = dict(zip("─│└├…–×“”‘’", "-|`|.-x\"\"''", strict=True))


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - streams that write raise no other
    letters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter) or _escaped(letter) for letter in letters), error.end


def _escaped(letter: str) -> str:
    halves = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{halves[k : k + 2].hex()}" for k in range(0, len(halves), 2))
